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

from extractor.reading.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, read_number

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


VOLUME_UNITS = "卷部集篇季輯辑"
CHAPTER_UNITS = "章回话話折"
SECTION_UNITS = "节節幕"
NUMERAL = rf"(?:[0-9０-９]|{HAN_NUMERAL}){{1,12}}"
ROMAN = "[IVXLC]{1,9}|[ivxlc]{1,9}"
SPACE = r"[ \t　\xa0]"
LEAD = rf"(?:^|(?<=\r)){SPACE}{{0,60}}+[【〖\[(（<＜=＝*＊#_~☆★◆◇■□●○◎※§—-]{{0,6}}+{SPACE}{{0,20}}+"
REST = r"(?P<rest>[^\r\n]{0,100})(?=[\r\n]|\Z)"
LONG_REST = r"(?P<rest>[^\r\n]{0,100}+)(?P<more>[^\r\n]?)"
ENGLISH_VOLUMES = ("book", "part", "volume", "vol", "act")
ENGLISH_CHAPTERS = ("chapter", "letter", "stave", "canto", "adventure", "episode", "story", "tale", "night", "lesson")
ENGLISH_UNITS = "|".join((*ENGLISH_VOLUMES, *ENGLISH_CHAPTERS, "section", "scene"))

CHINESE = re.compile(
    rf"{LEAD}(?P<before>(?:正文卷?|VIP卷?|作品正文|《[^》\r\n]{{1,30}}》){SPACE}*[·:：]?{SPACE}*)?"
    rf"第{SPACE}{{0,2}}(?P<number>{NUMERAL}){SPACE}{{0,2}}(?P<unit>[{VOLUME_UNITS}{CHAPTER_UNITS}{SECTION_UNITS}]){LONG_REST}",
    re.M,
)
PREFIXED = re.compile(
    rf"(?:^|(?<=\r)){SPACE}{{0,60}}+(?P<prefix>[^\s第，。！？：；“”「」]{{1,20}}){SPACE}{{1,4}}"
    rf"第{SPACE}{{0,2}}(?P<number>{NUMERAL}){SPACE}{{0,2}}(?P<unit>[{CHAPTER_UNITS}{SECTION_UNITS}]){LONG_REST}",
    re.M,
)
SCROLL = re.compile(
    rf"{LEAD}(?:卷之?(?P<number>{NUMERAL})|(?P<part>[上中下])(?P<unit>[卷部篇集]))(?=[\s:：.·、—】〗]|\Z){REST}", re.M
)
ENGLISH = re.compile(
    rf"{LEAD}(?P<unit>{ENGLISH_UNITS})(?:\.?{SPACE}{{0,4}}|[.#:_-]{{1,2}}|{SPACE}(?:no\.?|the|number|#){SPACE})"
    rf"(?P<number>[0-9０-９]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?![A-Za-z0-9'’]){REST}",
    re.M | re.I,
)
ENGLISH_INNER = re.compile(
    rf"[\s,.:;—–-]{{1,4}}(?P<unit>{'|'.join(ENGLISH_CHAPTERS)})\.?{SPACE}{{1,3}}"
    rf"(?P<number>[0-9]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?![A-Za-z0-9'’])(?P<rest>.*)",
    re.I,
)
STACKED = re.compile(
    rf"{LEAD}(?P<unit>CHAPTER|Chapter){SPACE}{{0,20}}+\r?\n(?:{SPACE}{{0,20}}+\r?\n){{0,3}}+{SPACE}{{0,60}}+"
    rf"(?P<number>[0-9]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?P<rest>\.?{SPACE}{{0,20}}+)(?=[\r\n]|\Z)",
    re.M | re.I,
)
BARE = re.compile(
    rf"{LEAD}(?P<number>[0-9０-９]{{1,4}}|{HAN_NUMERAL}{{1,7}}|{ROMAN})"
    rf"(?P<rest>[)）】〗\]>＞_*.．、:：—-]{{0,3}}(?:{SPACE}{{1,4}}[^\r\n]{{0,70}}|(?<=[.．、:：])[^\r\n]{{1,70}})?)(?=[\r\n]|\Z)",
    re.M,
)
PROLOGUES = "楔子|序章|序幕|序曲|序言|自序|代序|前言|引子|引言|题记|題記|前奏|写在前面|内容简介|序"
EXTRAS = (
    "番外|外传|外傳|特典|尾声|尾聲|后记|後記|终章|終章|终曲|終曲|大结局|大結局|结局|间章|"
    "[\u4e00-\u9fff]{0,4}感言|作者的话|请假条|后话|後話"
)
BACK_MATTER = "附录|附錄|跋|致谢|致謝"
CHINESE_SPECIAL = re.compile(rf"{LEAD}(?:正文{SPACE}+)?(?P<word>{PROLOGUES}|{EXTRAS}|{BACK_MATTER}){REST}", re.M)
ENGLISH_PROLOGUES = "prologue|preface|foreword|introduction|introductory|preamble|to the reader|author'?s note"
ENGLISH_EXTRAS = (
    "epilogue|afterword|interlude|conclusion|finale|chapter the last|the last chapter|last chapter|"
    "final chapter|chapter last"
)
ENGLISH_BACK_MATTER = "appendix|postscript|acknowledge?ments|about the author|glossary"
ENGLISH_SPECIAL = re.compile(
    rf"{LEAD}(?:the{SPACE})?(?P<word>{ENGLISH_PROLOGUES}|{ENGLISH_EXTRAS}|{ENGLISH_BACK_MATTER})\b{REST}", re.M | re.I
)
INLINE = re.compile(
    rf"第{SPACE}?(?P<number>{NUMERAL}){SPACE}?(?P<unit>[{CHAPTER_UNITS}节節])|"
    rf"\b(?P<word>Chapter|CHAPTER){SPACE}(?P<digits>[0-9]{{1,4}}|[IVXLC]{{1,9}})\b[.:]?"
)

SEPARATOR = re.compile(r"[\s:：.．、,，·|｜/_—–-]*[】〗\])）>＞]?[\s:：.．、·|_—–-]*")
PART = re.compile(
    r"^[\s]*[（(]?(?P<part>[上中下终]|[一二三四五六七八九十]|[0-9]{1,2})[)）](?=\s|$)|^(?P<plain>[上中下])(?=\s|$)"
)
BEGGING = re.compile(
    r"[\s]*[（(【\[][^（()）】\]]*(?:[求谢感].{0,8}|[加更]|月票|推荐|收藏|订阅|打赏|大章|[二三四五六]合一)[^（()）】\]]*[)）】\]]\s*$"
)
PAGE = re.compile(r"\s*[（(【\[]\s*(?:第?\s*[0-9]{1,3}\s*[/／-]\s*[0-9]{1,3}\s*页?)\s*[)）】\]]\s*$")
SENTENCE = re.compile(r"[。；;，,、：:]$")
MENTION = tuple("里中的说說讲講是和与與，,末开開结結之第曾既也就已所写寫上下内內以有时時、")
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


def read_line(text: str, start: int, end: int) -> Candidate | None:
    """Return what the line that starts at `start` claims to be, None where it claims nothing."""
    return next((candidate for candidate in find_candidates(text, start, end) if candidate.start == start), None)


def _chinese(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in CHINESE.finditer(text, start, end):
        number, unit, rest, volume = match["number"], match["unit"], match["rest"], None
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
        if match["more"] or (attached and re.search(r"。$|^[“\"]|^.{24,}[！？!?”」』…]$", rest.strip())):
            if attached and level != "volume" and volume is None and not rest.startswith(MENTION):
                yield _candidate(
                    text, match, level="run_in", unit=unit, number=value, title="", style="run_in", weight=0.5,
                    length=match.end("unit") - match.start(),
                )  # fmt: skip
            continue
        weight = 3.0 if not attached else 1.5
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
    for pattern in (STACKED, ENGLISH):
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
        tail = re.match(rf"(?:[篇卷章]?(?:之|{NUMERAL}|[（(][^）)]{{1,12}}[）)])?)(?=[\s:：.·—、】〗\])）-]|$)", rest)
        if tail is None or len(rest) > 40 or SENTENCE.search(rest.rstrip()):
            continue
        short = len(word) == 1 or word in ("结局", "前奏")
        weight = 2.5 - (1.5 if short and rest.strip() else 0.0) - (1.5 if re.search(r"[。？！，]", rest) else 0.0)
        yield _candidate(
            text, match, level="special", unit=_special_unit(word), number=None,
            title=SEPARATOR.sub("", rest[tail.end() :], count=1) or word, style=word, weight=weight,
        )  # fmt: skip
    for match in ENGLISH_SPECIAL.finditer(text, start, end):
        rest, word = match["rest"], match["word"]
        title = SEPARATOR.sub("", rest, count=1)
        if not word[0].isupper() or (title and (rest[0].isspace() or len(title) > 60 or not title[0].isupper())):
            continue
        if not _blank_before(text, match.start()) or not _blank_after(text, match.end()):
            continue
        yield _candidate(
            text, match, level="special", unit=_special_unit(word), number=None, title=title or word, style=word,
            weight=2.5,
        )  # fmt: skip


def _special_unit(word: str) -> str:
    """Return what an unnumbered heading opens: a prologue, an extra part, back matter, or a chapter without number."""
    if re.fullmatch(f"{PROLOGUES}|{ENGLISH_PROLOGUES}", word, re.I):
        return "prologue"
    if re.fullmatch(f"{BACK_MATTER}|{ENGLISH_BACK_MATTER}", word, re.I):
        return "back"
    return "chapter" if "chapter" in word.lower() else "extra"


def _bare(text: str, start: int, end: int) -> Iterator[Candidate]:
    for match in BARE.finditer(text, start, end):
        rest, value = match["rest"], read_number(match["number"])
        title = SEPARATOR.sub("", rest, count=1)
        roman = match["number"].isascii() and match["number"].isalpha()
        if value is None or value > 3000 or (roman and title and (not match["number"].isupper() or rest[0].isspace())):
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
