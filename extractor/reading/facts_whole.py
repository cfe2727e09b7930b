"""Facts that only a reader of the whole knows: who is in a chapter, where somebody matters most, who talks to whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from extractor.reading.facts import Found, Names
from extractor.reading.mentions import Mention, NameIndex
from extractor.records import Chapter, Character, Quotation

LEAST_PRESENT, MOST_PRESENT = 3, 8
LEAST_NAMED = 10
LEAST_EXCHANGES = 8
CLEARLY = 1.5
SURE = 0.8
SHOWN = 4

Places = dict[str, dict[str, list[int]]]
"""chapter id → main name → offsets of the mentions in that chapter."""


def whole_facts(
    chapters: Sequence[Chapter], quotations: Sequence[Quotation], cast: Sequence[Character], *, names: Names
) -> dict[str, list[Found]]:
    """Return facts by the id of the chapter that proves them; chapters without a heading are not asked about."""
    places = _places(chapters, cast, names)
    joint = "、" if names.language == "zh" else ", "
    found: dict[str, list[Found]] = defaultdict(list)
    for chapter in chapters:
        here = {name: at for name, at in places[chapter.id].items() if len(at) >= LEAST_PRESENT}
        if chapter.heading and len(here) >= 2:
            ranked = sorted(here, key=lambda name: -len(here[name]))[:MOST_PRESENT]
            numbers = tuple(sorted({chapter.paragraph_at(here[name][0]) for name in ranked}))
            found[chapter.id].append(Found("present", numbers, {"people": joint.join(ranked)}))
    for name, best in _clear_leads(places).items():
        chapter = next(c for c in chapters if c.id == best)
        if chapter.heading:
            numbers = tuple(dict.fromkeys(chapter.paragraph_at(at) for at in places[best][name]))[:SHOWN]
            found[best].append(Found("named_most", numbers, {"name": name}))
    for name, partner, where, numbers in _partners(quotations, set(names.shown.values())):
        found[where].append(Found("talks_most", numbers, {"name": name, "partner": partner}))
    return found


def _places(chapters: Sequence[Chapter], cast: Sequence[Character], names: Names) -> Places:
    trusted = [
        c.model_copy(update={"aliases": tuple(alias for alias in c.aliases if names.shown.get(alias) == c.name)})
        for c in cast
        if c.kind == "person" and names.shown.get(c.name) == c.name
    ]
    order = {chapter.id: number for number, chapter in enumerate(chapters)}
    index = NameIndex(trusted, language="zh" if names.language == "zh" else "en", order=order)
    places: Places = {}
    for chapter in chapters:
        offsets: dict[str, list[int]] = defaultdict(list)
        for mention in index.find(chapter.text, 0, len(chapter.text), chapter=chapter.id):
            if names.language == "zh" or chapter.text[mention.start : mention.end] != _lower(chapter, mention):
                offsets[trusted[mention.character].name].append(mention.start)
        places[chapter.id] = offsets
    return places


def _lower(chapter: Chapter, mention: Mention) -> str:
    return chapter.text[mention.start : mention.end].lower()


def _clear_leads(places: Places) -> dict[str, str]:
    """Return for each name the chapter that mentions it clearly more often than any other."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for chapter, offsets in places.items():
        for name, at in offsets.items():
            counts[name][chapter] = len(at)
    leads = {}
    for name, by_chapter in counts.items():
        (best, most), *rest = by_chapter.most_common(2)
        if most >= LEAST_NAMED and rest and most >= CLEARLY * rest[0][1]:
            leads[name] = best
    return leads


def _partners(quotations: Sequence[Quotation], shown: set[str]) -> list[tuple[str, str, str, tuple[int, ...]]]:
    """Return name, the one they exchange clearly most lines with, the last chapter they do, and where in it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    last: dict[tuple[str, str], tuple[str, list[int]]] = {}
    speech = [q for q in quotations if q.kind == "speech"]
    for first, second in zip(speech, speech[1:], strict=False):
        a, b = first.speaker, second.speaker
        near = first.chapter == second.chapter and second.paragraph - first.paragraph <= 2
        if not (near and a and b and a != b and {a, b} <= shown and min(first.confidence, second.confidence) >= SURE):
            continue
        for one, other in ((a, b), (b, a)):
            counts[one][other] += 1
            where, numbers = last.get((one, other), ("", []))
            if where != first.chapter:
                where, numbers = first.chapter, []
            last[one, other] = (where, [*numbers, first.paragraph, second.paragraph])
    found = []
    for name, partners in counts.items():
        (best, most), *rest = partners.most_common(2)
        if most >= LEAST_EXCHANGES and (not rest or most >= CLEARLY * rest[0][1]):
            where, numbers = last[name, best]
            found.append((name, best, where, tuple(dict.fromkeys(numbers))[:SHOWN]))
    return found
