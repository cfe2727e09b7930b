"""The chapter as the model reads it: numbered paragraphs, with a number before each quotation."""

from __future__ import annotations

import re
from collections.abc import Iterable

from extractor.records import Chapter, Quotation

OPENING_MARKS = "“「『‘\"'《〈_（(*"
NUMBER = re.compile(r"q(\d+)$")


def quotation_number(quotation: str) -> int:
    """Return the number at the end of a quotation's id: 31 for `c0012-q031`."""
    match = NUMBER.search(quotation)
    return int(match[1]) if match else 0


def number_text(chapter: Chapter, quotations: Iterable[Quotation]) -> str:
    """Return each paragraph on its own line as `[12] …`, with `⟨31⟩` before every piece of quotation 31.

    A quotation that narration interrupts shows its number again at its next piece.
    """
    marks: list[tuple[int, int]] = []
    for quotation in quotations:
        number = quotation_number(quotation.id)
        for start, _ in quotation.spans:
            marked = start > 0 and chapter.text[start - 1] in OPENING_MARKS
            marks.append((start - 1 if marked else start, number))
    marks.sort()
    lines = []
    following = 0
    for number, (start, end) in enumerate(chapter.paragraphs, start=1):
        pieces = []
        position = start
        while following < len(marks) and marks[following][0] < end:
            offset = max(marks[following][0], position)
            pieces += [chapter.text[position:offset], f"⟨{marks[following][1]}⟩"]
            position = offset
            following += 1
        pieces.append(chapter.text[position:end])
        lines.append(f"[{number}] {''.join(pieces).strip()}")
    return "\n".join(lines)
