"""Asking a real loopback server through the real client: resume, faults, budget, stops. See also test_ledger."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.asking.exchange import AHEAD
from extractor.asking.replies import parse_as, parse_json
from extractor.asking.request import Usage
from extractor.asking.runner import ask
from extractor.errors import BudgetError, EndpointError, ReplyError, StoreError
from extractor.records import Record
from tests.endpoint import KEY, Behaviour, Desk, endpoint_at, questions, running, scripted, turns


@pytest.fixture
def server():
    with running(Behaviour()) as running_server:
        yield running_server


@pytest.fixture
def desk(server, tmp_path):
    return Desk(server, tmp_path)


class Verdict(Record):
    speaker: str


def test_answers_come_in_the_order_of_the_requests(server, desk):
    requests = questions(40)
    answers = desk.ask(requests)
    assert [answer.request for answer in answers] == requests
    assert {answer.state for answer in answers} == {"done"}
    assert all(answer.value == json.loads(answer.reply) for answer in answers)
    assert server.counters["requests"] == 40


def test_what_the_ledger_holds_is_not_asked_again(server, desk):
    first = desk.ask(questions(20))
    second = desk.ask(questions(30))
    assert server.counters["requests"] == 30
    assert [a.reply for a in second[:20]] == [a.reply for a in first]


def test_requests_with_one_key_are_asked_once_and_share_the_answer(server, desk):
    first, second = questions(2)
    twin = replace(first, chapter="c0009")
    answers = desk.ask([first, second, twin])
    assert server.counters["requests"] == 2
    assert answers[2].request == twin
    assert answers[2].reply == answers[0].reply


def test_a_changed_key_is_asked_and_the_old_reply_stays(server, desk):
    desk.ask(questions(3))
    changed = questions(3, task="summaries2")
    desk.ask(changed)
    assert server.counters["requests"] == 6


def test_a_stored_reply_is_parsed_again_for_free(server, desk):
    desk.ask(questions(5))
    answers = desk.ask(questions(5), parse=lambda request, reply: reply.upper())
    assert answers[0].value == answers[0].reply.upper()
    assert server.counters["requests"] == 5


def test_an_empty_value_is_empty_and_settled(server, desk):
    server.behaviour.answer = scripted("[]")
    assert [a.state for a in desk.ask(questions(2))] == ["empty", "empty"]
    desk.ask(questions(2))
    assert server.counters["requests"] == 2


def test_ledger_counts_what_the_server_billed(server, desk):
    requests = questions(25)
    summaries = desk.ask(requests)
    follow_ups = [
        type(a.request)(
            task="dialogues",
            chapter=a.request.chapter,
            key=f"d-{a.request.chapter}",
            messages=(*a.request.messages, *turns("", "", a.reply, "谁说了什么？")[2:]),
        )
        for a in summaries
    ]
    desk.ask(follow_ups)
    with desk.ledger() as ledger:
        total = sum((row.usage for row in ledger.costs()), Usage())
    assert total == server.usage
    assert total.hit > 0


def test_a_third_of_faults_leaves_no_hole(server, desk):
    faults = dict.fromkeys(("429", "500", "503", "reset", "empty", "blank", "length", "fence", "busy", "html"), 0.03)
    server.behaviour.faults = faults
    server.behaviour.retry_after = 0.05
    answers = desk.ask(questions(200), concurrency=20)
    assert {a.state for a in answers} == {"done"}
    assert len({a.reply for a in answers}) == 200
    assert desk.states() == {"done": 200}
    met = sum(server.counters[name] for name in faults)
    assert met >= 40
    assert server.counters["requests"] == 200 + met - server.counters["fence"]
    assert server.counters["early"] == 0


def test_retry_after_is_honoured(server, desk):
    server.behaviour.capacity = 2
    server.behaviour.latency = 0.05
    server.behaviour.retry_after = 0.6
    answers = desk.ask(questions(12), concurrency=8)
    assert {a.state for a in answers} == {"done"}
    assert server.counters["429"] > 0
    assert server.counters["early"] == 0


def test_fewer_are_sent_where_the_account_allows_fewer(server, desk):
    server.behaviour.capacity = 20
    server.behaviour.latency = 0.1
    server.behaviour.retry_after = 0.1
    desk.ask(questions(500), concurrency=50)
    assert server.counters["replies"] == 500
    assert server.counters["429"] <= 40  # 5 % on a quiet machine


def test_an_outage_is_waited_for_without_a_storm(server, desk):
    server.behaviour.retry_after = 0.2
    server.behaviour.latency = 0.1
    server.behaviour.down_until = time.monotonic() + 1.0
    answers = desk.ask(questions(100), concurrency=50)
    assert {a.state for a in answers} == {"done"}
    assert server.counters["requests"] <= 150
    assert server.counters["early"] == 0
    assert server.most_in_flight >= 20


def test_an_outage_longer_than_our_patience_ends_the_run(server, desk):
    server.behaviour.down_until = time.monotonic() + 60
    server.behaviour.retry_after = 0.1
    with pytest.raises(EndpointError, match=r"no reply for 0 minutes .*HTTP 503.* same command again"):
        desk.ask(questions(20), patience=0.5)
    assert "done" not in desk.states()


def test_an_empty_account_stops_everything_and_topping_up_goes_on(server, desk):
    server.behaviour.balance = 30
    server.behaviour.latency = 0.02
    with pytest.raises(EndpointError, match=r"402: Insufficient Balance. Top up"):
        desk.ask(questions(100), concurrency=10)
    assert server.counters["402"] <= 10
    assert server.counters["replies"] == 30
    server.behaviour.balance = None
    desk.ask(questions(100))
    assert server.counters["replies"] == 100


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("401", r"HTTP 401.*Check the key in EXTRACTOR_API_KEY"),
        ("403", r"HTTP 403.*Check the key"),
        ("404", r"HTTP 404.*Check the address"),
        ("model", r"Model Not Exist.*Choose a model"),
        ("400", r"No request has succeeded"),
    ],
)
def test_what_no_request_survives_stops_the_run(server, desk, fault, sentence):
    server.behaviour.faults = {fault: 1.0}
    server.behaviour.latency = 0.01
    with pytest.raises(EndpointError, match=sentence) as caught:
        desk.ask(questions(100), concurrency=8)
    assert "\n" not in str(caught.value)
    assert server.counters["requests"] <= 24
    assert "done" not in desk.states()


def test_a_refused_request_is_asked_once_and_listed(server, desk):
    server.behaviour.faults = {"risk": 0.2, "filter": 0.2}
    answers = desk.ask(questions(40))
    refused = [a for a in answers if a.state == "refused"]
    assert len(refused) == server.counters["risk"] + server.counters["filter"] > 0
    assert all(a.value is None and a.reason for a in refused)
    assert server.counters["requests"] == 40
    with desk.ledger() as ledger:
        assert {hole.chapter for hole in ledger.holes()} == {a.request.chapter for a in refused}
    desk.ask(questions(40))
    assert server.counters["requests"] == 40
    server.behaviour.faults = {}
    again = desk.ask(questions(40), again=("refused",))
    assert {a.state for a in again} == {"done"}


def test_a_reply_that_is_refused_is_corrected_once(server, desk):
    server.behaviour.answer = scripted('{"who": "黛玉"}', '{"speaker": "黛玉"}')
    (answer,) = desk.ask(questions(1), parse=lambda request, reply: parse_as(reply, Verdict))
    assert answer.value == Verdict(speaker="黛玉")
    first, second = server.bodies
    assert second["messages"][:2] == first["messages"]
    assert second["messages"][2] == {"role": "assistant", "content": '{"who": "黛玉"}'}
    assert "speaker: field required" in second["messages"][3]["content"]


def test_a_reply_that_stays_wrong_is_failed_with_its_reason(server, desk):
    server.behaviour.answer = scripted("I would rather not.")
    (answer,) = desk.ask(questions(1))
    assert (answer.state, answer.reason) == ("failed", "The reply holds no JSON.")
    assert server.counters["requests"] == 2
    assert desk.states() == {"failed": 1}


def test_a_stored_reply_that_is_no_longer_accepted_is_corrected(server, desk):
    desk.ask(questions(1))

    def stricter(request, reply):
        value = parse_json(reply)
        if "better" not in value:
            raise ReplyError("better is missing.")
        return value

    server.behaviour.answer = scripted('{"better": 1}')
    (answer,) = desk.ask(questions(1), parse=stricter)
    assert answer.value == {"better": 1}
    assert server.counters["requests"] == 2
    desk.ask(questions(1), parse=stricter)
    assert server.counters["requests"] == 2


def test_a_reply_longer_than_its_limit_is_asked_again_with_twice_the_room_then_given_up(server, desk):
    server.behaviour.faults = {"length": 1.0}
    server.behaviour.answer = scripted("x " * 900)
    (answer,) = desk.ask(questions(1))
    assert answer.state == "truncated"
    assert [body["max_tokens"] for body in server.bodies] == [200, 400]


def test_a_reply_cut_long_before_its_limit_is_asked_again_as_it_was(server, desk):
    server.behaviour.faults = {"length": 1.0}
    desk.ask(questions(1))
    assert [body["max_tokens"] for body in server.bodies] == [200, 200, 200, 400]


def test_blank_replies_are_never_an_answer(server, desk):
    server.behaviour.faults = {"blank": 0.5, "empty": 0.5}
    (answer,) = desk.ask(questions(1))
    assert answer.state == "blank"
    assert answer.value is None
    assert server.counters["requests"] == 3


def test_the_budget_is_never_exceeded_and_the_rest_is_named(server, desk):
    budget = 0.01
    with pytest.raises(BudgetError, match=r"budget of 0\.01 CNY .* of 100 requests are left \(about .*same command"):
        desk.ask(questions(100), budget=budget)
    with desk.ledger() as ledger:
        assert 0 < ledger.spent().cny <= budget
    replies = server.counters["replies"]
    desk.ask(questions(100), budget=10.0)
    assert server.counters["replies"] == 100 > replies > 3


def test_a_budget_without_a_price_is_refused_before_anything_is_asked(server, desk):
    with pytest.raises(EndpointError, match=r"No price is known for mystery-7b.*prices\.toml"):
        desk.ask(questions(2), budget=1.0, endpoint=endpoint_at(server, model="mystery-7b"))
    assert server.counters["requests"] == 0
    assert len(desk.ask(questions(2), endpoint=endpoint_at(server, model="mystery-7b"))) == 2


def test_a_local_server_costs_nothing(server, desk):
    desk.ask(questions(3), budget=0.0, endpoint=endpoint_at(server, model="mystery-7b", free=True))
    with desk.ledger() as ledger:
        assert ledger.spent().cny == 0.0


def test_thinking_is_switched_off_and_json_is_asked_for(server, desk):
    off = {"thinking": {"type": "disabled"}}
    desk.ask(questions(1, temperature=0.3), endpoint=endpoint_at(server, extra_body=off))
    (body,) = server.bodies
    assert body["thinking"] == {"type": "disabled"}
    assert body["response_format"] == {"type": "json_object"}
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("deepseek-flash", 0.3, 200)


def test_one_connection_serves_many_requests(server, desk):
    desk.ask(questions(60), concurrency=4)
    assert server.counters["connections"] <= 4


def test_the_key_is_nowhere_but_in_the_header(server, desk, caplog):
    caplog.set_level("DEBUG")
    server.behaviour.answer = lambda messages: json.dumps({"heard": KEY})
    desk.ask(questions(3))
    server.behaviour.faults = {"leak": 1.0}
    with pytest.raises(EndpointError) as caught:
        desk.ask(questions(3, task="other"))
    assert server.counters["leak"] > 0
    assert KEY not in str(caught.value)
    assert KEY not in caplog.text
    assert all(KEY.encode() not in path.read_bytes() for path in desk.path.parent.iterdir())
    assert KEY not in repr(endpoint_at(server)) + str(endpoint_at(server))


def test_a_fault_of_our_own_does_not_cost_the_reply(server, desk):
    def broken(request, reply):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.ask(questions(5), parse=broken)
    billed = server.counters["replies"]
    desk.ask(questions(5))
    assert server.counters["replies"] == 5 >= billed


def test_a_slow_reply_with_blank_lines_before_it_is_one_request(server, desk):
    server.behaviour.latency = 0.5
    server.behaviour.keep_alive = True
    (answer,) = desk.ask(questions(1))
    assert answer.state == "done"
    assert server.counters["requests"] == 1


@pytest.mark.slow
def test_a_hanging_request_is_dropped_and_listed_as_in_doubt(server, desk):
    server.behaviour.faults = {"hang": 0.3}
    server.behaviour.hang = 2.0
    answers = desk.ask(questions(10, max_tokens=1), least_timeout=0.3)
    assert {a.state for a in answers} == {"done"}
    with desk.ledger() as ledger:
        assert desk.attempts_in("in_doubt") == server.counters["hang"] > 0
        assert ledger.spent().in_doubt_cny > 0


def test_breaking_off_keeps_what_was_in_flight(server, desk):
    server.behaviour.latency = 0.1
    with desk.ledger() as ledger:
        answers = ask(questions(50), endpoint=endpoint_at(server), ledger=ledger, parse=lambda r, t: t, concurrency=5)
        next(answers)
        answers.close()
        assert {row.state for row in ledger.status()} == {"done"}
        assert sum(row.count for row in ledger.status()) == server.counters["replies"] < 50


SCRIPT = """
import sys
from pathlib import Path
from extractor.asking.endpoints import Endpoint
from extractor.asking.exchange import AHEAD
from extractor.asking.ledger import Ledger
from extractor.asking.runner import ask
from tests.endpoint import questions
endpoint = Endpoint("deepseek", sys.argv[1], "deepseek-flash", "sk-x")
with Ledger(Path(sys.argv[2])) as ledger:
    requests = questions(int(sys.argv[3]))
    list(ask(requests, endpoint=endpoint, ledger=ledger, parse=lambda r, t: t, concurrency=8))
"""


def start(server, desk, count):
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), server.url, str(desk.path), str(count)]
    root = Path(__file__).parent.parent
    return subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True, env={**os.environ})


def wait_for(server, replies, process):
    limit = time.monotonic() + 20
    while server.counters["replies"] < replies:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_a_killed_run_loses_at_most_what_was_in_flight(server, desk):
    server.behaviour.latency = 0.1
    with start(server, desk, 60) as process:
        wait_for(server, 25, process)
        process.kill()
        process.wait()
        with desk.ledger() as ledger:
            journaled = sum(row.count for row in ledger.status() if row.state == "done")
    time.sleep(0.3)
    billed = server.counters["replies"]
    desk.ask(questions(60))
    again = server.counters["replies"] - billed
    assert again == 60 - journaled
    with desk.ledger() as ledger:
        doubts = desk.attempts_in("in_doubt")
        assert 0 < doubts <= 8 + AHEAD
        assert ledger.spent().in_doubt_cny > 0
    assert desk.states() == {"done": 60}


def test_ctrl_c_finishes_what_is_in_flight(server, desk):
    server.behaviour.latency = 0.3
    with start(server, desk, 200) as process:
        wait_for(server, 8, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors
    assert desk.states() == {"done": server.counters["replies"]}
    assert server.counters["replies"] == server.counters["requests"] < 100


@pytest.mark.slow
def test_a_second_ctrl_c_drops_what_is_in_flight(server, desk):
    server.behaviour.latency = 5.0
    with start(server, desk, 20) as process:
        limit = time.monotonic() + 20
        while server.in_flight < 8 and time.monotonic() < limit:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert time.monotonic() - begin < 3
    assert set(desk.states()) == {"in_doubt"}


@pytest.mark.slow
def test_sigterm_finishes_what_is_in_flight_too(server, desk):
    server.behaviour.latency = 0.2
    with start(server, desk, 200) as process:
        wait_for(server, 4, process)
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 143
    assert desk.states() == {"done": server.counters["replies"]}


def test_two_runs_at_once_are_told_apart(server, desk):
    server.behaviour.latency = 0.2
    with start(server, desk, 60) as process:
        wait_for(server, 2, process)
        with pytest.raises(StoreError, match="is being written by another run"):
            desk.ask(questions(200))
        process.kill()
        process.wait()
