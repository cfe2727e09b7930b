"""The corpus files that training reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from extractor.book import Shelf
from extractor.records import Row
from extractor.store import read_records


def corpus_path(shelf: Shelf, name: str) -> Path:
    """Return where the corpus stage writes "world", "persona" or "preferences"."""
    return shelf.outputs / "corpus" / f"{name}.jsonl"


def read_rows(shelf: Shelf, name: str) -> list[Row]:
    """Return the rows of one file of the corpus, of every split.

    Raises:
        StoreError: the file is missing or broken.
    """
    return list(read_records(corpus_path(shelf, name), Row, made_by=f"make book={shelf.slug} corpus"))


def train_split(rows: Iterable[Row]) -> list[Row]:
    """Return the rows to train on."""
    return [row for row in rows if row.split == "train"]


def held_out(rows: Iterable[Row]) -> list[Row]:
    """Return the test rows, or the dev rows where there are no test rows."""
    kept = list(rows)
    return [row for row in kept if row.split == "test"] or [row for row in kept if row.split == "dev"]


def usual_system(rows: Iterable[Row]) -> str:
    """Return the system prompt that most dialogue rows have, empty where none has one."""
    found = Counter(row.system for row in rows if row.kind in ("dialogue", "pair") and row.system)
    return found.most_common(1)[0][0] if found else ""


def with_replay(rows: Sequence[Row], world: Iterable[Row], *, share: float) -> list[Row]:
    """Return rows with world questions among them, `share` of the training rows, evenly over the book.

    A model that learns a manner alone forgets what it knew; questions that it has seen before keep that.
    """
    questions = [row for row in train_split(world) if row.kind == "qa"]
    wanted = min(len(questions), round(len(train_split(rows)) * share / (1 - share)))
    return [*rows, *spread(questions, wanted)]


def spread(rows: Sequence[Row], number: int) -> list[Row]:
    """Return up to `number` rows, evenly over the book."""
    if len(rows) <= number:
        return list(rows)
    return [rows[index * len(rows) // number] for index in range(number)]
