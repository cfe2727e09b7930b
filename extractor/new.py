"""A new book from a file: its text under books/<slug>/ and a book.toml filled in with what the text tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from typing import cast as typed

from extractor.book import NOVEL_SUFFIXES, SLUG, Book, Shelf
from extractor.errors import BookError
from extractor.pipeline import STAGES
from extractor.reading.decoding import read_novel
from extractor.records import Chapter, Character, Dropped, Novel, Record
from extractor.stage import Inputs
from extractor.store import write_bytes, write_text

CAST_IN_FILE = 30
AUTHOR_LINE = re.compile(r"^\s*(?:作\s*者|文)\s*[:：]\s*(\S.{0,30})$|^\s*(?:by|author:)\s+(\S.{0,60})$", re.I | re.M)
TITLE_MARK = re.compile(r"《([^》\n]{1,40})》")


def make_book(path: Path, *, slug: str = "", persona: str = "") -> Iterator[str]:
    """Copy a novel to books/<slug>/ and write its book.toml; yield what was found, line by line.

    Raises:
        BookError: the file cannot be read as a novel, the slug is missing or taken, the persona is not in the text.
    """
    suffix = path.suffix.lower() if path.suffix.lower() in NOVEL_SUFFIXES else ".txt"
    novel = read_novel(path)
    slug = slug or path.stem.lower().replace(" ", "-")
    if not SLUG.fullmatch(slug):
        raise BookError(
            f"{slug!r} cannot name folders and files; choose another: --slug my-book (ASCII letters, digits, - _ .)."
        )
    shelf = Shelf(slug)
    if shelf.folder.exists() and any(shelf.folder.iterdir()):
        raise BookError(f"{shelf.folder} exists already; choose another --slug or remove that folder.")
    language = guess_language(novel.text)
    title = next(filter(_is_title, (novel.title or "", _title(novel))), path.stem)
    author = novel.author or _author(novel)
    book = Book(slug=slug, title=title, author=author, language=language)
    chapters, people = look_through(novel, book)
    persons = [c for c in people if c.kind == "person"]
    if persona:
        chosen = next((c for c in persons if persona in (c.name, *c.aliases)), None)
        if chosen is None:
            known = ", ".join(c.name for c in persons[:8])
            raise BookError(f"{path}: persona {persona!r} was not found among the characters ({known}).")
        persona = chosen.name
    elif persons:
        persona = max(persons, key=lambda c: (c.lines, c.mentions)).name
    write_bytes(shelf.folder / f"novel{suffix}", path.read_bytes())
    write_text(shelf.folder / "book.toml", book_toml(book, persona=persona, chapters=chapters, people=people))
    replaced = f", {novel.replaced} undecodable places" if novel.replaced else ""
    yield f"{shelf.folder}/novel{suffix}: {len(novel.text):,} characters, {novel.encoding}{replaced}"
    yield f"{shelf.folder}/book.toml: 《{title}》, {language}, {len(chapters)} chapters, {len(people)} characters"
    yield f"persona: {persona or 'none found; set one in book.toml'}"
    yield f"next: look over {shelf.folder}/book.toml, then `make book={slug} estimate` or `make book={slug} all`"


def look_through(novel: Novel, book: Book) -> tuple[list[Chapter], list[Character]]:
    """Read chapters and cast of a novel without writing anything."""
    made: dict[type[Record], tuple[Record, ...]] = {}
    for stage in STAGES[:2]:
        inputs = Inputs(book, novel=lambda: novel, records=lambda kind: made[kind])
        made[stage.writes] = tuple(r for r in stage.derive(inputs) if not isinstance(r, Dropped))
    chapters = [c for c in typed("tuple[Chapter, ...]", made[Chapter]) if c.kind != "front"]
    return chapters, list(typed("tuple[Character, ...]", made[Character]))


def guess_language(text: str) -> Literal["zh", "en"]:
    """Return "zh" when at least a tenth of the letters are Han, else "en"."""
    sample = text[:200_000]
    han = sum("\u4e00" <= c <= "\u9fff" for c in sample)
    return "zh" if han * 10 >= max(1, sum(c.isalpha() for c in sample)) else "en"


def _is_title(title: str) -> bool:
    """Tell whether a title holds a letter or a figure, and nothing that could not be read."""
    return any(char.isalnum() for char in title) and "\ufffd" not in title


def _title(novel: Novel) -> str:
    head = novel.text[:400]
    marked = TITLE_MARK.search(head) or TITLE_MARK.search(Path(novel.path).stem)
    if marked:
        return marked[1]
    first = next((line.strip() for line in head.splitlines() if line.strip()), "")
    return first if 1 < len(first) <= 30 and not re.search(r"[。，,.!?！？:：]|^第", first) else ""


def _author(novel: Novel) -> str:
    match = AUTHOR_LINE.search(novel.text[:1000])
    return (match[1] or match[2]).strip() if match else ""


def book_toml(book: Book, *, persona: str, chapters: list[Chapter], people: list[Character]) -> str:
    """Return the text of a new book.toml: what was found, with counts as comments, ready to be corrected."""

    def quoted(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        f"# Found in the text: {len(chapters)} chapters, {len(people)} characters. This file wins: correct it.",
        "",
        f"title = {quoted(book.title)}",
        f"author = {quoted(book.author)}",
        f"language = {quoted(book.language)}",
        f"persona = {quoted(persona)}" if persona else '# persona = "…"  # nobody was found to speak',
        '# persona_slug = "name" # how the files of the persona\'s data sets begin (ASCII)',
        "budget = 10.0 # CNY for the whole book; nothing is asked beyond it",
        'synopsis = ""  # two sentences on the story help the model and the role card',
    ]
    for character in sorted(people, key=lambda c: (c.name != persona, -c.lines, -c.mentions))[:CAST_IN_FILE]:
        if character.lines == 0 and character.name != persona:
            continue
        lines += [
            "",
            "[[cast]]",
            f"name = {quoted(character.name)} # {character.lines} lines, {character.mentions} mentions",
        ]
        if character.aliases:
            lines.append(f"aliases = {quoted(list(character.aliases))}")
        if character.gender != "unknown":
            lines.append(f"gender = {quoted(character.gender)}")
        if character.kind != "person":
            lines.append(f"kind = {quoted(character.kind)}")
    return "\n".join(lines) + "\n"
