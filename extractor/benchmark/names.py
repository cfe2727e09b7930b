"""Names as gold and guess write them: one form for comparison, and the table of who bears which."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NARRATOR_WORDS = ("i", "narrator", "我", "叙述者")
SEPARATORS = re.compile(r"[\s.,;:!?\"()\[\]_·•]+")


def normalize(name: str) -> str:
    """Return the form in which names are compared, without width, case, punctuation, a first "the" and a last "'s"."""
    plain = unicodedata.normalize("NFKC", name).lower().strip()
    plain = plain.replace("‘", "'").replace("’", "'").removesuffix("'s")
    plain = SEPARATORS.sub(" ", plain).strip(" ")
    return plain.removeprefix("the ").strip(" ")


class NameTable:
    """The characters of the gold with all their names; one name may belong to several."""

    def __init__(self, characters: Mapping[str, Sequence[str]], *, narrators: Iterable[str] = ()) -> None:
        self._main: dict[str, str] = {}
        owners: dict[str, set[str]] = defaultdict(set)
        for character, aliases in characters.items():
            for name in (character, *aliases):
                owners[normalize(name)].add(character)
            self._main[normalize(character)] = character
        for character in narrators:
            for word in NARRATOR_WORDS:
                owners[word].add(character)
        owners.pop("", None)
        self._main.pop("", None)
        self._owners = {name: frozenset(found) for name, found in owners.items()}
        self.characters = characters

    def owners(self, name: str) -> frozenset[str]:
        """Return everybody who bears a name."""
        return self._owners.get(normalize(name), frozenset())

    def resolve(self, name: str, aliases: Iterable[str] = ()) -> frozenset[str]:
        """Return who is meant by a name, several where that stays open.

        A main name means its bearer alone. A name that nobody bears means whoever bears most of `aliases`, a shared
        alias counting in parts.
        """
        main = self._main.get(normalize(name))
        if main is not None:
            return frozenset((main,))
        return self.owners(name) or self._majority(aliases)

    def _majority(self, aliases: Iterable[str]) -> frozenset[str]:
        parts: dict[str, float] = defaultdict(float)
        for alias in aliases:
            found = self.owners(alias)
            for owner in found:
                parts[owner] += 1 / len(found)
        most = max(parts.values(), default=0.0)
        return frozenset(owner for owner, part in parts.items() if part == most)

    def names_in(self, text: str) -> dict[str, str]:
        """Return each name that one character alone bears and that occurs in a text, with its bearer."""
        folded = " ".join(text.lower().split())
        found: dict[str, str] = {}
        for character, aliases in self.characters.items():
            if character.startswith("_"):
                continue
            for name in (character, *aliases):
                alone = len(self.owners(name)) == 1
                if alone and " ".join(name.lower().split()) in folded:
                    found[normalize(name)] = character
        return found


@dataclass(frozen=True)
class AliasScore:
    """How well a cast puts the names of the gold together.

    `recall` is the share of names listed under an entry that is the right person, `pair_f1` the F1 of pairs of names
    that stand under one entry.
    """

    recall: float
    pair_f1: float


def score_aliases(table: NameTable, cast: Mapping[str, Sequence[str]], text: str) -> AliasScore | None:
    """Compare a cast (name -> aliases) with the gold; None where no name of the gold occurs in the text."""
    bearer = table.names_in(text)
    if not bearer:
        return None
    entry_of: dict[str, str] = {}
    person_of: dict[str, str | None] = {}
    for entry, aliases in cast.items():
        known = [name for name in dict.fromkeys(map(normalize, (entry, *aliases))) if name in bearer]
        for name in known:
            entry_of.setdefault(name, entry)
        person_of[entry] = _person(table, entry, aliases, bearer=bearer, known=known)
    right = sum(person_of[entry] == bearer[name] for name, entry in entry_of.items())
    together = Counter((entry, bearer[name]) for name, entry in entry_of.items())
    hits = _pairs(together)
    guessed, wanted = _pairs(Counter(entry_of.values())), _pairs(Counter(bearer.values()))
    precision = hits / guessed if guessed else 1.0
    recall = hits / wanted if wanted else 1.0
    return AliasScore(right / len(bearer), f1(precision, recall))


def _person(
    table: NameTable, entry: str, aliases: Sequence[str], *, bearer: Mapping[str, str], known: Sequence[str]
) -> str | None:
    """Return the one person an entry of the cast is: by its main name, by most of its names, by what it may mean."""
    if normalize(entry) in bearer:
        return bearer[normalize(entry)]
    if known:
        return Counter(bearer[name] for name in known).most_common(1)[0][0]
    meant = table.resolve(entry, aliases)
    return next(iter(meant)) if len(meant) == 1 else None


def _pairs(groups: Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of precision and recall, 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
