"""The client alone: what each answer of an endpoint means."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from extractor.asking.client import Client, Completion, Fault, retry_after
from extractor.asking.request import Usage
from tests.endpoint import KEY, Behaviour, endpoint_at, running, turns

MESSAGES = turns("你是编辑。", "第一章")


def complete(server, *, least_timeout=10.0, max_tokens=100, **changes):
    async def once():
        async with Client(endpoint_at(server, **changes), connections=2, least_timeout=least_timeout) as client:
            return await client.complete(MESSAGES, max_tokens=max_tokens, json_mode=True)

    return asyncio.run(once())


def faulty(name, **behaviour):
    return running(Behaviour(faults={name: 1.0}, **behaviour))


def test_a_reply_comes_with_its_usage():
    with running(Behaviour(answer=lambda messages: '{"a": 1}')) as server:
        result = complete(server)
        assert result == Completion('{"a": 1}', "stop", server.usage, "deepseek-flash")
        assert result.usage.prompt > 5


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("429", "overloaded", "HTTP 429: Too many requests"),
        ("503", "overloaded", "HTTP 503"),
        ("busy", "overloaded", "out of resources"),
        ("500", "other", "HTTP 500: Server error"),
        ("reset", "in_doubt", "connection lost"),
        ("html", "garbled", "HTTP 200 without a chat completion: <html>"),
        ("risk", "refused", "Content Exists Risk"),
        ("400", "request", "HTTP 400: Invalid request"),
        ("401", "fatal", "HTTP 401"),
        ("402", "fatal", "HTTP 402"),
        ("404", "fatal", "HTTP 404"),
        ("model", "fatal", "Model Not Exist"),
    ],
)
def test_each_fault_has_its_kind_and_its_words(name, kind, words):
    with faulty(name, retry_after=2.5) as server:
        result = complete(server)
    assert isinstance(result, Fault)
    assert result.kind == kind
    assert words in result.reason
    assert bool(result.advice) == (kind == "fatal")
    assert result.wait == (2.5 if name in ("429", "503") else None)


def test_a_server_that_is_not_there_is_unreached():
    with running() as server:
        pass
    assert complete(server).kind == "unreached"


def test_a_name_that_nobody_knows_is_unreached():
    with running() as server:
        assert complete(server, base_url="http://no-such-host.invalid/v1").kind == "unreached"


def test_a_silent_server_is_given_up_after_the_time_a_reply_may_take():
    with faulty("hang", hang=2.0) as server:
        result = complete(server, least_timeout=0.2, max_tokens=1)
    assert (result.kind, result.passing) == ("in_doubt", True)


def test_a_reply_without_end_is_broken_off(monkeypatch):
    monkeypatch.setattr("extractor.asking.client.MAX_BYTES", 50_000)
    with running(Behaviour(answer=lambda messages: "x" * 100_000, count=lambda turn, model: 1)) as server:
        result = complete(server)
    assert (result.kind, result.reason) == ("request", "the reply is larger than 50,000 bytes")


def test_the_time_to_wait_grows_with_the_length_of_the_reply():
    with running() as server:
        client = Client(endpoint_at(server), connections=1)
    assert client.timeout(100) == 600
    assert client.timeout(32_000) == 1_600


def test_a_key_that_the_server_repeats_is_not_shown():
    with faulty("leak") as server:
        result = complete(server)
    assert KEY not in f"{result.reason} {result.advice}"
    assert "***" in result.reason


def test_accounts_of_the_environment_are_not_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with running() as server:
        assert isinstance(complete(server), Completion)
        (headers,) = server.headers
    assert "openai-organization" not in headers
    assert "openai-project" not in headers
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2}, Usage(0, 9, 2)),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}, Usage(4, 5, 2)),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(4, 5, 2)),
        (
            {"prompt_tokens": 9, "completion_tokens": 7, "completion_tokens_details": {"reasoning_tokens": 5}},
            Usage(0, 9, 7, 5),
        ),
        ({"prompt_tokens": 9, "completion_tokens": None, "prompt_cache_hit_tokens": 99}, Usage(9, 0, 0)),
        ({"prompt_tokens": "many"}, Usage()),
        (None, Usage()),
        ("?", Usage()),
    ],
)
def test_usage_is_read_in_every_dialect(usage, expected):
    with running(Behaviour(usage=lambda counted: usage)) as server:
        assert complete(server).usage == expected


def test_retry_after_is_read_as_seconds_milliseconds_or_date():
    assert retry_after({"retry-after": "2"}) == 2.0
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 27 < retry_after({"retry-after": soon}) <= 30
    assert retry_after({"retry-after": "Wed, 01 Jan 2020 00:00:00 GMT"}) == 0.0
    for nonsense in ("soon", "nan", "inf", ""):
        assert retry_after({"retry-after": nonsense}) is None
    assert retry_after({}) is None
