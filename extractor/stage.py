"""What a stage is: a name, what it reads, the record it writes, one function by code alone, and what it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

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


class Render(Protocol):
    """Fills a prompt file of the stage that asks: `render("terms", chapter="…")`."""

    def __call__(self, name: str, **variables: str) -> str:
        """Return the prompt `name` with its `$variables` filled."""


@dataclass(frozen=True)
class Question:
    """One turn to put to a model.

    `source` is the id it is about and `part` tells several questions about one source apart. `content` is the user
    turn. With `chapter` the question continues the talk about that chapter (its text and its summary come first);
    None starts a talk of its own with `system`. `identity` holds what the answer depends on beyond prompt, model and
    chapter text; an answer is bought again only when one of these changes. `expected_tokens` is the likely length of
    the reply, `max_tokens` its limit.
    """

    source: str
    part: str
    content: str
    chapter: str | None = None
    system: str = ""
    identity: str = ""
    json: bool = True
    expected_tokens: int = 500
    max_tokens: int = 4000


@dataclass(frozen=True)
class Asking:
    """The half of a stage that talks to a model, in two pure functions.

    `questions` says what to ask; `records` turns one reply into records and raises ReplyError for a reply that
    cannot be used.
    """

    questions: Callable[[Inputs, Render], Iterable[Question]]
    records: Callable[[Question, str, Inputs], list[Record | Dropped]]


@dataclass(frozen=True)
class Stage:
    """One step of the way of the data.

    `derive` makes the records by code alone (engine `rules`); `asking` does it with a model (engine `api`), None
    where there is nothing to ask. What the stage is for is said in `words.SENTENCES`.
    """

    name: str
    reads: tuple[str, ...]
    writes: type[Record]
    derive: Callable[[Inputs], Iterator[Record | Dropped]]
    asking: Asking | None = None
