"""dialogues: quotations in, scenes out: who says what to whom, and where a scene begins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

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
from extractor.shaping.view import number_quotations
from extractor.stage import Asking, Inputs, Question, Render

STAGE = "dialogues"
MODEL_CONFIDENCE = 0.9
ASKED_BELOW = 0.9
TOKENS_PER_LABEL = 4
AGREED_CONFIDENCE = 0.97
NOBODY = {"", "?", "？", "0", "none", "null", "unknown", "未知", "无"}
ITEM = re.compile(
    r"[#\[]?(?P<number>\d{1,6})[:=\]]?(?P<who>-|[^\s\d>*|-][^\s>*|]*)(?P<thought>\*?)(?:>(?P<to>[^\s|]+))?"
)
SHOWN_FAULTS = 5
LONGEST_NAME = 40
SOME_NAME = re.compile(r"[A-Za-z]{2}|[^\W\d_A-Za-z]")
NOT_IN_NAMES = frozenset('，。！？；：、“”‘’「」『』…,!?;:"<>[]{}\n/')
PRONOUNS = frozenset(
    "我 你 您 他 她 它 咱 俺 自己 对方 我们 你们 他们 她们 它们 咱们 大家 众人 有人 某人 谁 旁人 别人 "
    "i me you he him she her it we us they them himself herself everyone everybody someone somebody one".split()
)


def _read_lines(value: object) -> object:
    """Take the lines also as a list of items, or as an object of numbers."""
    if isinstance(value, dict):
        value = [f"{number}{letter}" for number, letter in value.items()]
    return " ".join(map(str, value)) if isinstance(value, list) else value


class LabelReply(BaseModel):
    """The model's reply for one chapter: a letter for each speaker, and an item of `ITEM` for each quotation.

    `lines` is like `1A 2B 3A>C 4A* | 57B 9A>? 12? 58-`; numbers are those of `number_quotations`.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    who: dict[str, str]
    lines: Annotated[str, BeforeValidator(_read_lines)]


@dataclass(frozen=True)
class Label:
    """What a reply says of one quotation; `to` None where it leaves the listener to the order of turns."""

    who: str
    to: tuple[str, ...] | None = None
    kind: QuotationKind = "speech"


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
    for quotation in quotations:
        if quotation.kind == "other":
            yield Dropped(stage=STAGE, source=quotation.id, reason="not_speech", detail=quotation.text[:80])
    for number, scene in enumerate(_scenes(quotations, starts), start=1):
        yield Dialogue(
            id=f"{chapter.id}-d{number:02d}",
            chapter=chapter.id,
            paragraphs=(scene[0].paragraph, max(last_paragraph(chapter, quotation) for quotation in scene)),
            utterances=tuple(_utterance(quotation) for quotation in scene),
            engine=engine,
        )


def to_messages(
    chapter: Chapter, quotations: Sequence[Quotation], *, asked: Sequence[Quotation], render: Render
) -> str:
    """Return the last user turn of the talk about a chapter: which of its quotations to label.

    The chapter itself stands in the first turn of the talk (`number_text`), the rules in its system message.
    """
    if len(asked) == len(quotations):
        return render("ask", count=str(len(asked)))
    numbers = number_quotations(chapter, quotations)
    return render("some", numbers=_ranges([numbers[quotation.id] for quotation in asked]), count=str(len(asked)))


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
    its reason. A name that the cast lacks and the chapter has becomes a speaker as written, one that neither has
    leaves the speaker None; both are kept in a `Dropped` (`proposed_character`, `unknown_character`).

    Raises:
        ReplyError: no label can be used although some were asked for, or most name quotations that do not exist.
    """
    quotations = sorted(quotations, key=lambda quotation: quotation.spans[0])
    by_number = {number: name for name, number in number_quotations(chapter, quotations).items()}
    labels, faults, starts = _read(reply, chapter, by_number)
    wanted = len(quotations)
    if wanted and len(faults) > len(labels):
        wrong = ", ".join(dict.fromkeys(fault.detail for fault in faults[:SHOWN_FAULTS]))
        raise ReplyError(
            f"{chapter.id}: {len(faults)} items of lines name no quotation of the chapter or one twice ({wrong}), "
            f"{len(labels)} of {wanted} quotations are labelled. Write each number once, as the text has it."
        )
    if wanted and not labels:
        raise ReplyError(f"{chapter.id}: lines labels none of {wanted} quotations. Write items such as 1A 2B.")
    yield from faults
    names = _Names(chapter, cast, offered=reply.who.values())
    labelled = [names.apply(q, labels[q.id]) if q.id in labels else q for q in quotations]
    yield from names.dropped
    said = [quotation for quotation in labelled if quotation.kind != "other"]
    starts |= hard_starts(chapter, said) if "|" in reply.lines else scene_starts(chapter, said, language=language)
    silent = {name for name, label in labels.items() if label.to is None}
    yield from assemble(chapter, _addressed(labelled, starts, silent=silent), starts=starts, engine="api")


def _read(
    reply: LabelReply, chapter: Chapter, by_number: Mapping[int, str]
) -> tuple[dict[str, Label], list[Dropped], set[str]]:
    """Return what the reply says of each quotation, the items that say nothing, and which quotations open a scene."""
    letters = {letter.strip(): name for letter, name in reply.who.items()}
    labels: dict[str, Label] = {}
    faults: list[Dropped] = []
    starts: set[str] = set()
    border = True
    lines = reply.lines.replace("|", " | ").replace(",", " ")
    for text in lines.replace(" >", ">").replace("> ", ">").replace(" *", "*").split():
        item = ITEM.fullmatch(text)
        quotation = by_number.get(int(item["number"])) if item else None
        reason = "label_unreadable" if item is None else "label_not_asked" if quotation is None else ""
        if text == "|":
            border = True
        elif item is None or quotation is None:
            faults.append(Dropped(stage=STAGE, source=chapter.id, reason=reason, detail=text[:80]))
        elif quotation in labels:
            if labels[quotation] != _label(item, letters):
                faults.append(Dropped(stage=STAGE, source=quotation, reason="label_twice", detail=text[:80]))
        else:
            labels[quotation] = _label(item, letters)
            if border:
                starts.add(quotation)
            border = False
    return labels, faults, starts


def _label(item: re.Match[str], letters: Mapping[str, str]) -> Label:
    """Return what one item says; a letter that stands for nobody is left as it is."""
    who, to = item["who"], item["to"]
    if who == "-":
        return Label(who="", to=(), kind="other")
    listeners: tuple[str, ...] | None = None
    if to is not None:
        one_each = to not in letters and all(letter in letters for letter in to)
        listeners = tuple(letters.get(name, name) for name in (to if one_each else to.split("+")))
    return Label(who=letters.get(who, who), to=listeners, kind="thought" if item["thought"] else "speech")


def _scenes(quotations: Sequence[Quotation], starts: Collection[str]) -> list[list[Quotation]]:
    """Cut what is said or thought into scenes; a start that nobody says opens one with the next words."""
    scenes: list[list[Quotation]] = []
    pending = True
    for quotation in quotations:
        pending = pending or quotation.id in starts
        if quotation.kind == "other":
            continue
        if pending:
            scenes.append([])
            pending = False
        scenes[-1].append(quotation)
    return scenes


def _addressed(quotations: Sequence[Quotation], starts: Collection[str], *, silent: Collection[str]) -> list[Quotation]:
    """Return the quotations; words of `silent` are said to the other person who spoke last in the scene, or next."""
    found: dict[str, Quotation] = {}
    for scene in _scenes(quotations, starts):
        lines = [quotation for quotation in scene if quotation.kind == "speech"]
        others = list(zip(_others_before(lines), reversed(_others_before(lines[::-1])), strict=True))
        for quotation, (before, after) in zip(lines, others, strict=True):
            if quotation.id in silent:
                to = before or after
                found[quotation.id] = quotation.model_copy(update={"addressees": (to,) if to else ()})
    return [found.get(quotation.id, quotation) for quotation in quotations]


def _others_before(lines: Sequence[Quotation]) -> list[str | None]:
    """Return for each line who else spoke last before it."""
    last: str | None = None
    other: str | None = None
    found: list[str | None] = []
    for line in lines:
        found.append(other if line.speaker == last else last)
        if line.speaker and line.speaker != last:
            last, other = line.speaker, last
    return found


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


class _Names:
    """Who is meant by the names in a reply about one chapter; collects those that the cast lacks."""

    def __init__(self, chapter: Chapter, cast: Sequence[Character], *, offered: Iterable[str]) -> None:
        self.dropped: list[Dropped] = []
        self._offered = {name.strip() for name in offered}
        self._text = chapter.text
        self._known = _by_name(cast)

    def apply(self, quotation: Quotation, label: Label) -> Quotation:
        """Return the quotation with the label on it."""
        speaker = self._resolve(label.who, quotation.id)
        agreed = speaker == quotation.speaker
        confidence = max(AGREED_CONFIDENCE, quotation.confidence) if agreed else MODEL_CONFIDENCE
        named = [self._resolve(name, quotation.id) for name in label.to or ()]
        addressees = tuple(dict.fromkeys(name for name in named if name and name != speaker))
        changes = {
            "speaker": speaker,
            "addressees": addressees,
            "kind": label.kind,
            "confidence": confidence if speaker else 0.0,
        }
        return quotation.model_copy(update=changes)

    def _resolve(self, mention: str, quotation: str) -> str | None:
        name = mention.strip()
        if name.lower() in NOBODY:
            return None
        if name in self._known:
            return self._known[name]
        proposed = name in self._offered and self._stands_in_the_text(name)
        reason = "proposed_character" if proposed else "unknown_character"
        self.dropped.append(Dropped(stage=STAGE, source=quotation, reason=reason, detail=name[:80]))
        return name if proposed else None

    def _stands_in_the_text(self, name: str) -> bool:
        """Tell whether a name is one: short, no pronoun, and in the chapter word for word."""
        if len(name) > LONGEST_NAME or name.lower() in PRONOUNS or not SOME_NAME.search(name):
            return False
        if any(mark in name for mark in NOT_IN_NAMES):
            return False
        border = r"(?<![A-Za-z])" if name[0].isascii() else ""
        end = r"(?![A-Za-z])" if name[-1].isascii() else ""
        return re.search(border + re.escape(name) + end, self._text) is not None


def _by_name(cast: Sequence[Character]) -> dict[str, str]:
    known: dict[str, str] = {}
    for character in cast:
        known.setdefault(character.name, character.name)
    for character in cast:
        for alias in character.aliases:
            known.setdefault(alias, character.name)
    return known


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
                content=to_messages(chapter, by_chapter[chapter.id], asked=asked, render=render),
                identity=f"{chapter.text}\n{[quotation.spans for quotation in by_chapter[chapter.id]]}",
                expected_tokens=60 + TOKENS_PER_LABEL * len(asked),
                max_tokens=1000 + 8 * TOKENS_PER_LABEL * len(asked),
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
