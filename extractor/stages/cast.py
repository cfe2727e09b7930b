"""cast: who is in the novel, under which names; from chapters to characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extractor.book import Book, CastEntry
from extractor.errors import BookError
from extractor.reading.cast import count_lines, find_cast
from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.speakers import attribute
from extractor.records import Chapter, Character, Dropped
from extractor.stage import Inputs


def derive(inputs: Inputs) -> Iterator[Character | Dropped]:
    """Yield the characters, most lines first; those of book.toml are always among them.

    Raises:
        BookError: the persona of book.toml occurs nowhere in the novel.
    """
    book = inputs.book
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    style = detect_style(chapters)
    quotations = [q for chapter in chapters for q in find_quotations(chapter, language=book.language, style=style)]
    cast = find_cast(chapters, quotations, language=book.language, given=vouched(book))
    attributed = attribute(chapters, quotations, cast, language=book.language)
    counted = count_lines(cast, attributed)
    _check_persona(book, chapters, counted)
    yield from counted


def vouched(book: Book) -> tuple[CastEntry, ...]:
    """Return the cast of book.toml; a persona without an entry of its own is vouched for by its name."""
    if not book.persona or any(book.persona in entry.names for entry in book.cast):
        return book.cast
    return (*book.cast, CastEntry(name=book.persona))


def _check_persona(book: Book, chapters: Sequence[Chapter], cast: Sequence[Character]) -> None:
    """Stop at a mistyped persona before anything is paid; one with an entry of its own may be named otherwise."""
    persona = book.persona
    if (
        not persona
        or any(persona in entry.names for entry in book.cast)
        or any(persona in (c.name, *c.aliases) and c.mentions + c.lines for c in cast)
        or any(persona in chapter.text for chapter in chapters)
    ):
        return
    most = sorted((c for c in cast if c.lines and c.kind == "person"), key=lambda c: -c.lines)[:3]
    talkative = f"The most talkative are {', '.join(c.name for c in most)}. " if most else ""
    raise BookError(
        f"books/{book.slug}/book.toml: persona {persona!r} does not occur in the novel. {talkative}Change persona."
    )
