"""A book: its folder, and book.toml checked. What the novel is stands here; how it is asked stands in prompts/."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from extractor.errors import BookError
from extractor.records import Record

NOVEL_SUFFIXES = (".txt", ".epub", ".html", ".htm", ".xhtml", ".md")
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class CastEntry(Record):
    """One `[[cast]]` table: a character that the user vouches for; it wins over what is found in the text."""

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    gender: Literal["male", "female", "unknown"] = "unknown"
    kind: Literal["person", "group", "narrator"] = "person"
    since: dict[str, int] = Field(default_factory=dict)
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Main name first, then the aliases."""
        return (self.name, *self.aliases)


class World(Record):
    """One `[[worlds]]` table: a place or layer of the story with who belongs to it."""

    name: str
    note: str = ""
    people: tuple[str, ...] = ()


class Book(Record):
    """The content of book.toml.

    `budget` is CNY for the whole book, all runs together; `greetings` is off (empty) unless the user wants it.
    """

    slug: str
    title: str = Field(min_length=1)
    author: str = ""
    language: Literal["zh", "en"] = "zh"
    persona: str = ""
    persona_slug: str = ""
    synopsis: str = ""
    licence: str = ""
    chapter_pattern: str = ""
    chapter_tokens: int = Field(default=12_000, ge=500)
    budget: float = Field(default=10.0, ge=0)
    endpoint: str = "deepseek"
    model: str = ""
    attribution: Literal["model", "hybrid", "rules"] = "model"
    thoughts: Literal["show", "hide"] = "show"
    greetings: tuple[str, ...] = ()
    max_tokens: int = Field(default=4096, ge=256)
    cast: tuple[CastEntry, ...] = ()
    worlds: tuple[World, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Book:
        owners: dict[str, str] = {}
        for entry in self.cast:
            for name in entry.names:
                owner = owners.setdefault(name, entry.name)
                if owner != entry.name:
                    raise ValueError(f"cast: {name!r} names both {owner} and {entry.name}. Remove it from one of them")
            for alias in entry.since:
                if alias not in entry.names:
                    raise ValueError(f"cast {entry.name}: since names {alias!r}, which is not among its names")
        if self.cast and self.persona and self.persona not in owners:
            known = ", ".join(entry.name for entry in self.cast[:8])
            raise ValueError(
                f"persona {self.persona!r} is not in the cast ({known}). Add a [[cast]] entry or change persona"
            )
        if self.chapter_pattern:
            try:
                re.compile(self.chapter_pattern)
            except re.error as error:
                raise ValueError(
                    f"chapter_pattern {self.chapter_pattern!r} is no regular expression: {error}"
                ) from None
        return self

    def main_name(self, name: str) -> str:
        """Return the main name behind any name of the cast in book.toml; `name` itself where it is in none."""
        for entry in self.cast:
            if name in entry.names:
                return entry.name
        return name


class Shelf:
    """The folders of one book: `books/<slug>` holds what a person wrote, `outputs/<slug>` what was made of it."""

    def __init__(self, slug: str, root: Path | None = None) -> None:
        if not SLUG.fullmatch(slug):
            raise BookError(f"{slug!r} is no book name; use letters, digits, '-', '_' and '.', as in books/<name>/.")
        self.slug = slug
        self.root = root or Path()
        self.folder = self.root / "books" / slug
        self.outputs = self.root / "outputs" / slug

    @cached_property
    def book(self) -> Book:
        """The checked content of book.toml; see `load_book`."""
        return load_book(self)

    def novel_path(self) -> Path:
        """Return the novel's file: the one `novel.*` in the book's folder.

        Raises:
            BookError: there is none.
        """
        self.book  # noqa: B018  an unknown book or a broken book.toml is said first
        for suffix in NOVEL_SUFFIXES:
            path = self.folder / f"novel{suffix}"
            if path.is_file():
                return path
        raise BookError(
            f"{self.folder}/novel.txt is missing: the text of 《{self.book.title}》 is not shipped. "
            f"Put your own copy there (.txt, .epub, .html or .md), then run the same command again."
        )

    def records_path(self, stage: str) -> Path:
        """Return where a stage writes its records."""
        return self.outputs / f"{stage}.jsonl"

    def dropped_path(self, stage: str) -> Path:
        """Return where a stage writes what it left out."""
        return self.outputs / "dropped" / f"{stage}.jsonl"


def load_book(shelf: Shelf) -> Book:
    """Read and check books/<slug>/book.toml.

    Raises:
        BookError: no such book, no TOML, an unknown key, a wrong type, or a contradiction; names the key and value.
    """
    path = shelf.folder / "book.toml"
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        books = shelf.root / "books"
        if not books.is_dir():
            raise BookError(
                f"{books}/ is not here. Run the command in the project's folder, where books/ lies."
            ) from None
        known = sorted(p.parent.name for p in books.glob("*/book.toml"))
        raise BookError(
            f"{path} is missing, so there is no book {shelf.slug!r} (there are: {', '.join(known) or 'none'}). "
            f"Make one with `extractor new path/to/novel.txt --slug {shelf.slug}`."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BookError(f"{path} is not TOML: {error}.") from None
    except UnicodeDecodeError as error:
        raise BookError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be read: {error.strerror}.") from None
    if "slug" in content:
        raise BookError(
            f"{path}: slug is the folder's name ({shelf.slug}) and is not set in the file. Remove the line."
        )
    try:
        return Book.model_validate({"slug": shelf.slug, **content})
    except ValidationError as error:
        raise BookError(f"{path}: {_first_fault(error)}.") from None


def _first_fault(error: ValidationError) -> str:
    """Say the first fault of a book.toml as one sentence without its full stop."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        model = CastEntry if fault["loc"][0] == "cast" else World if fault["loc"][0] == "worlds" else Book
        known = ", ".join(key for key in model.model_fields if key != "slug")
        return f"{where} is not a known key. Known are {known}"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"{where} is missing. Add it"
    if not where:
        return message
    return f"{where} = {fault['input']!r} does not do: {message[0].lower()}{message[1:]}"
