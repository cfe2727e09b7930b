"""dialogues: quotations in, scenes out: who says what to whom, and where a scene begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from extractor.asking.replies import parse_as
from extractor.errors import ReplyError
from extractor.records import (
    Chapter,
    Character,
    Dialogue,
    Dropped,
    Engine,
    Quotation,
    QuotationKind,
    Record,
    Utterance,
)
from extractor.shaping.scenes import hard_starts, last_paragraph, scene_starts
from extractor.shaping.view import quotation_number
from extractor.stage import Asking, Inputs, Question, Render

STAGE = "dialogues"
MODEL_CONFIDENCE = 0.9
ASKED_BELOW = 0.9
TOKENS_PER_LABEL = 20
AGREED_CONFIDENCE = 0.97
NOBODY = {"", "?", "？", "0", "none", "null", "unknown", "未知", "无"}


class Label(BaseModel):
    """What the model says of one quotation; `who` and `to` are names of the cast."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: int
    who: str | int | None = None
    to: tuple[str | int, ...] = ()
    kind: QuotationKind = "speech"


class LabelReply(BaseModel):
    """The model's reply for one chapter; `scenes` holds the first quotation number of each scene."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    labels: tuple[Label, ...]
    scenes: tuple[int, ...] = Field(default=())


def derive(inputs: Inputs) -> Iterator[Dialogue | Dropped]:
    """Group the quotations of each chapter into scenes, with the speakers that the rules guessed."""
    by_chapter = _by_chapter(inputs)
    for chapter in inputs.all(Chapter):
        quotations = by_chapter.get(chapter.id, [])
        said = [quotation for quotation in quotations if quotation.kind != "other"]
        starts = scene_starts(chapter, said, language=inputs.book.language)
        yield from assemble(chapter, quotations, starts=starts, engine="rules")


def assemble(
    chapter: Chapter, quotations: Sequence[Quotation], *, starts: Collection[str], engine: Engine
) -> Iterator[Dialogue | Dropped]:
    """Yield one dialogue for each scene; `starts` are the ids that open one, `other` quotations are dropped."""
    scenes: list[list[Quotation]] = []
    pending = True
    for quotation in quotations:
        pending = pending or quotation.id in starts
        if quotation.kind == "other":
            yield Dropped(stage=STAGE, source=quotation.id, reason="not_speech", detail=quotation.text[:80])
            continue
        if pending:
            scenes.append([])
            pending = False
        scenes[-1].append(quotation)
    for number, scene in enumerate(scenes, start=1):
        yield Dialogue(
            id=f"{chapter.id}-d{number:02d}",
            chapter=chapter.id,
            paragraphs=(scene[0].paragraph, max(last_paragraph(chapter, quotation) for quotation in scene)),
            utterances=tuple(_utterance(quotation) for quotation in scene),
            engine=engine,
        )


def to_messages(quotations: Sequence[Quotation], *, render: Render) -> str:
    """Return the last user turn of the talk about a chapter: which quotations to label.

    The chapter itself stands in the first turn of the talk (`number_text`).
    """
    return render(
        "ask",
        numbers=_ranges([quotation_number(quotation.id) for quotation in quotations]),
        count=str(len(quotations)),
    )


def to_records(
    reply: LabelReply,
    chapter: Chapter,
    quotations: Sequence[Quotation],
    *,
    cast: Sequence[Character],
    language: Literal["zh", "en"] = "zh",
) -> Iterator[Dialogue | Dropped]:
    """Yield the dialogues of a chapter as the model labelled it; what it skipped keeps the rules' guess.

    `quotations` are all of the chapter. A label for a quotation that does not exist, or a second one, is dropped with
    its reason; an unknown name leaves the speaker None and is kept in a `Dropped`.

    Raises:
        ReplyError: no label can be used although some were asked for, or most name quotations that do not exist.
    """
    quotations = sorted(quotations, key=lambda quotation: quotation.spans[0])
    by_number = {quotation_number(quotation.id): quotation for quotation in quotations}
    labels: dict[str, Label] = {}
    faults: list[Dropped] = []
    for label in reply.labels:
        quotation = by_number.get(label.q)
        source = f"{chapter.id}-q{label.q:03d}"
        if quotation is None:
            faults.append(Dropped(stage=STAGE, source=source, reason="label_not_asked"))
        elif quotation.id in labels:
            if labels[quotation.id] != label:
                faults.append(Dropped(stage=STAGE, source=source, reason="label_twice", detail=f"who {label.who}"))
        else:
            labels[quotation.id] = label
    wanted = len(quotations)
    if wanted and len(faults) > len(labels):
        raise ReplyError(
            f"{chapter.id}: {len(faults)} of {len(reply.labels)} labels name quotations that were not asked for or "
            f"come twice, {len(labels)} of {wanted} can be used. The chapter is asked again."
        )
    if wanted and not labels:
        raise ReplyError(f"{chapter.id}: the reply labels none of {wanted} quotations. The chapter is asked again.")
    yield from faults
    known = _by_name(cast)
    labelled: list[Quotation] = []
    for quotation in quotations:
        if quotation.id in labels:
            quotation, dropped = _apply(quotation, labels[quotation.id], known=known)
            yield from dropped
        labelled.append(quotation)
    starts = {by_number[number].id for number in reply.scenes if number in by_number}
    said = [quotation for quotation in labelled if quotation.kind != "other"]
    starts |= hard_starts(chapter, said) if starts else scene_starts(chapter, said, language=language)
    yield from assemble(chapter, labelled, starts=starts, engine="api")


def _utterance(quotation: Quotation) -> Utterance:
    return Utterance(
        quotation=quotation.id,
        kind=quotation.kind,
        speaker=quotation.speaker,
        addressees=quotation.addressees,
        text=quotation.text,
        spans=quotation.spans,
        paragraph=quotation.paragraph,
        confidence=quotation.confidence,
    )


def _apply(quotation: Quotation, label: Label, *, known: dict[str, str]) -> tuple[Quotation, list[Dropped]]:
    """Return the quotation with the label on it, and the names that mean nobody."""
    dropped: list[Dropped] = []

    def resolve(mention: str | int | None) -> str | None:
        name = "" if mention is None else str(mention).strip()
        if name.lower() in NOBODY:
            return None
        if name in known:
            return known[name]
        dropped.append(Dropped(stage=STAGE, source=quotation.id, reason="unknown_character", detail=name[:80]))
        return None

    speaker = resolve(label.who)
    addressees = tuple(dict.fromkeys(name for name in map(resolve, label.to) if name and name != speaker))
    if speaker is None:
        confidence = 0.0
    elif speaker == quotation.speaker:
        confidence = max(AGREED_CONFIDENCE, quotation.confidence)
    else:
        confidence = MODEL_CONFIDENCE
    changes = {"speaker": speaker, "addressees": addressees, "kind": label.kind, "confidence": confidence}
    return quotation.model_copy(update=changes), dropped


def _by_name(cast: Sequence[Character]) -> dict[str, str]:
    known: dict[str, str] = {}
    for character in cast:
        known.setdefault(character.name, character.name)
    for character in cast:
        for alias in character.aliases:
            known.setdefault(alias, character.name)
    return known


def _names(character: Character) -> str:
    return " / ".join((character.name, *character.aliases[:6]))


def _ranges(numbers: Sequence[int]) -> str:
    """Write numbers shortly: `1-4, 7, 9-12`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


@lru_cache(maxsize=1)
def _by_chapter(inputs: Inputs) -> dict[str, list[Quotation]]:
    """Return the quotations of each chapter in reading order."""
    found: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        found[quotation.chapter].append(quotation)
    for quotations in found.values():
        quotations.sort(key=lambda quotation: quotation.spans[0])
    return dict(found)


@lru_cache(maxsize=1)
def _chapters(inputs: Inputs) -> dict[str, Chapter]:
    return {chapter.id: chapter for chapter in inputs.all(Chapter)}


def _asked(quotations: Sequence[Quotation], attribution: str) -> list[Quotation]:
    """Return which quotations the model labels: all, or with `hybrid` those of which the rules are not sure."""
    if attribution == "model":
        return list(quotations)
    return [quotation for quotation in quotations if quotation.confidence < ASKED_BELOW] or list(quotations[:1])


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    if inputs.book.attribution == "rules":
        return
    by_chapter = _by_chapter(inputs)
    for chapter in inputs.all(Chapter):
        asked = _asked(by_chapter.get(chapter.id, []), inputs.book.attribution)
        if asked:
            yield Question(
                source=chapter.id,
                part="labels",
                chapter=chapter.id,
                content=to_messages(asked, render=render),
                identity=f"{chapter.text}\n{[quotation.spans for quotation in by_chapter[chapter.id]]}",
                expected_tokens=60 + TOKENS_PER_LABEL * len(asked),
                max_tokens=1000 + 3 * TOKENS_PER_LABEL * len(asked),
            )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    quotations = _by_chapter(inputs).get(question.source, [])
    return list(
        to_records(
            parse_as(reply, LabelReply),
            _chapters(inputs)[question.source],
            quotations,
            cast=inputs.all(Character),
            language=inputs.book.language,
        )
    )


ASKING = Asking(questions=_questions, records=_records)
