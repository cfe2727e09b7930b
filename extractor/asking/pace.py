"""How many requests may be in flight at once, and when all of them wait.

The limit starts low, doubles with each round of replies and halves when the endpoint says that it is too much (429,
503); from then on it goes back to just below that point at once and beyond it only rarely. When nothing but faults
comes back, everybody stops and one request at a time looks whether the endpoint is there again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import NamedTuple

START = 24
OUTAGE = 6.0  # faults in a row without a reply between them; a refused crowd counts as two
EDGE = 0.9  # share of the most that was answered at once, from which a refusal means the limit, not chance
LONGEST_PAUSE = 30.0  # seconds between two probes in an outage
LONGEST_PAUSE_ADVISED = 4.0  # the same where the endpoint says itself when to come again
PROBE_ROUNDS = 16  # rounds of replies before the limit is tried beyond the last refusal


class Place(NamedTuple):
    """A place among the requests in flight: how many there were with it, and when it was given."""

    number: int
    entered: float


class Pace:
    """The gate in front of the endpoint: `enter` before a request, `leave` and one verdict after it."""

    def __init__(self, ceiling: int) -> None:
        self.ceiling = max(1, ceiling)
        self.limit = float(min(self.ceiling, START))
        self.in_flight = 0
        self.down_since: float | None = None
        self._open = False
        self._ceiling_met: float | None = None
        self._proven = 0.0
        self._shrunk = 0.0
        self._crowd = self._refusals = 0
        self._faults = 0.0
        self._probes = 0
        self._resume = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[int]] = deque()

    async def enter(self) -> Place:
        """Wait for a place and return it."""
        if self._waiting or not self._free():
            admitted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._waiting.append(admitted)
            self._admit()
            try:
                number = await admitted
            except asyncio.CancelledError:
                if admitted.done() and not admitted.cancelled():
                    self.leave()
                raise
        else:
            number = self.in_flight = self.in_flight + 1
        return Place(number, time.monotonic())

    def leave(self) -> None:
        """Give the place back."""
        self.in_flight -= 1
        self._admit()

    def replied(self, place: Place) -> None:
        """Note that the endpoint answered: it is there, and the limit may grow."""
        self._faults = 0.0
        self._proven = max(self._proven, place.number)
        if self.down_since is not None:
            self.down_since, self._probes, self._resume = None, 0, 0.0
        if self._ceiling_met is None:
            self.limit += 1
        elif self.limit < self._ceiling_met:
            self.limit = min(self.limit + 0.5, self._ceiling_met)
        else:
            self.limit += 1 / (PROBE_ROUNDS * self.limit)
            self._ceiling_met = self.limit
        self.limit = min(self.limit, float(self.ceiling))
        self._admit()

    def overloaded(self, place: Place, wait: float | None) -> None:
        """Note a 429 or 503 for the request in `place`; `wait` is what the endpoint advised."""
        if self.down_since is not None:  # a probe in an outage says nothing about how many are too many
            self.faulted(wait)
            return
        first = place.entered >= self._shrunk  # those that came with it are the same lesson
        if first:
            self._crowd, self._refusals = self.in_flight, 0
        self._refusals += 1
        met = float("inf") if self._ceiling_met is None else self._ceiling_met
        if place.number > EDGE * self._proven:
            self._ceiling_met = max(1.0, min(met, float(self._crowd - self._refusals)))
        elif first:  # as many have been answered at once before: chance, or there is less room than there was
            self._ceiling_met = self.limit if self._ceiling_met is None else self._ceiling_met
            self._proven *= EDGE
        if first:
            self._shrunk = time.monotonic()
            self.limit = max(1.0, min(self.limit, float(self.in_flight)) / 2)
        self.limit = min(self.limit, self._ceiling_met or self.limit)
        self.faulted(wait, weight=OUTAGE / 3 if first else 0.0)

    def faulted(self, wait: float | None, *, weight: float = 1.0) -> None:
        """Note that no reply came, for whatever reason; many of these in a row are an outage."""
        self._faults += weight
        if self.down_since is None:
            if self._faults < OUTAGE:
                return
            self.down_since = time.monotonic()
            self.limit = max(1.0, min(self.limit, START / 3))
            self._ceiling_met = None
        longest = LONGEST_PAUSE if wait is None else LONGEST_PAUSE_ADVISED
        pause = max(wait or 0.0, min(0.5 * 2**self._probes, longest))
        if time.monotonic() >= self._resume:
            self._probes += 1
        self._resume = max(self._resume, time.monotonic() + pause)

    def open(self) -> None:
        """Let everybody through: the run is stopping and nobody sends any more."""
        self._open = True
        self._admit()

    def _free(self) -> bool:
        if self._open:
            return True
        if self.down_since is not None:
            return self.in_flight == 0 and time.monotonic() >= self._resume
        return self.in_flight < int(self.limit)

    def _admit(self) -> None:
        while self._waiting and self._free():
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(self.in_flight)
        if self._waiting and self.down_since is not None and self.in_flight == 0:
            if self._timer is not None:
                self._timer.cancel()
            delay = max(0.0, self._resume - time.monotonic()) + 0.001
            self._timer = asyncio.get_running_loop().call_later(delay, self._admit)
