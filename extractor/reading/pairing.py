"""Pairing of quotation marks: of all ways to read a chapter's marks as open and close, the one that costs least.

Viterbi's algorithm over four states (outside, inside, in a nested quotation, in a paragraph that goes on without a
mark), so that a missing, doubled or turned mark damages its own paragraph and nothing behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractor.reading.marks import (
    CLOSERS,
    FAMILY_OF,
    OPENERS,
    STRAIGHT,
    MarkStyle,
    double_costs,
    is_apostrophe,
    single_costs,
)
from extractor.records import Span

OUTSIDE, INSIDE, NESTED, RUNNING = range(4)
SKIP, OPEN, CLOSE, REOPEN, ORPHAN, CONTINUE, BREAK = range(7)

_REOPENED = 4.0
_ORPHANED = 3.5
_NESTED = 1.8
_CONTINUED = 0.3
_UNCLOSED = 3.0
_ORNAMENT = 6
_DENSE = 2000
_TAG_END = re.compile(r"[,.;:!?，。：；！？]\s*")
_INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of marked text within one paragraph, without its marks and outer white space.

    `outer` includes the marks. `continued` tells that it goes on from the piece before, across a paragraph's end.
    """

    start: int
    end: int
    outer: Span
    paragraph: int
    family: str
    continued: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """A mark, or a paragraph's end (`mark` is "" there, and `first` tells whether the next paragraph opens one)."""

    start: int
    end: int
    paragraph: int
    first: bool
    costs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    breaks: bool = False


def pair_marks(text: str, paragraphs: Sequence[Span], style: MarkStyle) -> list[Piece]:
    """Return the marked pieces of a chapter in text order; what is nested in a piece is part of it."""
    taken: list[Piece] = []
    for family in style.families:
        found = re.compile(f"[{re.escape(OPENERS[family] + CLOSERS[family] + STRAIGHT[family])}]+")
        if not found.search(text):
            continue
        events = list(_events(text, paragraphs, found=found, family=family, taken=taken))
        if not all(event.breaks for event in events):
            pieces = list(_pieces(text, paragraphs, events=events, labels=_labels(events), family=family))
            taken = sorted([*taken, *_outside(pieces, taken)], key=lambda piece: piece.start)
    return taken


def _outside(pieces: list[Piece], taken: list[Piece]) -> Iterator[Piece]:
    """Yield the pieces that touch none of those already taken."""
    starts = [piece.outer[0] for piece in taken]
    for piece in pieces:
        index = bisect_right(starts, piece.outer[0])
        before = index > 0 and taken[index - 1].outer[1] > piece.outer[0]
        behind = index < len(taken) and taken[index].outer[0] < piece.outer[1]
        if not before and not behind:
            yield piece


def _events(
    text: str, paragraphs: Sequence[Span], *, found: re.Pattern[str], family: str, taken: list[Piece]
) -> Iterator[_Event]:
    """Yield marks and paragraph ends in order, leaving out marks inside pieces of an earlier family.

    A long paragraph of which every fourth character is a mark is an ornament.
    """
    cache: dict[tuple[str, str, str], tuple[float, float, float]] = {}
    barrier = 0
    for number, (start, end) in enumerate(paragraphs, start=1):
        here: list[_Event] = []
        matches = found.finditer(text, start, end)
        if end - start > _DENSE and sum(1 for _ in found.finditer(text, start, end)) * 4 > end - start:
            matches = iter(())
        for match in matches:
            while barrier < len(taken) and taken[barrier].outer[1] <= match.start():
                barrier += 1
            if barrier < len(taken) and taken[barrier].outer[0] <= match.start():
                continue
            for position, stop in _marks(match, text):
                mark = text[position]
                before = text[position - 1] if position > start else ""
                after = text[stop] if stop < end else ""
                if family == "single":
                    if is_apostrophe(before, after):
                        continue
                    costs = single_costs(mark, before=before, after=after, word=text[stop : min(end, stop + 10)])
                else:
                    key = (mark, before, after)
                    if key not in cache:
                        cache[key] = double_costs(mark, before, after)
                    costs = cache[key]
                first = not here and not text[start:position].strip(" \t　*_")
                here.append(_Event(position, stop, number, first, costs))
        opens = bool(here) and here[0].first and here[0].costs[0] < 1.0
        if number > 1:
            yield _Event(start, start, number, opens, breaks=True)
        yield from here


def _marks(match: re.Match[str], text: str) -> Iterator[Span]:
    """Split a run of marks into marks: the same twice is one, and a long row is an ornament, so none."""
    start, end = match.span()
    if end - start >= _ORNAMENT:
        return
    position = start
    while position < end:
        stop = position + 1
        if stop < end and text[stop] == text[position] and text[position] not in "\"＂'＇":
            stop += 1
        elif stop < end and text[stop] == text[position] and end - start == 2 and text[position] in '"＂':
            left = text[start - 1 : start]
            right = text[end : end + 1]
            if (not left or left.isspace()) != (not right or right.isspace()):
                stop += 1
        yield position, stop
        position = stop


def _labels(events: list[_Event]) -> list[tuple[int, int]]:
    """Return for each event what it is and the state behind it, on the cheapest path."""
    states = [0.0, _INFINITE, _INFINITE, _INFINITE]
    steps: list[tuple[tuple[int, int], ...]] = []
    for event in events:
        choices = _broken(event, states) if event.breaks else _marked(event, states)
        states = [choice[0] for choice in choices]
        steps.append(tuple((choice[1], choice[2]) for choice in choices))
    final = min(
        (states[OUTSIDE], OUTSIDE),
        (states[INSIDE] + _UNCLOSED, INSIDE),
        (states[NESTED] + 5.0, NESTED),
        (states[RUNNING] + 4.0, RUNNING),
    )[1]
    labels: list[tuple[int, int]] = []
    state = final
    for step in reversed(steps):
        previous, label = step[state]
        labels.append((label, state))
        state = previous
    labels.reverse()
    return labels


_Choice = tuple[float, int, int]


def _broken(event: _Event, states: list[float]) -> tuple[_Choice, _Choice, _Choice, _Choice]:
    """Return the cheapest (cost, state before, label) for each state behind a paragraph's end."""
    out, inside, nested, running = states
    closed = min(
        (out, OUTSIDE, BREAK),
        (inside + _UNCLOSED, INSIDE, BREAK),
        (nested + 5.0, NESTED, BREAK),
        (running + 4.0, RUNNING, BREAK),
    )
    never = (_INFINITE, OUTSIDE, BREAK)
    if event.first:
        return (
            closed,
            min((inside + 0.5, INSIDE, BREAK), (nested + 2.5, NESTED, BREAK)),
            never,
            (
                running + 0.4,
                RUNNING,
                BREAK,
            ),
        )
    return closed, never, never, min((inside + 1.5, INSIDE, BREAK), (running + 0.4, RUNNING, BREAK))


def _marked(event: _Event, states: list[float]) -> tuple[_Choice, _Choice, _Choice, _Choice]:
    """Return the cheapest (cost, state before, label) for each state behind a mark."""
    out, inside, nested, running = states
    opening, closing, skipped = event.costs
    outside = min(
        (out + skipped, OUTSIDE, SKIP),
        (inside + closing, INSIDE, CLOSE),
        (running + closing, RUNNING, CLOSE),
        (out + closing + _ORPHANED, OUTSIDE, ORPHAN),
    )
    again = (
        (inside + opening + _CONTINUED, INSIDE, CONTINUE)
        if event.first
        else (
            inside + opening + _REOPENED,
            INSIDE,
            REOPEN,
        )
    )
    within = min(
        (out + opening, OUTSIDE, OPEN),
        (inside + skipped, INSIDE, SKIP),
        (nested + closing, NESTED, CLOSE),
        (running + opening + _REOPENED, RUNNING, REOPEN),
        again,
    )
    deeper = min((inside + opening + _NESTED, INSIDE, OPEN), (nested + skipped, NESTED, SKIP))
    return outside, within, deeper, (running + skipped, RUNNING, SKIP)


def _pieces(
    text: str, paragraphs: Sequence[Span], *, events: list[_Event], labels: list[tuple[int, int]], family: str
) -> Iterator[Piece]:
    """Cut the text at the labelled marks."""
    opened: int | None = None
    outer = 0
    continued = False
    floor = paragraphs[0][0] if paragraphs else 0
    number = 1
    before = OUTSIDE

    def cut(stop: int, edge: int) -> Iterator[Piece]:
        if opened is not None:
            start, end = trimmed(text, opened, stop)
            if start < end:
                yield Piece(start, end, (outer, edge), number, family, continued)

    for event, (label, state) in zip(events, labels, strict=True):
        if label == BREAK:
            edge = paragraphs[event.paragraph - 2][1]
            yield from cut(edge, edge)
            opened = None
            number = event.paragraph
            floor = event.start
            continued = state != OUTSIDE
            if state == RUNNING:
                opened = outer = event.start
        elif label == ORPHAN:
            first = floor == paragraphs[number - 1][0]
            opened = outer = _unopened(text, floor, event.start, first=first)
            continued = False
            yield from cut(event.start, event.end)
            opened, floor = None, event.end
        elif label == CLOSE and state == OUTSIDE:
            yield from cut(event.start, event.end)
            opened, continued, floor = None, False, event.end
        elif label == REOPEN:
            stop = _unclosed(text, opened if opened is not None else floor, event.start)
            yield from cut(stop, stop)
            opened, outer, continued = event.end, event.start, False
        elif label in (OPEN, CONTINUE) and state == INSIDE:
            opened, outer = event.end, event.start
            continued = label == CONTINUE
        before = state
    if before != OUTSIDE and paragraphs:
        edge = paragraphs[-1][1]
        yield from cut(edge, edge)


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span without outer white space."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _unopened(text: str, floor: int, stop: int, *, first: bool) -> int:
    """Return where a quotation whose opening mark is missing begins.

    That is behind a colon, else where the paragraph begins (`first`), else behind the tag of the piece before.
    """
    colon = max(text.rfind("：", floor, stop), text.rfind(": ", floor, stop))
    if colon >= 0 or first:
        return max(colon + 1, floor)
    tag = _TAG_END.search(text, floor, stop)
    return tag.end() if tag and tag.end() < stop else floor


def _unclosed(text: str, opened: int, stop: int) -> int:
    """Return where a quotation whose closing mark is missing ends when another one opens in the same paragraph."""
    if text[stop - 1 : stop] not in ("：", ":", " "):
        return stop
    for index in range(stop - 1, opened, -1):
        if text[index - 1] in "。！？…!?.":
            return index
    return stop


__all__ = ["FAMILY_OF", "Piece", "pair_marks", "trimmed"]
