"""conversations: scenes in, chats with one persona out: merged, alternating, opened by real narration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from extractor.book import Book
from extractor.records import Chapter, Character, Conversation, Dialogue, Dropped, Message, Utterance
from extractor.shaping.openings import Narration, find_opening, greet
from extractor.shaping.persona import choose_persona
from extractor.shaping.turns import normalise, weigh, windows
from extractor.shaping.viewpoint import STAGE, near_persona, segments, to_message
from extractor.stage import Inputs

CARD_TOKENS = 800


def derive(inputs: Inputs) -> Iterator[Conversation | Dropped]:
    """Turn each scene of the persona into conversations; every utterance ends in one or in a `Dropped`."""
    persona = choose_persona(inputs.book, inputs.all(Character))
    by_chapter: dict[str, list[Dialogue]] = defaultdict(list)
    for dialogue in inputs.all(Dialogue):
        by_chapter[dialogue.chapter].append(dialogue)
    for chapter in inputs.all(Chapter):
        dialogues = by_chapter.get(chapter.id, [])
        utterances = [utterance for dialogue in dialogues for utterance in dialogue.utterances]
        narration = Narration(chapter, utterances, language=inputs.book.language)
        for dialogue in dialogues:
            if persona is None:
                yield from _drop_all([u.quotation for u in dialogue.utterances], "no_persona")
            else:
                yield from see(dialogue, persona.name, book=inputs.book, chapter=chapter, narration=narration)


def see(
    dialogue: Dialogue, persona: str, *, book: Book, chapter: Chapter, narration: Narration
) -> Iterator[Conversation | Dropped]:
    """Yield the conversations of one scene in the eyes of `persona`, and what of it is left out."""
    number = 0
    for stretch in segments(dialogue, persona):
        if isinstance(stretch, Dropped):
            yield stretch
            continue
        silent = _silence(stretch, persona, thoughts=book.thoughts == "show")
        if silent:
            yield from silent
            continue
        for part in near_persona(stretch, persona, language=book.language):
            if isinstance(part, Dropped):
                yield part
                continue
            turns, dropped = _turns(part, dialogue, persona, book=book, chapter=chapter, narration=narration)
            yield from dropped
            for window in windows(turns, _budget(book)):
                fitting, too_long = fit(window, _budget(book))
                yield from _drop_all(too_long, "over_budget")
                if fitting:
                    number += 1
                    yield Conversation(
                        id=f"{dialogue.id}-w{number:02d}",
                        chapter=chapter.id,
                        dialogue=dialogue.id,
                        persona=persona,
                        messages=fitting,
                    )


def _turns(
    part: Sequence[Utterance], dialogue: Dialogue, persona: str, *, book: Book, chapter: Chapter, narration: Narration
) -> tuple[list[Message], list[Dropped]]:
    """Return the alternating turns of one stretch with what opens them, and what is left out."""
    turns, left_out = normalise(to_message(utterance, persona, chapter=chapter) for utterance in part)
    dropped = [drop for message in left_out for drop in _drop_all(message.quotations, "trailing_turn")]
    if turns and turns[0].role == "assistant":
        earlier = _until(dialogue.utterances, part[0])
        opening = _open(turns[0], book=book, chapter=chapter, narration=narration, earlier=earlier, persona=persona)
        if opening is None:
            dropped += _drop_all(turns[0].quotations, "no_opening")
            turns = turns[1:]
        else:
            turns.insert(0, opening)
    return turns, dropped


def fit(window: tuple[Message, ...], budget: int) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Cut the oldest lines of a single exchange until it fits; return it and the quotations that are left out.

    The exchange is empty where even the last line and the reply are too long together.
    """
    if len(window) > 2 or sum(map(weigh, window)) <= budget:
        return window, ()
    user, assistant = window
    lines = user.content.split("\n")
    if len(lines) == len(user.names) == len(user.quotations) == len(user.novel_spans):
        for cut in range(1, len(lines)):
            rest = user.model_copy(
                update={
                    "content": "\n".join(lines[cut:]),
                    "names": user.names[cut:],
                    "quotations": user.quotations[cut:],
                    "novel_spans": user.novel_spans[cut:],
                }
            )
            if weigh(rest) + weigh(assistant) <= budget:
                return (rest, assistant), user.quotations[:cut]
    return (), user.quotations + assistant.quotations


def _open(
    first: Message,
    *,
    book: Book,
    chapter: Chapter,
    narration: Narration,
    earlier: Sequence[Utterance],
    persona: str,
) -> Message | None:
    if book.greetings:
        return greet(book.greetings, first.quotations[0])
    return find_opening(first, narration=narration, chapter=chapter, earlier=earlier, persona=persona)


def _silence(stretch: Sequence[Utterance], persona: str, *, thoughts: bool) -> list[Dropped]:
    """Return a stretch as dropped where the persona neither speaks nor, if thoughts are shown, thinks."""
    speaks = any(utterance.speaker == persona and utterance.kind != "thought" for utterance in stretch)
    thinks = any(utterance.speaker == persona and utterance.kind == "thought" for utterance in stretch)
    if speaks or (thinks and thoughts):
        return []
    return [
        dropped
        for utterance in stretch
        for dropped in _drop_all(
            [utterance.quotation], "thought_only" if utterance.kind == "thought" else "persona_silent"
        )
    ]


def _until(utterances: Sequence[Utterance], stop: Utterance) -> list[Utterance]:
    earlier: list[Utterance] = []
    for utterance in utterances:
        if utterance.quotation == stop.quotation:
            break
        earlier.append(utterance)
    return earlier


def _budget(book: Book) -> int:
    """Return the tokens left for turns when the role card has had its share."""
    return book.max_tokens - min(CARD_TOKENS, book.max_tokens // 3)


def _drop_all(quotations: Sequence[str], reason: str) -> Iterator[Dropped]:
    for quotation in quotations:
        yield Dropped(stage=STAGE, source=quotation, reason=reason)
