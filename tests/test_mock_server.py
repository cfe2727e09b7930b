"""The mock server speaks the protocol as a plain HTTP client sees it, and keeps count."""

import json
import urllib.error
import urllib.request

import pytest

from extractor.asking.mock_server import FAULTS, Behaviour, serve
from extractor.errors import EndpointError
from tests.endpoint import running, turns


def post(server, messages, **fields):
    body = json.dumps({"model": "deepseek-flash", "messages": messages, **fields}).encode()
    request = urllib.request.Request(f"{server.url}/chat/completions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_reply_has_the_shape_of_the_protocol():
    with running(Behaviour(answer=lambda messages: f"heard {len(messages)}")) as server:
        reply = post(server, turns("a", "b"))
    assert reply["choices"][0]["message"] == {"role": "assistant", "content": "heard 2"}
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"]["prompt_tokens"] == server.usage.prompt
    assert reply["usage"]["total_tokens"] == server.usage.prompt + server.usage.completion


def test_models_are_listed():
    with (
        running(Behaviour(models=("m1", "m2"))) as server,
        urllib.request.urlopen(f"{server.url}/models", timeout=10) as response,
    ):
        assert [model["id"] for model in json.load(response)["data"]] == ["m1", "m2"]


def test_a_repeated_talk_hits_the_prefix_cache():
    talk = turns("书", "第一章的长长的正文", '{"summary": "雨"}', "谁说的？")
    with running() as server:
        first = post(server, talk[:2])["usage"]
        second = post(server, talk)["usage"]
        other = post(server, turns("书", "第二章"))["usage"]
        third = post(server, turns("书", "第三章"))["usage"]
    assert first["prompt_cache_hit_tokens"] == 0
    assert second["prompt_cache_hit_tokens"] > first["prompt_tokens"] - 5
    assert second["prompt_cache_hit_tokens"] + second["prompt_cache_miss_tokens"] == second["prompt_tokens"]
    assert other["prompt_cache_hit_tokens"] == third["prompt_cache_hit_tokens"] == 1


def test_faults_are_drawn_alike_by_seed_and_by_rate():
    def drawn(seed):
        with running(Behaviour(faults={"500": 0.3}, seed=seed)) as server:
            outcomes = []
            for number in range(100):
                try:
                    post(server, turns("s", str(number)))
                    outcomes.append(True)
                except urllib.error.HTTPError as error:
                    outcomes.append(error.code != 500)
                    error.close()
            return outcomes

    assert drawn(1) == drawn(1) != drawn(2)
    assert 15 <= drawn(1).count(False) <= 45


def test_a_body_that_is_no_request_is_refused():
    with running() as server:
        request = urllib.request.Request(f"{server.url}/chat/completions", b"{}")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        assert caught.value.code == 400
        caught.value.close()


def test_an_unknown_fault_or_a_taken_port_is_said():
    with pytest.raises(EndpointError, match=r"Fault '418' is not known. Known are 400"):
        serve(port=0, faults={"418": 0.5})
    with running() as server, pytest.raises(EndpointError, match="cannot be served"):
        serve(port=int(server.url.split(":")[2].split("/")[0]))
    assert len(set(FAULTS)) == len(FAULTS)
