"""Summaries: what happens in each chapter; it is also the first turn of the talk about that chapter.

By rules: the chapter's own telling sentences and a few of its lines with their speakers, taken from all of its parts,
chosen by the weight of their words against the rest of the book (TF-IDF and maximal marginal relevance: Carbonell and
Goldstein 1998). A sentence whose pronoun has no name before it is taken together with the sentence that has, or not.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extractor.errors import ReplyError
from extractor.reading.facts import Names
from extractor.reading.facts_speech import is_sure
from extractor.reading.sentences import Sentence, content_words, narration_sentences, speech_sentences
from extractor.records import Chapter, Character, Dropped, Quotation, Record, Summary
from extractor.shaping.view import number_text
from extractor.stage import Asking, Inputs, Question, Render

PARTS = 5
PRONOUN = {
    "zh": re.compile(r"[他她它]|自己|此人|其[人中]|彼此|二人|三人|两人"),
    "en": re.compile(
        r"\b(?:he|him|his|she|her|hers|they|them|their)\b|^(?:\w+ ){0,2}(?:it|its|this|that|these|those|such|"
        r"so|there)\b",
        re.I,
    ),
}
DANGLING = {
    "zh": re.compile(
        r"^(?:[这那但可而却则便又也还再其此彼]|于是|然后|因[为此]|所以|不过|只是|只有|不料|谁知|说着|说毕|"
        r"说罢|说完|听了|一面|一边|果然|忽然?[见听]|"
        r"只[见听]|接着|随后|当下|之后|后来|如今|今|原来|正|诗曰|有诗|正是|不[是知]|没[有人]|如此|同样|别人|"
        r"另|即便|虽|若|尽管)|下回分解|[×*#]"
    ),
    "en": re.compile(
        r"^(?:But|And|So|Then|Yet|Or|Nor|For|Still|However|Therefore|Thus|Hence|Meanwhile|Instead|Otherwise|"
        r"Besides|Moreover|Indeed|Perhaps|"
        r"Again|Also|Neither|Another|The other|Both|One of)\b|[#*]|\bchapter\b|^[^A-Z“‘_]"
    ),
}
STORY_OPENING = re.compile(r"^(?:话说|却说|且说|再说|单说|只说|话表|再表|却表|且表|如今且说|闲言少叙)[，,]?")
FULL_STOP = re.compile(r"[。．！!…”」』.]$")


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands or falls together in a summary. `names` tells that a person is named before any pronoun."""

    paragraphs: tuple[int, ...]
    start: int
    text: str
    words: frozenset[str]
    names: bool
    spoken: bool = False


def derive(inputs: Inputs) -> Iterator[Summary | Dropped]:
    """Yield one summary a chapter, made of its own sentences; a chapter with none that can stand alone is dropped."""
    book = inputs.book
    by_chapter: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        by_chapter[quotation.chapter].append(quotation)
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    names = Names(inputs.all(Character), language=book.language)
    units = {chapter.id: list(_units(chapter, by_chapter[chapter.id], names)) for chapter in chapters}
    spread = Counter(word for found in units.values() for word in {w for unit in found for w in unit.words})
    for chapter in chapters:
        frequency = Counter(word for unit in units[chapter.id] for word in unit.words)
        weights = {w: (1 + math.log(n)) * math.log(1 + len(chapters) / spread[w]) for w, n in frequency.items()}
        chosen = _choose(chapter, units[chapter.id], weights, language=book.language)
        least = 25 if book.language == "zh" else 80
        if sum(len(unit.text) for unit in chosen) < least:
            yield Dropped(stage="summaries", source=chapter.id, reason="no_narration")
            continue
        numbers = dict.fromkeys(number for unit in chosen for number in unit.paragraphs)
        yield Summary(
            id=f"{chapter.id}-s01",
            chapter=chapter.id,
            text=("" if book.language == "zh" else " ").join(unit.text for unit in chosen),
            evidence=tuple(chapter.paragraph_id(number) for number in numbers),
            engine="rules",
        )


def _units(chapter: Chapter, quotations: Sequence[Quotation], names: Names) -> Iterator[Unit]:
    """Yield what may stand in a summary: sentences of narration, alone or with the one before, and sure lines."""
    language = names.language
    before: tuple[Sentence, Unit | None] | None = None
    for sentence in narration_sentences(chapter, quotations, language=language):
        unit = _alone(sentence, names)
        if unit is None and before and before[1] and before[0].paragraph == sentence.paragraph:
            joined = _join(before[0], sentence, names)
            if joined and sentence.start - before[0].end <= 2:
                yield joined
        if unit:
            yield unit
        before = (sentence, unit)
    for sentence in speech_sentences(chapter, quotations, language=language):
        quotation = sentence.quotation
        size = len(sentence.text) if language == "zh" else len(sentence.text.split()) * 2
        if quotation and is_sure(quotation, names) and 14 <= size <= 40 and sentence.text[-1] in "。！？．!?.":
            said = (
                f"{quotation.speaker}说：“{sentence.text}”"
                if language == "zh"
                else f"{quotation.speaker} says: “{sentence.text}”"
            )
            words = frozenset(content_words(sentence.text, language=language))
            if (
                not re.match(r"[他她它—…\-`]|(?:He|She|They|It)\b", sentence.text)
                and "“" not in sentence.text
                and not DANGLING[language].search(sentence.text)
            ):
                yield Unit((sentence.paragraph,), sentence.start, said, words, names=True, spoken=True)


def _alone(sentence: Sentence, names: Names) -> Unit | None:
    """Return a sentence as a unit if it makes sense on its own."""
    language = names.language
    text = STORY_OPENING.sub("", sentence.text)
    size = len(text) if language == "zh" else len(text) / 3
    whole = all(text.count(mark) == text.count(end) for mark, end in ("“”", "「」", "『』"))
    if not 10 <= size <= 110 or not whole or not FULL_STOP.search(text) or DANGLING[language].search(text):
        return None
    found = names.all(text)
    pronoun = PRONOUN[language].search(text)
    if pronoun and (not found or found[0][0] > pronoun.start()):
        return None
    early = bool(found) and found[0][0] <= (16 if language == "zh" else 60)
    words = frozenset(content_words(text, language=language))
    return Unit((sentence.paragraph,), sentence.start, text, words, names=early)


def _join(first: Sentence, second: Sentence, names: Names) -> Unit | None:
    language = names.language
    whole = _alone(first, names)
    size = len(first.text + second.text) if language == "zh" else len(first.text + second.text) / 3
    if whole is None or not whole.names or size > 120 or not FULL_STOP.search(second.text) or len(second.text) < 8:
        return None
    if len({names.shown[name] for _, name in names.all(first.text)}) > 1:
        return None
    text = whole.text + ("" if language == "zh" else " ") + second.text
    words = whole.words | frozenset(content_words(second.text, language=language))
    return Unit(tuple(dict.fromkeys((first.paragraph, second.paragraph))), first.start, text, words, names=True)


def _choose(chapter: Chapter, units: Sequence[Unit], weights: dict[str, float], *, language: str) -> list[Unit]:
    """Pick units from all parts of the chapter until the summary is long enough; return them in order."""
    length = len(chapter.text)
    budget = min(340, max(110, length // 10)) if language == "zh" else min(1100, max(400, length // 9))
    scores = {id(unit): _worth(unit, weights) for unit in units}
    chosen: list[Unit] = []
    for step in range(PARTS * 3):
        part = step % PARTS
        lines = sum(unit.spoken for unit in chosen)
        used = sum(len(unit.text) for unit in chosen)
        free = [
            unit
            for unit in units
            if unit.start * PARTS // max(1, length) == part
            and len(unit.text) <= budget - used + 20
            and not (unit.spoken and (lines >= 2 or part == 0))
            and not any(_touches(unit, other) for other in chosen)
        ]
        if free and used < budget * 0.9:
            chosen.append(max(free, key=lambda unit: scores[id(unit)] * (1 - 0.7 * _overlap(unit, chosen))))
    if not chosen and units:
        chosen = [max(units, key=lambda unit: scores[id(unit)])]
    chosen.sort(key=lambda unit: unit.start)
    whole = sum(len(unit.text) for unit in chosen)
    for first, unit in enumerate(chosen):
        if unit.names and not unit.spoken and sum(len(u.text) for u in chosen[first:]) >= 0.6 * whole:
            return chosen[first:]
    return chosen


def _worth(unit: Unit, weights: dict[str, float]) -> float:
    score = sum(weights[word] for word in unit.words) / math.sqrt(len(unit.words) + 5)
    return score * (1.5 if unit.names else 0.8) * (0.75 if unit.spoken else 1.0)


def _touches(unit: Unit, other: Unit) -> bool:
    """Tell whether one of two units holds the other's words."""
    return (
        unit is other
        or unit.start <= other.start < unit.start + len(unit.text)
        or other.start <= unit.start < other.start + len(other.text)
    )


def _overlap(unit: Unit, chosen: Sequence[Unit]) -> float:
    return max((len(unit.words & other.words) / max(1, len(unit.words)) for other in chosen), default=0.0)


def first_turn(chapter: Chapter, quotations: Iterable[Quotation], render: Render) -> str:
    """Return the first user turn of the talk about a chapter: its numbered text, then the request to summarise."""
    return render("ask", heading=chapter.heading or chapter.id, text=number_text(chapter, list(quotations)))


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    by_chapter: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        by_chapter[quotation.chapter].append(quotation)
    for chapter in inputs.all(Chapter):
        if chapter.kind != "front" and chapter.paragraphs:
            yield Question(
                source=chapter.id,
                part="summary",
                content=first_turn(chapter, by_chapter[chapter.id], render),
                identity=chapter.text,
                json=False,
                expected_tokens=300,
                max_tokens=1500,
            )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    if len(reply.strip()) < 10:
        raise ReplyError("The summary is empty. Write it as plain text.")
    return [Summary(id=f"{question.source}-s01", chapter=question.source, text=reply, engine="api")]


ASKING = Asking(questions=_questions, records=_records)
