"""What asking would cost, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from extractor.asking.endpoints import Endpoint
from extractor.asking.ledger import Ledger
from extractor.asking.prefixes import PrefixCache
from extractor.asking.prices import Price, Prices, load_prices
from extractor.asking.request import Request, Usage
from extractor.asking.tokens import count_turn, is_exact

REPLY_MARK = 1  # token that ends a reply
ANSWER_MARK = 3  # tokens that open a prompt and the reply's turn
LEARNED = 5  # usable replies from which a task's mean output is trusted more than the guess


@dataclass(frozen=True)
class TaskEstimate:
    """What one task would cost; `known` requests are in the ledger already and cost nothing."""

    task: str
    calls: int
    known: int
    usage: Usage
    off_peak: Price | None
    peak: Price | None
    now: Price | None


@dataclass(frozen=True)
class Estimate:
    """The estimate by task. `exact` says whether input tokens are counted with the model's own tokenizer.

    `source` and `checked` tell where and when the price was read, empty without a price.
    """

    model: str
    tasks: tuple[TaskEstimate, ...]
    exact: bool
    free: bool
    source: str
    checked: str

    @property
    def usage(self) -> Usage:
        """All tokens."""
        return sum((task.usage for task in self.tasks), Usage())

    @property
    def calls(self) -> int:
        """All requests that would be sent."""
        return sum(task.calls for task in self.tasks)

    def total(self, kind: str) -> Price | None:
        """Return the sum of `off_peak`, `peak` or `now`, None without a price."""
        prices = [getattr(task, kind) for task in self.tasks]
        return None if None in prices else sum(prices, Price(0.0, 0.0))


def estimate(
    requests: Iterable[Request],
    *,
    endpoint: Endpoint,
    ledger: Ledger | None = None,
    at: datetime,
    prices: Prices | None = None,
) -> Estimate:
    """Return what the requests would cost by their order, as if the replies had their expected length.

    What the ledger holds costs nothing, and a task's output length is learned from it. Hits of the prefix cache are
    those of requests that run one after the other (see `PrefixCache`).
    """
    prices = prices or load_prices()
    model = endpoint.model
    cache, learned = PrefixCache(), ledger.outputs() if ledger is not None else {}
    sums: dict[str, list[Usage]] = {}
    known: dict[str, int] = {}
    counts: dict[tuple[str, str], int] = {}
    for request in requests:
        known.setdefault(request.task, 0)
        usages = sums.setdefault(request.task, [])
        reused = cache.reused(request.messages)
        cache.add(request.messages)
        if ledger is not None and ledger.done(request.key) is not None:
            known[request.task] += 1
            continue
        tokens = []
        for turn in request.messages:
            place = (turn["role"], turn["content"])
            if place not in counts:
                counts[place] = count_turn(turn, model)
            tokens.append(counts[place])
        count, mean = learned.get(request.task, (0, 0.0))
        output = round(mean) if count >= LEARNED else request.expected_output
        hit = sum(tokens[:reused])
        usages.append(Usage(hit, sum(tokens[reused:]) + ANSWER_MARK, output + REPLY_MARK))
    table = prices.find(model)
    tasks = tuple(
        _task(task, usages, known[task], model=model, free=endpoint.free, prices=prices, at=at)
        for task, usages in sums.items()
    )
    return Estimate(
        model=model,
        tasks=tasks,
        exact=is_exact(model),
        free=endpoint.free,
        source=table.source if table is not None else "",
        checked=str(table.checked) if table is not None else "",
    )


def format_estimate(result: Estimate) -> str:
    """Return an estimate as a table with a last line that says where the prices come from."""
    head = ("task", "calls", "known", "input hit", "input miss", "output", "CNY off-peak", "CNY peak", "USD off-peak")
    rows = [head]
    rows += [_row(task.task, task.calls, task.known, task.usage, task.off_peak, task.peak) for task in result.tasks]
    known = sum(task.known for task in result.tasks)
    rows.append(_row("total", result.calls, known, result.usage, result.total("off_peak"), result.total("peak")))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, "", *_notes(result)])


def _notes(result: Estimate) -> list[str]:
    notes = []
    if result.free:
        notes.append(f"{result.model} runs on this machine: tokens cost nothing.")
    elif result.source:
        now, off_peak = result.total("now"), result.total("off_peak")
        hour = "peak" if now is not None and off_peak is not None and now.cny > off_peak.cny else "off-peak"
        notes.append(f"Prices of {result.model}: {result.source}, checked {result.checked}; at this hour {hour}.")
    else:
        notes.append(
            f"No price is known for {result.model}: tokens only, and no budget can be kept. "
            f"Put a [[model]] table with its price into prices.toml."
        )
    counted = (
        "counted with the model's tokenizer" if result.exact else "estimated (the model's tokenizer is not at hand)"
    )
    notes.append(
        f"Input tokens are {counted}; output is a guess until the first replies are there. Retries are not in."
    )
    return notes


def _task(
    task: str, usages: list[Usage], known: int, *, model: str, free: bool, prices: Prices, at: datetime
) -> TaskEstimate:
    usage = sum(usages, Usage())
    nothing = Price(0.0, 0.0)
    return TaskEstimate(
        task=task,
        calls=len(usages),
        known=known,
        usage=usage,
        off_peak=nothing if free else prices.off_peak(usage, model),
        peak=nothing if free else prices.at_most(usage, model),
        now=nothing if free else prices.price(usage, model, at=at),
    )


def _row(
    name: str, calls: int, known: int, usage: Usage, off_peak: Price | None, peak: Price | None
) -> tuple[str, ...]:
    def money(amount: float | None) -> str:
        return "?" if amount is None else f"{amount:.4f}" if 0 < amount < 0.1 else f"{amount:.2f}"

    return (
        name,
        f"{calls:,}",
        f"{known:,}",
        f"{usage.hit:,}",
        f"{usage.miss:,}",
        f"{usage.completion:,}",
        money(off_peak and off_peak.cny),
        money(peak and peak.cny),
        money(off_peak and off_peak.usd),
    )
