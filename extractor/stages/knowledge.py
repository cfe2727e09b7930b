"""Knowledge: facts of the book's world, each with several questions and the paragraphs that prove it.

By rules only what the text itself says, found in `reading/facts*` and worded by `shaping/wordings`: what a term is,
who does what to whom, who says a line and who answers, who is what to whom, where a name begins.
By model: four angles a chapter, with the evidence as paragraph numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.asking.replies import parse_as
from extractor.errors import ReplyError
from extractor.reading import facts_en, facts_terms_en, facts_terms_zh, facts_zh
from extractor.reading.facts import Found, Names, Pages
from extractor.reading.facts_people import people_facts
from extractor.reading.facts_speech import distinct, speech_facts
from extractor.reading.facts_whole import whole_facts
from extractor.reading.sentences import narration_sentences, speech_sentences
from extractor.reading.terms import recurring_terms
from extractor.records import Chapter, Character, Dropped, Knowledge, Quotation, Record, Summary
from extractor.shaping.wordings import ANGLES, WORDINGS
from extractor.stage import Asking, Inputs, Question, Render

ASKED_ANGLES = ("terms", "plot", "meaning", "depth")
THIS_CHAPTER = re.compile(
    r"本章|本文|文中|上文|下文|这一章|该章|原文|这段话|"
    r"(?i:\bthis (?:chapter|passage|text|excerpt|section)\b|\bthe (?:chapter|excerpt)\b|"
    r"\b(?:in|to|by|from|of) the text\b|\bthe text (?:says|states|above)\b|\bthe above\b)"
)
BARE_NUMBER = re.compile(r"[\dIVXLCivxlc]+$")
A_CHAPTER = {"deed": 8, "orders_what": 4, "orders_whom": 4, "where": 4, "carries": 3, "number": 4, "inscribed": 3}
A_TERM = 2


def derive(inputs: Inputs) -> Iterator[Knowledge | Dropped]:
    """Yield what the text itself proves, chapter by chapter; a question with two answers is dropped with both."""
    made = [fact for chapter, found in _found(inputs) for fact in _worded(inputs, chapter, found)]
    answers: dict[str, set[str]] = defaultdict(set)
    for fact in made:
        for question in fact.questions:
            answers[question].add(fact.answer)
    told: set[tuple[str, str]] = set()
    for fact in made:
        if any(len(answers[question]) > 1 for question in fact.questions):
            yield Dropped(stage="knowledge", source=fact.id, reason="several_answers", detail=fact.questions[0])
        elif (fact.questions[0], fact.answer) in told:
            yield Dropped(stage="knowledge", source=fact.id, reason="duplicate", detail=fact.questions[0])
        else:
            told.add((fact.questions[0], fact.answer))
            yield fact


def _found(inputs: Inputs) -> Iterator[tuple[Chapter, list[Found]]]:
    """Yield the facts of each chapter, not yet worded."""
    book, cast = inputs.book, inputs.all(Character)
    quotations: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        quotations[quotation.chapter].append(quotation)
    summaries = {summary.chapter: summary for summary in inputs.all(Summary)}
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    names = Names(cast, language=book.language)
    known = {n for c in cast if c.kind == "person" and c.mentions > 1 for n in (c.name, *c.aliases)}
    terms = recurring_terms([chapter.text for chapter in chapters], names=known, language=book.language)
    people = people_facts(chapters, cast, names)
    whole = whole_facts(chapters, inputs.all(Quotation), cast, names=names)
    clauses, explained = (facts_zh, facts_terms_zh) if book.language == "zh" else (facts_en, facts_terms_en)
    told: dict[str, int] = defaultdict(int)
    best: dict[str, tuple[float, str, Found]] = {}
    collected: list[tuple[Chapter, list[Found]]] = []
    for chapter in chapters:
        own = quotations[chapter.id]
        pages = Pages(
            chapter,
            own,
            narration_sentences(chapter, own, language=book.language),
            speech_sentences(chapter, own, language=book.language),
        )
        found = [*_headed(chapter, summaries.get(chapter.id)), *people.get(chapter.id, []), *whole.get(chapter.id, [])]
        for term, fact in explained.term_facts(pages, terms, names=names, known=known):
            told[term] += 1
            if told[term] <= A_TERM:
                found.append(fact)
        found += clauses.clause_facts(pages, names)
        found += speech_facts(pages, names, terms)
        collected.append((chapter, _capped(distinct(found))))
        if book.language == "en":
            for term, weight, fact in facts_terms_en.telling_sentences(pages, terms, names=names, known=known):
                if term not in best or best[term][0] < weight:
                    best[term] = (weight, chapter.id, fact)
    for chapter, found in collected:
        found += [fact for term, (_, where, fact) in best.items() if where == chapter.id and not told[term]]
        yield chapter, found


def _capped(found: Sequence[Found]) -> list[Found]:
    counts: dict[str, int] = defaultdict(int)
    kept = []
    for fact in found:
        counts[fact.kind] += 1
        if counts[fact.kind] <= A_CHAPTER.get(fact.kind, 1000):
            kept.append(fact)
    return kept


def _headed(chapter: Chapter, summary: Summary | None) -> Iterator[Found]:
    """Yield what the heading asks for: the plot under it, and its title."""
    heading, title = " ".join(chapter.heading.split()), " ".join(chapter.title.split())
    if not heading:
        return
    if summary:
        numbers = tuple(int(paragraph.rsplit("-p", 1)[1]) for paragraph in summary.evidence)
        yield Found("plot", numbers, {"summary": summary.text.strip()})
    ordinal = heading.removesuffix(title).strip(" .:：、—-") if title else ""
    if ordinal and ordinal != heading and not BARE_NUMBER.match(ordinal):
        yield Found("title", (0,), {"ordinal": ordinal, "title": title})


def _worded(inputs: Inputs, chapter: Chapter, found: Sequence[Found]) -> Iterator[Knowledge]:
    wordings = WORDINGS[inputs.book.language]
    shared = {"book": inputs.book.title, "heading": " ".join(chapter.heading.split()) or inputs.book.title}
    for number, fact in enumerate(found, start=1):
        questions, answer, statement = wordings[fact.kind].fill({**shared, **fact.fields})
        yield Knowledge(
            id=f"{chapter.id}-k{number:03d}",
            chapter=chapter.id,
            angle=ANGLES[fact.kind],
            fact=statement,
            questions=questions,
            answer=answer,
            evidence=tuple(chapter.paragraph_id(paragraph) for paragraph in fact.paragraphs),
            known_from=chapter.id,
            engine="rules",
        )


class FactReply(BaseModel):
    """One fact in a reply: statement, questions, answer, numbers of the proving paragraphs."""

    model_config = ConfigDict(extra="ignore")
    fact: str = Field(min_length=4)
    questions: list[str] = Field(min_length=1)
    answer: str = Field(min_length=1)
    paragraphs: list[int] = Field(min_length=1)


class KnowledgeReply(BaseModel):
    """The reply to one angle of one chapter; a fact of the wrong shape costs itself, not the reply."""

    model_config = ConfigDict(extra="ignore")
    facts: list[dict[str, object]]


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    for chapter in inputs.all(Chapter):
        if chapter.kind == "front" or not chapter.paragraphs:
            continue
        facts = min(8, max(3, len(chapter.text) // 600))
        for angle in ASKED_ANGLES:
            yield Question(
                source=chapter.id,
                part=angle,
                chapter=chapter.id,
                content=render("ask", angle=angle, count=str(facts)),
                identity=chapter.text,
                expected_tokens=110 * facts,
                max_tokens=4000,
            )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    chapter = next(c for c in inputs.all(Chapter) if c.id == question.source)
    facts = parse_as(reply, KnowledgeReply).facts
    if not facts:
        raise ReplyError("The list of facts is empty. State at least one fact with its paragraphs.")
    made = [_record(question, chapter, item, number=number) for number, item in enumerate(facts, start=1)]
    if all(isinstance(record, Dropped) and record.reason == "no_fact" for record in made):
        raise ReplyError("No item has fact, questions, answer and paragraphs. Give each fact all four.")
    return made


def _record(question: Question, chapter: Chapter, item: dict[str, object], *, number: int) -> Record | Dropped:
    """Return one fact of a reply as a record, or why it is left out."""
    name = f"{chapter.id}-{question.part}-k{number:02d}"

    def dropped(reason: str, detail: str) -> Dropped:
        return Dropped(stage="knowledge", source=name, reason=reason, detail=detail[:200])

    try:
        fact = FactReply.model_validate(item)
    except ValidationError as error:
        return dropped("no_fact", ", ".join(str(fault["loc"][0]) for fault in error.errors(include_url=False)))
    if THIS_CHAPTER.search(fact.fact + "\n" + fact.answer):
        return dropped("names_this_chapter", fact.fact)
    asked = [question.strip() for question in fact.questions if question.strip()]
    kept = tuple(dict.fromkeys(q for q in asked if not THIS_CHAPTER.search(q)))
    if not kept:
        return dropped("names_this_chapter", fact.questions[0])
    paragraphs = [p for p in dict.fromkeys(fact.paragraphs) if 1 <= p <= len(chapter.paragraphs)]
    if not paragraphs:
        return dropped("no_evidence", str(fact.paragraphs))
    return Knowledge(
        id=name,
        chapter=chapter.id,
        angle=question.part,  # type: ignore[arg-type]
        fact=fact.fact.strip(),
        questions=kept,
        answer=fact.answer.strip(),
        evidence=tuple(chapter.paragraph_id(p) for p in paragraphs),
        known_from=chapter.id,
        engine="api",
    )


ASKING = Asking(questions=_questions, records=_records)
