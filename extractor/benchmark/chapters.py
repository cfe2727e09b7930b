"""The benchmark of chapters: whole books with their true headings in, headings found, missed and wrong out."""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from extractor.benchmark.gold import read_json
from extractor.errors import BookError
from extractor.new import guess_language
from extractor.reading.chapters import split_chapters
from extractor.reading.decoding import read_novel
from extractor.records import Chapter
from extractor.store import write_text

MAX_TOKENS = 12_000
SHOWN = 5
BLANKS = "\ufeff \t\r\n　"
FAMILIES = {
    "utf-8": ("ascii", "utf-8", "utf-8-sig"),
    "utf-16": ("utf-16", "utf-16-le", "utf-16-be"),
    "utf-32": ("utf-32", "utf-32-le", "utf-32-be"),
    "gb18030": ("gb2312", "gbk", "gb18030"),
    "big5hkscs": ("big5", "cp950", "big5hkscs"),
    "shift_jis": ("shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213"),
    "cp1252": ("iso8859-1", "cp1252"),
}
FAMILY = {codecs.lookup(name).name: family for family, names in FAMILIES.items() for name in names}
COLUMNS = f"{'headings':>8} {'found':>6} {'missed':>6} {'wrong':>6}  {'encoding':<18} {'seconds':>7} {'characters':>10}"
HEAD = f"{'book':<32} {COLUMNS}"
Heading = tuple[int, str]
"""Where the line of a heading begins in the decoded text, and the line."""


class GoldBook(BaseModel):
    """One book of a MANIFEST.json; `encoding` may say more behind the name: "utf-16 (LE, BOM)"."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    encoding: str | None = None


Headings = dict[str, tuple[Heading, ...]]
BOOKS: TypeAdapter[tuple[GoldBook, ...]] = TypeAdapter(tuple[GoldBook, ...])
HEADINGS: TypeAdapter[Headings] = TypeAdapter(Headings)


@dataclass(frozen=True)
class BookScore:
    """What was found in one book; `encoding_right` is None where the gold does not say."""

    file: str
    found: tuple[Heading, ...]
    missed: tuple[Heading, ...]
    wrong: tuple[Heading, ...]
    encoding: str
    encoding_right: bool | None
    seconds: float
    characters: int


def measure(folder: Path, *, json_path: Path | None = None) -> Iterator[str]:
    """Measure every book of a folder; yield the table line by line, and write the JSON if it is asked for.

    Raises:
        BookError: MANIFEST.json, headings.json or a book is missing or broken.
    """
    books = read_json(folder / "MANIFEST.json", BOOKS, 'a list of books with "file" and "encoding"')
    headings = read_json(folder / "headings.json", HEADINGS, "file -> list of [offset, line]")
    if not books:
        raise BookError(f"{folder / 'MANIFEST.json'} names no book; name a folder of books with their headings.")
    for book in books:
        if book.file not in headings:
            raise BookError(f"{folder / 'headings.json'} does not hold {book.file}, which MANIFEST.json names. Add it.")
    yield HEAD
    scores = []
    for book in books:
        scores.append(score_book(folder / book.file, book, headings[book.file]))
        yield from rows(scores[-1])
    yield pooled_row(scores)
    if json_path is not None:
        write_text(json_path, json.dumps(figures(scores), ensure_ascii=False, indent=1) + "\n")


def score_book(path: Path, book: GoldBook, headings: Sequence[Heading]) -> BookScore:
    """Read one book and compare its headings; offsets of the gold count characters of the decoded text.

    Raises:
        BookError: the book cannot be read, or a heading stands outside of it.
    """
    began = time.perf_counter()
    novel = read_novel(path)
    chapters = list(split_chapters(novel, language=guess_language(novel.text), max_tokens=MAX_TOKENS))
    seconds = time.perf_counter() - began
    right = encoding_is_right(novel.encoding, book.encoding, path=path)
    true = [_without_indent(novel.text, heading) for heading in headings]
    for start, line in true:
        if right is not False and not novel.text.startswith(line[:1], start):
            raise BookError(f"{path}: no heading {line!r} stands at {start}; headings.json belongs to another text.")
    found, missed, wrong = compare(headings_of(chapters), true)
    return BookScore(book.file, found, missed, wrong, novel.encoding, right, seconds, len(novel.text))


def _without_indent(text: str, heading: Heading) -> Heading:
    """Return a heading from its first character that is not blank."""
    start, line = heading
    while start < len(text) and text[start] in BLANKS:
        start += 1
    return start, line.strip()


def headings_of(chapters: Sequence[Chapter]) -> list[Heading]:
    """Return offset and text of the heading of each chapter that has one; pages of volumes open no chapter."""
    found = []
    for chapter in chapters:
        if chapter.kind != "front" and chapter.heading:
            blank = len(chapter.text) - len(chapter.text.lstrip(BLANKS))
            found.append((chapter.start + blank, chapter.heading))
    return found


def compare(
    guessed: Sequence[Heading], annotated: Sequence[Heading]
) -> tuple[tuple[Heading, ...], tuple[Heading, ...], tuple[Heading, ...]]:
    """Return which headings were found, missed and wrong; a guess counts where it begins inside the true line."""
    left = sorted(guessed)
    found, missed = [], []
    for offset, line in annotated:
        hit = next((guess for guess in left if offset <= guess[0] < offset + max(1, len(line))), None)
        if hit is None:
            missed.append((offset, line))
        else:
            left.remove(hit)
            found.append((offset, line))
    return tuple(found), tuple(missed), tuple(left)


def encoding_is_right(guessed: str, annotated: str | None, *, path: Path) -> bool | None:
    """Tell whether two names of character sets mean the same or one that holds it; None where the gold has none.

    Raises:
        BookError: the gold names no known character set.
    """
    if annotated is None or path.suffix.lower() != ".txt":
        return None
    name = annotated.split("(")[0].strip()
    try:
        wanted = codecs.lookup(name).name
    except LookupError:
        raise BookError(f"MANIFEST.json: {path.name} is said to be in {name!r}, which is no character set.") from None
    return FAMILY.get(codecs.lookup(guessed).name, guessed) == FAMILY.get(wanted, wanted)


def rows(score: BookScore) -> Iterator[str]:
    """Yield a book as a line of the table, then its first missed and wrong headings."""
    mark = {True: "right", False: "WRONG", None: "(not said)"}[score.encoding_right]
    yield _row(score.file, (score,), f"{score.encoding} {mark}")
    for kind, headings in (("missed", score.missed), ("wrong", score.wrong)):
        for offset, line in headings[:SHOWN]:
            yield f"    {kind} at {offset}: {line.strip()[:60]}"
        if len(headings) > SHOWN:
            yield f"    … and {len(headings) - SHOWN} more {kind}"


def pooled_row(scores: Sequence[BookScore]) -> str:
    """Return the line of all books together."""
    said = [score.encoding_right for score in scores if score.encoding_right is not None]
    return _row("pooled", scores, f"{sum(said)} of {len(said)} right")


def _row(name: str, scores: Sequence[BookScore], encoding: str) -> str:
    counts = _counts(scores)
    numbers = f"{counts['headings']:>8} {counts['found']:>6} {counts['missed']:>6} {counts['wrong']:>6}"
    seconds, characters = sum(score.seconds for score in scores), sum(score.characters for score in scores)
    return f"{name[:32]:<32} {numbers}  {encoding:<18} {seconds:>7.1f} {characters:>10}"


def _counts(scores: Sequence[BookScore]) -> dict[str, int]:
    found, missed = sum(len(score.found) for score in scores), sum(len(score.missed) for score in scores)
    wrong = sum(len(score.wrong) for score in scores)
    return {"headings": found + missed, "found": found, "missed": missed, "wrong": wrong}


def figures(scores: Sequence[BookScore]) -> dict[str, object]:
    """Return the counts as plain values: of all books together, and by file with the headings missed and wrong."""
    said = [score.encoding_right for score in scores if score.encoding_right is not None]
    return {
        "pooled": {
            **_counts(scores),
            "books": len(scores),
            "perfect": sum(not score.missed and not score.wrong for score in scores),
            "encodings_right": sum(said),
            "encodings": len(said),
            "seconds": round(sum(score.seconds for score in scores), 2),
            "characters": sum(score.characters for score in scores),
        },
        "books": {
            score.file: {
                **_counts((score,)),
                "encoding": score.encoding,
                "encoding_right": score.encoding_right,
                "seconds": round(score.seconds, 2),
                "characters": score.characters,
                "missed_headings": score.missed,
                "wrong_headings": score.wrong,
            }
            for score in scores
        },
    }
