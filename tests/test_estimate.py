"""The estimate: what it says before is what the server bills afterwards."""

from datetime import UTC, datetime

import pytest

from extractor.asking.estimate import estimate, format_estimate
from extractor.asking.ledger import Ledger
from extractor.asking.request import Request, Usage
from tests.endpoint import Behaviour, Desk, endpoint_at, questions, running, turns

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday
REPLY = '{"summary": "雨下了一夜，城门没有开，众人在门外等到天亮。"}'


def follow_up(request, reply):
    messages = (*request.messages, *turns("", "", reply, "谁说了什么？只答编号。")[2:])
    return Request("dialogues", request.chapter, f"d-{request.key}", messages, max_tokens=200, expected_output=40)


@pytest.fixture
def desk(tmp_path):
    with running(Behaviour(answer=lambda messages: REPLY)) as server:
        yield Desk(server, tmp_path)


def test_the_input_estimated_is_the_input_billed(desk):
    summaries = questions(12)
    requests = [*summaries, *(follow_up(request, REPLY) for request in summaries)]
    before = estimate(requests, endpoint=endpoint_at(desk.server), at=AT)
    desk.ask(requests, concurrency=1)
    billed = desk.server.usage
    assert (before.usage.hit, before.usage.miss) == (billed.hit, billed.miss)
    assert before.exact
    assert before.calls == 24
    assert [task.task for task in before.tasks] == ["summaries", "dialogues"]


def test_output_is_learned_from_the_first_replies(desk):
    requests = questions(30, expected_output=5_000)
    guess = estimate(requests, endpoint=endpoint_at(desk.server), at=AT)
    desk.ask(requests[:6])
    with Ledger(desk.path) as ledger:
        better = estimate(requests, endpoint=endpoint_at(desk.server), ledger=ledger, at=AT)
    assert (better.calls, better.tasks[0].known) == (24, 6)
    desk.ask(requests)
    with Ledger(desk.path) as ledger:
        total = sum((row.usage for row in ledger.costs()), Usage())
        assert estimate(requests, endpoint=endpoint_at(desk.server), ledger=ledger, at=AT).total("now").cny == 0.0
    learned = better.usage.completion / 24 * 30
    assert learned == pytest.approx(total.completion, rel=0.1)
    assert guess.usage.completion > 10 * total.completion


def test_peak_and_off_peak_stand_side_by_side_with_their_source():
    with running() as server:
        endpoint = endpoint_at(server)
    result = estimate(questions(100), endpoint=endpoint, at=AT)
    assert result.total("peak").cny == pytest.approx(2 * result.total("off_peak").cny)
    assert result.total("now") == result.total("off_peak")
    table = format_estimate(result)
    assert "CNY off-peak" in table.splitlines()[0]
    assert "at this hour off-peak" in table
    assert "https://api-docs.deepseek.com" in table
    assert "checked 2026-" in table
    widths = {len(line) for line in table.split("\n\n")[0].splitlines()}
    assert len(widths) == 1


def test_a_model_without_a_price_shows_tokens_and_says_so():
    with running() as server:
        endpoint = endpoint_at(server, model="mystery-7b")
    result = estimate(questions(3), endpoint=endpoint, at=AT)
    assert result.total("now") is None
    assert "No price is known for mystery-7b" in format_estimate(result)
    assert "?" in format_estimate(result)


def test_a_local_model_costs_nothing():
    with running() as server:
        endpoint = endpoint_at(server, model="mystery-7b", free=True)
    result = estimate(questions(3), endpoint=endpoint, at=AT)
    assert result.total("peak").cny == 0.0
    assert "cost nothing" in format_estimate(result)
