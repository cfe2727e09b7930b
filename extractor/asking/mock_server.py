"""A chat endpoint on this machine, for rehearsals and tests: answers, token usage, prefix cache, faults, latency."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from extractor.asking.prefixes import PrefixCache
from extractor.asking.request import Turn, Usage
from extractor.asking.tokens import count_turn
from extractor.errors import EndpointError

Answerer = Callable[[Sequence[Turn]], str]
Counting = Callable[[Turn, str], int]

STATUS_FAULTS: Mapping[str, tuple[int, str]] = {
    "400": (400, "Invalid request"),
    "401": (401, "Authentication Fails"),
    "402": (402, "Insufficient Balance"),
    "403": (403, "Forbidden"),
    "404": (404, "Not Found"),
    "429": (429, "Too many requests"),
    "500": (500, "Server error"),
    "503": (503, "Server overloaded"),
    "risk": (400, "Content Exists Risk"),
    "model": (400, "Model Not Exist"),
}
REPLY_FAULTS = ("empty", "blank", "length", "fence", "filter", "broken", "busy")
OTHER_FAULTS = ("reset", "hang", "html", "leak")
FAULTS = (*STATUS_FAULTS, *REPLY_FAULTS, *OTHER_FAULTS)


def echo(messages: Sequence[Turn]) -> str:
    """Answer with a JSON object that repeats the start of the last user turn."""
    return json.dumps({"echo": messages[-1]["content"][:60]}, ensure_ascii=False)


@dataclass
class Behaviour:
    """How the server behaves; may be changed while it runs.

    `faults` are rates by name (see `FAULTS`), drawn by `seed` from the request and how often it came. `latency` is
    seconds per reply. `retry_after` goes out with 429 and 503. `capacity` is how many requests it works on at once
    before it answers 429, `balance` how many replies it gives before it answers 402; None for no limit. `down_until`
    is a time.monotonic() before which it answers 503. `keep_alive` sends blank lines while it works; `keep_bodies`
    keeps all requests in memory. `count` counts the tokens of a message for a model, `usage` words the usage field
    otherwise than DeepSeek does.
    """

    answer: Answerer = echo
    faults: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    retry_after: float | None = 1.0
    capacity: int | None = None
    balance: int | None = None
    down_until: float = 0.0
    hang: float = 30.0
    keep_alive: bool = False
    models: tuple[str, ...] = ()
    keep_bodies: bool = True
    usage: Callable[[Usage], object] | None = None
    seed: int = 0
    count: Counting = count_turn


class MockServer:
    """A running server. `counters` counts requests, replies, connections and each fault; `usage` sums what it billed.

    The counter `early` counts requests sent again before the Retry-After they were given was over. `received` holds
    (time.monotonic(), hash of the messages) of each request, `bodies` and `headers` the requests themselves.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, port: int = 0) -> None:
        self.behaviour = behaviour or Behaviour()
        self.counters: Counter[str] = Counter()
        self.usage = Usage()
        self.in_flight = 0
        self.most_in_flight = 0
        self.received: list[tuple[float, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._times: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}
        self._cache = PrefixCache()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.mock = self

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def serve_forever(self) -> None:
        """Serve until `close`."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def admit(self, body: dict[str, Any], headers: Mapping[str, str]) -> str:
        """Count a request in and return the fault it meets, "" for none."""
        content = json.dumps(body.get("messages"), ensure_ascii=False, sort_keys=True)
        name = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        now = time.monotonic()
        with self._lock:
            self.counters["requests"] += 1
            self.received.append((now, name))
            if self.behaviour.keep_bodies:
                self.bodies.append(body)
                self.headers.append({name.lower(): value for name, value in headers.items()})
            self._times[name] += 1
            if now < self._not_before.get(name, 0.0):
                self.counters["early"] += 1
            fault = self._fault(body, name, now)
            if fault in ("429", "503") and self.behaviour.retry_after is not None:
                self._not_before[name] = now + self.behaviour.retry_after
            if fault:
                self.counters[fault] += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return fault

    def leave(self) -> None:
        """Count a request out."""
        with self._lock:
            self.in_flight -= 1

    def bill(self, messages: Sequence[Turn], reply: str, model: str) -> Usage:
        """Return the tokens of an exchange after the prefix cache and add them to `usage`."""
        count = self.behaviour.count
        counts = [count(turn, model) for turn in messages]
        completion = count({"role": "user", "content": reply}, model)
        with self._lock:
            reused = self._cache.reused(messages)
            self._cache.add(messages)
            hit = sum(counts[:reused])
            usage = Usage(hit, sum(counts[reused:]) + 3, completion)
            self.usage += usage
            self.counters["replies"] += 1
        return usage

    def _fault(self, body: dict[str, Any], name: str, now: float) -> str:
        behaviour = self.behaviour
        if now < behaviour.down_until:
            return "503"
        if behaviour.models and body.get("model") not in behaviour.models:
            return "model"
        if behaviour.balance is not None and self.counters["replies"] + self.in_flight >= behaviour.balance:
            return "402"
        if behaviour.capacity is not None and self.in_flight >= behaviour.capacity:
            return "429"
        draw = hashlib.sha256(f"{behaviour.seed} {name} {self._times[name]}".encode()).digest()
        share = int.from_bytes(draw[:8], "big") / 2**64
        for fault, rate in behaviour.faults.items():
            if share < rate:
                return fault
            share -= rate
        return ""


def serve(
    *,
    port: int,
    answer: Answerer = echo,
    latency: float = 0.0,
    faults: Mapping[str, float] | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until Ctrl-C; `ready` hears the base URL once the server listens.

    Raises:
        EndpointError: the port is taken, or a fault has an unknown name.
    """
    if unknown := set(faults or ()) - set(FAULTS):
        raise EndpointError(f"Fault {min(unknown)!r} is not known. Known are {', '.join(FAULTS)}.")
    try:
        with running(Behaviour(answer=answer, faults=faults or {}, latency=latency), port=port) as server:
            if ready is not None:
                ready(server.url)
            threading.Event().wait()
    except OSError as error:
        raise EndpointError(f"Port {port} cannot be served: {error.strerror}. Choose another with --port.") from error
    except KeyboardInterrupt:
        return


@contextmanager
def running(behaviour: Behaviour | None = None, *, port: int = 0) -> Iterator[MockServer]:
    """Run a server in threads; port 0 takes a free one."""
    server = MockServer(behaviour, port=port)
    thread = threading.Thread(target=server.serve_forever, name="mock-server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    mock: MockServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _begun = False

    def setup(self) -> None:
        super().setup()
        self.server.mock.counters["connections"] += 1

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer /v1/models."""
        mock = self.server.mock
        names = mock.behaviour.models or ("mock",)
        self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})

    def do_POST(self) -> None:
        """Answer /v1/chat/completions."""
        mock = self.server.mock
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(content)
            messages: list[Turn] = body["messages"]
        except (ValueError, KeyError, TypeError):
            self._send(400, {"error": {"message": "The body is no chat request", "type": "invalid_request_error"}})
            return
        if not self.path.endswith("/chat/completions"):
            self._send(404, {"error": {"message": f"No such path {self.path}"}})
            return
        fault = mock.admit(body, dict(self.headers))
        try:
            send = self._reply(body, messages, fault)
        finally:
            mock.leave()  # the work is done before the reply is out
        send()

    def _reply(self, body: dict[str, Any], messages: list[Turn], fault: str) -> Callable[[], None]:
        """Work on a request and return what sends the outcome."""
        mock = self.server.mock
        if fault == "leak":
            words = f"Incorrect API key: {self.headers.get('Authorization')}"
            return partial(self._send, 401, {"error": {"message": words}})
        if fault in STATUS_FAULTS:
            status, words = STATUS_FAULTS[fault]
            wait = mock.behaviour.retry_after if status in (429, 503) else None
            return partial(self._send, status, {"error": {"message": words, "code": status}}, retry_after=wait)
        if fault == "reset":
            return self._reset
        if fault == "html":
            return partial(self._send_bytes, 200, b"<html><body>Welcome</body></html>", "text/html")
        self._work(mock.behaviour.hang if fault == "hang" else mock.behaviour.latency)
        text, finish = _spoil(mock.behaviour.answer(messages), fault)
        billed = mock.bill(messages, text, str(body.get("model")))
        usage = mock.behaviour.usage(billed) if mock.behaviour.usage is not None else _usage(billed)
        return partial(self._send, 200, _completion(body, text=text, finish=finish, usage=usage))

    def _reset(self) -> None:
        """Drop the connection without a word."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _work(self, seconds: float) -> None:
        """Let the time of a reply pass; with keep_alive the head goes out first and blank lines follow."""
        self._begun = self.server.mock.behaviour.keep_alive
        if self._begun:
            self.wfile.write(b"HTTP/1.1 200 Mock\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\n")
            self.close_connection = True
        time.sleep(seconds)

    def _send(self, status: int, content: object, *, retry_after: float | None = None) -> None:
        payload = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._send_bytes(status, payload, "application/json", retry_after=retry_after)

    def _send_bytes(self, status: int, payload: bytes, kind: str, *, retry_after: float | None = None) -> None:
        if self._begun:
            self.wfile.write(b"\n" + payload)
            return
        head = f"HTTP/1.1 {status} Mock\r\nContent-Type: {kind}\r\nContent-Length: {len(payload)}\r\n"
        if retry_after is not None:
            head += f"Retry-After: {retry_after:g}\r\n"
        self.wfile.write(f"{head}\r\n".encode() + payload)


def _spoil(text: str, fault: str) -> tuple[str, str]:
    """Return a reply and its finish_reason after a fault has had its way."""
    match fault:
        case "empty":
            return "", "stop"
        case "blank":
            return "   \n" * 20, "stop"
        case "length":
            return text[: len(text) // 2], "length"
        case "filter":
            return "", "content_filter"
        case "busy":
            return "", "insufficient_system_resource"
        case "fence":
            return f"Here it is:\n```json\n{text}\n```\n", "stop"
        case "broken":
            return text[: len(text) // 2], "stop"
    return text, "stop"


def _completion(body: dict[str, Any], *, text: str, finish: str, usage: object) -> dict[str, Any]:
    """Return a reply in the shape of the protocol."""
    return {
        "id": "mock",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model"),
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "usage": usage,
    }


def _usage(usage: Usage) -> dict[str, int]:
    """Return a usage field as DeepSeek words it."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_cache_hit_tokens": usage.hit,
        "prompt_cache_miss_tokens": usage.miss,
    }
