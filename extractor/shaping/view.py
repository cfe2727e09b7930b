"""The chapter as the model reads it: numbered lines, and a number for each quotation at the price of almost none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from extractor.records import Chapter, Quotation

OPENING_MARKS = "“「『‘\"'《〈_（(*"
WIDE = "\u2e80"


def number_quotations(chapter: Chapter, quotations: Iterable[Quotation]) -> dict[str, int]:
    """Return the number by which the model knows each quotation: id -> number.

    A quotation that has a paragraph to itself has that paragraph's number; the others are counted on from the last
    paragraph in the order of the text.
    """
    ordered = sorted(quotations, key=lambda quotation: quotation.spans[0])
    guests: dict[int, set[str]] = defaultdict(set)
    for quotation in ordered:
        for start, _ in quotation.spans:
            guests[chapter.paragraph_at(start)].add(quotation.id)
    numbers: dict[str, int] = {}
    following = len(chapter.paragraphs)
    for quotation in ordered:
        home = chapter.paragraph_at(quotation.spans[0][0])
        if len(guests[home]) == 1:
            numbers[quotation.id] = home
        else:
            following += 1
            numbers[quotation.id] = following
    return numbers


def number_text(chapter: Chapter, quotations: Sequence[Quotation]) -> str:
    """Return each paragraph on a line of its own: `12 …`, or `12:…` where it holds quotation 12 and no other.

    Before each piece of any other quotation stands its number as `#57`.
    """
    numbers = number_quotations(chapter, quotations)
    pieces: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for quotation in quotations:
        for start, _ in quotation.spans:
            before = start - 1 if start > 0 and chapter.text[start - 1] in OPENING_MARKS else start
            pieces[chapter.paragraph_at(start)].append((before, numbers[quotation.id]))
    lines = []
    for number, (start, end) in enumerate(chapter.paragraphs, start=1):
        here = sorted(pieces[number])
        alone = bool(here) and all(guest == number for _, guest in here)
        shown = []
        position = start
        for offset, guest in () if alone else here:
            offset = min(max(offset, position), end)
            shown += [chapter.text[position:offset], f"#{guest}"]
            position = offset
        text = _one_line("".join([*shown, chapter.text[position:end]]))
        border = ": " if alone and text[:1].isdigit() else ":" if alone else " "
        lines.append(f"{number}{border}{text}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """Join the lines of a hard-wrapped paragraph, without a blank between Chinese characters."""
    first, *others = [line.strip() for line in text.split("\n")]
    joined = [first]
    for line in filter(None, others):
        wide = joined[-1][-1:] >= WIDE or line[0] >= WIDE
        joined += ["" if wide or not joined[-1] else " ", line]
    return "".join(joined)
