"""preferences: the persona's real lines as chosen, a plain answer of the same length as rejected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import inf

from pydantic import BaseModel, ConfigDict

from extractor.asking.replies import parse_as
from extractor.errors import ReplyError
from extractor.records import Chapter, Conversation, Dialogue, Dropped, Engine, Message, Preference, Record
from extractor.shaping.contrast import Answer, Contrast, collect_answers
from extractor.shaping.lengths import bare, estimate_tokens, is_blank
from extractor.shaping.madness import mad_threshold, madness
from extractor.shaping.split import Split, split_chapters
from extractor.stage import Asking, Inputs, Question, Render

STAGE = "preferences"
HISTORY_TURNS = 6
SHORTEST_LINE = 2
PAIRS_PER_MAD_LINE = 2
PROMPTS_PER_CALL = 8
SHOWN_HISTORY = 2
SHOWN_TOKENS = 80
UNASKED = "unasked"
ASSISTANT_PHRASES = ("作为一个AI", "作为AI", "作为人工智能", "语言模型", "as an AI", "language model")


@dataclass(frozen=True)
class Candidate:
    """A pair that still wants its rejected side: a real prompt and the persona's real answer."""

    id: str
    chapter: str
    persona: str
    category: str
    prompt: tuple[Message, ...]
    chosen: Message

    def against(self, rejected: Message, *, number: int, engine: Engine) -> Preference:
        """Return the pair with its rejected side."""
        return Preference(
            id=f"{self.id}-p{number}",
            chapter=self.chapter,
            persona=self.persona,
            category=self.category,
            prompt=self.prompt,
            chosen=self.chosen,
            rejected=rejected,
            origin="gold",
            engine=engine,
        )


class PlainAnswer(BaseModel):
    """One answer as a normal person would give it; `n` is the number that was asked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    n: int
    text: str


class ContrastReply(BaseModel):
    """The model's reply to one call: an answer for each numbered prompt."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    answers: tuple[PlainAnswer, ...]


def derive(inputs: Inputs) -> Iterator[Preference | Dropped]:
    """Pair each real line with what somebody else said to a similar prompt; mad lines get two pairs."""
    chapters, conversations = inputs.all(Chapter), inputs.all(Conversation)
    splits = split_chapters(chapters, {conversation.chapter for conversation in conversations})
    persona = conversations[0].persona if conversations else ""
    own = {bare(message.content) for c in conversations for message in c.messages if message.role == "assistant"}
    starts = {chapter.id: chapter.start for chapter in chapters}
    pools: dict[Split, list[Answer]] = defaultdict(list)
    for answer in collect_answers(inputs.all(Dialogue), starts, without=persona):
        pools[splits[answer.chapter]].append(answer)
    finders = {split: Contrast(pool, never=own) for split, pool in pools.items()}
    for candidate in candidates(inputs):
        if isinstance(candidate, Dropped):
            yield candidate
            continue
        finder = finders.get(splits[candidate.chapter])
        found = _contrasts(candidate, finder) if finder else []
        for number, answer in enumerate(found, start=1):
            yield candidate.against(answer.as_message(), number=number, engine="rules")
        if not found:
            yield Dropped(stage=STAGE, source=candidate.id, reason="no_contrast", detail=candidate.chosen.content[:80])


def candidates(inputs: Inputs) -> Iterator[Candidate | Dropped]:
    """Yield every reply of the persona with its real history, mad ones marked as such, or why it makes no pair.

    A line is mad when it sounds madder than 85 % of what the other speakers of the book say.
    """
    conversations = inputs.all(Conversation)
    threshold = mad_threshold(
        message.content
        for conversation in conversations
        for message in conversation.messages
        if message.role == "user" and message.names
    )
    for conversation in conversations:
        for index, message in enumerate(conversation.messages):
            if message.role != "assistant":
                continue
            source = f"{conversation.id}-m{index + 1:02d}"
            if len(message.content) < SHORTEST_LINE:
                reason = "too_short" if message.content else "thought_only"
                yield Dropped(stage=STAGE, source=source, reason=reason, detail=message.content)
                continue
            yield Candidate(
                id=source,
                chapter=conversation.chapter,
                persona=conversation.persona,
                category="mad" if madness(message.content) > threshold else "scene",
                prompt=_history(conversation.messages[:index], inputs.book.max_tokens // 2),
                chosen=_without_thought(message),
            )


def batches(found: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Cut candidates into the groups that are asked together: at most 8, never over the border of a chapter.

    So a line that comes or goes in one chapter leaves what was asked about all others as it is.
    """
    for _, group in groupby(found, key=lambda candidate: candidate.chapter):
        own = list(group)
        for start in range(0, len(own), PROMPTS_PER_CALL):
            yield tuple(own[start : start + PROMPTS_PER_CALL])


def to_messages(batch: Sequence[Candidate], *, render: Render) -> str:
    """Return the user turn that asks for a plain answer to each prompt of the batch.

    The real answer is not shown, only how long the plain one should be.
    """
    items = [f"#{number} {_asked(candidate)}" for number, candidate in enumerate(batch, start=1)]
    persona = batch[0].persona if batch else ""
    return render("ask", items="\n".join(items), count=str(len(batch)), persona=persona)


def _asked(candidate: Candidate) -> str:
    """Return what a plain answer depends on: how long it should be, and the last lines before it."""
    lines = [line for message in candidate.prompt[-SHOWN_HISTORY:] for line in _lines(message, candidate)]
    shown: list[str] = []
    spent = 0
    for line in reversed(lines):
        spent += estimate_tokens(line)
        if shown and spent > SHOWN_TOKENS:
            break
        shown.append(line)
    size = len(candidate.chosen.content)
    return "\n".join([f"{max(2, size * 3 // 4)}-{max(4, size * 5 // 4)}", *reversed(shown)])


def _identity(candidate: Candidate) -> str:
    """Return what would make a plain answer another one: the words and the length, not by which names people go."""
    words = [message.content for message in candidate.prompt[-SHOWN_HISTORY:]]
    return "\n".join([str(len(candidate.chosen.content)), *words])


def to_records(reply: ContrastReply, batch: Sequence[Candidate]) -> Iterator[Preference | Dropped]:
    """Yield the pairs of one call; an answer that cannot be a rejected side is dropped with its reason.

    Raises:
        ReplyError: no answer has a number that was asked.
    """
    answers: dict[int, str] = {}
    for answer in reply.answers:
        if 1 <= answer.n <= len(batch):
            answers.setdefault(answer.n, answer.text.strip())
    if batch and not answers:
        raise ReplyError(
            f"{batch[0].id}: none of {len(reply.answers)} answers has a number from 1 to {len(batch)}. They are asked "
            f"again."
        )
    for number, candidate in enumerate(batch, start=1):
        text = answers.get(number)
        reason = "no_answer" if text is None else _unfit(text, candidate.chosen.content)
        if reason or text is None:
            yield Dropped(stage=STAGE, source=candidate.id, reason=reason, detail=(text or "")[:80])
        else:
            yield candidate.against(Message(role="assistant", content=text), number=1, engine="api")


def _contrasts(candidate: Candidate, finder: Contrast) -> list[Answer]:
    mad = candidate.category == "mad"
    chosen = candidate.chosen.content
    heard = {bare(line) for message in candidate.prompt for line in message.content.split("\n")}
    found: list[Answer] = []
    while len(found) < (PAIRS_PER_MAD_LINE if mad else 1):
        answer = finder.find(
            candidate.prompt[-1].content.rpartition("\n")[2],
            chosen,
            avoid=heard,
            calmer_than=madness(chosen) if mad else inf,
        )
        if answer is None:
            break
        found.append(answer)
        heard.add(bare(answer.text))
    return found


def _history(messages: Sequence[Message], budget: int) -> tuple[Message, ...]:
    """Return the user turn and at most six turns before it, trimmed from the left to the budget."""
    turns = [_without_thought(messages[-1])]
    spent = estimate_tokens(messages[-1].content)
    for user, assistant in zip(messages[-3::-2], messages[-2::-2], strict=False):
        spent += estimate_tokens(user.content) + estimate_tokens(assistant.content)
        if not assistant.content or len(turns) + 2 > HISTORY_TURNS + 1 or spent > budget:
            break
        turns = [_without_thought(user), _without_thought(assistant), *turns]
    return tuple(turns)


def _without_thought(message: Message) -> Message:
    return message.model_copy(update={"thought": "", "thought_spans": ()}) if message.thought else message


def _lines(message: Message, candidate: Candidate) -> Iterator[str]:
    """Yield the lines of a message, each with the name of its speaker before it where that is known."""
    lines = message.content.split("\n")
    names = message.names if len(message.names) == len(lines) else ("",) * len(lines)
    for name, line in zip(names, lines, strict=True):
        voice = candidate.persona if message.role == "assistant" else name
        joint = ": " if voice.isascii() else "："
        yield f"{voice}{joint}{line}" if voice and message.names else line


def _unfit(text: str, chosen: str) -> str:
    """Return why a model's plain answer cannot be used, empty if it can."""
    if is_blank(text):
        return "empty"
    if text == chosen:
        return "same_text"
    if any(phrase.lower() in text.lower() for phrase in ASSISTANT_PHRASES):
        return "assistant_phrase"
    if not 0.5 <= len(chosen) / len(text) <= 2.0:
        return "length_ratio"
    return ""


@lru_cache(maxsize=1)
def _batches(inputs: Inputs) -> tuple[list[Dropped], dict[str, tuple[Candidate, ...]]]:
    """Return the replies that make no pair, and the batches by the id of their first candidate."""
    found = list(candidates(inputs))
    dropped = [item for item in found if isinstance(item, Dropped)]
    asked = batches([item for item in found if isinstance(item, Candidate)])
    return dropped, {batch[0].id: batch for batch in asked}


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    """Yield the batches; before them, where some replies make no pair, a question without words that names these."""
    dropped, found = _batches(inputs)
    if dropped and found:
        yield Question(source=UNASKED, part="", content="")
    for batch in found.values():
        tokens = sum(estimate_tokens(candidate.chosen.content) + 20 for candidate in batch)
        yield Question(
            source=batch[0].id,
            part="",
            content=to_messages(batch, render=render),
            system=render("system"),
            identity="\n".join(map(_identity, batch)),
            expected_tokens=tokens,
            max_tokens=500 + 3 * tokens,
        )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    dropped, found = _batches(inputs)
    if question.source == UNASKED:
        return list(dropped)
    return list(to_records(parse_as(reply, ContrastReply), found[question.source]))


ASKING = Asking(questions=_questions, records=_records)
