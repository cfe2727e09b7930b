"""Quotation marks: their families, which of them a whole book speaks in, and how likely each mark opens or closes.

Costs are relative: 0 is what a careful printer would do, 1 unusual, 2 and more nearly certainly something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from extractor.records import Chapter

OPENERS = {
    "double": "“„‟〝",
    "corner": "「﹁",
    "white_corner": "『﹃",
    "guillemet": "«‹",
    "single": "‘‚‛",
}
CLOSERS = {"double": "”〞〟", "corner": "」﹂", "white_corner": "』﹄", "guillemet": "»›", "single": "’"}
STRAIGHT = {"double": '"＂', "single": "'＇", "corner": "", "white_corner": "", "guillemet": ""}
FAMILIES = tuple(OPENERS)
FAMILY_OF = {mark: family for family in FAMILIES for mark in OPENERS[family] + CLOSERS[family] + STRAIGHT[family]}
ALL_MARKS = "".join(FAMILY_OF)

_DASHES = "—–-―─"
_PAUSES = "，,：:、；;"
_STOPS = "。.！!？?…）)]】》～~"
_END_PUNCTUATION = "。.！!？?，,：:、；;）)]】"
_BRACKETS = "([（【《<*_"
_ELIDED = re.compile(
    r"(?:[Tt](?:is|was|were|will|would|wixt|il|ill)|[Ee]m|[Cc]ause|[Bb]out|[Rr]ound|[Nn]eath|[Gg]ainst|[Cc]ept|"
    r"[Ss]tead|[Ff]ore|[Nn]other|[Nn]|[Uu]n|[Uu]d|ll|ve|re|s|t|d|m|e|is|as|ad|ave|ere|er|im|ow|ouse|ome|ope|ead|eart|"
    r"and|elp|ear|ard|alf|undred|eaven|ell|it|ot|ole|igh|old|ome|air|at)(?![A-Za-z])"
)
_OPENING = {family: re.compile(rf"\s*[*_]?[{re.escape(OPENERS[family] + STRAIGHT[family])}]") for family in FAMILIES}
DASH_LINE = re.compile(r"\s*(?:——|--|[—–―])(?![—–―-])\s*(?=[^\W_])")
_CLOSED_SINGLE = re.compile(r"[.,!?;—…-]['’](?=\s|$|[—-])")
_OPENED_SINGLE = re.compile(r"(?:^|[\s(—-])['‘](?=[A-Z])", re.MULTILINE)


@dataclass(frozen=True)
class MarkStyle:
    """Which marks a whole book speaks in.

    `families` are the families that open a quotation, the book's main one first; the others only count as nested.
    `dash` tells whether a dash at the start of a line opens speech.
    """

    families: tuple[str, ...] = ("double", "corner", "white_corner", "guillemet")
    dash: bool = False


def detect_style(chapters: Iterable[Chapter]) -> MarkStyle:
    """Find out which marks the book speaks in, from the paragraphs that begin with one.

    Single marks count only where a paragraph in twenty of those that begin with a mark begins with one: elsewhere
    they are apostrophes or stand inside other marks.
    """
    counted = dict.fromkeys(FAMILIES, 0)
    total = dict.fromkeys(FAMILIES, 0)
    dashed = paragraphs = chinese = 0
    for chapter in chapters:
        text = chapter.text
        for family in FAMILIES:
            if family != "single":
                total[family] += sum(text.count(mark) for mark in OPENERS[family] + STRAIGHT[family])
        total["single"] += min(len(_OPENED_SINGLE.findall(text)), len(_CLOSED_SINGLE.findall(text)))
        chinese += any("一" <= character <= "鿿" for character in text[:2000])
        for start, end in chapter.paragraphs:
            paragraphs += 1
            head = text[start : min(end, start + 24)]
            for family, opening in _OPENING.items():
                if opening.match(head) and not (family == "single" and _ELIDED.match(head.lstrip()[1:])):
                    counted[family] += 1
            dashed += bool(DASH_LINE.match(head))
    starts = sum(counted.values())
    ranked = sorted(FAMILIES, key=lambda family: (-counted[family], -total[family], FAMILIES.index(family)))
    families = tuple(
        family
        for family in ranked
        if family != "single"
        or counted[family] >= max(2, starts / 20)
        or chinese
        or (total["single"] > 1 and total["single"] > total["double"])
    )
    return MarkStyle(families=families, dash=dashed >= 3 and dashed > starts)


def double_costs(mark: str, before: str, after: str) -> tuple[float, float, float]:
    """Return what it costs that a mark opens, closes, or is none, between two characters ("" = paragraph's edge)."""
    opening, closing = _context(before, after)
    family = FAMILY_OF[mark]
    if mark in OPENERS[family]:
        opening, closing = opening * 0.25, 1.5 + closing * 0.5
    elif mark in CLOSERS[family]:
        opening, closing = 1.5 + opening * 2.0, closing * 0.25
    stray = 1.0 if mark in STRAIGHT[family] and before.isdigit() and not after.isalpha() else 4.5
    return opening, closing, stray


def _context(before: str, after: str) -> tuple[float, float]:
    """Return the costs of opening and closing that a mark's neighbours alone suggest."""
    ends = not after or after.isspace() or after in _END_PUNCTUATION
    if not before or before.isspace() or before in _BRACKETS:
        return (0.8, 0.3) if not after or after.isspace() else (0.0, 2.2)
    if ends:
        return 2.2, 0.0
    if before in _DASHES:
        return (0.1, 0.3) if after not in _DASHES else (1.0, 0.0)
    if after in _DASHES:
        return 1.5, 0.0
    if before in "：:":
        return 0.0, 1.5
    if before in _PAUSES:
        return 0.2, 0.2
    if before in _STOPS:
        return 0.8, 0.0
    return 0.3, 0.4


def single_costs(mark: str, *, before: str, after: str, word: str) -> tuple[float, float, float]:
    """Return what it costs that a single mark opens, closes, or is an apostrophe; `word` is the text behind it."""
    if _chinese(before) or _chinese(after):
        return double_costs(mark, before, after)
    starts = not before or before.isspace() or before in _BRACKETS or before in ALL_MARKS
    if starts:
        if mark in CLOSERS["single"]:
            return 2.0, 2.0, 0.2
        if after.isalpha() and _ELIDED.match(word):
            return 0.8, 4.0, 0.3
        if after.isdigit():
            return 0.5, 4.0, 0.5
        if not after or after.isspace():
            return 1.5, 1.0, 0.6
        return 0.0, 4.0, 1.5 if before else 3.0
    if mark in OPENERS["single"]:
        return 0.2, 2.5, 3.0
    if before in _DASHES:
        return (0.1, 0.4, 0.8) if after.isalpha() and mark in STRAIGHT["single"] else (3.0, 0.0, 2.5)
    if before in _PAUSES or before in _STOPS:
        return (3.0, 0.0, 2.5 if after else 4.0) if not after.isalpha() else (1.0, 0.5, 0.8)
    if before in "sS":
        return 4.0, 1.2, 0.2
    return (4.0, 0.9, 0.4) if before in "ndhotfDN" else (4.0, 0.6, 0.8)


def is_apostrophe(before: str, after: str) -> bool:
    """Tell whether a single mark between these two characters stands inside a word."""
    return before.isalnum() and after.isalnum() and not (_chinese(before) or _chinese(after))


def _chinese(character: str) -> bool:
    return "⺀" <= character <= "鿿" or "＀" <= character <= "￯"
