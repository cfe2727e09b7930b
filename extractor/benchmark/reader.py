"""The real reading of an annotated text: by rules in memory, by a model with its ledger in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from extractor.benchmark.gold import GoldInstance, GoldText
from extractor.benchmark.scoring import Guess
from extractor.book import Book, CastEntry, Shelf
from extractor.engines import Confirm, Say, run_with_engine
from extractor.errors import BookError
from extractor.new import guess_language
from extractor.pipeline import load, run_stage, stage_named
from extractor.reading.decoding import read_novel
from extractor.records import Chapter, Character, Dialogue, Dropped, Novel, Quotation, QuotationKind, Record, Span
from extractor.stage import Inputs

CastSource = Literal["given", "found"]
WORK = Path("outputs/benchmark")
QUOTE_MARKS = frozenset("\"'`“”‘’„‟«»‹›「」『』〝〞＂＇")
LEADS_ON = ("：", ":")
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Reading:
    """What was read: the quotations with their speakers, and the cast as name -> aliases. `seconds` is wall time."""

    guesses: tuple[Guess, ...]
    cast: dict[str, tuple[str, ...]]
    seconds: float


@dataclass(frozen=True)
class Terms:
    """On which terms a model is asked: which one, whether the estimate is agreed to already, and how to talk."""

    model: str
    agreed: bool
    say: Say
    confirm: Confirm


class GoldShelf(Shelf):
    """The shelf of an annotated text: the novel lies with the gold, what is made and paid for in a work folder."""

    def __init__(self, gold: GoldText, *, book: Book, outputs: Path) -> None:
        super().__init__(gold.slug)
        self.book = book
        self.outputs = outputs
        self._novel = gold.path

    def novel_path(self) -> Path:
        """Return the annotated text."""
        return self._novel


def entries(characters: Mapping[str, Sequence[str]]) -> tuple[CastEntry, ...]:
    """Return a list of characters as `[[cast]]` entries; a name of several stays with the one who goes by it.

    Names that begin with "_" stand for nobody in particular and are left out.
    """
    people = {name: aliases for name, aliases in characters.items() if name.strip() and not name.startswith("_")}
    owners = {name: name for name in people}
    for name, aliases in people.items():
        for alias in aliases:
            owners.setdefault(alias, name)
    return tuple(
        CastEntry(
            name=name,
            aliases=tuple(a for a in dict.fromkeys(aliases) if a.strip() and a != name and owners[a] == name),
        )
        for name, aliases in people.items()
    )


def book_of(gold: GoldText, characters: CastSource) -> Book:
    """Return the book.toml of an annotated text: its language as detected, its cast if that is given."""
    return Book(
        slug=gold.slug,
        title=gold.slug,
        language=guess_language(gold.text),
        cast=entries(gold.characters) if characters == "given" else (),
    )


def read_by_rules(gold: GoldText, *, characters: CastSource) -> Reading:
    """Read a text by code alone.

    Raises:
        BookError: the text cannot be read, or not as the annotation reads it.
    """
    book = book_of(gold, characters)
    began = time.perf_counter()
    novel = read_novel(gold.path)
    made = derive(novel, book)
    seconds = time.perf_counter() - began
    shift = _shift(gold, novel)
    chapters = {chapter.id: chapter for chapter in _all(made, Chapter)}
    guesses = []
    for quotation in _all(made, Quotation):
        chapter = chapters[quotation.chapter]
        if _is_quoted(chapter, quotation.kind, quotation.spans):
            spans = _moved(quotation.spans, chapter.start + shift)
            guesses.append(Guess(spans, quotation.speaker, quotation.confidence))
    return Reading(tuple(guesses), _cast(_all(made, Character)), seconds)


def read_by_model(gold: GoldText, *, characters: CastSource, terms: Terms, work: Path = WORK) -> Reading:
    """Read a text with a model that labels the quotations; answers that are paid for are not bought again.

    Raises:
        BookError: the text cannot be read, or not as the annotation reads it.
        EndpointError: no key, no agreement, or the endpoint cannot be used.
    """
    shelf = GoldShelf(gold, book=book_of(gold, characters), outputs=work / characters / gold.slug)
    began = time.perf_counter()
    for name in ("chapters", "cast", "quotations"):
        run_stage(shelf, name)
    for name in ("summaries", "dialogues"):
        report = run_with_engine(
            shelf, name, option="api", model=terms.model, agreed=terms.agreed, say=terms.say, confirm=terms.confirm
        )
        if report.failed:
            terms.say(f"{gold.slug}: {report.failed} answers of {name} failed; the same command asks them again.")
    seconds = time.perf_counter() - began
    shift = _shift(gold, read_novel(gold.path))
    chapters = {chapter.id: chapter for chapter in load(shelf, "chapters") if isinstance(chapter, Chapter)}
    guesses = []
    for dialogue in load(shelf, "dialogues"):
        if not isinstance(dialogue, Dialogue):
            continue
        chapter = chapters[dialogue.chapter]
        for utterance in dialogue.utterances:
            if _is_quoted(chapter, utterance.kind, utterance.spans):
                spans = _moved(utterance.spans, chapter.start + shift)
                guesses.append(Guess(spans, utterance.speaker, utterance.confidence))
    cast = [character for character in load(shelf, "cast") if isinstance(character, Character)]
    return Reading(tuple(guesses), _cast(cast), seconds)


def read_instance(instance: GoldInstance, *, language: Literal["zh", "en"]) -> str | None:
    """Return which of an instance's candidates says its quotation, None where nobody is named."""
    text, (start, end) = joined(instance)
    book = Book(slug="instance", title="instance", language=language, cast=entries(instance.candidates))
    candidates = {entry.name for entry in book.cast}
    novel = Novel(path=instance.id, text=text, encoding="utf-8")
    made = derive(novel, book, candidates=candidates)
    chapters = {chapter.id: chapter for chapter in _all(made, Chapter)}
    shared: dict[str, int] = {}
    for quotation in _all(made, Quotation):
        if quotation.speaker is None:
            continue
        for a, b in _moved(quotation.spans, chapters[quotation.chapter].start):
            if min(b, end) > max(a, start):
                shared[quotation.speaker] = shared.get(quotation.speaker, 0) + min(b, end) - max(a, start)
    return max(shared, key=lambda name: shared[name], default=None)


def joined(instance: GoldInstance) -> tuple[str, Span]:
    """Return the context as one text, and where the quotation stands in it.

    Each sentence is a paragraph, but for one that leads on to the next by a colon.
    """
    parts: list[str] = []
    length = 0
    span = (0, 0)
    for number, sentence in enumerate(instance.context):
        if parts and not parts[-1].endswith(LEADS_ON):
            parts.append("\n")
            length += 1
        if number == instance.quote_index:
            span = (length, length + len(sentence))
        parts.append(sentence)
        length += len(sentence)
    return "".join(parts), span


Made = dict[type[Record], tuple[Record, ...]]


def derive(novel: Novel, book: Book, *, candidates: Iterable[str] | None = None) -> Made:
    """Make chapters, cast and quotations by rules in memory; `candidates` are the only ones who can speak, if given."""
    made: Made = {}
    for name in ("chapters", "cast", "quotations"):
        stage = stage_named(name)
        inputs = Inputs(book, novel=partial(_same, novel), records=made.__getitem__)
        records: Iterator[Record | Dropped] = stage.derive(inputs)
        kept = tuple(record for record in records if not isinstance(record, Dropped))
        if candidates is not None:
            kept = tuple(r for r in kept if not isinstance(r, Character) or r.name in candidates)
        made[stage.writes] = kept
    return made


def _same(novel: Novel) -> Novel:
    return novel


def _all(made: Made, kind: type[R]) -> list[R]:
    return [record for record in made[kind] if isinstance(record, kind)]


def _cast(cast: Iterable[Character]) -> dict[str, tuple[str, ...]]:
    return {character.name: character.aliases for character in cast}


def _moved(spans: Iterable[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def _is_quoted(chapter: Chapter, kind: QuotationKind, spans: Sequence[Span]) -> bool:
    """Tell whether something is a quotation as corpora annotate it: speech, or a thought in quotation marks."""
    start = spans[0][0]
    marked = QUOTE_MARKS.intersection(chapter.text[max(0, start - 1) : start + 1])
    return kind == "speech" or (kind == "thought" and bool(marked))


def _shift(gold: GoldText, novel: Novel) -> int:
    """Return how far offsets of the annotated text are behind those of the novel: 1 where it has a byte order mark."""
    shift = len(gold.text) - len(novel.text)
    if gold.text[shift:] == novel.text and not gold.text[:shift].strip("\ufeff"):
        return shift
    raise BookError(f"{gold.path} is read as {novel.encoding}, not as the UTF-8 its annotation counts. Check the file.")
