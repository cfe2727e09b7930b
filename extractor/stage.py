"""What a stage is: a name, what it reads, the record it writes, and one function from inputs to records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from extractor.book import Book
from extractor.records import Dropped, Novel, Record

R = TypeVar("R", bound=Record)


class Inputs:
    """All that a stage may look at: the book, the decoded novel, and the records of the stages it reads."""

    def __init__(
        self, book: Book, *, novel: Callable[[], Novel], records: Callable[[type[Record]], tuple[Record, ...]]
    ) -> None:
        self.book = book
        self._novel = novel
        self._records = records

    @property
    def novel(self) -> Novel:
        """The decoded novel."""
        return self._novel()

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return all records of one kind, in order. The stage must list their maker in its `reads`."""
        return tuple(record for record in self._records(kind) if isinstance(record, kind))


@dataclass(frozen=True)
class Stage:
    """One step of the way of the data.

    `derive` makes the records by code alone (engine `rules`); `sentence` is what the help and the README say.
    `asks` tells whether the api engine puts this stage's question to the model instead.
    """

    name: str
    sentence: str
    reads: tuple[str, ...]
    writes: type[Record]
    derive: Callable[[Inputs], Iterator[Record | Dropped]]
    asks: bool = False
