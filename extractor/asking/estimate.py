"""What asking would cost, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from extractor.asking.endpoints import Endpoint
from extractor.asking.ledger import Ledger
from extractor.asking.prefixes import PrefixCache
from extractor.asking.prices import Price, Prices, load_prices
from extractor.asking.request import Request, Usage
from extractor.asking.tokens import count_turn, is_exact

REPLY_MARK = 1  # token that ends a reply
ANSWER_MARK = 3  # tokens that open a prompt and the reply's turn
HEAD: tuple[str, ...] = (
    "task", "calls", "known", "input hit", "input miss", "output", "CNY off-peak", "CNY peak", "USD off-peak"
)  # fmt: skip
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
    at: datetime | None = None,
    prices: Prices | None = None,
) -> Estimate:
    """Return what the requests would cost by their order, as if the replies had their expected length.

    What the ledger holds costs nothing, and a task's output length is learned from it. Hits of the prefix cache are
    those of requests that run one after the other (see `PrefixCache`). `at` is the hour of the price, None for now.
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
        output = round(mean) if count >= LEARNED else request.expected_output + REPLY_MARK
        hit = sum(tokens[:reused])
        usages.append(Usage(hit, sum(tokens[reused:]) + ANSWER_MARK, output))
    table = prices.find(model)
    tasks = tuple(
        _task(task, usages, known[task], model=model, free=endpoint.free, prices=prices, at=at or datetime.now(UTC))
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
    rows = [HEAD, *(_row(task) for task in result.tasks)]
    total = TaskEstimate(
        task="total",
        calls=result.calls,
        known=sum(task.known for task in result.tasks),
        usage=result.usage,
        off_peak=result.total("off_peak"),
        peak=result.total("peak"),
        now=result.total("now"),
    )
    rows.append(_row(total))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = []
    for row in rows:
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join([row[0].ljust(widths[0]), *numbers]))
    return "\n".join([*lines, "", *_notes(result, total)])


def _notes(result: Estimate, total: TaskEstimate) -> list[str]:
    notes = []
    if result.free:
        notes.append(f"{result.model} runs on this machine: tokens cost nothing.")
    elif total.now is not None and total.off_peak is not None:
        hour = "peak" if total.now.cny > total.off_peak.cny else "off-peak"
        notes.append(f"Prices of {result.model}: {result.source}, checked {result.checked}; at this hour {hour}.")
    else:
        notes.append(
            f"No price is known for {result.model}: tokens only, and no budget can be kept. "
            f"Put a [[model]] table with its price into prices.toml."
        )
    how = "counted with the model's tokenizer" if result.exact else "estimated (the model's tokenizer is not at hand)"
    notes.append(f"Input tokens are {how}; output is a guess until the first replies are there.")
    notes.append("Retries are not in it.")
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


def _row(task: TaskEstimate) -> tuple[str, ...]:
    return (
        task.task,
        f"{task.calls:,}",
        f"{task.known:,}",
        f"{task.usage.hit:,}",
        f"{task.usage.miss:,}",
        f"{task.usage.completion:,}",
        _money(task.off_peak.cny if task.off_peak is not None else None),
        _money(task.peak.cny if task.peak is not None else None),
        _money(task.off_peak.usd if task.off_peak is not None else None),
    )


def _money(amount: float | None) -> str:
    return "?" if amount is None else f"{amount:.4f}" if 0 < amount < 0.1 else f"{amount:.2f}"
