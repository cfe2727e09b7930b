"""A scene through the eyes of the persona: which lines are its own, which are said to it, which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extractor.records import Chapter, Dialogue, Dropped, Message, Span, Utterance
from extractor.shaping.lengths import is_blank

STAGE = "conversations"
SURE = 0.5
EARSHOT = 6
SILENCE = {"zh": 180, "en": 540}
NEAR_PARAGRAPHS = 2


def segments(dialogue: Dialogue, persona: str) -> Iterator[list[Utterance] | Dropped]:
    """Yield the stretches of a scene in which every speaker is known well enough, and what is left out.

    A line that may or may not be the persona's ends a stretch: what follows cannot be taken as its context. A line
    of nobody counts as another's only next to a sure line of the persona in another paragraph (people take turns),
    or where it is addressed to the persona.
    """
    said = [utterance for utterance in dialogue.utterances if not is_blank(utterance.text)]
    speech = [utterance for utterance in said if utterance.kind != "thought"]
    place = {utterance.quotation: index for index, utterance in enumerate(speech)}
    stretch: list[Utterance] = []
    for utterance in dialogue.utterances:
        if is_blank(utterance.text):
            yield _drop(utterance, "empty")
            continue
        reason = _doubt(utterance, persona, speech=speech, place=place)
        if not reason:
            stretch.append(utterance)
            continue
        yield _drop(utterance, reason)
        if utterance.kind != "thought" and stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def near_persona(
    stretch: Sequence[Utterance], persona: str, *, language: str = "zh"
) -> Iterator[list[Utterance] | Dropped]:
    """Cut a stretch so that each reply stands behind what it answers, and drop what others say among themselves.

    It is cut where about 180 characters of narration (540 in English) stand between two lines, and where others talk
    for more than 6 lines: the last 6 before a reply stay with it.
    """
    for near in _cut_at_silence(stretch, SILENCE.get(language, SILENCE["zh"])):
        part: list[Utterance] = []
        aside: list[Utterance] = []
        for utterance in near:
            aside.append(utterance)
            if utterance.speaker != persona:
                continue
            if len(aside) > EARSHOT + 1:
                if part:
                    yield part
                yield from (_drop(other, "aside") for other in aside[: -EARSHOT - 1])
                part = []
            part += aside[-EARSHOT - 1 :]
            aside = []
        if part:
            yield [*part, *aside]
        else:
            yield from (_drop(other, "aside") for other in aside)


def _cut_at_silence(stretch: Sequence[Utterance], limit: int) -> Iterator[list[Utterance]]:
    near: list[Utterance] = []
    for utterance in stretch:
        if near and utterance.spans[0][0] - near[-1].spans[-1][1] > limit:
            yield near
            near = []
        near.append(utterance)
    if near:
        yield near


def to_message(utterance: Utterance, persona: str, *, chapter: Chapter) -> Message:
    """Return an utterance as a turn of its own: the persona is the assistant, everyone else the user."""
    spans = shift(utterance.spans, chapter.start)
    text = _one_line(utterance.text)
    if utterance.kind == "thought":
        return Message(
            role="assistant", content="", quotations=(utterance.quotation,), thought=text, thought_spans=spans
        )
    return Message(
        role="assistant" if utterance.speaker == persona else "user",
        content=text,
        names=(utterance.speaker or "",),
        quotations=(utterance.quotation,),
        novel_spans=spans,
    )


def shift(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    """Move spans from counting in a chapter to counting in the novel."""
    return tuple((start + by, end + by) for start, end in spans)


def _doubt(utterance: Utterance, persona: str, *, speech: Sequence[Utterance], place: dict[str, int]) -> str:
    """Return why an utterance cannot be used, empty if it can."""
    if utterance.kind == "thought" and utterance.speaker not in (persona, None):
        return "thought_of_other"
    if utterance.speaker == persona:
        return "" if utterance.confidence >= SURE else "speaker_unsure"
    if utterance.speaker is not None or persona in utterance.addressees:
        return ""
    if utterance.kind == "thought":
        return "speaker_unknown"
    index = place[utterance.quotation]
    neighbours = [*speech[max(0, index - 1) : index], *speech[index + 1 : index + 2]]
    for neighbour in neighbours:
        apart = abs(neighbour.paragraph - utterance.paragraph)
        if neighbour.speaker == persona and neighbour.confidence >= SURE and 0 < apart <= NEAR_PARAGRAPHS:
            return ""
    return "speaker_unknown"


def _one_line(text: str) -> str:
    """Put a text on one line; a turn's line breaks stand between utterances only."""
    if "\n" not in text and "\r" not in text:
        return text.strip()
    parts = [part.strip() for part in text.splitlines()]
    joint = " " if any("a" <= character.lower() <= "z" for character in text[:200]) else ""
    return joint.join(filter(None, parts))


def _drop(utterance: Utterance, reason: str) -> Dropped:
    return Dropped(stage=STAGE, source=utterance.quotation, reason=reason, detail=utterance.text[:80])
