"""One request's life: sent, tried again, corrected, widened, until its answer is on disk."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Generic, NamedTuple, NoReturn, TypeVar

from extractor.asking.budget import Budget
from extractor.asking.client import Client, Completion, Fault
from extractor.asking.ledger import Ledger, Outcome
from extractor.asking.pace import Pace
from extractor.asking.prices import Price, Prices
from extractor.asking.request import Answer, Request, State, Turn, Usage, settled_state
from extractor.errors import BudgetError, EndpointError, ReplyError, StoreError

T = TypeVar("T")

ATTEMPTS = 10  # passing faults of one request while others are answered
BLANKS = 3
AHEAD = 6  # attempts that are written down before they have a place
SAME_FAULT = 3  # requests that fail alike before anything succeeded
NO_USAGE = Usage()
UNREACHED_PATIENCE = 45.0  # seconds, for an address that never answered

log = logging.getLogger("extractor.asking")


class HaltedError(Exception):
    """The run is stopping: this request stays open."""


class _Call(NamedTuple):
    """One call as it went; `seconds` from sending to the end."""

    attempt: int
    result: Completion | Fault
    started: datetime
    seconds: float


class Halt:
    """Whether new requests may start, and the error that ends the run if not; `released` is called when it is set."""

    def __init__(self, released: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._released = released
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self.error is not None

    def set(self, error: BaseException) -> None:
        """Stop the run with `error`; the first one counts."""
        if self.error is None:
            self.error = error
            self._event.set()
            self._released()

    async def sleep(self, seconds: float) -> None:
        """Sleep, or less when the run is halted."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return


class Exchange(Generic[T]):
    """Takes requests to their answers; shared by all workers of a run.

    `correct` words the turn that asks for a better reply. `patience` is how many seconds of an outage are waited for.
    """

    def __init__(
        self,
        *,
        client: Client,
        ledger: Ledger,
        pace: Pace,
        budget: Budget,
        prices: Prices,
        halt: Halt,
        parse: Callable[[Request, str], T],
        correct: Callable[[ReplyError], str],
        patience: float,
    ) -> None:
        self.client = client
        self._endpoint = client.endpoint
        self._ledger = ledger
        self._pace = pace
        self._budget = budget
        self._prices = prices
        self._halt = halt
        self._parse = parse
        self._correct = correct
        self._patience = patience
        self._replies = 0
        self._useless = 0
        self._ahead = 0

    async def answer(self, request: Request, refused_reply: tuple[str, ReplyError] | None = None) -> Answer[T]:
        """Ask until there is an answer of any state, and return it when it is on disk.

        `refused_reply` is a stored reply that is not accepted any more: only its correction is asked for.

        Raises:
            HaltedError: the run stopped before that.
        """
        messages, limit = request.messages, request.max_tokens
        corrected = widened = False
        blanks = cuts = 0
        if refused_reply is not None:
            messages, corrected = self._correction(request, *refused_reply), True
        while True:
            answer = await self._attempt(request, messages, limit)
            if answer.state == "blank" and (blanks := blanks + 1) < BLANKS:
                log.info("%s: blank reply, asked again", request.name)
            elif answer.state == "truncated" and 2 * answer.usage.completion < limit and (cuts := cuts + 1) < BLANKS:
                log.info("%s: cut long before its limit, asked again", request.name)
            elif answer.state == "truncated" and not widened:
                widened, limit = True, 2 * limit
            elif answer.state == "failed" and answer.reply and not corrected:
                log.info("%s: %s Asked to correct it", request.name, answer.reason)
                messages, corrected = self._correction(request, answer.reply, ReplyError(answer.reason)), True
            else:
                return answer

    def _correction(self, request: Request, reply: str, error: ReplyError) -> tuple[Turn, ...]:
        said: Turn = {"role": "assistant", "content": reply}
        asked: Turn = {"role": "user", "content": self._correct(error)}
        return (*request.messages, said, asked)

    async def _attempt(self, request: Request, messages: tuple[Turn, ...], limit: int) -> Answer[T]:
        """Send until there is something other than a passing fault.

        Raises:
            HaltedError: the run stopped before that.
        """
        tries = 0
        while True:
            if self._halt:
                raise HaltedError
            result = await self._send(request, messages, limit)
            if isinstance(result, Answer):
                return result
            tries += self._pace.down_since is None
            if tries >= ATTEMPTS:
                return Answer(request, None, "failed", f"{result.reason} ({tries} times)")
            self._check_patience(result)
            pause = max(result.wait or 0.0, min(0.25 * 2**tries, 8.0) * random.uniform(0.5, 1.0))
            log.info("%s: %s; again in %.1f s", request.name, result.reason, pause)
            await self._halt.sleep(pause)

    async def _send(self, request: Request, messages: tuple[Turn, ...], limit: int) -> Answer[T] | Fault:
        """Reserve its price, wait for a place, send once, record what became of it; a fault that comes back passes.

        Raises:
            HaltedError: nothing may be sent any more.
        """
        reserved = await self._budget.reserve(messages, limit)
        if reserved is None:
            self._halt.set(BudgetError())
            raise HaltedError
        doubt = False
        try:
            call = await self._call(request, messages, limit=limit, reserved=reserved)
            if isinstance(call.result, Completion):
                return await self._replied(request, call, call.result)
            doubt = call.result.kind == "in_doubt"
            return await self._faulted(request, call, call.result)
        finally:
            self._budget.release(reserved, in_doubt=doubt)

    async def _call(self, request: Request, messages: tuple[Turn, ...], *, limit: int, reserved: float) -> _Call:
        """Hold a place while the endpoint works on an attempt that is written down.

        The next few in the queue write theirs while they wait, so that no place stands empty meanwhile.
        """
        attempt = None
        ahead = self._ahead < AHEAD
        self._ahead += ahead
        try:
            if ahead:
                attempt = await self._begin(request, reserved)
            place = await self._pace.enter()
        finally:
            self._ahead -= ahead
        try:
            if self._halt:
                if attempt is not None:
                    await self._on_disk(self._ledger.withdraw(attempt))
                raise HaltedError
            attempt = attempt or await self._begin(request, reserved)
            started, clock = datetime.now(UTC), time.monotonic()
            result = await self.client.complete(
                messages, max_tokens=limit, json_mode=request.json_mode, temperature=request.temperature
            )
            if isinstance(result, Completion):
                self._pace.replied(place)
            elif result.kind == "overloaded":
                self._pace.overloaded(place, result.wait)
            elif result.passing:
                self._pace.faulted(result.wait)
            elif result.kind == "fatal":
                self._halt.set(self._error(result.reason, result.advice))  # before anybody takes the place
            return _Call(attempt, result, started, time.monotonic() - clock)
        finally:
            self._pace.leave()

    async def _begin(self, request: Request, reserved: float) -> int:
        attempt, written = self._ledger.begin(
            request, endpoint=self._endpoint.name, model=self._endpoint.model, at_most_cny=reserved
        )
        await self._on_disk(written)
        return attempt

    async def _replied(self, request: Request, call: _Call, completion: Completion) -> Answer[T]:
        """Judge a reply and record it; the answer is on disk when this returns."""
        self._replies += 1
        text, finish, usage = completion.text, completion.finish, completion.usage
        value: T | None = None
        state: State
        reason = ""
        if finish == "content_filter":
            state, reason = "refused", "the endpoint's content filter cut the reply"
        elif finish == "length":
            state, reason = "truncated", f"the reply is longer than {usage.completion or request.max_tokens} tokens"
        elif not text.strip():
            state, reason = "blank", "the reply is blank"
        else:
            try:
                value = self._parse(request, text)
                state = settled_state(value)
            except ReplyError as error:
                state, reason = "failed", str(error)
            except BaseException:  # a fault of ours must not cost a reply that is paid for
                await self._record(call, "done", reply=text, usage=usage)
                raise
        await self._record(call, state, reason=reason, reply=text, usage=usage)
        return Answer(request, value, state, reason, text, usage)

    async def _faulted(self, request: Request, call: _Call, fault: Fault) -> Answer[T] | Fault:
        """Record a call without a reply; a passing fault is returned as it came.

        Raises:
            HaltedError: no request could succeed; the run is stopped.
        """
        state: State = "refused" if fault.kind == "refused" else "in_doubt" if fault.kind == "in_doubt" else "failed"
        await self._record(call, state, reason=fault.reason)
        if fault.passing:
            return fault
        if fault.kind == "fatal":
            raise HaltedError
        if fault.kind == "request":
            self._useless += 1
            if self._replies == 0 and self._useless >= SAME_FAULT:
                self._stop(fault.reason, "No request has succeeded so far. Check endpoint and model in book.toml.")
        return Answer(request, None, state, fault.reason)

    def _check_patience(self, fault: Fault) -> None:
        """Stop the run when waiting longer makes no sense."""
        again = "Run the same command again later; what is paid is kept."
        if fault.wait is not None and fault.wait > self._patience:
            self._stop(f"{fault.reason}; it asks to wait {fault.wait:.0f} s", again)
        if self._pace.down_since is None:
            return
        silent = time.monotonic() - self._pace.down_since
        if self._replies == 0 and fault.kind in ("garbled", "unreached") and silent > UNREACHED_PATIENCE:
            self._stop(fault.reason, f"Check the address {self._endpoint.base_url} and the network.")
        if silent > self._patience:
            self._stop(f"no reply for {silent / 60:.0f} minutes ({fault.reason})", again)

    def _stop(self, reason: str, advice: str) -> NoReturn:
        self._halt.set(self._error(reason, advice))
        raise HaltedError

    def _error(self, reason: str, advice: str) -> EndpointError:
        return EndpointError(f"{self._endpoint}: {reason.rstrip('.')}. {advice}")

    def _price(self, usage: Usage, at: datetime) -> Price | None:
        if self._endpoint.free or usage == Usage():
            return Price(0.0, 0.0)
        return self._prices.price(usage, self._endpoint.model, at=at)

    async def _record(
        self, call: _Call, state: State, *, reason: str = "", reply: str = "", usage: Usage = NO_USAGE
    ) -> None:
        price = self._price(usage, call.started)
        await self._on_disk(
            self._ledger.finish(call.attempt, Outcome(state, reason, reply, usage, price, call.seconds))
        )

    async def _on_disk(self, written: Future[None]) -> None:
        try:
            await asyncio.wrap_future(written)
        except StoreError as error:
            self._halt.set(error)
            raise HaltedError from None
