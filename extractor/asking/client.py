"""One call to a chat endpoint, and what each way of failing means."""

from __future__ import annotations

import asyncio
import json
import math
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

from extractor.asking.endpoints import Endpoint
from extractor.asking.request import Turn, Usage

if TYPE_CHECKING:
    from httpx2 import AsyncByteStream, SyncByteStream
    from openai import AsyncOpenAI

SLOWEST = 20.0  # output tokens per second that are still waited for
CONNECT_TIMEOUT = 30.0
KEPT_ALIVE = 60.0
MAX_BYTES = 32 * 2**20
SHOWN = 200  # characters of a server's own words in our messages

OVERLOADED = (429, 503, 529)
PASSING = (408, 409, 425, 500, 502, 504, 520, 522, 524)
FILTERED = ("content exists risk", "content_filter", "data_inspection_failed", "content management policy", "1301")
NO_BALANCE = ("insufficient_quota", "exceeded your current quota", "insufficient balance", "余额不足")
NO_MODEL = ("model not exist", "model_not_found", "model does not exist", "no such model", "model not found")


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply as it came. `finish` is why the model stopped: stop, length, content_filter or another word."""

    text: str
    finish: str
    usage: Usage
    model: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A call without a reply; `reason` is short, without the key, and fit for the ledger.

    Trying again may help when `kind` is overloaded (we ask too much at once), unreached (the request never got
    there), in_doubt (a reply may have been made and billed), garbled (what came is no chat completion) or other.
    It does not when it is refused (a content filter), request (too long, or a field the endpoint does not know) or
    fatal (key, balance, address or model: no request can succeed; `advice` says what a person can do).
    `wait` is the time in seconds that the endpoint advised.
    """

    reason: str
    kind: Literal["overloaded", "unreached", "in_doubt", "garbled", "other", "refused", "request", "fatal"]
    wait: float | None = None
    advice: str = ""

    @property
    def passing(self) -> bool:
        """Whether trying again may help."""
        return self.kind not in ("refused", "request", "fatal")


class OversizeError(Exception):
    """A reply goes on and on."""


class Client:
    """An endpoint that can be asked; use as an async context manager."""

    def __init__(self, endpoint: Endpoint, *, connections: int, least_timeout: float = 600.0) -> None:
        self.endpoint = endpoint
        self._connections = connections
        self._least_timeout = least_timeout
        self._client: AsyncOpenAI | None = None

    async def __aenter__(self) -> Client:
        from httpx2 import Limits, Response
        from openai import AsyncOpenAI, DefaultAioHttpClient

        async def bound(response: Response) -> None:
            response.stream = _bounded()(response.stream)

        limits = Limits(
            max_connections=self._connections,
            max_keepalive_connections=self._connections,
            keepalive_expiry=KEPT_ALIVE,
        )
        self._client = AsyncOpenAI(
            api_key=self.endpoint.api_key,
            base_url=self.endpoint.base_url,
            max_retries=0,
            http_client=DefaultAioHttpClient(limits=limits, follow_redirects=False, event_hooks={"response": [bound]}),
        )
        self._client.organization = self._client.project = None  # never those of another account
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.close()

    def timeout(self, max_tokens: int) -> float:
        """Return how many seconds a reply of that length is waited for."""
        return max(self._least_timeout, max_tokens / SLOWEST)

    async def complete(
        self, messages: Sequence[Turn], *, max_tokens: int, json_mode: bool = False, temperature: float | None = None
    ) -> Completion | Fault:
        """Ask once."""
        import httpx2
        import openai

        assert self._client is not None
        body: dict[str, object] = {
            "model": self.endpoint.model,
            "messages": list(messages),
            self.endpoint.token_field: max_tokens,
            "stream": False,
            **self.endpoint.extra_body,
        }
        if json_mode and self.endpoint.json_mode:
            body["response_format"] = {"type": "json_object"}
        if temperature is not None:
            body["temperature"] = temperature
        seconds = self.timeout(max_tokens)
        limit = httpx2.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT), pool=None)
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.post(
                    "/chat/completions", cast_to=httpx2.Response, body=body, options={"timeout": limit}
                )
        except openai.APIStatusError as error:
            return self._status_fault(error.status_code, error.response.headers, error.response.text)
        except TimeoutError:
            return Fault(f"no reply within {seconds:.0f} s", "in_doubt")
        except OversizeError as error:
            return Fault(str(error), "request")
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            return self._network_fault(error)
        return self._completion(response.status_code, response.content)

    def _network_fault(self, error: BaseException) -> Fault:
        """Return the fault behind an error of the network, after its first cause (the transport's own error)."""
        import aiohttp

        while (cause := error.__cause__) is not None:
            error = cause
        words = self._say(str(error) or type(error).__name__)
        before = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ConnectionRefusedError, socket.gaierror)
        if isinstance(error, before):
            return Fault(f"no connection: {words}", "unreached")
        return Fault(f"connection lost: {words}", "in_doubt")

    def _completion(self, status: int, content: bytes) -> Completion | Fault:
        try:
            reply = json.loads(content)
            choice = reply["choices"][0]
            text, finish = choice["message"].get("content"), choice.get("finish_reason")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            words = content[: 4 * SHOWN].decode("utf-8", "replace").strip()
            return Fault(f"HTTP {status} without a chat completion: {self._say(words) or 'nothing'}", "garbled")
        if finish == "insufficient_system_resource":
            return Fault("the endpoint ran out of resources", "overloaded")
        text = self.endpoint.redact(text) if isinstance(text, str) else ""
        return Completion(text, str(finish or "stop"), _usage(reply.get("usage")), str(reply.get("model", "")))

    def _status_fault(self, status: int, headers: Mapping[str, str], text: str) -> Fault:
        words = self._say(_server_words(text))
        reason = f"HTTP {status}" + (f": {words}" if words else "")
        lower = text.casefold()
        if status in (400, 403, 422, 451) and any(mark in lower for mark in FILTERED):
            return Fault(reason, "refused")
        if advice := self._advice(status, lower):
            return Fault(reason, "fatal", advice=advice)
        if status in OVERLOADED:
            return Fault(reason, "overloaded", wait=retry_after(headers))
        if status in PASSING or status >= 500:
            return Fault(reason, "other", wait=retry_after(headers))
        return Fault(reason, "request")

    def _advice(self, status: int, lower: str) -> str:
        """Return what a person can do where no request can succeed, "" elsewhere."""
        again = "then run the same command again; what is paid is kept."
        if status == 402 or (status == 429 and any(mark in lower for mark in NO_BALANCE)):
            return f"Top up the account, {again}"
        if status in (401, 403):
            return f"Check the key in {self.endpoint.key_variable or 'EXTRACTOR_API_KEY'}, {again}"
        if status < 500 and any(mark in lower for mark in NO_MODEL):
            return f"Choose a model that the endpoint serves (model in book.toml or EXTRACTOR_MODEL), {again}"
        if status < 400 or status in (404, 405):
            return f"Check the address {self.endpoint.base_url} and the model {self.endpoint.model}, {again}"
        return ""

    def _say(self, words: str) -> str:
        """Return a server's words on one line, short, and without the key."""
        line = " ".join(self.endpoint.redact(words).split())
        return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


@cache
def _bounded() -> Callable[[AsyncByteStream | SyncByteStream], AsyncByteStream]:
    """Return the class of a body that breaks off where no reply can be that long."""
    from httpx2 import AsyncByteStream

    class Bounded(AsyncByteStream):
        def __init__(self, stream: AsyncByteStream | SyncByteStream) -> None:
            assert isinstance(stream, AsyncByteStream)
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in self._stream:
                size += len(chunk)
                if size > MAX_BYTES:
                    raise OversizeError(f"the reply is larger than {MAX_BYTES:,} bytes")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a response asks to wait, None where it does not say."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        elif "retry-after" in headers:
            seconds = _seconds(headers["retry-after"])
        else:
            return None
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()


def _server_words(text: str) -> str:
    """Return the message in an error body, or the body itself."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return text[: 4 * SHOWN]
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _usage(usage: object) -> Usage:
    """Return the tokens of a reply; a field that an endpoint leaves out or garbles counts nothing."""
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    hit = _count(usage, "prompt_cache_hit_tokens")
    reasoning = 0
    if isinstance(usage, dict):
        hit = hit or _count(usage.get("prompt_tokens_details"), "cached_tokens")
        reasoning = _count(usage.get("completion_tokens_details"), "reasoning_tokens")
    hit = min(hit, prompt)
    return Usage(hit, prompt - hit, completion, reasoning)


def _count(table: object, name: str) -> int:
    value = table.get(name) if isinstance(table, dict) else None
    return max(0, value) if isinstance(value, int) else 0
