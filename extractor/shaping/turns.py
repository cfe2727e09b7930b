"""The normaliser: lines of one scene in, turns of a chat out, with nothing lost but what is named.

The order matters: empty turns go first, then neighbours of one role merge, then the ends are put right. (Merging
first and dropping later breaks the alternation again.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from extractor.records import Message
from extractor.shaping.lengths import estimate_tokens, is_blank

TURN_TOKENS = 4


def normalise(messages: Iterable[Message]) -> tuple[list[Message], list[Message]]:
    """Return alternating turns and the messages left out: empty ones, and the user turns that nobody answers.

    Thoughts are joined to the reply they lead to. Normalising twice changes nothing. The first turn may still be the
    persona's: what stands before it is not known here.
    """
    spoken: list[Message] = []
    left_out: list[Message] = []
    for message in messages:
        empty = is_blank(message.content) and is_blank(message.thought)
        (left_out if empty else spoken).append(message)
    turns = merge_turns(attach_thoughts(spoken))
    while turns and turns[-1].role != "assistant":
        left_out.append(turns.pop())
    return turns, left_out


def merge_turns(messages: Iterable[Message]) -> list[Message]:
    """Join neighbours of one role with a line break; names, quotations and spans are kept."""
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            turns[-1] = join(turns[-1], message)
        else:
            turns.append(message)
    return turns


def attach_thoughts(messages: Iterable[Message]) -> list[Message]:
    """Move thoughts without speech into the next reply, else into the last one; alone they stay turns."""
    messages = list(messages)
    if not any(message.role == "assistant" and message.content for message in messages):
        return messages
    turns: list[Message] = []
    waiting: list[Message] = []
    for message in messages:
        if message.role == "assistant" and not message.content:
            waiting.append(message)
        elif message.role == "assistant" and waiting:
            turns.append(_join_all([*waiting, message]))
            waiting = []
        else:
            turns.append(message)
    if waiting:
        last = max(index for index, turn in enumerate(turns) if turn.role == "assistant")
        turns[last] = _join_all([turns[last], *waiting])
    return turns


def join(first: Message, second: Message) -> Message:
    """Return one message that says both."""
    return Message(
        role=first.role,
        content="\n".join(filter(None, (first.content, second.content))),
        names=first.names + second.names,
        quotations=first.quotations + second.quotations,
        novel_spans=first.novel_spans + second.novel_spans,
        thought="\n".join(filter(None, (first.thought, second.thought))),
        thought_spans=first.thought_spans + second.thought_spans,
    )


def windows(turns: Sequence[Message], budget: int) -> Iterator[tuple[Message, ...]]:
    """Cut alternating turns into pieces of at most `budget` tokens that start with user; each reply is in one.

    An exchange that is longer than the budget stands alone; the caller decides what to do with it.
    """
    window: list[Message] = []
    size = 0
    for user, assistant in zip(turns[::2], turns[1::2], strict=True):
        tokens = weigh(user) + weigh(assistant)
        if window and size + tokens > budget:
            yield tuple(window)
            window, size = [], 0
        window += [user, assistant]
        size += tokens
    if window:
        yield tuple(window)


def weigh(message: Message) -> int:
    """Return about how many tokens a turn takes, its marks included."""
    return estimate_tokens(message.content) + estimate_tokens(message.thought) + TURN_TOKENS


def _join_all(messages: Sequence[Message]) -> Message:
    whole = messages[0]
    for message in messages[1:]:
        whole = join(whole, message)
    return whole
