"""The ledger alone: rows survive, versions are told apart, queries count what was written. See also test_asking."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.asking.ledger import Hole, Ledger, Outcome
from extractor.asking.prices import Price
from extractor.asking.request import Usage
from extractor.asking.schema import VERSION
from extractor.errors import StoreError
from tests.endpoint import questions


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outputs" / "demo" / "ledger.sqlite"


def record(ledger, request, outcome, *, at_most_cny=0.5):
    attempt, written = ledger.begin(request, endpoint="deepseek", model="deepseek-flash", at_most_cny=at_most_cny)
    written.result(10)
    if outcome is not None:
        ledger.finish(attempt, outcome).result(10)


DONE = Outcome("done", "", '{"a": 1}', Usage(10, 20, 30, 5), Price(0.4, 0.05), 1.5)


def test_a_reply_is_found_under_its_key_after_reopening(path):
    (request,) = questions(1)
    with Ledger(path) as ledger, ledger.writing():
        record(ledger, request, DONE)
        assert ledger.spent_here == 0.4
    with Ledger(path) as ledger:
        assert ledger.done(request.key) == '{"a": 1}'
        assert ledger.done("another key") is None
        assert ledger.spent_here == 0.0
        assert ledger.spent()[:2] == (0.4, 0.05)


def test_a_failed_reply_is_kept_but_is_not_an_answer(path):
    (request,) = questions(1)
    with Ledger(path) as ledger, ledger.writing():
        record(ledger, request, Outcome("failed", "no JSON", "no", Usage(1, 1, 1), Price(0.1, 0.01)))
        assert ledger.done(request.key) is None
        assert ledger.latest(request.key)[1:] == ("failed", "no JSON")
        assert ledger.holes() == [Hole("summaries", "c0001", "", "failed", "no JSON")]
        assert ledger.holes("knowledge") == []
        record(ledger, request, DONE)
        assert ledger.holes() == []
    with Ledger(path) as ledger:
        (row,) = ledger.costs()
        assert (row.attempts, row.usage) == (2, Usage(11, 21, 31, 5))
        assert (row.cny, row.wasted_cny) == (0.5, 0.1)


def test_status_counts_requests_by_their_latest_attempt(path):
    first, second, third = questions(3)
    with Ledger(path) as ledger, ledger.writing():
        record(ledger, first, Outcome("failed", "HTTP 500"))
        record(ledger, first, DONE)
        record(ledger, second, Outcome("refused", "filter"))
        record(ledger, third, DONE._replace(state="empty"))
        counts = {(row.task, row.state): row.count for row in ledger.status()}
    assert counts == {("summaries", "done"): 1, ("summaries", "refused"): 1, ("summaries", "empty"): 1}


def test_attempts_that_nobody_finished_are_in_doubt_with_their_price(path):
    first, second = questions(2)
    with Ledger(path) as ledger:
        with ledger.writing():
            record(ledger, first, None, at_most_cny=0.3)
            record(ledger, second, DONE)
            assert {row.state for row in ledger.status()} == {"pending", "done"}
        assert {row.state for row in ledger.status()} == {"in_doubt", "done"}
        assert ledger.spent().in_doubt_cny == 0.3


def test_a_killed_process_loses_nothing_that_was_on_disk(path):
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from extractor.asking.ledger import Ledger\nfrom tests.test_ledger import DONE, questions, record\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "with ledger.writing():\n"
        "    for request in questions(20): record(ledger, request, DONE)\n"
        "    record(ledger, questions(21)[-1], None)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", script, str(path)], cwd=root, check=False).returncode == -9
    with Ledger(path) as ledger:
        assert all(ledger.done(request.key) for request in questions(20))
        with ledger.writing():
            counts = {row.state: row.count for row in ledger.status()}
    assert counts == {"done": 20, "in_doubt": 1}


def test_a_torn_end_of_the_log_does_not_hurt(path):
    with Ledger(path) as ledger, ledger.writing():
        for request in questions(5):
            record(ledger, request, DONE)
        log = path.with_name("ledger.sqlite-wal").read_bytes()
        copy = path.parent.parent / "torn"
        copy.mkdir()
        (copy / "ledger.sqlite").write_bytes(path.read_bytes())
        (copy / "ledger.sqlite-wal").write_bytes(log[: len(log) - 1000])
    with Ledger(copy / "ledger.sqlite") as ledger:
        assert sum(row.count for row in ledger.status()) >= 4


def test_many_writes_share_a_commit(path):
    with Ledger(path) as ledger, ledger.writing():
        begin = time.perf_counter()
        written = [ledger.begin(request, endpoint="e", model="m", at_most_cny=None)[1] for request in questions(2_000)]
        for future in written:
            future.result(10)
        assert time.perf_counter() - begin < 5
        assert sum(row.count for row in ledger.status()) == 2_000


def test_a_second_writer_is_turned_away_and_readers_are_not(path):
    with Ledger(path) as first, first.writing(), Ledger(path) as second:
        record(first, questions(1)[0], DONE)
        assert second.done(questions(1)[0].key)
        with pytest.raises(StoreError, match=r"ledger\.sqlite is being written by another run"), second.writing():
            pass
    with Ledger(path) as third, third.writing():
        pass


def test_a_newer_ledger_is_refused_and_left_alone(path):
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=rf"of version {VERSION + 1}.*Update the program"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_ledger_is_refused(path):
    path.parent.mkdir(parents=True)
    path.write_text("this is a text\n" * 200)
    with pytest.raises(StoreError, match=r"cannot be opened: file is not a database\. Restore it"):
        Ledger(path)
    assert path.read_text().startswith("this is a text")


def test_another_database_is_refused(path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE attempts (x)")
    connection.close()
    with pytest.raises(StoreError, match="cannot be opened"):
        Ledger(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_said(path):
    path.parent.mkdir(parents=True)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreError, match="cannot be opened"):
        Ledger(path)


def test_keys_are_found_quickly_among_many_rows(path):
    Ledger(path).close()
    row = "'t', 'c', '', 'k' || value, 'done', '', 'e', 'm', 'p', 1, 1, 1, 0, 0.1, 0.01, 0.2, '2026-01-01', 1.0"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "WITH RECURSIVE numbers(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 100000) "
            f"INSERT INTO attempts SELECT value, {row} FROM numbers"
        )
        connection.execute("INSERT INTO replies SELECT id, hex(randomblob(50)) FROM attempts")
    connection.close()
    begin = time.perf_counter()
    with Ledger(path) as ledger, ledger.writing():
        assert all(ledger.done(f"k{number}") for number in range(1, 100_000, 50))
    assert time.perf_counter() - begin < 1.0


@settings(max_examples=25, deadline=None)
@given(outcomes=st.lists(st.sampled_from(["done", "empty", "failed", "refused", "blank", None]), max_size=12))
def test_the_bill_is_the_sum_of_all_attempts(tmp_path_factory, outcomes):
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    with Ledger(path) as ledger, ledger.writing():
        for request, state in zip(questions(12), outcomes, strict=False):
            price = Price(0.25, 0.03) if state in ("done", "empty", "failed") else None
            record(ledger, request, state and Outcome(state, "", "{}", Usage(1, 2, 3), price))
        paid = sum(state in ("done", "empty", "failed") for state in outcomes)
        assert ledger.spent().cny == 0.25 * paid == ledger.spent_here
        assert sum(row.attempts for row in ledger.costs()) == len(outcomes)
        assert sum(row.wasted_cny for row in ledger.costs()) == 0.25 * outcomes.count("failed")
        assert ledger.spent().in_doubt_cny == 0.5 * outcomes.count(None)
