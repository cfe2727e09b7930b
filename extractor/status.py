"""What is done, failed, refused and left of a book, and what it cost: as lines for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from extractor.asking.ledger import Ledger
from extractor.book import Book, Shelf
from extractor.errors import BookError
from extractor.pipeline import STAGES, StageReport, reports

MODELS = ("world", "persona-sft", "persona")
SHOWN_HOLES = 20


def status_lines(shelf: Shelf) -> Iterator[str]:
    """Yield the state of each stage, each model, what the ledger holds, and the next command."""
    book = shelf.book
    yield f"{book.slug}: 《{book.title}》, persona {book.persona or 'not set'}"
    made = reports(shelf)
    for stage in STAGES:
        yield "  " + _stage_line(stage.name, made.get(stage.name))
    for name in MODELS:
        yield "  " + _model_line(shelf, name)
    yield from _ledger_lines(shelf)
    yield f"next: {_next(shelf, made)}"


def _stage_line(name: str, report: StageReport | None) -> str:
    if report is None:
        return f"{name:<14} –"
    left_out = sum(report.dropped.values())
    tail = f", {left_out:,} left out" if left_out else ""
    tail += f", {report.failed:,} FAILED" if report.failed else ""
    return f"{name:<14} {report.written:>7,} records{f' by {report.engine}' if report.engine else ''}{tail}"


def _model_line(shelf: Shelf, name: str) -> str:
    path = shelf.outputs / "models" / name / "training.json"
    if not path.is_file():
        return f"{name:<14} –"
    try:
        training = dict(json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        return f"{name:<14} broken: {path} ({error}); delete it and train again"
    rehearsal = " (rehearsal)" if training.get("rehearsal") else ""
    return f"{name:<14} trained on {training.get('base', '?')}{rehearsal}, {training.get('steps', 0)} steps"


def _ledger_lines(shelf: Shelf) -> Iterator[str]:
    path = shelf.outputs / "ledger.sqlite"
    if not path.is_file():
        yield "  paid           nothing (no model was asked)"
        return
    with Ledger(path) as ledger:
        spent = ledger.spent()
        yield f"  paid           ¥{spent.cny:.4f} of a budget of ¥{shelf.book.budget:.2f}"
        if spent.in_doubt_cny:
            yield f"  in doubt       at most ¥{spent.in_doubt_cny:.4f}: calls in flight when a run was killed"
        for row in ledger.status():
            yield f"  {row.task:<14} {row.count:>7,} {row.state}"
        holes = ledger.holes()
        for hole in holes[:SHOWN_HOLES]:
            yield f"  hole: {hole.task} {hole.chapter} {hole.part} {hole.state} {hole.reason}".rstrip()
        if len(holes) > SHOWN_HOLES:
            yield f"  … and {len(holes) - SHOWN_HOLES} more holes"


def _next(shelf: Shelf, made: dict[str, StageReport]) -> str:
    slug = shelf.slug
    try:
        shelf.novel_path()
    except BookError as error:
        return str(error)
    holes = [name for name, report in made.items() if report.failed]
    if holes:
        return f"`extractor {holes[0]} {slug}` asks again for what failed"
    done = len(made) == len(STAGES) and (shelf.outputs / "models" / "persona" / "training.json").is_file()
    return f"`make book={slug} chat`" if done else f"`make book={slug} all`"


def cost_lines(shelf: Shelf) -> Iterator[str]:
    """Yield what was paid, by stage and model."""
    shelf.book  # noqa: B018  an unknown book is said first
    path = shelf.outputs / "ledger.sqlite"
    if not path.is_file():
        yield f"{shelf.slug}: nothing was paid; no model was asked."
        return
    with Ledger(path) as ledger:
        yield f"{'stage':<14} {'model':<22} {'calls':>6} {'hit':>10} {'miss':>10} {'output':>9} {'CNY':>9} {'USD':>9}"
        for row in ledger.costs():
            yield (
                f"{row.task:<14} {row.model:<22} {row.attempts:>6} {row.usage.hit:>10,} {row.usage.miss:>10,} "
                f"{row.usage.completion:>9,} {row.cny:>9.4f} {row.usd:>9.4f}"
            )
            if row.wasted_cny:
                yield f"{'':<14} of it ¥{row.wasted_cny:.4f} bought no usable reply"
        yield f"in all ¥{ledger.spent().cny:.4f} of a budget of ¥{shelf.book.budget:.2f}"


def shelf_lines(root: Path) -> Iterator[str]:
    """Yield one line a book under `root`/books."""
    paths = sorted((root / "books").glob("*/book.toml"))
    if not paths:
        yield "No book yet. Make one with `extractor new path/to/novel.txt --slug my-book`."
    for path in paths:
        shelf = Shelf(path.parent.name, root)
        try:
            book = shelf.book
        except BookError as error:
            yield f"{shelf.slug:<16} broken: {error}"
            continue
        yield f"{shelf.slug:<16} 《{book.title}》 {book.language}, {_state(shelf, book)}"


def _state(shelf: Shelf, book: Book) -> str:
    made = reports(shelf)
    try:
        shelf.novel_path()
    except BookError:
        return "no text yet: put it at " + str(shelf.folder / "novel.txt")
    chapters = made["chapters"].written if "chapters" in made else 0
    models = [name for name in MODELS if (shelf.outputs / "models" / name / "training.json").is_file()]
    return (
        f"persona {book.persona or 'not set'}, {chapters} chapters, {len(made)} of {len(STAGES)} stages, "
        f"models: {', '.join(models) or 'none'}"
    )
