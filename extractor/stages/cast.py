"""cast: who is in the novel, under which names; from chapters to characters."""

from __future__ import annotations

from collections.abc import Iterator

from extractor.book import Book, CastEntry
from extractor.reading.cast import count_lines, find_cast
from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.speakers import attribute
from extractor.records import Chapter, Character, Dropped
from extractor.stage import Inputs


def derive(inputs: Inputs) -> Iterator[Character | Dropped]:
    """Yield the characters, most lines first; those of book.toml are always among them."""
    book = inputs.book
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    style = detect_style(chapters)
    quotations = [q for chapter in chapters for q in find_quotations(chapter, language=book.language, style=style)]
    cast = find_cast(chapters, quotations, language=book.language, given=vouched(book))
    attributed = attribute(chapters, quotations, cast, language=book.language)
    yield from count_lines(cast, attributed)


def vouched(book: Book) -> tuple[CastEntry, ...]:
    """Return the cast of book.toml; a persona without an entry of its own is vouched for by its name."""
    if not book.persona or any(book.persona in entry.names for entry in book.cast):
        return book.cast
    return (*book.cast, CastEntry(name=book.persona))
