"""The two engines behind the same stages: which one runs, what it would cost, and the agreement to pay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from extractor.asking.endpoints import Endpoint, choose_engine, is_loopback, read_environment, resolve_endpoint
from extractor.asking.estimate import Estimate, estimate, format_estimate
from extractor.asking.ledger import Ledger
from extractor.asking.prices import Prices, load_prices
from extractor.asking.request import Answer, Request
from extractor.asking.runner import ask
from extractor.book import Book, Shelf
from extractor.errors import BudgetError, EndpointError
from extractor.pipeline import StageReport, by_rules, deriving, inputs_of, reports, run_stage, stage_named
from extractor.records import Dropped, Engine, Record
from extractor.stage import Inputs, Stage
from extractor.store import write_text
from extractor.talks import Talks
from extractor.words import ASKING

Option = Literal["auto", "api", "rules"]
Say = Callable[[str], None]
Confirm = Callable[[str], bool | None]
"""Asks a person; None means that nobody is there to answer."""


@dataclass(frozen=True)
class Choice:
    """The engine of a run, its endpoint (None for rules) and the sentence that says why."""

    engine: Engine
    endpoint: Endpoint | None
    reason: str

    @property
    def mark(self) -> str:
        """What Make compares to know whether the engine changed."""
        return self.engine if self.endpoint is None else f"{self.engine} {self.endpoint}"


def choose(shelf: Shelf, *, option: Option, model: str = "") -> Choice:
    """Return which engine a run uses: api when a key is configured for this project, rules otherwise.

    `model` wins over book.toml and the environment; "" leaves the choice to them.

    Raises:
        EndpointError: api is wanted without a key, the endpoint is not known, or rules would silently replace what a
            model made.
    """
    book = shelf.book
    environment = read_environment(shelf.root)
    if model:
        environment = {**environment, "EXTRACTOR_MODEL": model}
    endpoint = find_endpoint(shelf, environment)
    engine, reason = choose_engine(option, endpoint, name=book.endpoint)
    paid = [name for name, report in reports(shelf).items() if report.engine == "api"]
    if option == "auto" and engine == "rules" and paid:
        raise EndpointError(
            f"{', '.join(paid)} of {shelf.slug} were made by a model and no API key is configured now. Set the key "
            f"again, or let rules replace them with --engine rules (make: engine=rules)."
        )
    return Choice(engine, endpoint if engine == "api" else None, reason)


def engine_line(shelf: Shelf, *, option: Option, model: str = "", path: str | None = None) -> str:
    """Return the sentence about the engine; with `path` also note the engine there, if it changed."""
    choice = choose(shelf, option=option, model=model)
    if path is not None:
        write_text(Path(path), choice.mark + "\n")
    return choice.reason


def run_with_engine(
    shelf: Shelf, name: str, *, option: Option, model: str, agreed: bool, say: Say, confirm: Confirm
) -> StageReport:
    """Run a stage that can ask a model; with the api engine only after the estimate was shown and agreed to.

    Raises:
        EndpointError: no key, no agreement, or the endpoint cannot be used.
        BudgetError: going on could cost more than the book's budget.
    """
    choice = choose(shelf, option=option, model=model)
    say(choice.reason)
    if choice.endpoint is None:
        return run_stage(shelf, name, engine="rules", make=by_rules)
    endpoint = choice.endpoint
    with Ledger(ledger_path(shelf)) as ledger:
        _agree(shelf, endpoint, ledger, agreed=agreed, say=say, confirm=confirm)

        def make(stage: Stage, inputs: Inputs) -> Iterator[Record | Dropped]:
            talks = Talks(shelf, stage, inputs, model=endpoint.model, place=place_of(endpoint))
            if not talks.asked:
                return stage.derive(inputs)

            def put(
                requests: Sequence[Request], parse: Callable[[Request, str], list[Record | Dropped]]
            ) -> Iterator[Answer[list[Record | Dropped]]]:
                known = all(ledger.done(request.key) is not None for request in requests)
                left = None if known or endpoint.free else budget_left(shelf.book, ledger)
                return ask(
                    requests, endpoint=endpoint, ledger=ledger, parse=parse, budget=left, prices=own_prices(shelf)
                )

            return talks.records(put)

        return run_stage(shelf, name, engine="api", make=make)


def find_endpoint(shelf: Shelf, environment: Mapping[str, str]) -> Endpoint | None:
    """Return the endpoint that book.toml names, None without a key; an own endpoints.toml at the root adds to it."""
    return resolve_endpoint(
        name=shelf.book.endpoint,
        model=shelf.book.model,
        environment=environment,
        presets=shelf.root / "endpoints.toml",
    )


def place_of(endpoint: Endpoint) -> str:
    """Return the address of a server on this machine, "" for any other: a rehearsal answers for nobody else."""
    return endpoint.base_url if is_loopback(endpoint.base_url) else ""


def own_prices(shelf: Shelf) -> Prices:
    """Return the price table; a prices.toml beside the Makefile adds to it and wins."""
    return load_prices(shelf.root / "prices.toml")


def ledger_path(shelf: Shelf) -> Path:
    """Return where a book's ledger lies."""
    return shelf.outputs / "ledger.sqlite"


def budget_left(book: Book, ledger: Ledger) -> float:
    """Return what is left of the book's budget in CNY; calls whose end is unknown count as paid."""
    spent = ledger.spent()
    left = book.budget - spent.cny - spent.in_doubt_cny
    if left <= 0:
        raise BudgetError(
            f"The budget of {book.budget:.2f} CNY for {book.slug} is spent ({spent.cny:.2f} CNY, and at most "
            f"{spent.in_doubt_cny:.2f} in doubt). Raise budget in book.toml; the same command goes on from here."
        )
    return left


def _agree(shelf: Shelf, endpoint: Endpoint, ledger: Ledger, *, agreed: bool, say: Say, confirm: Confirm) -> None:
    """Show the estimate for the whole book and ask once per endpoint, model and budget."""
    terms: dict[str, object] = {"endpoint": endpoint.base_url, "model": endpoint.model, "budget": shelf.book.budget}
    path = shelf.outputs / "agreed.json"
    if _agreed(path, terms):
        return
    for line in _lines(shelf, endpoint, ledger):
        say(line)
    if not agreed and not endpoint.free:
        answer = confirm(f"Spend up to {shelf.book.budget:.2f} CNY on {shelf.slug} with {endpoint}?")
        if answer is None:
            raise EndpointError(
                f"Asking {endpoint} costs money and nobody is here to agree. Run the command in a terminal, or add "
                f"--yes (make: yes=1); the budget of {shelf.book.budget:.2f} CNY in book.toml holds either way."
            )
        if not answer:
            raise EndpointError("Not agreed; nothing was asked. `--engine rules` does it without a model.")
    write_text(path, json.dumps(terms, indent=1) + "\n")


def _agreed(path: Path, terms: dict[str, object]) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8")) == terms)
    except (OSError, ValueError):
        return False


def estimate_lines(shelf: Shelf, *, model: str = "") -> Iterator[str]:
    """Yield what asking the model for the whole book would cost, stage by stage; writes and pays nothing."""
    environment = {**read_environment(shelf.root)}
    if model:
        environment["EXTRACTOR_MODEL"] = model
    book = shelf.book
    endpoint = find_endpoint(shelf, environment)
    if endpoint is None:
        made_up = {**environment, "EXTRACTOR_API_KEY": "none"}
        endpoint = find_endpoint(shelf, made_up)
        yield f"No key is configured; this is what {endpoint} would cost."
    if endpoint is None:
        raise EndpointError(f"endpoint {book.endpoint!r} in book.toml cannot be estimated.")
    path = ledger_path(shelf)
    with Ledger(path) if path.is_file() else nullcontext() as ledger:
        yield from _lines(shelf, endpoint, ledger)


def _lines(shelf: Shelf, endpoint: Endpoint, ledger: Ledger | None) -> Iterator[str]:
    yield from format_estimate(whole_estimate(shelf, endpoint, ledger)).splitlines()
    yield f"budget {shelf.book.budget:.2f} CNY for the whole book (budget in {shelf.folder / 'book.toml'})"


def whole_estimate(shelf: Shelf, endpoint: Endpoint, ledger: Ledger | None) -> Estimate:
    """Estimate all stages that ask; what is not made yet is made by rules in memory to count its text."""
    load = deriving()
    requests: list[Request] = []
    for name in ASKING:
        stage = stage_named(name)
        reads = inputs_of(shelf, stage, load=load)
        talks = Talks(shelf, stage, reads, model=endpoint.model, place=place_of(endpoint))
        requests += [item.request for item in talks.asked if item.request]
    return estimate(requests, endpoint=endpoint, ledger=ledger, prices=own_prices(shelf))
