"""A hard limit on what a run may spend: money is reserved before a request leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from extractor.asking.endpoints import Endpoint
from extractor.asking.ledger import Ledger
from extractor.asking.prices import Prices
from extractor.asking.request import Turn, Usage
from extractor.asking.tokens import at_most_tokens, count_prompt
from extractor.errors import EndpointError


class Budget:
    """Guards `limit` CNY over what `ledger` records from now on; None guards nothing.

    Raises:
        EndpointError: there is a limit and nobody knows the model's price.
    """

    def __init__(self, limit: float | None, *, endpoint: Endpoint, ledger: Ledger, prices: Prices) -> None:
        self.limit = limit
        self._endpoint = endpoint
        self._ledger = ledger
        self._prices = prices
        self._before = ledger.spent_here
        self._reserved = 0.0
        self._holders = 0
        self._in_doubt = 0.0
        self._waiting: list[asyncio.Future[None]] = []
        if limit is not None and not endpoint.free and prices.find(endpoint.model) is None:
            raise EndpointError(
                f"No price is known for {endpoint.model}, so a budget of {limit:.2f} CNY cannot be kept. "
                f"Put a [[model]] table with its price into prices.toml, or run without a budget."
            )

    @property
    def spent(self) -> float:
        """CNY of this run: recorded, and at most for attempts whose end nobody knows."""
        return self._ledger.spent_here - self._before + self._in_doubt

    async def reserve(self, messages: Sequence[Turn], max_tokens: int) -> float | None:
        """Set the worst case of one request aside and return it in CNY; waits while requests in flight hold money.

        None means that it does not fit and that nothing in flight could give money back.
        """
        amount = self._at_most(at_most_tokens(messages), max_tokens)
        if self.limit is None:
            return amount
        if not self._fits(amount):
            amount = self._at_most(count_prompt(messages, self._endpoint.model) + 16, max_tokens)
            while not self._fits(amount):
                if self._holders == 0:
                    return None
                freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(freed)
                await freed
        self._reserved += amount
        self._holders += 1
        return amount

    def release(self, amount: float, *, in_doubt: bool = False) -> None:
        """Give a reservation back once its attempt is recorded; `in_doubt` keeps it as spent."""
        if in_doubt:
            self._in_doubt += amount
        if self.limit is None:
            return
        self._holders -= 1
        self._reserved = max(0.0, self._reserved - amount) if self._holders else 0.0
        waiting, self._waiting = self._waiting, []
        for freed in waiting:
            if not freed.done():
                freed.set_result(None)

    def _fits(self, amount: float) -> bool:
        return self.limit is None or self.spent + self._reserved + amount <= self.limit

    def _at_most(self, prompt: int, completion: int) -> float:
        if self._endpoint.free:
            return 0.0
        price = self._prices.at_most(Usage(miss=prompt, completion=completion), self._endpoint.model)
        return 0.0 if price is None else price.cny
