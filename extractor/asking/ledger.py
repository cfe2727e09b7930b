"""What was asked, what came back and what it cost: one row per attempt, on disk before a reply counts as received.

Resume, status, bill and budget are queries on it. Rows are written as `pending` before a request leaves; a row that
is still pending when the next run starts is `in_doubt`: it may have been paid, and its reply is lost.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from extractor.asking.prices import Price
from extractor.asking.request import Request, State, Usage
from extractor.asking.schema import connect, way_out
from extractor.errors import StoreError

GROUP = 500  # writes in one transaction at most


class Outcome(NamedTuple):
    """How an attempt ended; `price` is None where the model's price is unknown."""

    state: State
    reason: str = ""
    reply: str = ""
    usage: Usage = Usage()
    price: Price | None = None
    seconds: float = 0.0


class Entry(NamedTuple):
    """The latest attempt under a key."""

    attempt: int
    state: State
    reason: str


@dataclass(frozen=True)
class StatusRow:
    """How many requests of a task are in a state, by their latest attempt."""

    task: str
    state: State
    count: int


class CostRow(NamedTuple):
    """What a task cost with a model; `wasted_cny` is the part that bought no usable reply."""

    task: str
    model: str
    attempts: int
    usage: Usage
    cny: float
    usd: float
    wasted_cny: float


class Hole(NamedTuple):
    """A request that has no usable reply."""

    task: str
    chapter: str
    part: str
    state: State
    reason: str


class Spent(NamedTuple):
    """Money paid; `in_doubt_cny` is what attempts that nobody knows the end of may have cost at most."""

    cny: float
    usd: float
    in_doubt_cny: float


@dataclass(frozen=True)
class _Write:
    statements: tuple[tuple[str, tuple[object, ...]], ...]
    written: Future[None]


class Ledger:
    """The ledger of one book. Reading works at any time; `writing` is for one process at once.

    `spent_here` is what this object has recorded since it was opened, in CNY: the run's own expenses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spent_here = 0.0
        self._connection = connect(path)
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._next_id = 0

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the ledger for writing; attempts left pending by a run that died become in_doubt.

        Raises:
            StoreError: another run holds it.
        """
        lock = self._lock()
        try:
            self._connection.execute(_DOUBT)
            (self._next_id,) = self._connection.execute("SELECT coalesce(max(id), 0) + 1 FROM attempts").fetchone()
            connection = connect(self.path)
            writer = threading.Thread(target=self._write_groups, args=(connection,), name="ledger", daemon=True)
            writer.start()
            try:
                yield
            finally:
                self._queue.put(None)
                writer.join()
                connection.execute(_DOUBT)
                connection.close()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be written: {error}. {way_out(error)}") from error
        finally:
            lock.close()

    def begin(
        self, request: Request, *, endpoint: str, model: str, at_most_cny: float | None
    ) -> tuple[int, Future[None]]:
        """Write an attempt as pending; return its id and a future that is done when it is on disk."""
        attempt, self._next_id = self._next_id, self._next_id + 1
        row = (attempt, request.task, request.chapter, request.part, request.key, endpoint, model, request.prompt_hash)
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        return attempt, self._submit((_BEGIN, (*row, at_most_cny, started)))

    def finish(self, attempt: int, outcome: Outcome) -> Future[None]:
        """Write how an attempt ended; the future is done when it is on disk."""
        usage, price = outcome.usage, outcome.price
        if price is not None:
            self.spent_here += price.cny
        row = (outcome.state, outcome.reason, usage.hit, usage.miss, usage.completion, usage.reasoning)
        money = (price.cny, price.usd) if price is not None else (None, None)
        statements: list[tuple[str, tuple[object, ...]]] = [(_FINISH, (*row, *money, outcome.seconds, attempt))]
        if outcome.reply:
            statements.append((_REPLY, (attempt, outcome.reply)))
        return self._submit(*statements)

    def withdraw(self, attempt: int) -> Future[None]:
        """Take back an attempt that was never sent."""
        return self._submit(("DELETE FROM attempts WHERE id = ?", (attempt,)))

    def done(self, key: str) -> str | None:
        """Return the usable reply under a key, None where there is none."""
        row = self._one(
            "SELECT text FROM attempts JOIN replies ON attempt = id "
            "WHERE key = ? AND state IN ('done', 'empty') ORDER BY id DESC LIMIT 1",
            key,
        )
        return None if row is None else str(row[0])

    def latest(self, key: str) -> Entry | None:
        """Return the latest attempt under a key, None where nothing was asked under it."""
        row = self._one("SELECT id, state, reason FROM attempts WHERE key = ? ORDER BY id DESC LIMIT 1", key)
        return None if row is None else Entry(*row)

    def spent(self) -> Spent:
        """Return all that was paid for this book."""
        row = self._one(
            "SELECT coalesce(sum(cny), 0.0), coalesce(sum(usd), 0.0), "
            "coalesce(sum(at_most_cny) FILTER (WHERE state IN ('in_doubt', 'pending')), 0.0) FROM attempts"
        )
        return Spent(*row) if row is not None else Spent(0.0, 0.0, 0.0)

    def status(self) -> list[StatusRow]:
        """Return how many requests of each task are in each state."""
        return [StatusRow(*row) for row in self._all(f"SELECT task, state, count(*) FROM ({_LATEST}) GROUP BY 1, 2")]

    def holes(self, task: str | None = None) -> list[Hole]:
        """Return the requests without a usable reply, of one task or of all."""
        rows = self._all(f"SELECT task, chapter, part, state, reason FROM ({_LATEST}) ORDER BY 1, 2, 3")
        return [
            hole for row in rows if (hole := Hole(*row)).state not in ("done", "empty") and task in (None, hole.task)
        ]

    def costs(self) -> list[CostRow]:
        """Return the bill by task and model."""
        rows = self._all(
            "SELECT task, model, count(*), sum(hit_tokens), sum(miss_tokens), sum(completion_tokens), "
            "sum(reasoning_tokens), coalesce(sum(cny), 0.0), coalesce(sum(usd), 0.0), "
            "coalesce(sum(cny) FILTER (WHERE state NOT IN ('done', 'empty')), 0.0) "
            "FROM attempts GROUP BY task, model ORDER BY task, model"
        )
        return [CostRow(r[0], r[1], r[2], Usage(*r[3:7]), *r[7:]) for r in rows]

    def outputs(self) -> dict[str, tuple[int, float]]:
        """Return how many usable replies each task has and their mean number of output tokens."""
        rows = self._all(
            "SELECT task, count(*), avg(completion_tokens) FROM attempts WHERE state IN ('done', 'empty') GROUP BY task"
        )
        return {task: (replies, mean) for task, replies, mean in rows}

    def _one(self, sql: str, *values: object) -> tuple | None:  # type: ignore[type-arg]
        rows = self._all(sql, *values)
        return rows[0] if rows else None

    def _all(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be read: {error}. {way_out(error)}") from error

    def _lock(self) -> sqlite3.Connection:
        """Hold a lock that the system drops with the process: an open transaction on a file beside the ledger."""
        lock = sqlite3.connect(self.path.with_suffix(".lock"), timeout=0, isolation_level=None, check_same_thread=False)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            lock.close()
            if "locked" not in str(error):
                raise StoreError(f"{self.path} cannot be locked: {error}. {way_out(error)}") from error
            raise StoreError(
                f"{self.path} is being written by another run of this book. Wait until it ends, or stop it first."
            ) from None
        return lock

    def _submit(self, *statements: tuple[str, tuple[object, ...]]) -> Future[None]:
        write = _Write(statements, Future())
        self._queue.put(write)
        return write.written

    def _write_groups(self, connection: sqlite3.Connection) -> None:
        """Commit all that has gathered while the last commit ran, until None comes."""
        last = False
        while not last:
            group = [self._queue.get()]
            while len(group) < GROUP and group[-1] is not None and not self._queue.empty():
                group.append(self._queue.get())
            last = group[-1] is None
            self._commit(connection, [write for write in group if write is not None])

    def _commit(self, connection: sqlite3.Connection, group: list[_Write]) -> None:
        fault: StoreError | None = None
        try:
            connection.execute("BEGIN IMMEDIATE")
            for write in group:
                for sql, values in write.statements:
                    connection.execute(sql, values)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            fault = StoreError(f"{self.path} cannot be written: {error}. {way_out(error)}")
        for write in group:
            if fault is None:
                write.written.set_result(None)
            else:
                write.written.set_exception(fault)


_BEGIN = (
    "INSERT INTO attempts (id, task, chapter, part, key, state, endpoint, model, prompt_hash, at_most_cny, started) "
    "VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?)"
)
_FINISH = (
    "UPDATE attempts SET state = ?, reason = ?, hit_tokens = ?, miss_tokens = ?, completion_tokens = ?, "
    "reasoning_tokens = ?, cny = ?, usd = ?, seconds = ? WHERE id = ?"
)
_DOUBT = (
    "UPDATE attempts SET state = 'in_doubt', reason = 'the program ended before the reply came' WHERE state = 'pending'"
)
_REPLY = "INSERT OR REPLACE INTO replies (attempt, text) VALUES (?, ?)"
_LATEST = "SELECT * FROM attempts WHERE id IN (SELECT max(id) FROM attempts GROUP BY task, chapter, part)"
