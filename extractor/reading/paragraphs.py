"""Paragraphs of a piece of text: its non-blank lines, or, where lines are hard-wrapped, what blank lines divide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from extractor.records import Span

LINE = re.compile(r"[^\r\n]+")
CLOSED = tuple("。！？…”」』’）】》：:.!?\"'—-_*）)]~～；;")
MIN_WIDTH, MAX_WIDTH = 18, 110


class Line(NamedTuple):
    """A non-blank line without outer white space; `follows` tells whether the line before it is directly above."""

    start: int
    end: int
    indented: bool
    follows: bool


def find_paragraphs(text: str, start: int, end: int, *, left_out: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Return the spans of the paragraphs of `text[start:end]` without outer white space, counted from 0 of `text`.

    `left_out` are sorted spans that belong to no paragraph; one in the middle of a line stays.
    """
    lines = _trim(_lines(text, start, end), left_out)
    if not _is_wrapped(text, lines):
        return tuple((line.start, line.end) for line in lines)
    width = _width(lines)
    indents = sum(line.indented for line in lines) / len(lines)
    plain = indents < 0.05 and sum(line.follows for line in lines) > 0.9 * len(lines)
    spans: list[Span] = []
    for before, line in zip([None, *lines], lines, strict=False):
        if before is None:
            spans.append((line.start, line.end))
            continue
        closed = text[before.start : before.end].endswith(CLOSED)
        short = before.end - before.start < 0.75 * width
        if not line.follows or (line.indented and (closed or short) and indents < 0.7) or (plain and closed and short):
            spans.append((line.start, line.end))
        else:
            spans[-1] = (spans[-1][0], line.end)
    return tuple(spans)


def _lines(text: str, start: int, end: int) -> list[Line]:
    """Return the non-blank lines."""
    lines: list[Line] = []
    last = -1
    for match in LINE.finditer(text, start, end):
        body = match[0].strip()
        if not body:
            continue
        first = match.start() + (len(match[0]) - len(match[0].lstrip()))
        follows = last >= 0 and text[last : match.start()] in ("\n", "\r\n", "\r")
        lines.append(Line(first, first + len(body), first > match.start(), follows))
        last = match.end()
    return lines


def _trim(lines: list[Line], left_out: Sequence[Span]) -> list[Line]:
    """Take the spans that are left out off the lines' ends."""
    if not left_out:
        return lines
    kept: list[Line] = []
    index = 0
    for line in lines:
        first, last = line.start, line.end
        while index < len(left_out) and left_out[index][1] <= first:
            index += 1
        cursor = index
        while cursor < len(left_out) and left_out[cursor][0] < last:
            begin, stop = left_out[cursor]
            if begin <= first:
                first = max(first, stop)
            elif stop >= last:
                last = begin
            cursor += 1
        if first < last:
            kept.append(line if (first, last) == line[:2] else line._replace(start=first, end=last))
    return kept


def _width(lines: list[Line]) -> int:
    """Return the length that nine in ten lines do not exceed."""
    lengths = sorted(line.end - line.start for line in lines)
    return lengths[int(0.9 * (len(lengths) - 1))]


def _is_wrapped(text: str, lines: list[Line]) -> bool:
    """Tell whether paragraphs go over several lines: most lines end in mid-sentence, and at about one width."""
    pairs = [before for before, line in zip(lines, lines[1:], strict=False) if line.follows]
    if len(pairs) < 3:
        return False
    width = _width(lines)
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return False
    open_ends = [line for line in pairs if not text[line.end - 1 : line.end].endswith(CLOSED)]
    full = sum(1 for line in open_ends if line.end - line.start >= 0.7 * width)
    return len(open_ends) >= 0.4 * len(pairs) and full >= 0.6 * len(open_ends)
