"""Headings that a file format marks (EPUB, HTML, Markdown): numbers count as in plain text, titles count, too."""

from __future__ import annotations

import re
from dataclasses import replace

from extractor.reading.headings import Candidate
from extractor.reading.sequences import Oddity, Selection, select
from extractor.records import Novel, Span

MIN_BODY = 200  # characters below a marked title that make it a part of its own
MAX_TITLE, MAX_ENTRIES = 60, 300
CONTENTS_LINE = re.compile(
    r"^[ \t　【]{0,20}(?:table of contents|contents|目[ 　]{0,4}[录錄次])[ \t　】:：.]{0,20}\r?$", re.M | re.I
)
PAGE_NUMBER = re.compile(r"[\s.…·_-]*(?<!\d)\d{0,4}\s*$")
MATTER = re.compile(
    r"(?:目\s*[录錄]|版[权權].{0,4}|封面|扉页|书名页|献词|出版说明|关于作者|作者简介|制作信息|(?:table of )?contents|"
    r"copyright.{0,20}|title ?page|cover|dedication|about the author|also by .{1,40}|colophon|imprint|half.?title)\W*",
    re.I,
)


def select_marked(novel: Novel, candidates: list[Candidate], story: Span) -> Selection | None:
    """Choose among the lines that the format marks; None where plain lines tell more than the marks do.

    A title without number is a chapter where the book has no numbers, else an extra part. One with nothing below it
    is a volume's page; one right under a number is that chapter's title.
    """
    marked = _marked(novel, candidates, story)
    if len(marked) < 2:
        return None
    selection = select(novel.text, [c for c in marked if c.level != "titled"])
    plain = select(novel.text, candidates)
    if _count(plain) > 2 * max(1, len(marked)) or (_count(plain) > 2 * _count(selection) and _count(selection) > 0):
        return None
    taken = {c.start for c in selection.chosen}
    skipped = {c.start for c in (*selection.contents, *selection.repeats)}
    rest = [c for c in marked if c.start not in taken and c.start not in skipped and c.level == "titled"]
    selection.chosen = _merge(novel, sorted([*selection.chosen, *rest], key=lambda c: c.start))
    return selection


def select_listed(text: str, story: Span) -> Selection:
    """Choose the titles that a table of contents lists and that stand as lines of their own behind it, in order.

    For books whose headings have no numbers; fewer than three are none.
    """
    head = CONTENTS_LINE.search(text, story[0], min(story[1], story[0] + 200_000))
    if head is None:
        return Selection()
    lines: list[tuple[int, int, str]] = []
    places: dict[str, list[int]] = {}
    for match in re.finditer(r"[^\r\n]+", text[head.end() : story[1]]):
        line = PAGE_NUMBER.sub("", match[0]).strip().casefold()
        if 0 < len(line) <= MAX_TITLE:
            places.setdefault(line, []).append(len(lines))
            lines.append((head.end() + match.start(), head.end() + match.end(), line))
    found: list[int] = []
    entries = 0
    for index, (_, _, line) in enumerate(lines[:MAX_ENTRIES]):
        if found and index >= found[0]:
            break
        entries += 1
        later = next((place for place in places[line] if place > max(index, found[-1] if found else 0)), None)
        if later is not None:
            found.append(later)
    if len(found) < max(3, 0.6 * entries):
        return Selection()
    chosen = [replace(_title(text, *lines[place][:2]), level="special", unit="chapter") for place in found]
    return Selection(chosen=chosen, oddities=[Oddity("contents", head.start(), f"{entries} lines of contents")])


def _title(text: str, start: int, end: int) -> Candidate:
    """Return a heading without number."""
    line = text[start:end].strip()
    return Candidate(
        start=start, end=end, level="titled", unit="", number=None, text=line, title=line, style="titled", weight=3.0,
        marked=True,
    )  # fmt: skip


def _marked(novel: Novel, candidates: list[Candidate], story: Span) -> list[Candidate]:
    """Return a candidate for each marked line."""
    known = {c.start: c for c in candidates}
    found: list[Candidate] = []
    for start in novel.headings:
        if not story[0] <= start < story[1]:
            continue
        end = min((i for i in (novel.text.find("\n", start), novel.text.find("\r", start)) if i >= 0), default=story[1])
        line = novel.text[start:end].strip()
        candidate = known.get(start)
        if candidate is not None and candidate.level != "run_in":
            found.append(replace(candidate, weight=max(candidate.weight, 2.5) + 1.0, marked=True))
        elif line:
            found.append(_title(novel.text, start, end))
    return found


def _count(selection: Selection) -> int:
    """Return how many numbered chapters were chosen."""
    return sum(c.number is not None and c.level != "volume" for c in selection.chosen)


def _merge(novel: Novel, chosen: list[Candidate]) -> list[Candidate]:
    """Decide what each title is: the title of the number above it, a volume, matter of no story, or a part."""
    numbered = [c for c in chosen if c.number is not None and c.level != "volume"]
    low, high = (numbered[0].start, numbered[-1].start) if numbered else (0, 0)
    inside = sum(c.level == "titled" and low < c.start < high for c in chosen)
    sections = bool(numbered) and inside > max(3, 0.3 * len(numbered))
    merged: list[Candidate] = []
    for index, candidate in enumerate(chosen):
        stop = chosen[index + 1].start if index + 1 < len(chosen) else len(novel.text)
        body = len(novel.text[candidate.end : stop].strip())
        before = merged[-1] if merged else None
        if candidate.level != "titled":
            merged.append(candidate)
        elif before and before.number is not None and not before.title and _touch(novel, before, candidate):
            merged[-1] = replace(before, title=candidate.title, end=candidate.end)
        elif MATTER.fullmatch(candidate.title) or (not merged and body < MIN_BODY):
            merged.append(replace(candidate, level="special", unit="matter"))
        elif body < MIN_BODY and index + 1 < len(chosen) and body < 0.1 * _typical(novel, chosen):
            merged.append(replace(candidate, level="volume"))
        elif not numbered:
            merged.append(replace(candidate, level="special", unit="chapter"))
        elif not (sections and low < candidate.start < high):
            merged.append(replace(candidate, level="special", unit="prologue" if candidate.start < low else "extra"))
    return merged


def _touch(novel: Novel, before: Candidate, after: Candidate) -> bool:
    """Tell whether nothing stands between two headings."""
    return not novel.text[before.end : after.start].strip()


def _typical(novel: Novel, chosen: list[Candidate]) -> float:
    """Return the mean number of characters between headings."""
    return (len(novel.text) - chosen[0].start) / len(chosen)
