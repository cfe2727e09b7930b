"""Whose side the corpus takes: the persona of a book."""

from __future__ import annotations

from collections.abc import Sequence

from extractor.book import Book
from extractor.errors import BookError
from extractor.records import Character


def choose_persona(book: Book, characters: Sequence[Character]) -> Character | None:
    """Return the persona of book.toml, else the person with most lines; None where nobody speaks.

    Raises:
        BookError: the persona is not in the cast.
    """
    if not book.persona:
        people = [character for character in characters if character.kind == "person" and character.lines]
        return max(people, key=lambda character: character.lines, default=None)
    name = book.main_name(book.persona)
    for character in characters:
        if name == character.name:
            return character
    for character in characters:
        if name in character.aliases:
            return character
    if not characters:
        return Character(name=name)
    known = ", ".join(character.name for character in characters[:8])
    raise BookError(
        f"books/{book.slug}/book.toml: persona {book.persona!r} is not in the cast ({known}). "
        f"Add a [[cast]] entry or change persona."
    )
