"""Knowledge: facts of the book's world, each with several questions and the paragraphs that prove it.

By rules only what the text itself says: who speaks a line, who answers what, who does what (the subject of a
sentence asked for), what a term is (the sentence that defines it), other names, first appearances, titles, plots.
By model: four angles a chapter, with the evidence as paragraph numbers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from extractor.asking.replies import parse_as
from extractor.errors import ReplyError
from extractor.reading.sentences import Sentence, narration_sentences
from extractor.records import Chapter, Character, Dropped, Knowledge, Quotation, Record, Summary
from extractor.shaping.wordings import WORDINGS
from extractor.stage import Asking, Inputs, Question, Render

Angle = Literal["terms", "plot", "meaning", "depth", "people"]
ANGLES: tuple[Angle, ...] = ("terms", "plot", "meaning", "depth")
SAID_BY_A_CHAPTER, REPLIES_A_CHAPTER, DEEDS_A_CHAPTER = 4, 3, 6
SURE = 0.85
THIS_CHAPTER = re.compile(r"本章|本文|文中|上文|这一章|根据原文|该章|in this (?:chapter|passage)|the (?:text|passage) (?:says|above)")


class _Maker:
    """Numbers the facts of a chapter and fills their wordings."""

    def __init__(self, inputs: Inputs) -> None:
        self.book = inputs.book
        self.wordings = WORDINGS[inputs.book.language]
        self.counts: Counter[str] = Counter()

    def make(
        self, chapter: Chapter, angle: Angle, kind: str, evidence: Sequence[str], **fields: str
    ) -> Knowledge:
        self.counts[chapter.id] += 1
        questions, answer, fact = self.wordings[kind].fill(book=self.book.title, heading=_label(chapter), **fields)
        return Knowledge(
            id=f"{chapter.id}-k{self.counts[chapter.id]:03d}",
            chapter=chapter.id,
            angle=angle,
            fact=fact,
            questions=questions,
            answer=answer,
            evidence=tuple(evidence),
            known_from=chapter.id,
            engine="rules",
        )


def _label(chapter: Chapter) -> str:
    return " ".join(chapter.heading.split()) or chapter.id


def derive(inputs: Inputs) -> Iterator[Knowledge | Dropped]:
    """Yield what the text itself proves, chapter by chapter."""
    maker = _Maker(inputs)
    quotations: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        quotations[quotation.chapter].append(quotation)
    summaries = {summary.chapter: summary for summary in inputs.all(Summary)}
    cast = [character for character in inputs.all(Character) if character.kind == "person"]
    owners = {name: character.name for character in cast for name in (character.name, *character.aliases)}
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    firsts = _first_mentions(chapters, cast)
    seen_terms: set[str] = set()
    for chapter in chapters:
        sentences = narration_sentences(chapter, quotations[chapter.id], language=inputs.book.language)
        yield from _about_chapter(maker, chapter, summaries.get(chapter.id))
        yield from _people(maker, chapter, [c for c in cast if firsts.get(c.name, ("", 0))[0] == chapter.id], firsts)
        yield from _alias_facts(maker, chapter, cast, sentences)
        yield from _lines(maker, chapter, quotations[chapter.id])
        yield from _replies(maker, chapter, quotations[chapter.id])
        yield from _deeds(maker, chapter, sentences, owners)
        yield from _definitions(maker, chapter, sentences, seen_terms, novel=inputs)


def _about_chapter(maker: _Maker, chapter: Chapter, summary: Summary | None) -> Iterator[Knowledge]:
    if not chapter.heading:
        return
    if summary:
        yield maker.make(chapter, "plot", "plot", summary.evidence, summary=summary.text.strip())
    ordinal = chapter.heading.removesuffix(chapter.title).strip(" \t\u3000:.：、—-")
    if chapter.title and ordinal and ordinal != chapter.title:
        yield maker.make(chapter, "plot", "title", (chapter.paragraph_id(0),), ordinal=ordinal, title=chapter.title)


def _first_mentions(chapters: Sequence[Chapter], cast: Sequence[Character]) -> dict[str, tuple[str, int]]:
    """Return for each main name the chapter and offset of its first mention under a name that is its alone."""
    found: dict[str, tuple[str, int]] = {}
    for character in cast[:80]:
        names = [name for name in (character.name, *character.aliases) if len(name) > 1]
        for chapter in chapters:
            places = [place for name in names if (place := chapter.text.find(name)) >= 0]
            if places:
                found[character.name] = (chapter.id, min(places))
                break
    return found


def _people(
    maker: _Maker, chapter: Chapter, new: Sequence[Character], firsts: dict[str, tuple[str, int]]
) -> Iterator[Knowledge]:
    for character in new:
        if chapter.heading and character.mentions >= 5:
            place = chapter.paragraph_at(firsts[character.name][1])
            yield maker.make(
                chapter, "people", "first_appearance", (chapter.paragraph_id(place),), name=character.name
            )


def _alias_facts(
    maker: _Maker, chapter: Chapter, cast: Sequence[Character], sentences: Sequence[Sentence]
) -> Iterator[Knowledge]:
    """Say who an alias means, where both names stand in one paragraph of narration for the first time."""
    told = maker.counts
    for character in cast[:40]:
        for alias in character.aliases:
            key = f"alias {character.name} {alias}"
            if told[key] or len(alias) < 2 or alias in character.name or character.name in alias:
                continue
            both: dict[int, set[str]] = defaultdict(set)
            for sentence in sentences:
                both[sentence.paragraph] |= {name for name in (alias, character.name) if name in sentence.text}
            place = next((number for number, names in sorted(both.items()) if len(names) == 2), None)
            if place is not None:
                told[key] += 1
                evidence = (chapter.paragraph_id(place),)
                yield maker.make(chapter, "people", "who_is", evidence, alias=alias, name=character.name)


def _lines(maker: _Maker, chapter: Chapter, quotations: Sequence[Quotation]) -> Iterator[Knowledge]:
    sure = [
        q
        for q in quotations
        if q.kind == "speech" and q.type == "explicit" and q.speaker and q.confidence >= SURE and 10 <= len(q.text) <= 80
    ]
    longest = sorted(sure, key=lambda q: -len(q.text))[:SAID_BY_A_CHAPTER]
    for quotation in sorted(longest, key=lambda q: q.spans[0]):
        evidence = (chapter.paragraph_id(quotation.paragraph),)
        line = _one_line(quotation.text)
        yield maker.make(chapter, "meaning", "said_by", evidence, line=line, name=str(quotation.speaker))


def _replies(maker: _Maker, chapter: Chapter, quotations: Sequence[Quotation]) -> Iterator[Knowledge]:
    speech = [q for q in quotations if q.kind == "speech"]
    count = 0
    for first, second in zip(speech, speech[1:], strict=False):
        near = second.paragraph - first.paragraph <= 1
        sure = min(first.confidence, second.confidence) >= SURE
        people = first.speaker and second.speaker and first.speaker != second.speaker
        fits = first.text.rstrip().endswith(("？", "?")) and 6 <= len(first.text) <= 60 and 4 <= len(second.text) <= 120
        if near and sure and people and fits and count < REPLIES_A_CHAPTER:
            count += 1
            evidence = dict.fromkeys(chapter.paragraph_id(q.paragraph) for q in (first, second))
            yield maker.make(
                chapter,
                "meaning",
                "reply",
                tuple(evidence),
                asker=str(first.speaker),
                line=_one_line(first.text),
                name=str(second.speaker),
                reply=_one_line(second.text),
            )


DEED_ZH = re.compile(r"(?:将|把|从|在|用|给|向|对|替|拿|取|走|跑|跳|站|坐|推|拉|点|转|抬|低|伸|掏|接|递|举|放|打|挥|抱|背|摸|望|盯|救|杀|"
                     r"烧|写|读|吃|喝|住|开|关|回|来|去|进|出|上|下|离|带|送|找|见|听|看|想|知道|决定|成|做|当|被|让|叫|没)")
DEED_EN = re.compile(r"(?!(?:and|or|of|was|were|is|had|has|did|would|could|said|says|asked|replied|answered|who|whom)\b)"
                     r"[a-z]+(?:ed|ew|ok|ame|ent|aw|ook|ut|id|old|eft|ave|ose|ell|an|at|oke|ound|eld|elt|ept|ead|ought)\b")


def _deeds(
    maker: _Maker, chapter: Chapter, sentences: Sequence[Sentence], owners: dict[str, str]
) -> Iterator[Knowledge]:
    """Ask for the subject of sentences that begin with a name and name nobody else."""
    count = 0
    names = sorted(owners, key=len, reverse=True)
    language = maker.book.language
    for sentence in sentences:
        text = sentence.text.rstrip("。.！!？?…")
        name = next((n for n in names if text.startswith(n)), None)
        if name is None or count >= DEEDS_A_CHAPTER or text == sentence.text:
            continue
        deed = text[len(name) :]
        if language == "en":
            fits = deed.startswith(" ") and bool(DEED_EN.match(deed[1:])) and 4 <= len(deed.split()) <= 22
            deed = deed.strip()
        else:
            fits = bool(DEED_ZH.match(deed)) and 8 <= len(deed) <= 45
        if not fits or re.search("[“”「」‘’\"：:；;？?！!—]", deed) or any(n in deed for n in names if len(n) > 1):
            continue
        count += 1
        yield maker.make(
            chapter, "depth", "deed", (chapter.paragraph_id(sentence.paragraph),), deed=deed, name=owners[name]
        )


DEFINITION_ZH = re.compile(
    r"^(?:所谓的?|这)?[“「]?(?P<term>[\u4e00-\u9fff]{2,6})[”」]?(?:，)?(?:就是|乃是|便是|指的是|是)(?P<what>[一指专][^？！]{4,60})。$"
)
DEFINITION_EN = re.compile(
    r"^(?:The |A |An )?(?P<term>[A-Z][\w’'-]*(?: (?:of |the )?[A-Z][\w’'-]*){0,3}) (?:is|was|are|were) (?P<what>(?:an?|the) [^?!]{8,160})\.$"
)
NO_TERM = re.compile(r"^(?:他|她|它|我|你|这|那|其|此|不|只|都|也|还|又|但|可|而|就|却|说|如|谁|哪|什|今|昨|明|原来|He|She|It|They|This|That|There|I|You|We|What|His|Her)")


def _definitions(
    maker: _Maker, chapter: Chapter, sentences: Sequence[Sentence], seen: set[str], *, novel: Inputs
) -> Iterator[Knowledge]:
    """Take sentences that say what a recurring term is."""
    pattern = DEFINITION_ZH if maker.book.language == "zh" else DEFINITION_EN
    for sentence in sentences:
        match = pattern.match(sentence.text)
        if not match:
            continue
        term = match["term"]
        if term in seen or NO_TERM.match(term) or term.endswith(("的", "了", "着", "也", "都", "就")):
            continue
        if sum(c.text.count(term) for c in novel.all(Chapter)) < 3:
            continue
        seen.add(term)
        evidence = (chapter.paragraph_id(sentence.paragraph),)
        yield maker.make(chapter, "terms", "definition", evidence, term=term, sentence=sentence.text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


class FactReply(BaseModel):
    """One fact in a reply: statement, questions, answer, numbers of the proving paragraphs."""

    model_config = ConfigDict(extra="forbid")
    fact: str = Field(min_length=4)
    questions: list[str] = Field(min_length=1)
    answer: str = Field(min_length=1)
    paragraphs: list[int] = Field(min_length=1)


class KnowledgeReply(BaseModel):
    """The reply to one angle of one chapter."""

    model_config = ConfigDict(extra="forbid")
    facts: list[FactReply]


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    for chapter in inputs.all(Chapter):
        if chapter.kind == "front" or not chapter.paragraphs:
            continue
        facts = min(8, max(3, len(chapter.text) // 600))
        for angle in ANGLES:
            yield Question(
                source=chapter.id,
                part=angle,
                chapter=chapter.id,
                content=render(angle, count=str(facts)) + "\n\n" + render("format", count=str(facts)),
                identity=chapter.text,
                expected_tokens=110 * facts,
                max_tokens=4000,
            )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    chapter = next(c for c in inputs.all(Chapter) if c.id == question.source)
    kept: list[Record | Dropped] = []
    facts = parse_as(reply, KnowledgeReply).facts
    if not facts:
        raise ReplyError("The list of facts is empty. State at least one fact with its paragraphs.")
    for number, item in enumerate(facts, start=1):
        name = f"{chapter.id}-{question.part}-k{number:02d}"
        questions = tuple(q.strip() for q in item.questions if q.strip() and not THIS_CHAPTER.search(q))
        paragraphs = [p for p in item.paragraphs if 1 <= p <= len(chapter.paragraphs)]
        if not questions:
            kept.append(Dropped(stage="knowledge", source=name, reason="names_this_chapter", detail=item.questions[0]))
        elif not paragraphs:
            kept.append(Dropped(stage="knowledge", source=name, reason="no_evidence", detail=str(item.paragraphs)))
        else:
            kept.append(
                Knowledge(
                    id=name,
                    chapter=chapter.id,
                    angle=question.part,  # type: ignore[arg-type]
                    fact=item.fact.strip(),
                    questions=questions,
                    answer=item.answer.strip(),
                    evidence=tuple(chapter.paragraph_id(p) for p in dict.fromkeys(paragraphs)),
                    known_from=chapter.id,
                    engine="api",
                )
            )
    return kept


ASKING = Asking(questions=_questions, records=_records)
