"""Annotated text as records: the demo novels' gold and small novels of the tests' own, shaped without any guessing."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from extractor.book import Book, Shelf
from extractor.records import Chapter, Character, Dropped, Novel, Quotation, Record
from extractor.stage import Inputs
from extractor.stages import conversations, corpus, dialogues, preferences

ROOT = Path(__file__).resolve().parents[1]
STAGES = (dialogues, conversations, preferences, corpus)


class Desk:
    """Records by kind; each stage that runs puts its own beside them."""

    def __init__(self, book: Book, text: str, records: list[Record]) -> None:
        self.book = book
        self.text = text
        self.records = records
        self.dropped: dict[str, list[Dropped]] = {}

    def of(self, kind):
        return [record for record in self.records if isinstance(record, kind)]

    @property
    def inputs(self) -> Inputs:
        novel = Novel(path="novel.txt", text=self.text, encoding="utf-8")
        records = list(self.records)
        return Inputs(
            self.book, novel=lambda: novel, records=lambda kind: tuple(r for r in records if isinstance(r, kind))
        )

    def run(self, *stages) -> Desk:
        for stage in stages or STAGES:
            made = list(stage.derive(self.inputs))
            self.dropped[stage.STAGE] = [record for record in made if isinstance(record, Dropped)]
            self.records = [*self.records, *(record for record in made if not isinstance(record, Dropped))]
        return self

    def reasons(self, stage) -> list[str]:
        return [record.reason for record in self.dropped[stage.STAGE]]


def parse(source: str, names: set[str]):
    """Read annotated text as `tests/gold/build.py` does."""
    spec = importlib.util.spec_from_file_location("gold_build", ROOT / "tests/gold/build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    return build.parse(source, names)


def small_desk(source: str, *, confidence: dict[str, float] | None = None, **settings) -> Desk:
    """Return a desk for annotated text; a speaker named ？ is nobody, `confidence` maps texts to lower ones."""
    settings = {"slug": "small", "title": "小书", **settings}
    text, quotes, chapters = parse(source, _Anyone())
    book = Book.model_validate(settings)
    found = make_chapters(text, chapters)
    quotations = [
        quotation.model_copy(
            update={
                "speaker": None if quotation.speaker == "？" else quotation.speaker,
                "confidence": (confidence or {}).get(
                    quotation.text, 0.0 if quotation.speaker == "？" else quotation.confidence
                ),
            }
        )
        for quotation in make_quotations(quotes, found, "" if book.language == "zh" else " ")
    ]
    names = dict.fromkeys(quotation.speaker for quotation in quotations if quotation.speaker)
    cast = [Character(name=name, lines=sum(quotation.speaker == name for quotation in quotations)) for name in names]
    return Desk(book, text, [*found, *quotations, *cast])


class _Anyone(set):
    def __contains__(self, name: object) -> bool:
        return True


def gold_rows(slug: str, name: str) -> list[dict]:
    path = ROOT / "tests/gold" / slug / f"{slug}.{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def make_chapters(text: str, rows: list[dict]) -> list[Chapter]:
    found = []
    for position, row in enumerate(rows, start=1):
        start = 0 if position == 1 else row["start"]
        found.append(
            Chapter(
                id=row["id"],
                position=position,
                heading=row["heading"],
                title=row["heading"],
                start=start,
                end=row["end"],
                text=text[start : row["end"]],
                paragraphs=tuple((a - start, b - start) for a, b in row["paragraphs"]),
            )
        )
    return found


def make_quotations(rows: list[dict], chapters: list[Chapter], joint: str) -> list[Quotation]:
    by_id = {chapter.id: chapter for chapter in chapters}
    numbers: dict[str, int] = {}
    found = []
    for row in rows:
        chapter = by_id[row["chapter"]]
        numbers[chapter.id] = number = numbers.get(chapter.id, 0) + 1
        spans = tuple(_bare(chapter, (a - chapter.start, b - chapter.start)) for a, b in row["spans"])
        found.append(
            Quotation(
                id=f"{chapter.id}-q{number:03d}",
                chapter=chapter.id,
                kind="other" if row.get("negative") else "thought" if row.get("thought") else "speech",
                spans=spans,
                text=joint.join(chapter.text[a:b] for a, b in spans),
                paragraph=chapter.paragraph_at(spans[0][0]),
                speaker=row["speaker"],
                addressees=tuple(row["addressees"]),
                confidence=0.0 if row["speaker"] is None else 1.0,
            )
        )
    return found


def make_characters(slug: str, quotations: list[Quotation]) -> list[Character]:
    path = ROOT / "tests/gold" / slug / "characters.json"
    gold = json.loads(path.read_text(encoding="utf-8"))
    return [
        Character(
            name=name,
            aliases=tuple(entry["aliases"]),
            kind="person" if entry["gender"] in ("m", "f") else "group",
            note=entry.get("note", ""),
            lines=sum(quotation.speaker == name for quotation in quotations),
        )
        for name, entry in gold.items()
    ]


@cache
def demo_desk(slug: str) -> Desk:
    """Return the book of a demo novel with all shaping stages run on its gold quotations."""
    book = Shelf(slug, ROOT).book
    text = (ROOT / "books" / slug / "novel.txt").read_text(encoding="utf-8")
    chapters = make_chapters(text, gold_rows(slug, "chapters"))
    quotations = make_quotations(gold_rows(slug, "quotes"), chapters, "" if book.language == "zh" else " ")
    return Desk(book, text, [*chapters, *quotations, *make_characters(slug, quotations)]).run()


def _bare(chapter: Chapter, span: tuple[int, int]) -> tuple[int, int]:
    """Return a gold span without its quotation marks."""
    start, end = span
    text = chapter.text[start:end]
    if text[:1] in '“「『"‘_':
        start += 1
    if text[-1:] in '”」』"’_' and end > start:
        end -= 1
    return start, end
