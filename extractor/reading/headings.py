"""Lines that may be headings: the grammar of 第十二章, Chapter XII, 楔子, bare numerals, and how likely each is.

A candidate is only a claim; `extractor.reading.sequences` decides which claims hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from extractor.reading.heading_patterns import (
    BACK_MATTER,
    BARE,
    BEGGING,
    CHAPTER_UNITS,
    CHINESE,
    CHINESE_SPECIAL,
    ENGLISH,
    ENGLISH_BACK_MATTER,
    ENGLISH_CHAPTERS,
    ENGLISH_INNER,
    ENGLISH_NOTES,
    ENGLISH_ORDINAL,
    ENGLISH_PROLOGUES,
    ENGLISH_SPECIAL,
    ENGLISH_VOLUMES,
    INLINE,
    MENTION,
    NOTES,
    NUMERAL,
    PAGE,
    PART,
    PREFIXED,
    PROLOGUES,
    RUN_IN_TITLE,
    SCROLL,
    SECTION_UNITS,
    SENTENCE,
    SEPARATOR,
    SPACE,
    STACKED,
    VOLUME_UNITS,
)
from extractor.reading.numerals import read_number

Level = Literal["volume", "chapter", "section", "run_in", "bare", "special", "titled"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line, or a piece of one, that may be a heading.

    `start` is where its line begins, `end` where the heading ends (line end excluded). Level "run_in" is a heading
    with the chapter's text in the same line, "titled" one that only the file format marks. `unit` is what counts
    (章, chapter, "" for a bare numeral), `style` how it is written; `weight` says how much it looks like a heading,
    below 0 for a sentence. `volume` is a volume number printed in the same line, `part` a mark such as 上 or 下.
    """

    start: int
    end: int
    level: Level
    unit: str
    number: int | None
    text: str
    title: str
    style: str
    weight: float
    volume: int | None = None
    part: str = ""
    marked: bool = False


MAX_PER_KIND = 30_000


def find_candidates(text: str, start: int, end: int) -> list[Candidate]:
    """Return every line between two offsets that may be a heading, in order; one candidate a line.

    A kind with more than `MAX_PER_KIND` lines (a table, a list) is no heading of a novel and left out.
    """
    found: dict[int, Candidate] = {}
    for candidates in (
        _chinese(text, start, end),
        _prefixed(text, start, end),
        _scrolls(text, start, end),
        _english(text, start, end),
        _specials(text, start, end),
        _bare(text, start, end),
    ):
        kind: list[Candidate] = []
        for candidate in candidates:
            kind.append(candidate)
            if len(kind) > MAX_PER_KIND:
                kind = []
                break
        for candidate in kind:
            found.setdefault(candidate.start, candidate)
    return [found[offset] for offset in sorted(found)]


def _chinese(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in CHINESE.finditer(text, start, end):
        number, unit, rest, volume = match["number"] or match["plain"], match["unit"], match["rest"], None
        if unit in VOLUME_UNITS:
            inner = re.search(rf"第{SPACE}{{0,2}}({NUMERAL}){SPACE}{{0,2}}([{CHAPTER_UNITS}{SECTION_UNITS}])(.*)", rest)
            if inner and len(inner[0]) < len(rest) and inner.start() <= 30:
                volume, number, unit, rest = read_number(number), inner[1], inner[2], inner[3]
        value = read_number(number)
        if value is None:
            continue
        level: Level = "volume" if unit in VOLUME_UNITS else "section" if unit in SECTION_UNITS else "chapter"
        spaced = SEPARATOR.match(rest)
        attached = bool(rest.strip()) and not (spaced and spaced.end())
        if match["plain"] and (attached or match["more"] or level == "volume"):
            continue
        if match["more"] or (attached and re.search(r"。$|^[“\"]|^.{24,}[！？!?”」』…]$", rest.strip())):
            if level != "volume" and volume is None and not (attached and rest.startswith(MENTION)):
                named = None if attached else RUN_IN_TITLE.match(rest)
                yield _candidate(
                    text, match, level="run_in", unit=unit, number=value, title=named["title"] if named else "",
                    style="run_in", weight=0.5,
                    length=match.end("unit") - match.start() + (named.end() if named else 0),
                )  # fmt: skip
            continue
        weight = 1.5 if attached else 2.0 if match["plain"] else 3.0
        weight += _sentence_weight(rest, attached=attached)
        part = PART.match(rest)
        title = SEPARATOR.sub("", rest[part.end() :] if part else rest, count=1)
        digits = "d" if number.strip().isdecimal() else "h"
        yield _candidate(
            text,
            match,
            level=level,
            unit=unit,
            number=value,
            title=title,
            style=f"{unit}{digits}{'+' if attached else ' '}",
            weight=weight,
            volume=volume,
            part=(part["part"] or part["plain"]) if part else "",
        )


def _prefixed(text: str, start: int, end: int) -> Iterator[Candidate]:
    """Yield headings behind one and the same word, as a site puts the book's title before each."""
    matches = list(islice(PREFIXED.finditer(text, start, end), MAX_PER_KIND))
    prefixes = Counter(match["prefix"] for match in matches)
    for match in matches:
        number, rest = read_number(match["number"]), match["rest"]
        if number is None or match["more"] or prefixes[match["prefix"]] < max(3, len(matches) // 2):
            continue
        yield _candidate(
            text, match, level="section" if match["unit"] in SECTION_UNITS else "chapter", unit=match["unit"],
            number=number, title=SEPARATOR.sub("", rest, count=1), style="prefixed",
            weight=2.0 + _sentence_weight(rest, attached=False),
        )  # fmt: skip


def _scrolls(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in SCROLL.finditer(text, start, end):
        number = read_number(match["number"]) if match["number"] else "上中下".index(match["part"]) + 1
        rest = match["rest"]
        inner = re.search(rf"第{SPACE}{{0,2}}({NUMERAL}){SPACE}{{0,2}}([{CHAPTER_UNITS}{SECTION_UNITS}])(.*)", rest)
        if inner and read_number(inner[1]) is not None:
            yield _candidate(
                text, match, level="section" if inner[2] in SECTION_UNITS else "chapter", unit=inner[2],
                number=read_number(inner[1]), title=SEPARATOR.sub("", inner[3], count=1), style="卷章",
                weight=3.0 + _sentence_weight(inner[3], attached=False), volume=number,
            )  # fmt: skip
        elif number is not None:
            yield _candidate(
                text, match, level="volume", unit="卷", number=number, title=SEPARATOR.sub("", rest, count=1),
                style="卷", weight=2.5 + _sentence_weight(rest, attached=False),
            )  # fmt: skip


def _english(text: str, start: int, end: int) -> Iterator[Candidate]:
    for pattern in (STACKED, ENGLISH, ENGLISH_ORDINAL):
        for match in pattern.finditer(text, start, end):
            unit, rest, value, volume = match["unit"], match["rest"], read_number(match["number"]), None
            inner = ENGLISH_INNER.match(rest) if unit.lower() in ENGLISH_VOLUMES else None
            if inner:
                unit, rest, value, volume = inner["unit"], inner["rest"], read_number(inner["number"]), value
            title = SEPARATOR.sub("", rest, count=1)
            if value is None or re.match(rf"{SPACE}*[.,:;—–-]*{SPACE}*[a-z]", rest) or len(title) > 80:
                continue
            shouted = unit.isupper()
            if not shouted and not unit[0].isupper() and title:
                continue
            weight = 3.0 if shouted or not title or not rest[0].isspace() or not title[0].isascii() else 2.0
            weight -= 2.5 if re.search(r"[,;]$", title) else 0.0
            weight -= 1.5 if len(title) > 60 or (re.search(r"[.!?] ", title) and not shouted) else 0.0
            weight += 0.4 * _blank_before(text, match.start())
            low = unit.lower()
            if low in ("ch", "ep", "no"):
                if not match["number"].isdecimal():
                    continue
                low, weight = "chapter", min(weight, 2.0)
            if low in ENGLISH_VOLUMES and title and not _blank_after(text, match.end()):
                weight -= 2.0
            level: Level = "volume" if low in ENGLISH_VOLUMES else "chapter" if low in ENGLISH_CHAPTERS else "section"
            style = f"{unit}{'d' if match['number'].isdecimal() else 'r'}{'+' if title else ' '}"
            yield _candidate(
                text, match, level=level, unit=low, number=value, title=title, style=style, weight=weight,
                volume=volume,
            )  # fmt: skip


def _specials(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in CHINESE_SPECIAL.finditer(text, start, end):
        rest, word = match["rest"], match["word"]
        tail = re.match(
            rf"(?:[篇卷章]?(?:之|{NUMERAL}|[（(][^）)]{{1,12}}[）)])?)(?=[\s:：.·—、】〗\])）！!～-]|$)", rest
        )
        if tail is None or len(rest) > 40 or SENTENCE.search(rest.rstrip()):
            continue
        short = len(word) == 1 or word in ("结局", "前奏")
        weight = 2.5 - (1.5 if short and rest.strip() else 0.0) - (1.5 if re.search(r"[。？！，]", rest[:-1]) else 0.0)
        yield _candidate(
            text, match, level="special", unit=_special_unit(word), number=None,
            title=SEPARATOR.sub("", rest[tail.end() :], count=1) or word, style=word, weight=weight,
        )  # fmt: skip
    for match in ENGLISH_SPECIAL.finditer(text, start, end):
        rest, word = match["rest"], match["word"]
        title = SEPARATOR.sub("", rest, count=1)
        if not word[0].isupper() or (title and (rest[0].isspace() or len(title) > 60 or not title[0].isupper())):
            continue
        blanks = _blank_before(text, match.start()) + _blank_after(text, match.end())
        plain = re.search("prologue|epilogue|chapter", word, re.I)
        if blanks < (2 if title else 0 if plain else 1):
            continue
        yield _candidate(
            text, match, level="special", unit=_special_unit(word), number=None, title=title or word, style=word,
            weight=2.5,
        )  # fmt: skip


def _special_unit(word: str) -> str:
    """Return what an unnumbered heading opens: prologue, extra, back (matter at the book's end), notes, chapter."""
    if re.fullmatch(f"{PROLOGUES}|{ENGLISH_PROLOGUES}", word, re.I):
        return "prologue"
    if re.fullmatch(f"{BACK_MATTER}|{ENGLISH_BACK_MATTER}", word, re.I):
        return "back"
    if re.fullmatch(f"{NOTES}|{ENGLISH_NOTES}", word, re.I):
        return "notes"
    return "chapter" if "chapter" in word.lower() else "extra"


def _bare(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in BARE.finditer(text, start, end):
        rest, value = match["rest"], read_number(match["number"])
        title = SEPARATOR.sub("", rest, count=1)
        roman = match["number"].isascii() and match["number"].isalpha()
        if value is None or value > 3000 or (roman and title and not match["number"].isupper()):
            continue
        if roman and title and not re.match(r"\s{0,4}[^\w\s]", rest):
            continue
        if title and (title[0].islower() or SENTENCE.search(title) or len(title) > 60):
            continue
        weight = 0.4 if title else 0.6
        weight += 0.4 * _blank_before(text, match.start()) + 0.4 * _blank_after(text, match.end())
        weight -= 1.0 if re.search(r"[。！？!?”\"]", title) else 0.0
        weight -= 0.6 if re.match(r"[,.]?\d", rest) else 0.0
        kind = "r" if roman else "d" if match["number"].isdecimal() else "h"
        style = f"{kind}{rest[:1].strip()}{'+' if title else ' '}{'A' if title.isupper() else ''}"
        yield _candidate(
            text, match, level="bare", unit="", number=value, title=title, style=style, weight=weight
        )  # fmt: skip


def find_inline(text: str, start: int, end: int) -> list[Candidate]:
    """Return the places inside lines that may be headings, for books that have lost their line ends."""
    found: list[Candidate] = []
    for match in INLINE.finditer(text, start, end):
        number = read_number(match["number"] or match["digits"])
        if number is None or len(found) > MAX_PER_KIND:
            continue
        before = text[max(0, match.start() - 1) : match.start()]
        found.append(
            Candidate(
                start=match.start(),
                end=match.end(),
                level="chapter",
                unit=match["unit"] or "chapter",
                number=number,
                text=match[0],
                title="",
                style="inline",
                weight=1.5 if before in '。！？…”」』）)!?." 　\n' else 0.2,
            )  # fmt: skip
        )
    return found


def _candidate(
    text: str, match: re.Match[str], *, level: Level, unit: str, number: int | None, title: str, style: str,
    weight: float, volume: int | None = None, part: str = "", length: int = 300,
) -> Candidate:  # fmt: skip
    """Build a candidate from a match that starts at its line's start."""
    whole = match[0][:length]
    return Candidate(
        start=match.start(),
        end=match.start() + len(whole.rstrip()),
        level=level,
        unit=unit,
        number=number,
        text=" ".join(whole.split()),
        title=PAGE.sub("", BEGGING.sub("", title)).strip(" \t　】〗])）>＞=＝*＊#_~"),
        style=style,
        weight=weight,
        volume=volume,
        part=part,
    )


def _sentence_weight(rest: str, *, attached: bool) -> float:
    """Return how much less what follows 第N章 makes the line look like a heading: 0 for a plain title."""
    body = rest.strip()
    weight = 0.0
    if SENTENCE.search(body):
        weight -= 2.5
    elif body.endswith(("——", "—")):
        weight -= 1.0
    if re.search(r"[。；]", body[:-1]):
        weight -= 2.0
    if attached and body.startswith(MENTION):
        weight -= 2.5
    if re.search(rf"第{NUMERAL}[章回节節]", body):
        weight -= 2.5
    if body.startswith(("、", "，", ",")):
        weight -= 0.7
    if len(body) > 35:
        weight -= 1.5
    return weight


def _blank_before(text: str, start: int) -> bool:
    """Tell whether the line before the one at `start` is blank, or there is none."""
    head = text[max(0, start - 200) : start]
    return not head.strip() or bool(re.search(r"(?:\n[ \t　\r]*\n|\r[ \t　]*\r)[ \t　]*$", head))


def _blank_after(text: str, end: int) -> bool:
    """Tell whether the line after the one that ends at `end` is blank, or there is none."""
    return bool(re.match(r"[ \t　]*(?:\r\n|\r|\n)[ \t　]*(?:[\r\n]|\Z)|[ \t　]*\Z", text[end : end + 200]))
