"""Names become characters: which names mean the same person, each link with the sentence that proves it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MAIDEN = frozenset({"miss"})
MARRIED = frozenset({"mrs", "lady", "madame", "mme"})


@dataclass
class Cluster:
    """Names of one character with their counts, its gender and why they stand together.

    `offices` are those that look like a full name and are a surname with an office.
    """

    names: dict[str, int]
    gender: str = "unknown"
    evidence: list[str] = field(default_factory=list)
    offices: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How often any of the names stands in the book."""
        return sum(self.names.values())


class Clusters:
    """Names that grow together under checks: opposite genders and names seen side by side stay apart."""

    def __init__(
        self, names: Mapping[str, int], *, genders: Mapping[str, str], together: Mapping[frozenset[str], int]
    ) -> None:
        self._of: dict[str, Cluster] = {
            name: Cluster({name: total}, genders.get(name, "unknown")) for name, total in names.items()
        }
        self._counts = dict(names)
        self._together = together

    def __getitem__(self, name: str) -> Cluster:
        return self._of[name]

    def __contains__(self, name: str) -> bool:
        return name in self._of

    def all(self) -> list[Cluster]:
        """Return the clusters, most mentioned first."""
        distinct = {id(cluster): cluster for cluster in self._of.values()}
        return sorted(distinct.values(), key=lambda c: (-c.total, next(iter(c.names))))

    def apart(self, first: str, second: str) -> bool:
        """Tell whether two names stand beside each other in sentences too often to mean one person."""
        if first in second or second in first:
            return False
        count = self._together.get(frozenset((first, second)), 0)
        low = min(self._counts.get(first, 0), self._counts.get(second, 0))
        return (count >= 2 and count > 0.08 * low) or (count >= 4 and count > 0.02 * low)

    def link(self, first: str, second: str, why: str) -> bool:
        """Put two names together; return False where gender or company speak against it."""
        one, two = self._of[first], self._of[second]
        if one is two:
            return True
        if {one.gender, two.gender} == {"male", "female"}:
            return False
        if {_wedded(one), _wedded(two)} == {"miss", "mrs"}:
            return False
        if _ranks(one) and _ranks(two) and not _ranks(one) & _ranks(two):
            return False
        if second not in first.split() and any(self.apart(a, b) for a in one.names for b in two.names):
            return False
        one.names.update(two.names)
        one.offices |= two.offices
        one.evidence += [*two.evidence, why]
        if one.gender == "unknown":
            one.gender = two.gender
        for name in two.names:
            self._of[name] = one
        return True


RANKED = re.compile(r"([大二三四五六七八九])(?:姐|哥|爷|叔|姑娘|奶奶|娘|嫂|弟|妹|少爷|小姐|太太|婶|伯|公子)")


def _ranks(cluster: Cluster) -> frozenset[str]:
    """Return the numbers among brothers and sisters that the names tell: 三 of 尤三姐."""
    return frozenset(match[1] for name in cluster.names for match in RANKED.finditer(name))


def _wedded(cluster: Cluster) -> str:
    """Return miss or mrs as the names tell, "" where they tell neither."""
    titles = {name.split()[0].strip(".").casefold() for name in cluster.names if " " in name}
    return "miss" if titles & MAIDEN else "mrs" if titles & MARRIED else ""


def seen_together(sentences: Iterable[Sequence[str]]) -> Counter[frozenset[str]]:
    """Count in how many sentences two names stand side by side."""
    counts: Counter[frozenset[str]] = Counter()
    for names in sentences:
        distinct = sorted(set(names))
        if 2 <= len(distinct) <= 8:
            for k, first in enumerate(distinct):
                counts.update(frozenset((first, second)) for second in distinct[k + 1 :])
    return counts


def only_or_leading(candidates: Sequence[Cluster], *, lead: float = 6.0) -> Cluster | None:
    """Return the only cluster, or the one mentioned `lead` times as often as the next; else None."""
    distinct = sorted({id(c): c for c in candidates}.values(), key=lambda c: -c.total)
    if not distinct:
        return None
    if len(distinct) == 1 or distinct[0].total >= lead * distinct[1].total:
        return distinct[0]
    return None
