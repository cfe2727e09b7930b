"""Which candidates are headings: a book's numbers run on; a table of contents, a mention and a running head do not."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from extractor.reading.contents import find_contents, gap
from extractor.reading.headings import Candidate, Level

MIN_BODY = 150  # characters that a misnumbered heading must have below it
FAMILIES = ("letter", "stave", "canto", "adventure", "story", "tale", "night", "episode", "lesson")
NO_WORD = re.compile(r"[\W_]+")
LOOKBACK = 12  # candidates before one that may precede it, besides those with the number before
TRUSTED = 0.8  # share of a style's lines that must be headings before its misnumbered ones are believed


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something about the headings that a person may want to look at: `kind` is a snake_case word."""

    kind: str
    offset: int
    detail: str


@dataclass(slots=True)
class Selection:
    """What of a book's candidates are headings.

    `repeats` are second copies of a heading right below it (`copies`: start of the copy -> start of the heading),
    `contents` the entries of tables of contents.
    """

    chosen: list[Candidate] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    repeats: list[Candidate] = field(default_factory=list)
    contents: list[Candidate] = field(default_factory=list)
    copies: dict[int, int] = field(default_factory=dict)


def select(text: str, candidates: list[Candidate]) -> Selection:
    """Choose the headings among the candidates."""
    contents = find_contents(text, candidates)
    selection = Selection(contents=contents)
    if contents:
        selection.oddities.append(Oddity("contents", contents[0].start, f"{len(contents)} lines of contents"))
    dropped = {c.start for c in contents}
    rest = _without_repeats(text, [c for c in candidates if c.start not in dropped], selection)
    volumes = _choose_volumes(rest)
    main = _main_level(text, rest, volumes)
    if main == "volume":
        chapters, volumes = [replace(c, level="chapter") for c in volumes], []
    elif main is None:
        chapters = []
    else:
        chapters = _chain(_with_supporters(rest, main, volumes), volumes, main)
        chapters = _fill_gaps(rest, chapters, selection)
    chosen = sorted([*chapters, *volumes], key=lambda c: c.start)
    specials = _choose_specials(text, rest, chosen)
    if chapters or len(specials) >= 2:
        selection.chosen = sorted([*chosen, *specials], key=lambda c: c.start)
    kept = {c.start for c in selection.chosen}
    selection.repeats = [c for c in selection.repeats if selection.copies.get(c.start) in kept]
    selection.repeats = sorted([*selection.repeats, *_running_heads(rest, selection.chosen)], key=lambda c: c.start)
    return selection


def _running_heads(candidates: list[Candidate], chosen: list[Candidate]) -> list[Candidate]:
    """Return the lines that print the heading of the chapter or the volume they stand in once more."""
    kept = {c.start for c in chosen}
    found: list[Candidate] = []
    current: dict[bool, Candidate] = {}
    for candidate in candidates:
        volume = candidate.level == "volume"
        owner = current.get(volume)
        if candidate.start in kept:
            current[volume] = candidate
        elif (
            owner
            and candidate.number == owner.number
            and candidate.title == owner.title
            and candidate.number is not None
        ):
            found.append(candidate)
    return found


def select_inline(candidates: list[Candidate]) -> Selection:
    """Choose the headings of a book whose headings stand inside its lines; fewer than three are none."""
    chain = _chain(candidates, [], "chapter")
    return Selection(chosen=chain if len(chain) >= 3 else [])


def _choose_specials(text: str, candidates: list[Candidate], chosen: list[Candidate]) -> list[Candidate]:
    """Choose the unnumbered headings: not the title below a number, no appendix in the middle of the book."""
    starts = [c.start for c in chosen]
    specials: list[Candidate] = []
    for candidate in candidates:
        if candidate.level != "special" or candidate.weight < 1.5:
            continue
        index = bisect_left(starts, candidate.start)
        before = chosen[index - 1] if index else None
        if before and before.level != "volume" and gap(text, before, candidate) == 0:
            continue
        if (candidate.unit == "back" and 0 < index < len(chosen)) or (
            candidate.unit == "notes" and index < len(chosen)
        ):
            continue
        last = specials[-1] if specials else None
        if last and last.text == candidate.text and bisect_left(starts, last.start) == index:
            continue
        specials.append(candidate)
    return specials


def _without_repeats(text: str, candidates: list[Candidate], selection: Selection) -> list[Candidate]:
    """Take out a heading that is printed a second time right below itself."""
    kept: list[Candidate] = []
    for candidate in candidates:
        before = kept[-1] if kept else None
        if (
            before is not None
            and (before.level, before.unit, before.number, before.part)
            == (candidate.level, candidate.unit, candidate.number, candidate.part)
            and (before.text == candidate.text or _same_title(before, candidate) or not before.title)
            and gap(text, before, candidate) == 0
        ):
            selection.repeats.append(candidate)
            selection.copies[candidate.start] = before.start
            if not before.title:
                kept[-1] = replace(before, title=candidate.title)
        else:
            kept.append(candidate)
    return kept


def _choose_volumes(candidates: list[Candidate]) -> list[Candidate]:
    """Choose the volume headings; where two units nest (部 over 卷), both."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.level == "volume" and candidate.weight >= 2:
            groups.setdefault(candidate.unit, []).append(candidate)
    chosen: list[Candidate] = []
    for group in sorted(groups.values(), key=len):
        chosen.extend(_chain(group, chosen, "volume"))
        chosen.sort(key=lambda c: c.start)
    return chosen


def _main_level(text: str, candidates: list[Candidate], volumes: list[Candidate]) -> Level | None:
    """Return the level that numbers the chapters, None where nothing does."""
    levels: tuple[Level, ...] = ("chapter", "section")
    bare = _chain([c for c in candidates if c.level == "bare"], volumes, "bare")
    spread = max(100 * (len(bare) - 1), 0.2 * len(text))
    believable = len(bare) >= 3 and (bare[0].number in (0, 1, 2) or len(bare) >= 8) and _reach(bare) >= spread
    for level in levels:
        chain = _chain([c for c in candidates if c.level == level], volumes, level)
        if len(chain) >= 2 or (chain and chain[0].weight >= 2.5):
            few = len(bare) >= 3 * len(chain) and _reach(bare) > 2 * _reach(chain)
            return "bare" if believable and few else level
    if believable:
        return "bare"
    if volumes:
        return "volume"
    return "run_in" if len(_chain([c for c in candidates if c.level == "run_in"], [], "run_in")) >= 3 else None


def _reach(chain: list[Candidate]) -> int:
    """Return how much of the text a chain spans."""
    return chain[-1].start - chain[0].start if chain else 0


def ordinals(candidates: Iterable[Candidate], volumes: Iterable[Candidate]) -> dict[int, int]:
    """Return for each candidate's start which volume it stands in: 0 before the first, then 1, 2, …"""
    ordinal, current = 0, None
    found: dict[int, int] = {}
    for candidate in sorted([*candidates, *volumes], key=lambda c: c.start):
        printed = candidate.number if candidate.level == "volume" else candidate.volume
        if candidate.level == "volume" or (printed is not None and printed != current):
            ordinal, current = ordinal + 1, printed
        found[candidate.start] = ordinal
    return found


def _with_supporters(candidates: list[Candidate], main: Level, volumes: list[Candidate]) -> list[Candidate]:
    """Return the candidates of the main level and those of weaker ones that may continue its numbers.

    "43、title" may stand between 第42章 and 第47章; the sections I., II., III. of a story may not, because their
    numbers are taken or come twice.
    """
    weaker: dict[Level, tuple[Level, ...]] = {
        "chapter": ("section", "run_in", "bare"),
        "section": ("run_in", "bare"),
    }
    volume = ordinals(candidates, volumes)
    mains = _one_family([c for c in candidates if c.level == main])
    taken = {(volume[c.start], c.number) for c in mains if c.weight >= 1.5}
    pool = [
        c for c in candidates if c.level in weaker.get(main, ()) and c.weight > 0 and (c.title or c.level != "bare")
    ]
    count = Counter((volume[c.start], c.style, c.number) for c in pool)
    supporters = [
        c for c in pool if (volume[c.start], c.number) not in taken and count[volume[c.start], c.style, c.number] == 1
    ]
    return sorted([*mains, *supporters], key=lambda c: c.start)


def family(candidate: Candidate) -> str:
    """Return the kind of numbering: the letters and the chapters of one book count apart."""
    return candidate.unit if candidate.unit in FAMILIES else ""


def _one_family(mains: list[Candidate]) -> list[Candidate]:
    """Leave out what counts otherwise than the book does, but for a block of its own: Letter 1 to 4, then Chapter 1."""
    families = Counter(family(c) for c in mains)
    if len(families) < 2:
        return mains
    dominant = families.most_common(1)[0][0]
    kept = {dominant}
    for name in families:
        places = [i for i, c in enumerate(mains) if family(c) == name]
        numbers = [mains[i].number for i in places]
        block = places[-1] - places[0] == len(places) - 1 and numbers == list(range(1, len(numbers) + 1))
        if block or not set(numbers) & {c.number for c in mains if family(c) == dominant}:
            kept.add(name)
    return [c for c in mains if family(c) in kept]


def _same_title(first: Candidate, second: Candidate) -> bool:
    """Tell whether two titles are the same but for white space and marks."""
    return first.title == second.title or NO_WORD.sub("", first.title) == NO_WORD.sub("", second.title)


def _step(before: Candidate, after: Candidate, *, new_volume: bool, main: Level) -> float:
    """Return how well one number follows another."""
    first, second = before.number or 0, after.number or 0
    weak = before.level != main or after.level != main
    if second == first + 1 or (new_volume and second in (0, 1)):
        return 1.0
    if weak:
        return -6.0
    if second == first:
        if new_volume:
            return -0.5
        if before.part != after.part:
            return 0.5
        return -5.0 if main == "volume" or _same_title(before, after) else -1.5
    if second > first:
        return -0.3 if second <= first + 5 else -1.0 if second <= first + 50 else -2.0
    if second in (0, 1):
        return -0.5 if before.unit != after.unit and before.unit and after.unit else -4.0
    return -0.5 if new_volume else -3.0


def _chain(candidates: list[Candidate], volumes: list[Candidate], main: Level) -> list[Candidate]:
    """Return the subsequence with the best sum of weights and steps."""
    if not candidates:
        return []
    if main == "volume":
        starts = [volume.start for volume in volumes]
        ordinal = {c.start: bisect_left(starts, c.start) for c in candidates}
    else:
        ordinal = ordinals(candidates, volumes)
    scores: list[float] = []
    links: list[int] = []
    by_number: dict[int, int] = {}
    best = -1
    for index, candidate in enumerate(candidates):
        number = candidate.number or 0
        score, link = (0.5 if number in (0, 1) else -0.3), -1
        options = set(range(max(0, index - LOOKBACK), index))
        options.update(i for i in (by_number.get(number - 1, -1), best) if i >= 0)
        for option in sorted(options):
            new_volume = ordinal[candidates[option].start] != ordinal[candidate.start]
            step = scores[option] + _step(candidates[option], candidate, new_volume=new_volume, main=main)
            if step > score:
                score, link = step, option
        scores.append(score + candidate.weight)
        links.append(link)
        if number not in by_number or scores[index] > scores[by_number[number]]:
            by_number[number] = index
        if best < 0 or scores[index] > scores[best]:
            best = index
    chain: list[Candidate] = []
    index = best if scores[best] > 0 else -1
    while index >= 0:
        chain.append(candidates[index])
        index = links[index]
    return chain[::-1]


def _fill_gaps(candidates: list[Candidate], chain: list[Candidate], selection: Selection) -> list[Candidate]:
    """Add misnumbered headings: lines of a trusted style where the numbers leave room for them.

    I, II, III, VI, V: the fourth is read as IV.
    """
    if len(chain) < 3:
        return chain
    total = Counter(c.style for c in candidates if c.number is not None)
    held = Counter(c.style for c in chain)
    starts = {c.start for c in chain}
    spare = [
        c
        for c in candidates
        if c.start not in starts
        and c.number is not None
        and held[c.style] >= 3
        and held[c.style] >= TRUSTED * total[c.style]
    ]
    if not spare:
        return chain
    filled: list[Candidate] = []
    cursor = 0
    for before, after in zip(chain, [*chain[1:], None], strict=True):
        filled.append(before)
        if after is None or before.number is None or after.number is None:
            continue
        room = after.number - before.number - 1
        while cursor < len(spare) and spare[cursor].start < before.end + MIN_BODY:
            cursor += 1
        number = before.number
        while cursor < len(spare) and spare[cursor].start < after.start - MIN_BODY:
            candidate = spare[cursor]
            cursor += 1
            if room > 0 and candidate.start >= filled[-1].end + MIN_BODY:
                number, room = number + 1, room - 1
                filled.append(replace(candidate, number=number))
                selection.oddities.append(
                    Oddity("misnumbered", candidate.start, f"{candidate.text!r} is read as number {number}")
                )
    return filled
