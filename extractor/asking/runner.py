"""Asking many requests at once: a plain iterator outside, an event loop in a thread of its own inside."""

from __future__ import annotations

import asyncio
import logging
import queue
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Generic, TypeVar

from extractor.asking.budget import Budget
from extractor.asking.client import Client
from extractor.asking.endpoints import Endpoint
from extractor.asking.exchange import Exchange, Halt, HaltedError
from extractor.asking.ledger import Ledger
from extractor.asking.pace import Pace
from extractor.asking.prices import Prices, load_prices
from extractor.asking.request import Answer, Request, State, settled_state
from extractor.errors import BudgetError, ReplyError

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")
_Open = tuple[int, Request, tuple[str, ReplyError] | None]

SPARE = 8  # workers beyond the places, so that a place is taken while a reply is being recorded
AGAIN: tuple[State, ...] = ("failed", "truncated", "blank", "in_doubt", "pending")

log = logging.getLogger("extractor.asking")


def ask_to_correct(error: ReplyError) -> str:
    """Word the turn that asks for a better reply."""
    return f"Your reply cannot be used. {error} Reply again with the whole corrected JSON and nothing else."


def ask(
    requests: Sequence[Request],
    *,
    endpoint: Endpoint,
    ledger: Ledger,
    parse: Callable[[Request, str], T],
    budget: float | None = None,
    concurrency: int = 32,
    prices: Prices | None = None,
    progress: bool | None = None,
    again: Collection[State] = AGAIN,
    correct: Callable[[ReplyError], str] = ask_to_correct,
    patience: float = 1800.0,
    least_timeout: float = 600.0,
) -> Iterator[Answer[T]]:
    """Yield the answers in the order of the requests; what the ledger holds is not asked again.

    `parse` turns a reply into a value and raises ReplyError where it cannot; a reply it refuses is asked to be
    corrected once. A request that ended in a state of `again` in an earlier run is asked anew. `budget` is the CNY
    that this call may spend, None for no limit. `progress` None shows a bar on a terminal. `patience` is how many
    seconds without any reply end the run. After Ctrl-C or SIGTERM requests in flight are finished and recorded; a
    second one drops them.

    Raises:
        EndpointError: key, balance, address or model are wrong, or the endpoint stays silent; nothing is lost.
        BudgetError: going on could cost more than the budget.
        StoreError: the ledger is in use or cannot be written.
    """
    prices = prices or load_prices()
    guard = Budget(budget, endpoint=endpoint, ledger=ledger, prices=prices)
    settled, open_ = _settle(requests, ledger=ledger, parse=parse, again=again)
    open_, twins = _unique(open_)
    if not open_:
        yield from (settled[index] for index in range(len(requests)))
        return
    run: _Run[T] = _Run(open_, concurrency=concurrency)
    exchange = Exchange(
        client=Client(endpoint, connections=concurrency, least_timeout=least_timeout),
        ledger=ledger,
        pace=run.pace,
        budget=guard,
        prices=prices,
        halt=run.halt,
        parse=parse,
        correct=correct,
        patience=patience,
    )
    with ledger.writing(), _bar(requests, len(settled), progress) as bar, run.asking(exchange), _signals(run):
        for index in range(len(requests)):
            while index not in settled and (arrived := run.next()) is not None:
                settled[arrived[0]] = arrived[1]
                bar.count(guard.spent)
                for twin in twins.get(arrived[0], ()):
                    settled[twin] = replace(arrived[1], request=requests[twin])
            if index not in settled:
                break
            yield settled.pop(index)
    run.raise_error(guard)


def _settle(
    requests: Sequence[Request],
    *,
    ledger: Ledger,
    parse: Callable[[Request, str], T],
    again: Collection[State],
) -> tuple[dict[int, Answer[T]], list[_Open]]:
    """Return the answers that the ledger holds, by place, and what is left to ask."""
    settled: dict[int, Answer[T]] = {}
    open_: list[_Open] = []
    for index, request in enumerate(requests):
        entry = ledger.latest(request.key)
        reply = None if entry is None else ledger.done(request.key)
        if reply is not None:
            try:
                value = parse(request, reply)
            except ReplyError as error:
                open_.append((index, request, (reply, error)))
                continue
            settled[index] = Answer(request, value, settled_state(value), "", reply)
        elif entry is not None and entry.state not in again:
            settled[index] = Answer(request, None, entry.state, entry.reason)
        else:
            open_.append((index, request, None))
    return settled, open_


def _unique(open_: list[_Open]) -> tuple[list[_Open], dict[int, list[int]]]:
    """Return the first request of each key, and the places of those that share its answer."""
    first: dict[str, int] = {}
    unique: list[_Open] = []
    twins: dict[int, list[int]] = {}
    for item in open_:
        index, request, _ = item
        if request.key in first:
            twins.setdefault(first[request.key], []).append(index)
        else:
            first[request.key] = index
            unique.append(item)
    return unique, twins


def _budget_sentence(guard: Budget, *, total: int, answered: int) -> str:
    left = total - answered
    cost = f" (about {guard.spent / answered * left:.2f} CNY)" if answered else ""
    return (
        f"A budget of {guard.limit:.2f} CNY does not cover the next request: {guard.spent:.2f} CNY are spent of it, "
        f"{left} of {total} requests are left{cost}. Raise budget in book.toml; the same command goes on from here."
    )


class _Run(Generic[T]):
    """The event loop's thread: workers take requests, answers come back through a queue."""

    def __init__(self, requests: Sequence[_Open], *, concurrency: int) -> None:
        self.pace = Pace(concurrency)
        self.halt = Halt(self.pace.open)
        self.answered = 0
        self._requests = requests
        self._workers = min(len(requests), concurrency + SPARE)
        self._answers: queue.SimpleQueue[tuple[int, Answer[T]] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop
        self._main: asyncio.Task[None]
        self._thread: threading.Thread

    @contextmanager
    def asking(self, exchange: Exchange[T]) -> Iterator[None]:
        """Ask in the background; at the end start nothing more and wait until what is in flight is recorded."""
        self._loop = asyncio.new_event_loop()
        self._main = self._loop.create_task(self._ask(exchange))
        self._thread = threading.Thread(target=self._turn, name="asking", daemon=True)
        self._thread.start()
        try:
            yield
        finally:
            self.stop(GeneratorExit())
            self._thread.join()

    def next(self) -> tuple[int, Answer[T]] | None:
        """Wait for an answer and return it with its place, None when there are no more."""
        return self._answers.get()

    def stop(self, error: BaseException) -> None:
        """Start nothing any more; `error` is the reason."""
        self._call(self.halt.set, error)

    def abort(self) -> None:
        """Drop what is in flight."""
        self._call(self._main.cancel)

    def raise_error(self, guard: Budget) -> None:
        """Raise what stopped the run, if it was not its end."""
        error = self.halt.error
        if isinstance(error, BudgetError):
            raise BudgetError(_budget_sentence(guard, total=len(self._requests), answered=self.answered))
        if error is not None and not isinstance(error, GeneratorExit):
            raise error

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(function, *arguments)

    def _turn(self) -> None:
        try:
            self._loop.run_until_complete(asyncio.wait([self._main]))
            self._note(self._main)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
            self._answers.put(None)

    def _note(self, task: asyncio.Task[None]) -> None:
        """Let an unforeseen error stop the run; it is raised again where the answers are taken."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.halt.set(error)

    async def _ask(self, exchange: Exchange[T]) -> None:
        todo = iter(self._requests)
        async with exchange.client:
            workers = [asyncio.create_task(self._work(exchange, todo)) for _ in range(self._workers)]
            for worker in workers:
                worker.add_done_callback(self._note)
            try:
                await asyncio.wait(workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, exchange: Exchange[T], todo: Iterator[_Open]) -> None:
        for index, request, refused_reply in todo:
            if self.halt:
                return
            try:
                answer = await exchange.answer(request, refused_reply)
            except HaltedError:
                return
            self.answered += 1
            self._answers.put((index, answer))


@contextmanager
def _signals(run: _Run[T]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM finish what is in flight, and the second drop it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, _: FrameType | None) -> None:
        error = KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
        if run.halt:
            run.abort()
            raise error
        log.warning("Stopping: %d requests in flight are finished first; once more to drop them.", run.pace.in_flight)
        run.stop(error)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Bar:
    """A progress bar on stderr, or nothing."""

    def __init__(self, bar: tqdm[None] | None) -> None:
        self._bar = bar

    def count(self, spent: float) -> None:
        """Count one answer."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"¥{spent:.2f}", refresh=False)
            self._bar.update()


@contextmanager
def _bar(requests: Sequence[Request], settled: int, shown: bool | None) -> Iterator[_Bar]:
    if not (sys.stderr.isatty() if shown is None else shown):
        yield _Bar(None)
        return
    from tqdm import tqdm

    tasks = "+".join(dict.fromkeys(request.task for request in requests))
    with tqdm(total=len(requests), initial=settled, desc=tasks, unit="request", file=sys.stderr) as bar:
        yield _Bar(bar)
