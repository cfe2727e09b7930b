"""Where one scene of a chapter ends and the next begins, by layout and by silence."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence

from extractor.records import Chapter, Quotation

SEPARATOR = re.compile(r"[\s*＊※☆★◇◆○●◎□■△▲▽▼§#＃~～=＝_＿+＋·•・\-－—–―─━─]+")
SILENT_PARAGRAPHS = 12
SILENT_CHARACTERS = {"zh": 1_200, "en": 3_600}


def is_separator(line: str) -> bool:
    """Tell whether a paragraph is only a scene's border, such as `＊＊＊`, `* * *` or `——`."""
    return bool(line.strip()) and SEPARATOR.fullmatch(line) is not None


def separators(chapter: Chapter) -> list[int]:
    """Return the 1-based numbers of the paragraphs that are scene borders."""
    return [
        number
        for number, (start, end) in enumerate(chapter.paragraphs, start=1)
        if end - start <= 60 and is_separator(chapter.text[start:end])
    ]


def scene_starts(chapter: Chapter, quotations: Sequence[Quotation], *, language: str = "zh") -> set[str]:
    """Return the ids of the quotations that open a scene.

    A scene ends at a separator line, after more than 12 paragraphs without a quotation, or after about 1,200
    characters of narration (3,600 in English).
    """
    borders = separators(chapter)
    limit = SILENT_CHARACTERS.get(language, SILENT_CHARACTERS["zh"])
    starts: set[str] = set()
    before: Quotation | None = None
    for quotation in quotations:
        if before is None or _apart(chapter, (before, quotation), borders=borders, limit=limit):
            starts.add(quotation.id)
        before = quotation
    return starts


def hard_starts(chapter: Chapter, quotations: Sequence[Quotation]) -> set[str]:
    """Return the ids of the first quotation of the chapter and of those right after a separator line."""
    borders = separators(chapter)
    starts = {quotations[0].id} if quotations else set()
    for before, after in itertools.pairwise(quotations):
        if bisect_right(borders, after.paragraph) > bisect_right(borders, last_paragraph(chapter, before)):
            starts.add(after.id)
    return starts


def last_paragraph(chapter: Chapter, quotation: Quotation) -> int:
    """Return the 1-based number of the paragraph in which a quotation ends."""
    start, end = quotation.spans[-1]
    return chapter.paragraph_at(max(start, end - 1))


def _apart(chapter: Chapter, pair: tuple[Quotation, Quotation], *, borders: list[int], limit: int) -> bool:
    before, after = pair
    first, second = last_paragraph(chapter, before), after.paragraph
    if second - first - 1 > SILENT_PARAGRAPHS or after.spans[0][0] - before.spans[-1][1] > limit:
        return True
    return bisect_right(borders, second) > bisect_right(borders, first)
