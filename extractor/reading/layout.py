"""The layout of a novel: its headings with number and volume, what is odd about them, and what is no paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from extractor.errors import BookError
from extractor.reading.headings import Candidate, find_candidates, find_inline
from extractor.reading.numerals import read_number
from extractor.reading.sequences import Oddity, family, ordinals, select, select_inline
from extractor.reading.titles import select_listed, select_marked
from extractor.records import Novel, Span

GUTENBERG_START = re.compile(r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\r\n]*", re.M | re.I)
GUTENBERG_END = re.compile(
    r"^(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the |this )?Project Gutenberg)[^\r\n]*", re.M | re.I
)
BLANK = r"[ \t　]{0,60}+(?:\r\n|\r|\n)"
TITLE_BELOW = re.compile(rf"{BLANK}(?:{BLANK}){{0,3}}+(?P<title>[^\r\n]{{1,80}})(?:\r\n|\r|\n){BLANK}")
LINE_BELOW = re.compile(rf"{BLANK}(?:{BLANK}){{0,3}}+(?P<line>[^\r\n]{{1,100}})(?=[\r\n]|\Z)")
HAN_CHARACTER = re.compile(r"[\u3400-\u9fff]")
MAX_HEADING = 100  # characters of a line that is a heading as a whole
HeadingKind = Literal["volume", "matter", "prologue", "chapter", "extra"]
SMALL_WORDS = frozenset("a an and as at but by for from in into nor of on or the to up with".split())


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the novel: `start` is where its line begins, `end` where its title ends.

    `number` is the number as printed (corrected where the neighbours prove a misprint), `volume` the volume it stands
    in; `kind` "volume" and "matter" (contents, copyright page) open no chapter of their own.
    """

    start: int
    end: int
    kind: HeadingKind
    number: int | None
    volume: int | None
    text: str
    title: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a novel's layout: its headings, what is odd, and the spans that belong to no paragraph.

    `story` is the span between a distributor's own start and end marks; the whole text where there are none.
    `left_out` pairs each span with a snake_case reason.
    """

    headings: tuple[Heading, ...]
    oddities: tuple[Oddity, ...]
    left_out: tuple[tuple[Span, str], ...]
    story: Span


def find_headings(novel: Novel, *, pattern: str = "", language: str = "zh") -> tuple[list[Heading], list[Oddity]]:
    """Return the headings of chapters and volumes in order, and what is odd about them; see `survey`."""
    layout = survey(novel, pattern=pattern, language=language)
    return [heading for heading in layout.headings if heading.kind != "matter"], list(layout.oddities)


def survey(novel: Novel, *, pattern: str = "", language: str = "zh") -> Survey:
    """Find the headings of a novel and everything else that is no paragraph.

    `pattern` is a regular expression for a heading, searched in each line; its groups `number` and `title`, or group
    1 as the number, are read. It replaces all that is known about headings.

    Raises:
        BookError: `pattern` is no regular expression.
    """
    text = novel.text
    story = _story_span(text)
    left_out = [(span, "advertisement") for span in novel.advertisements]
    if pattern:
        chosen, oddities = _by_pattern(text, story, pattern), []
    else:
        inside = [c for c in find_candidates(text, *story) if not _is_inside(c, novel.advertisements)]
        selection = (select_marked(novel, inside, story) if novel.headings else None) or select(text, inside)
        if not selection.chosen and _in_long_lines(text) > len(text) / 2:
            selection = select_inline(find_inline(text, *story))
        if not selection.chosen:
            selection = select_listed(text, story)
        chosen, oddities = selection.chosen, selection.oddities
        left_out += [((c.start, c.end), "repeated_heading") for c in selection.repeats]
        left_out += [((c.start, c.end), "contents") for c in selection.contents]
        oddities += [Oddity("repeated", c.start, f"{c.text!r} stands twice") for c in selection.repeats]
    headings = _titled(text, _corrected(_headings(chosen, oddities), oddities))
    left_out += _repeated_titles(text, headings)
    oddities += _number_oddities(headings)
    oddities.sort(key=lambda oddity: oddity.offset)
    return Survey(tuple(headings), tuple(oddities), tuple(sorted(left_out)), story)


def _story_span(text: str) -> Span:
    """Return what stands between Project Gutenberg's start and end marks."""
    head = GUTENBERG_START.search(text)
    start = head.end() if head else 0
    tail = GUTENBERG_END.search(text, start)
    return start, tail.start() if tail and tail.start() > start else len(text)


def _in_long_lines(text: str) -> int:
    """Return how many characters stand in lines that are longer than any paragraph should be."""
    lengths = (match.end() - match.start() for match in re.finditer(r"[^\r\n]+", text))
    return sum(length for length in lengths if length > 1000)


def _repeated_titles(text: str, headings: list[Heading]) -> list[tuple[Span, str]]:
    """Return the lines right below a heading that say its title once more."""
    found: list[tuple[Span, str]] = []
    for heading in headings:
        below = LINE_BELOW.match(text, heading.end)
        if below and heading.title and below["line"].strip() == heading.title:
            found.append((below.span("line"), "repeated_heading"))
    return found


def _is_inside(candidate: Candidate, spans: tuple[Span, ...]) -> bool:
    """Tell whether a candidate's line is an advertisement."""
    index = bisect_right(spans, (candidate.end, candidate.end)) - 1
    return index >= 0 and spans[index][1] >= candidate.end and spans[index][0] <= candidate.end - 1


def _by_pattern(text: str, story: Span, pattern: str) -> list[Candidate]:
    """Return a candidate for each place where the user's pattern matches inside a line."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise BookError(f"chapter_pattern {pattern!r} is no regular expression: {error}.") from None
    found: list[Candidate] = []
    for line in re.finditer(r"[^\r\n]+", text[: story[1]]):
        for match in expression.finditer(line[0]):
            if line.start() < story[0] or not match[0].strip():
                continue
            groups = match.groupdict()
            numeral = groups.get("number") or (match[1] if match.re.groups and not groups else "") or ""
            alone = not line[0][: match.start()].strip() and len(line[0].strip()) <= MAX_HEADING
            start = line.start() + (0 if alone else match.start())
            end = line.start() + len(line[0].rstrip()) if alone else line.start() + match.end()
            title = groups.get("title") or (line[0][match.end() :] if alone else "")
            found.append(
                Candidate(
                    start=start,
                    end=end,
                    level="chapter",
                    unit="",
                    number=read_number(numeral),
                    text=" ".join(text[start:end].split()),
                    title=title.strip(),
                    style="pattern",
                    weight=3.0,
                )  # fmt: skip
            )
            if alone:
                break
    return found


def _headings(chosen: list[Candidate], oddities: list[Oddity]) -> list[Heading]:
    """Turn the chosen candidates into headings with the volume that each stands in.

    A volume begins at its heading, at another volume's number in a heading, or where the numbers begin again.
    """
    numbered = [c for c in chosen if c.number is not None and c.level != "volume"]
    families = Counter(family(c) for c in numbered).most_common(1)
    dominant = families[0][0] if families else ""
    taken = {c.number for c in numbered if family(c) == dominant}
    first = next((c.start for c in numbered if family(c) == dominant), 0)
    ordinal = ordinals(chosen, ())
    group, last_ordinal, previous, implied = 0, 0, -1, False
    printed: dict[int, int | None] = {}
    rows: list[tuple[Candidate, HeadingKind, int | None, int]] = []
    for candidate in chosen:
        number, kind = candidate.number, _kind(candidate)
        if kind == "chapter" and number is not None and family(candidate) != dominant and number in taken:
            number, kind = None, "prologue" if candidate.start < first else "extra"
        if ordinal[candidate.start] != last_ordinal:
            last_ordinal, group, previous = ordinal[candidate.start], group + 1, -1
            printed[group] = number if kind == "volume" else candidate.volume
        if number is not None and kind == "chapter":
            if number < previous and number in (0, 1):
                group, implied = group + 1, True
                oddities.append(Oddity("restart", candidate.start, f"numbers begin again at {candidate.text!r}"))
            previous = number
        rows.append((candidate, kind, number, group))
    numbers = [number for number in printed.values() if number is not None]
    true_numbers = not implied and len(numbers) == len(printed) and numbers == sorted(set(numbers))
    shift = 1 if implied and not printed else 0
    return [
        Heading(
            start=c.start, end=c.end, kind=kind, number=number,
            volume=printed[group] if true_numbers and group else (group + shift) or None, text=c.text, title=c.title,
            part=c.part,
        )
        for c, kind, number, group in rows
    ]  # fmt: skip


def _corrected(headings: list[Heading], oddities: list[Oddity]) -> list[Heading]:
    """Correct misprinted numbers between two that prove them: 11, 21, 13 -> 11, 12, 13; at most three in a row."""
    result = list(headings)
    places = [i for i, h in enumerate(headings) if h.kind == "chapter" and h.number is not None]
    drifts = [(headings[i].volume, (headings[i].number or 0) - rank) for rank, i in enumerate(places)]
    for rank in range(1, len(places) - 1):
        if drifts[rank] == drifts[rank - 1]:
            continue
        after = next((r for r in range(rank + 1, min(rank + 4, len(places))) if drifts[r] == drifts[rank - 1]), None)
        if after is None:
            continue
        for wrong in range(rank, after):
            heading = headings[places[wrong]]
            number = drifts[rank - 1][1] + wrong
            if heading.number != number and not heading.part:
                result[places[wrong]] = replace(heading, number=number, volume=drifts[rank - 1][0])
                oddities.append(Oddity("misnumbered", heading.start, f"{heading.text!r} is read as number {number}"))
            drifts[wrong] = drifts[rank - 1]
    return result


def _titled(text: str, headings: list[Heading]) -> list[Heading]:
    """Give headings that are only a number the title from the line below, where the book has titles there."""
    bare = [h for h in headings if not h.title and h.kind == "chapter"]
    below = {h.start: match for h in bare if (match := _title_below(text, h.end)) is not None}
    if not bare or len(below) < 0.6 * len(bare):
        return headings
    return [
        replace(h, end=below[h.start].end("title"), title=below[h.start]["title"].strip()) if h.start in below else h
        for h in headings
    ]


def _title_below(text: str, end: int) -> re.Match[str] | None:
    """Return a match whose group `title` is a line that stands alone below a heading and reads like a title."""
    match = TITLE_BELOW.match(text, end)
    if match is None:
        return None
    title = match["title"].strip()
    if HAN_CHARACTER.search(title):
        return match if len(title) <= 24 and not re.search(r"[。！？，；：“”「」…]", title) else None
    words = [word for word in re.findall(r"[^\W\d_][\w'’]*", title) if word.lower() not in SMALL_WORDS]
    if not words or title[0] in "\"“'‘" and title[-1] in "\"”'’,;" or title.endswith((",", ";", "--")):
        return None
    return match if sum(word[0].isupper() for word in words) >= 0.6 * len(words) else None


def _number_oddities(headings: list[Heading]) -> list[Oddity]:
    """Report gaps, duplicates and steps back in the numbers of each volume."""
    found: list[Oddity] = []
    before: Heading | None = None
    for heading in headings:
        if heading.kind != "chapter" or heading.number is None:
            continue
        if before is not None and before.number is not None and before.volume == heading.volume:
            step = heading.number - before.number
            if step > 1:
                missing = f"{before.number + 1}" if step == 2 else f"{before.number + 1} to {heading.number - 1}"
                found.append(Oddity("gap", heading.start, f"no heading for number {missing}"))
            elif step == 0 and (heading.part == before.part or not heading.part):
                found.append(Oddity("duplicate", heading.start, f"number {heading.number} comes twice"))
            elif step < 0:
                found.append(Oddity("backward", heading.start, f"{heading.number} follows {before.number}"))
        before = heading
    return found


def _kind(candidate: Candidate) -> HeadingKind:
    """Return the kind of heading that a candidate becomes."""
    if candidate.level == "volume":
        return "volume"
    if candidate.level != "special" or candidate.unit == "chapter":
        return "chapter"
    if candidate.unit in ("matter", "notes"):
        return "matter"
    return "prologue" if candidate.unit == "prologue" else "extra"
