import json
import re
import signal
import sqlite3
import time

import pytest
from gold_answers import GoldReader
from workshop import KEY, Workshop, error_line, served

from extractor import rehearsal

NOVEL = "\n".join(
    f"第{number}章 渡口\n\n　　老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”阿桑问道。\n"
    f"　　老丁说：“沉了{number}条，剩下的都漏水。”\n　　阿桑把篙插进泥里，抬头看了看天色，没有再说话。\n"
    for number in ("一", "二", "三", "四", "五", "六")
)
TOML = """title = "渡口"
persona = "老丁"
budget = 5.0

[[cast]]
name = "老丁"

[[cast]]
name = "阿桑"
"""
READ = ("chapters", "cast", "quotations")
CHAPTERS = 6


@pytest.fixture
def small(tmp_path):
    """A small novel, read by code, and a model that answers by rules."""
    with served(tmp_path, rehearsal.answer) as workshop:
        workshop.book("small", NOVEL, TOML).make("small", *READ)
        yield workshop


def ask(workshop, stage, *options, **environment):
    return workshop.run(stage, "small", "--engine", "api", "--yes", *options, **environment)


def test_auto_without_a_key_uses_rules_and_says_why(tmp_path):
    workshop = Workshop(tmp_path).book("small", NOVEL, TOML)
    result = workshop.run("engine", "small")
    assert result.exit_code == 0
    assert result.output == (
        "Engine rules: no API key is configured (set EXTRACTOR_API_KEY or DEEPSEEK_API_KEY to ask a model).\n"
    )
    workshop.make("small", *READ)
    result = workshop.run("summaries", "small")
    assert "Engine rules" in result.stderr
    assert result.stdout.startswith("summaries: 6 records by rules")


def test_a_stray_openai_key_does_not_count(tmp_path):
    workshop = Workshop(tmp_path).book("small", NOVEL, TOML)
    result = workshop.run("engine", "small", OPENAI_API_KEY="sk-stray")
    assert result.output.startswith("Engine rules: no API key is configured")
    assert "EXTRACTOR_API_KEY" in error_line(
        workshop.run("engine", "small", "--engine", "api", OPENAI_API_KEY="sk-stray")
    )


def test_a_key_makes_auto_ask_and_its_sentence_names_the_variable_not_the_key(tmp_path):
    workshop = Workshop(tmp_path).book("small", NOVEL, TOML)
    result = workshop.run("engine", "small", EXTRACTOR_API_KEY=KEY)
    assert result.output == "Engine api: deepseek-flash at api.deepseek.com (key from EXTRACTOR_API_KEY).\n"
    (tmp_path / ".env").write_text(f"DEEPSEEK_API_KEY={KEY}\n", encoding="utf-8")
    assert "key from DEEPSEEK_API_KEY" in workshop.run("engine", "small").output


def test_api_without_a_key_is_one_line(tmp_path):
    workshop = Workshop(tmp_path).book("small", NOVEL, TOML).make
    workshop("small", *READ)
    result = Workshop(tmp_path).run("summaries", "small", "--engine", "api", "--yes")
    assert error_line(result) == (
        "Error: Engine api needs an API key and none is configured. Set EXTRACTOR_API_KEY or DEEPSEEK_API_KEY in the "
        "environment or in .env, or run with --engine rules."
    )
    assert not (tmp_path / "outputs/small/summaries.jsonl").exists()


def test_without_a_terminal_and_without_yes_nothing_is_asked(small):
    result = small.run("summaries", "small", "--engine", "api")
    assert "nobody is here to agree" in error_line(result)
    assert "input miss" in result.stderr, "the estimate comes first"
    assert small.server.counters["requests"] == 0
    assert not (small.outputs("small") / "agreed.json").exists()


def test_agreed_once_it_is_not_asked_again(small):
    assert "input miss" in ask(small, "summaries").stderr
    result = small.run("knowledge", "small", "--engine", "api")
    assert result.exit_code == 0
    assert "input miss" not in result.stderr
    toml = small.root / "books/small/book.toml"
    toml.write_text(TOML.replace("5.0", "6.0"), encoding="utf-8")
    assert "nobody is here to agree" in error_line(small.run("dialogues", "small", "--engine", "api"))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"model": 3}', "\x00\xff"])
def test_a_broken_note_of_an_agreement_is_no_agreement(small, content):
    (small.outputs("small") / "agreed.json").write_text(content, encoding="latin-1")
    assert "nobody is here to agree" in error_line(small.run("summaries", "small", "--engine", "api"))


def test_a_model_without_a_price_keeps_no_budget_and_says_so(small):
    line = error_line(ask(small, "summaries", "--model", "unheard-of"))
    assert "No price is known for unheard-of" in line
    assert small.server.counters["requests"] == 0


def test_a_budget_too_small_says_what_is_left(small):
    toml = small.root / "books/small/book.toml"
    toml.write_text(TOML.replace("5.0", "0.012"), encoding="utf-8")
    line = error_line(ask(small, "summaries"))
    assert re.search(r"budget of 0\.01\d* CNY", line)
    assert re.search(r"\d of 6 requests are left", line)
    assert "Raise budget in book.toml" in line
    assert not (small.outputs("small") / "summaries.jsonl").exists()
    paid = small.server.counters["requests"]
    toml.write_text(TOML, encoding="utf-8")
    assert ask(small, "summaries").exit_code == 0
    assert small.server.counters["requests"] == CHAPTERS
    assert paid < CHAPTERS


def test_no_budget_at_all_asks_nothing(small):
    (small.root / "books/small/book.toml").write_text(TOML.replace("5.0", "0"), encoding="utf-8")
    assert "budget" in error_line(ask(small, "summaries"))
    assert small.server.counters["requests"] == 0


def test_an_empty_account_stops_in_one_line_and_goes_on_after_topping_up(small):
    small.server.behaviour.balance = 3
    line = error_line(ask(small, "summaries"))
    assert "balance" in line.lower()
    assert not (small.outputs("small") / "summaries.jsonl").exists()
    assert small.server.counters["402"] <= CHAPTERS - 3
    small.server.behaviour.balance = None
    assert ask(small, "summaries").exit_code == 0
    assert small.server.counters["replies"] == CHAPTERS


def test_a_wrong_key_stops_in_one_line_without_the_key(small):
    small.server.behaviour.faults = {"leak": 1.0}
    result = ask(small, "summaries")
    error_line(result)
    assert KEY not in result.output
    assert KEY.encode() not in b"".join(p.read_bytes() for p in small.outputs("small").rglob("*") if p.is_file())


def refuse(server, heading):
    """Let the server's filter take offence at one chapter."""
    admit = server.admit

    def admit_or_refuse(body, *rest):
        fault = admit(body, *rest)
        return "filter" if f"【{heading}】" in json.dumps(body, ensure_ascii=False) else fault

    server.admit = admit_or_refuse


def test_a_refused_chapter_is_dropped_and_named_and_the_rest_is_done(small):
    refuse(small.server, "第三章 渡口")
    result = ask(small, "summaries")
    assert result.exit_code == 0
    assert result.stdout.startswith("summaries: 5 records by api")
    assert "left out: 1 refused" in result.stdout
    [lost] = (small.outputs("small") / "dropped/summaries.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lost)["reason"] == "refused"
    assert "hole: summaries c0003 summary refused" in small.run("status", "small").output
    result = ask(small, "knowledge")
    assert result.exit_code == 0
    assert "left out: 4 no_summary" in result.stdout
    assert (small.outputs("small") / "knowledge.jsonl").read_text(encoding="utf-8").count("c0004-plot")


def test_too_many_useless_answers_end_with_one_line(small):
    small.server.behaviour.answer = lambda messages: (
        "{}" if re.search("任务 knowledge：[a-z]", str(messages)) else rehearsal.answer(messages)
    )
    small.make("small", "summaries", engine="api")
    line = error_line(ask(small, "knowledge"))
    assert line.startswith("Error: 24 answers of knowledge failed")
    assert "extractor status small" in line
    small.server.behaviour.answer = rehearsal.answer
    assert ask(small, "knowledge").exit_code == 0


def paid(workshop):
    """Chapter and part of every reply on disk."""
    path = workshop.outputs("small") / "ledger.sqlite"
    connection = sqlite3.connect(path)
    try:
        return connection.execute(
            "SELECT task, chapter, part FROM attempts WHERE state IN ('done', 'empty')"
        ).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def wait_until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_nothing_on_disk_is_bought_again(small, number):
    small.make("small", "summaries", engine="api")
    small.server.behaviour.capacity = 4
    small.server.behaviour.retry_after = 0.2
    small.server.behaviour.latency = 0.3
    process = small.start("knowledge", "small", "--engine", "api", "--yes")
    wait_until(lambda: len(paid(small)) >= CHAPTERS + 3)
    process.send_signal(number)
    said, complaint = process.communicate(timeout=30)
    expected = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert process.returncode == expected, complaint
    assert said == ""
    assert "Traceback" not in complaint
    if number == signal.SIGINT:
        assert complaint.rstrip().splitlines()[-1] == (
            "Stopped. Nothing is lost: the same command goes on from here."
        ), complaint
    assert not (small.outputs("small") / "knowledge.jsonl").exists()
    journaled = len(paid(small)) - CHAPTERS
    assert 3 <= journaled < 24
    small.server.behaviour.capacity, small.server.behaviour.latency = None, 0.0
    middle = len(small.server.bodies)
    result = ask(small, "knowledge")
    assert result.exit_code == 0, result.output
    assert len(small.server.bodies) - middle == 24 - journaled
    assert len(paid(small)) == CHAPTERS + 24
    in_doubt = small.run("status", "small").output.count("in doubt")
    assert in_doubt <= (number == signal.SIGKILL)  # a kill may also hit a moment in which nothing is in flight


def test_two_runs_of_one_book_the_second_leaves(small):
    small.server.behaviour.latency = 1.0
    process = small.start("summaries", "small", "--engine", "api", "--yes")
    wait_until(lambda: small.server.counters["requests"] > 0)
    assert "another run" in error_line(ask(small, "summaries"))
    assert process.wait(timeout=30) == 0
    process.communicate()
    assert small.server.counters["requests"] == CHAPTERS


def test_the_mark_for_make_changes_with_engine_and_model_only(small):
    path = small.root / "outputs/small/engine"
    small.run("engine", "small", "--write", "outputs/small/engine")
    first = path.read_text(encoding="utf-8"), path.stat().st_mtime_ns
    small.run("engine", "small", "--write", "outputs/small/engine")
    assert (path.read_text(encoding="utf-8"), path.stat().st_mtime_ns) == first
    small.run("engine", "small", "--model", "another", "--write", "outputs/small/engine")
    assert path.read_text(encoding="utf-8") != first[0]
    small.run("engine", "small", "--engine", "rules", "--write", "outputs/small/engine")
    assert path.read_text(encoding="utf-8") == "rules\n"


@pytest.mark.slow
def test_the_estimate_of_the_first_stage_is_what_the_server_counts(tmp_path):
    with served(tmp_path, GoldReader("demo-en")) as workshop:
        workshop.take("demo-en").make("demo-en", *READ)
        lines = workshop.run("estimate", "demo-en").output.splitlines()
        task, calls, known, hit, miss, *_ = next(line for line in lines if line.startswith("summaries")).split()
        workshop.make("demo-en", "summaries", engine="api")
        usage = workshop.server.usage
        assert (int(calls), int(known)) == (workshop.server.counters["requests"], 0)
        assert abs(int(hit.replace(",", "")) + int(miss.replace(",", "")) - usage.prompt) <= 0.01 * usage.prompt
        again = next(line for line in workshop.run("estimate", "demo-en").output.splitlines() if line.startswith(task))
        assert again.split()[1:3] == ["0", calls]


def test_without_the_key_rules_do_not_replace_what_a_model_made(small):
    assert ask(small, "summaries").exit_code == 0
    made = (small.outputs("small") / "summaries.jsonl").read_bytes()
    server, small.server = small.server, None
    for command in (("summaries", "small"), ("engine", "small")):
        assert "summaries of small were made by a model and no API key is configured now" in error_line(
            small.run(*command)
        )
    assert (small.outputs("small") / "summaries.jsonl").read_bytes() == made
    assert small.run("summaries", "small", "--engine", "rules").exit_code == 0
    small.server = server


def test_a_spent_budget_stops_nothing_that_is_already_known(small):
    assert ask(small, "summaries").exit_code == 0
    toml = small.root / "books/small/book.toml"
    text = toml.read_text(encoding="utf-8")
    assert "budget = 5.0" in text
    toml.write_text(text.replace("budget = 5.0", "budget = 0.000001"), encoding="utf-8")
    before = len(small.server.bodies)
    assert ask(small, "summaries").exit_code == 0
    assert len(small.server.bodies) == before
