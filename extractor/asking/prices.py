"""What a call costs: a table with a source and a date, peak hours included."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from extractor.asking.request import Usage
from extractor.errors import EndpointError
from extractor.records import Record

Currency = Literal["CNY", "USD"]


class Rate(Record):
    """Price per million tokens: input from the provider's cache, other input, output."""

    hit: float = Field(ge=0)
    miss: float = Field(ge=0)
    output: float = Field(ge=0)

    def of(self, usage: Usage) -> float:
        """Return what `usage` costs."""
        return (usage.hit * self.hit + usage.miss * self.miss + usage.completion * self.output) / 1e6


class Peak(Record):
    """When prices are multiplied by `factor`: ISO weekdays and half-open hours, both in UTC."""

    factor: float = Field(gt=0)
    weekdays: tuple[int, ...]
    hours: tuple[tuple[time, time], ...]

    def holds(self, at: datetime) -> bool:
        """Tell whether `at` lies in a window."""
        moment = at.astimezone(UTC)
        clock = moment.time()
        return moment.isoweekday() in self.weekdays and any(start <= clock < end for start, end in self.hours)


class ModelPrice(Record):
    """One `[[model]]` table: the off-peak price in one currency or both, and where it was read."""

    name: str
    aliases: tuple[str, ...] = ()
    source: str
    checked: date
    CNY: Rate | None = None
    USD: Rate | None = None
    peak: Peak | None = None


class Exchange(Record):
    """The `[exchange]` table, for prices that are stated in one currency."""

    cny_per_usd: float = Field(gt=0)
    checked: date


@dataclass(frozen=True)
class Price:
    """What something costs, in both currencies."""

    cny: float
    usd: float

    def __add__(self, other: Price) -> Price:
        return Price(self.cny + other.cny, self.usd + other.usd)


class Prices:
    """Prices by model name."""

    def __init__(self, models: Mapping[str, ModelPrice], exchange: Exchange) -> None:
        self._models = models
        self._exchange = exchange

    def find(self, model: str) -> ModelPrice | None:
        """Return the table for a model's name or alias, None where nobody knows its price."""
        return self._models.get(model.casefold())

    def price(self, usage: Usage, model: str, *, at: datetime) -> Price | None:
        """Return what a call at that minute costs, None for a model without a price."""
        table = self.find(model)
        if table is None:
            return None
        factor = table.peak.factor if table.peak is not None and table.peak.holds(at) else 1.0
        return self._of(usage, table, factor)

    def off_peak(self, usage: Usage, model: str) -> Price | None:
        """Return the price outside the peak hours."""
        table = self.find(model)
        return None if table is None else self._of(usage, table, 1.0)

    def at_most(self, usage: Usage, model: str) -> Price | None:
        """Return the price at the dearest hour."""
        table = self.find(model)
        return None if table is None else self._of(usage, table, max(1.0, table.peak.factor if table.peak else 1.0))

    def _of(self, usage: Usage, table: ModelPrice, factor: float) -> Price:
        rate = self._exchange.cny_per_usd
        cny = table.CNY.of(usage) if table.CNY is not None else None
        usd = table.USD.of(usage) if table.USD is not None else None
        if cny is None:
            cny = (usd or 0.0) * rate
        if usd is None:
            usd = cny / rate
        return Price(cny * factor, usd * factor)


def load_prices(path: Path | None = None) -> Prices:
    """Return the shipped prices; tables of `path` (a prices.toml of the same shape) are added and win.

    Raises:
        EndpointError: `path` is no TOML or a table does not do; names the table and the field.
    """
    models, exchange = _shipped_prices()
    if path is not None and path.is_file():
        own, own_exchange = _parse_prices(path.read_text(encoding="utf-8-sig"), str(path))
        models = {**models, **own}
        exchange = own_exchange or exchange
    assert exchange is not None  # the shipped table has one
    return Prices(models, exchange)


def price(usage: Usage, model: str, *, at: datetime, currency: Currency) -> float | None:
    """Return what a call costs by the shipped table, None for a model without a price."""
    known = load_prices().price(usage, model, at=at)
    return None if known is None else known.cny if currency == "CNY" else known.usd


@cache
def _shipped_prices() -> tuple[Mapping[str, ModelPrice], Exchange | None]:
    return _parse_prices((resources.files("extractor.asking") / "prices.toml").read_text("utf-8"), "prices.toml")


def _parse_prices(text: str, path: str) -> tuple[dict[str, ModelPrice], Exchange | None]:
    where = path
    try:
        content = tomllib.loads(text)
        exchange = Exchange.model_validate(content["exchange"]) if "exchange" in content else None
        models: dict[str, ModelPrice] = {}
        for table in content.get("model", []):
            where = f"{path}, model {table.get('name', '?')}"
            entry = ModelPrice.model_validate(table)
            if entry.CNY is None and entry.USD is None:
                raise EndpointError(f"{where}: neither CNY nor USD is given. Add CNY = {{ hit, miss, output }}.")
            models.update((name.casefold(), entry) for name in (entry.name, *entry.aliases))
    except tomllib.TOMLDecodeError as error:
        raise EndpointError(f"{path} is not TOML: {error}.") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise EndpointError(f"{where}: {field}: {fault['msg']}.") from None
    return models, exchange
