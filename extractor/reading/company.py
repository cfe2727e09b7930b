"""Names by the company they keep: strings that stand where the surely known names of the same book stand."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from extractor.reading.surnames import SURNAMES

ENOUGH_SEEDS, ENOUGH_OCCURRENCES = 4, 40
MOST_OF_ONE = 30
UNSEEN = 2e-4
NEIGHBOUR = re.compile(rf"[{''.join(sorted(SURNAMES))}](?=([\u4e00-\u9fff]{{1,2}}))")


@dataclass
class Company:
    """How often a string stands in a text, and which single characters stand behind and in front of it."""

    total: int = 0
    right: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def surnamed(text: str, possible: Callable[[str], bool], *, least: int = 3) -> set[str]:
    """Return the possible strings of a surname and one or two characters that stand at least `least` times."""
    counts: Counter[str] = Counter()
    for match in NEIGHBOUR.finditer(text):
        for length in range(1, len(match[1]) + 1):
            counts[match[0] + match[1][:length]] += 1
    return {name for name, count in counts.items() if count >= least and possible(name)}


def companies(text: str, names: Iterable[str]) -> dict[str, Company]:
    """Return the company of each name in one pass over the text."""
    found = {name: Company() for name in names}
    lengths: dict[str, set[int]] = {}
    for name in found:
        lengths.setdefault(name[0], set()).add(len(name))
    if not lengths:
        return found
    for match in re.finditer("[" + "".join(map(re.escape, sorted(lengths))) + "]", text):
        at = match.start()
        for length in lengths[match[0]]:
            company = found.get(text[at : at + length])
            if company is not None:
                company.total += 1
                company.right[text[at + length : at + length + 1]] += 1
                company.left[text[at - 1 : at]] += 1
    return found


def likeness(
    found: Mapping[str, Company], names: Iterable[str], *, seeds: Iterable[str], background: Iterable[str]
) -> dict[str, float]:
    """Return for each name the mean log ratio of its neighbours beside the seeds and beside the background.

    Empty where the book has too few sure names to learn from.
    """
    sure = [found[name] for name in seeds if name in found]
    if len(sure) < ENOUGH_SEEDS or sum(company.total for company in sure) < ENOUGH_OCCURRENCES:
        return {}
    listed = list(names)
    common = [found[name] for name in background]
    scores = dict.fromkeys(listed, 0.0)
    for side in ("right", "left"):
        known, any_string = _shares(sure, side), _shares(common, side)
        for name in listed:
            seen: Counter[str] = getattr(found[name], side)
            total = max(1, seen.total())
            scores[name] += sum(
                n / total * math.log((known.get(c, 0.0) + UNSEEN) / (any_string.get(c, 0.0) + UNSEEN))
                for c, n in seen.items()
            )
    return scores


def _shares(group: Iterable[Company], side: str) -> dict[str, float]:
    """Return how often each character stands on one side, no single name counted for more than a few dozen."""
    sums: dict[str, float] = {}
    for company in group:
        weight = min(1.0, MOST_OF_ONE / max(1, company.total))
        for character, n in getattr(company, side).items():
            sums[character] = sums.get(character, 0.0) + n * weight
    total = sum(sums.values()) or 1.0
    return {character: n / total for character, n in sums.items()}
