"""A novel becomes its chapters: slices that joined are the whole novel again, with ids that say what is printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from extractor.reading.layout import Heading, Survey, survey
from extractor.reading.paragraphs import find_paragraphs
from extractor.reading.sequences import Oddity
from extractor.records import Chapter, Novel, Span

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
SENTENCE_END = re.compile(r"[。！？!?…]+[”’」』）)]*|\.[”’\")]*(?=\s)")
Kind = Literal["front", "prologue", "chapter", "extra"]
VOLUME_BODY = 500  # characters under a volume's own heading that make it a part of the story


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of the novel that becomes one chapter; `heading` is None for front matter and made-up parts."""

    start: int
    end: int
    heading: Heading | None
    front: bool


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has: .75 for a Han character, .25 for any other."""
    other = len(HAN.sub("", text))
    return round(0.75 * (len(text) - other) + 0.25 * other)


def split_chapters(novel: Novel, *, pattern: str = "", language: str = "zh", max_tokens: int) -> Iterator[Chapter]:
    """Yield the parts of a novel in order; joined, their texts are the novel's.

    Front matter, volume headings and a distributor's licence are parts of kind "front". A novel without headings is
    one chapter, or parts of at most `max_tokens`; a chapter with a heading stays whole. `pattern` replaces what is
    known about headings. See `extractor.records.Chapter` for the ids.

    Raises:
        BookError: `pattern` is no regular expression.
    """
    layout = survey(novel, pattern=pattern, language=language)
    yield from build_chapters(novel, layout, max_tokens=max_tokens)


def build_chapters(novel: Novel, layout: Survey, *, max_tokens: int) -> Iterator[Chapter]:
    """Yield the parts of a novel whose layout is known."""
    parts = _parts(novel.text, layout, max_tokens)
    names = _ids(parts)
    left_out = sorted(span for span, _ in layout.left_out)
    position = 0
    for part, name in zip(parts, names, strict=True):
        heading = part.heading
        position += not part.front
        text = novel.text[part.start : part.end]
        body = 0 if heading is None or part.front else heading.end - part.start
        yield Chapter(
            id=name,
            position=0 if part.front else position,
            number=heading.number if heading and not part.front and heading.kind != "volume" else None,
            volume=heading.volume if heading else None,
            kind=_kind(part),
            heading=heading.text if heading else "",
            title=heading.title if heading else "",
            start=part.start,
            end=part.end,
            text=text,
            paragraphs=() if part.front else _paragraphs(text, body=body, offset=part.start, left_out=left_out),
        )


def find_oddities(layout: Survey, chapters: list[Chapter], *, max_tokens: int) -> list[Oddity]:
    """Return what is odd about the headings and the chapters that came of them, in order of offset."""
    found = list(layout.oddities)
    if not layout.headings:
        count = sum(chapter.kind != "front" for chapter in chapters)
        found.append(
            Oddity("no_heading", 0, f"no chapter headings found; {count} parts of at most {max_tokens} tokens")
        )
    for chapter in chapters:
        if chapter.kind == "front":
            continue
        tokens = estimate_tokens(chapter.text)
        if layout.headings and tokens > max_tokens:
            found.append(
                Oddity("long", chapter.start, f"{chapter.id} has about {tokens} tokens, more than {max_tokens}")
            )
        if not chapter.paragraphs:
            found.append(Oddity("blank", chapter.start, f"{chapter.id} has no text under its heading"))
    return sorted(found, key=lambda oddity: oddity.offset)


def preview(novel: Novel, *, pattern: str = "", language: str = "zh", max_tokens: int) -> list[str]:
    """Return a table of the chapters, one line each: number, id, characters, paragraphs, heading, what is odd."""
    layout = survey(novel, pattern=pattern, language=language)
    chapters = list(build_chapters(novel, layout, max_tokens=max_tokens))
    oddities = find_oddities(layout, chapters, max_tokens=max_tokens)
    lines = [f"{'number':>6}  {'id':<10} {'characters':>10} {'paragraphs':>10}  heading"]
    for chapter in chapters:
        odd = "; ".join(o.kind for o in oddities if chapter.start <= o.offset < chapter.end)
        number = "" if chapter.number is None else str(chapter.number)
        label = chapter.heading or ("(front matter)" if chapter.kind == "front" else "(no heading)")
        lines.append(
            f"{number:>6}  {chapter.id:<10} {chapter.end - chapter.start:>10} {len(chapter.paragraphs):>10}  "
            f"{label[:50]}{f'  [{odd}]' if odd else ''}"
        )
    kinds = Counter(chapter.kind for chapter in chapters if chapter.kind != "front")
    lines.append(", ".join(f"{count} {kind}" for kind, count in kinds.items()) + f"; {novel.encoding}")
    if novel.replaced:
        lines.append(f"{novel.replaced} undecodable places became U+FFFD.")
    if novel.advertisements:
        lines.append(f"{len(novel.advertisements)} advertisements of sites are left out of the paragraphs.")
    lines.extend(f"{oddity.kind}: {oddity.detail}" for oddity in oddities)
    return lines


def _parts(text: str, layout: Survey, max_tokens: int) -> list[Part]:
    """Cut the text at its headings, or by length where it has none."""
    start, end = layout.story
    headings = layout.headings
    parts: list[Part] = []
    first = headings[0].start if headings else start
    if text[:first].strip() or (first and not headings):
        parts.append(Part(0, first, None, True))
        begin = first
    else:
        begin = 0
    if not headings:
        parts.extend(Part(a, b, None, False) for a, b in _cut(text, begin, end, max_tokens=max_tokens))
    for index, heading in enumerate(headings, start=1):
        last = index == len(headings)
        stop = end if last else headings[index].start
        blurb = heading.kind == "volume" and not last and len(text[heading.end : stop].strip()) < VOLUME_BODY
        parts.append(Part(begin, stop, heading, blurb or heading.kind == "matter"))
        begin = stop
    if end < len(text):
        if text[end:].strip() or not parts:
            parts.append(Part(end, len(text), None, True))
        else:
            parts[-1] = Part(parts[-1].start, len(text), parts[-1].heading, parts[-1].front)
    return parts


def _cut(text: str, start: int, end: int, *, max_tokens: int) -> Iterator[Span]:
    """Yield pieces of at most `max_tokens`, cut behind a line's end, else a sentence's, else anywhere."""
    begin = start
    while begin < end:
        limit = _reach(text, begin, end, max_tokens=max_tokens)
        stop = limit
        if limit < end:
            line = max(text.rfind("\n", begin, limit), text.rfind("\r", begin, limit)) + 1
            sentences = [] if line > begin else list(SENTENCE_END.finditer(text, begin, limit))
            stop = line if line > begin else sentences[-1].end() if sentences else limit
            stop += text[stop - 1 : stop + 1] == "\r\n"
        yield begin, stop
        begin = stop


def _reach(text: str, begin: int, end: int, *, max_tokens: int) -> int:
    """Return how far from `begin` a text of at most `max_tokens` goes."""
    step = max(1, max_tokens // 16)
    tokens, stop = 0.0, begin
    while stop < end:
        size = estimate_tokens(text[stop : min(stop + step, end)])
        if tokens + size > max_tokens:
            return max(stop, begin + 1)
        tokens, stop = tokens + size, min(stop + step, end)
    return end


def _paragraphs(text: str, *, body: int, offset: int, left_out: list[Span]) -> tuple[Span, ...]:
    """Return the paragraphs of a chapter's text, without what is left out of the novel."""
    end = offset + len(text)
    inside = [(max(0, a - offset), b - offset) for a, b in left_out if b > offset and a < end]
    return find_paragraphs(text, body, len(text), left_out=inside)


def _kind(part: Part) -> Kind:
    """Return a part's kind as records say it."""
    kind = "chapter" if part.heading is None else part.heading.kind
    if part.front or kind == "matter":
        return "front"
    return "prologue" if kind == "volume" else kind


def _ids(parts: list[Part]) -> list[str]:
    """Return the id of each part."""
    numbered = [p.heading for p in parts if p.heading and p.heading.kind == "chapter" and p.heading.number is not None]
    volumes: dict[int, set[int | None]] = {}
    for each in numbered:
        volumes.setdefault(each.number or 0, set()).add(each.volume)
    restarts = any(len(owners) > 1 for owners in volumes.values())
    counts: Counter[str] = Counter()
    names: list[str] = []
    made_up = 0
    for part in parts:
        heading = part.heading
        if part.front:
            leading = part.start == 0 and heading is None
            counts["f"] += not leading
            names.append("f00" if leading else f"f{counts['f']:02d}")
        elif heading is not None and heading.kind == "chapter" and heading.number is not None:
            prefix = f"v{heading.volume:02d}" if restarts and heading.volume is not None else ""
            name = f"{prefix}c{heading.number:04d}"
            counts[name] += 1
            names.append(name + _suffix(counts[name]))
        elif heading is None or (not numbered and heading.kind == "chapter"):
            made_up += 1
            names.append(f"c{made_up:04d}")
        else:
            counts["s"] += 1
            names.append(f"s{counts['s']:02d}")
    return names


def _suffix(count: int) -> str:
    """Return what tells the count-th part of one number apart: "", b, c, …, z, then x27, x28."""
    if count == 1:
        return ""
    return chr(ord("a") + count - 1) if count <= 26 else f"x{count}"
