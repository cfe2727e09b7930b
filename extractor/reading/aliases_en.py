"""Which English names mean one person: titles, surnames, first names and their short forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extractor.reading.aliases import Cluster, Clusters, only_or_leading
from extractor.reading.first_names import FEMALE_FIRST, MALE_FIRST, NICKNAMES
from extractor.reading.lexicon import words
from extractor.reading.person_nouns import FEMALE_TITLES, MALE_TITLES, TITLES

FAMILY_TITLES = frozenset(
    words(
        """
    mr mrs miss ms dr doctor captain colonel major general inspector professor m mme
    """
    )
)
FIRST = MALE_FIRST | FEMALE_FIRST
GIVEN_TITLES = frozenset(
    words(
        """
    aunt uncle cousin sister brother father mother sir lady lord king queen prince princess
    """
    )
)


@dataclass(frozen=True)
class Parts:
    """An English name taken apart; `first` and `last` are "" where the name has none."""

    title: str
    first: str
    last: str


def take_apart(name: str, surnames: frozenset[str], firsts: frozenset[str] = frozenset()) -> Parts:
    """Split a name into title, first name and surname: `Miss Eliza Bennet` -> (miss, Eliza, Bennet).

    `firsts` are words that stand in front of surnames in this book.
    """
    words = name.split()
    title = ""
    while words and words[0].strip(".").casefold() in TITLES and len(words) > 1:
        title = words.pop(0).strip(".").casefold()
    if len(words) >= 2:
        return Parts(title, words[0], " ".join(words[1:]))
    word = words[0]
    if title in GIVEN_TITLES and (title not in ("lady", "lord") or word not in surnames):
        return Parts(title, word, "")
    if word in firsts or (title and word.casefold() in FIRST and word not in surnames):
        return Parts(title, word, "")
    if title:
        return Parts(title, "", word)
    if word in surnames and word.casefold() not in FIRST:
        return Parts("", "", word)
    return Parts("", word, "")


def firsts_of(names: Mapping[str, int]) -> frozenset[str]:
    """Return the words that stand in front of surnames, seldom behind a title: Teddy of Teddy Henfrey, Mr. Teddy."""
    first: Counter[str] = Counter()
    titled: Counter[str] = Counter()
    last = set()
    for name, count in names.items():
        words = name.split()
        bare = [w for w in words if w.strip(".").casefold() not in TITLES]
        if len(bare) >= 2:
            first[bare[0]] += count
            last.update(bare[1:])
        elif len(words) == 2 and bare:
            titled[bare[0]] += count
    return frozenset(word for word, count in first.items() if word not in last and count >= titled[word])


def surnames_of(names: Mapping[str, int]) -> frozenset[str]:
    """Return the words that stand behind a family title or a first name."""
    found = set()
    for name in names:
        words = name.split()
        bare = [w.strip(".").casefold() for w in words]
        behind_title = len(words) == 2 and bare[0] in FAMILY_TITLES
        if (behind_title and bare[1] not in FIRST) or (len(words) >= 2 and bare[-2] not in TITLES):
            found.add(words[-1])
    return frozenset(found)


def link_english(clusters: Clusters, names: Mapping[str, int]) -> None:
    """Link the names of an English novel, surest ties first."""
    surnames, firsts = surnames_of(names), firsts_of(names)
    parts = {name: take_apart(name, surnames, firsts) for name in sorted(names, key=lambda n: (-names[n], n))}
    _full_names(clusters, parts)
    _first_names(clusters, parts)
    _short_forms(clusters, parts)
    _titled_surnames(clusters, names, parts)
    _bare_surnames(clusters, parts)
    _plain_words(clusters, names, parts)
    _bare_titles(clusters, names)


def _full_names(clusters: Clusters, parts: Mapping[str, Parts]) -> None:
    full = [n for n, p in parts.items() if p.first and p.last]
    for k, name in enumerate(full):
        for other in full[k + 1 :]:
            one, two = parts[name], parts[other]
            same_last = one.last.casefold() == two.last.casefold() or one.last.split()[-1] == two.last.split()[-1]
            if same_last and one.first.strip(".").casefold() == two.first.strip(".").casefold():
                clusters.link(name, other, f"{other} and {name} have the same first name and surname.")


def _first_names(clusters: Clusters, parts: Mapping[str, Parts]) -> None:
    full = [n for n, p in parts.items() if p.first and p.last]
    single = [n for n, p in parts.items() if p.first and not p.last]
    families = Counter(p.last.split()[-1] for p in parts.values() if p.last)
    for name in sorted(single, key=lambda n: parts[n].title == ""):
        mine = parts[name]
        bearers = [o for o in full if parts[o].first == mine.first and _titles_agree(mine.title, parts[o].title)]
        chosen = only_or_leading([clusters[o] for o in bearers])
        if chosen is None:
            most = max((families[parts[o].last.split()[-1]] for o in bearers), default=0)
            bearers = [o for o in bearers if 2 * families[parts[o].last.split()[-1]] > most]
            chosen = only_or_leading([clusters[o] for o in bearers])
        if chosen is not None:
            other = next(o for o in bearers if clusters[o] is chosen)
            clusters.link(other, name, f"{name} is the first name of {other}, and of nobody mentioned as often.")
            continue
        plain = [o for o in single if o != name and parts[o].first == mine.first]
        for other in plain:
            if _titles_agree(mine.title, parts[other].title):
                clusters.link(other, name, f"{name} and {other} have the same first name.")


def _bare_titles(clusters: Clusters, names: Mapping[str, int]) -> None:
    """Link a title used as a name to the only one who bears it: Captain, Captain Finch."""
    for name in names:
        bearers = [o for o in names if o.startswith(name + " ")] if name.casefold() in TITLES else []
        if len({id(clusters[o]) for o in bearers}) == 1:
            clusters.link(bearers[0], name, f"{name} is the title of {bearers[0]} alone.")


def _titles_agree(one: str, two: str) -> bool:
    """Tell whether two titles can belong to one person."""
    if not one or not two or one == two:
        return True
    if (one in MALE_TITLES and two in FEMALE_TITLES) or (one in FEMALE_TITLES and two in MALE_TITLES):
        return False
    return not ({one, two} & {"miss"} and {one, two} & {"mrs", "lady", "madame", "mme"})


def _short_forms(clusters: Clusters, parts: Mapping[str, Parts]) -> None:
    firsts = [n for n, p in parts.items() if p.first]
    for name in firsts:
        short = parts[name].first.casefold()
        formal = NICKNAMES.get(short)
        if formal is None:
            continue
        bearers = [
            o
            for o in firsts
            if (
                parts[o].first.casefold() == formal
                or (parts[o].last and NICKNAMES.get(parts[o].first.casefold()) == formal)
            )
            and parts[o].first.casefold() != short
            and _titles_agree(parts[name].title, parts[o].title)
            and (not parts[name].last or not parts[o].last or parts[name].last == parts[o].last)
            and not any(_has_title(clusters[o], t, "") for t in ("lady", "lord", "king", "queen"))
        ]
        chosen = only_or_leading([clusters[o] for o in bearers])
        if chosen is not None:
            other = next(o for o in bearers if clusters[o] is chosen)
            clusters.link(other, name, f"{name} is a short form of {other}.")


def _titled_surnames(clusters: Clusters, names: Mapping[str, int], parts: Mapping[str, Parts]) -> None:
    """Link Mr. Darcy to Fitzwilliam Darcy where he alone fits; Miss Bennet is not Miss Elizabeth Bennet."""
    titled = [n for n, p in parts.items() if p.title and not p.first]
    for name in sorted(titled, key=lambda n: parts[n].title != "miss"):
        mine = parts[name]
        bearers = []
        for other, theirs in parts.items():
            if not theirs.first or theirs.last.split()[-1:] != mine.last.split()[-1:]:
                continue
            if not _titles_agree(mine.title, theirs.title) or clusters[other].gender == _opposite(mine.title):
                continue
            if mine.title in ("mrs", "lady", "madame", "mme") and _has_title(clusters[other], "miss", ""):
                continue
            if mine.title == "miss" and _younger(other, parts, clusters):
                continue
            if mine.title in ("mrs", "lady") and 0.15 * names[name] > _told_in_full(clusters[other], parts):
                continue
            if mine.title == "mr" and _has_title(clusters[other], "master", ""):
                continue
            bearers.append(other)
        chosen = only_or_leading([clusters[o] for o in bearers], lead=2.5 if mine.title == "miss" else 6.0)
        if chosen is not None:
            other = next(o for o in bearers if clusters[o] is chosen)
            clusters.link(other, name, f"{name} has the surname of {other}, whom alone the title fits.")
    for k, name in enumerate(titled):
        for other in titled[k + 1 :]:
            one, two = parts[name], parts[other]
            agree = one.last == two.last and one.title != two.title and _titles_agree(one.title, two.title)
            if agree and {one.title, two.title} & {"mr", "sir", "dr", "doctor", "m"}:
                clusters.link(name, other, f"{other} and {name} have the same surname and fitting titles.")


def _told_in_full(cluster: Cluster, parts: Mapping[str, Parts]) -> int:
    """Return how often the first name stands before the surname."""
    return sum(n for name, n in cluster.names.items() if name in parts and parts[name].first and parts[name].last)


def _younger(name: str, parts: Mapping[str, Parts], clusters: Clusters) -> bool:
    """Tell whether a Miss with a first name has a sister: then she is not the one called Miss with the surname."""
    mine = parts[name]
    if mine.title != "miss" and not _has_title(clusters[name], "miss", mine.first):
        return False
    return any(
        theirs.first
        and theirs.last.split()[-1:] == mine.last.split()[-1:]
        and clusters[other] is not clusters[name]
        and clusters[other].gender != "male"
        and clusters[other].total >= 0.05 * clusters[name].total
        for other, theirs in parts.items()
    )


def _opposite(title: str) -> str:
    return "female" if title in MALE_TITLES else "male" if title in FEMALE_TITLES else ""


def _has_title(cluster: Cluster, title: str, first: str) -> bool:
    return any(n.casefold().replace(".", "").startswith(f"{title} {first.casefold()}") for n in cluster.names)


def _bare_surnames(clusters: Clusters, parts: Mapping[str, Parts]) -> None:
    for name, mine in parts.items():
        if mine.title or mine.first:
            continue
        bearers = [o for o, p in parts.items() if o != name and p.last.split()[-1:] == [mine.last]]
        men = [o for o in bearers if clusters[o].gender != "female"]
        chosen = only_or_leading([clusters[o] for o in bearers], lead=8.0)
        if chosen is None:
            chosen = only_or_leading([clusters[o] for o in men], lead=2.0)
        if chosen is not None:
            other = next(o for o in bearers if clusters[o] is chosen)
            clusters.link(other, name, f"{name} is the surname of {other}, who alone is called by it.")


def _plain_words(clusters: Clusters, names: Mapping[str, int], parts: Mapping[str, Parts]) -> None:
    """Link Rabbit to White Rabbit: a single word that ends exactly one longer name."""
    for name in names:
        if " " in name or name.casefold() in FIRST:
            continue
        longer = [o for o in names if o != name and o.endswith(" " + name) and not parts[o].title]
        if len({id(clusters[o]) for o in longer}) == 1:
            clusters.link(longer[0], name, f"{name} ends the longer name {longer[0]}, and no other.")


def lone_surnames(cast: Sequence[Cluster]) -> list[tuple[Cluster, str]]:
    """Return the surnames behind a family title that only one cluster bears: Munt of Mrs. Munt."""
    bearers: dict[str, list[Cluster]] = {}
    known = {name for cluster in cast for name in cluster.names}
    for cluster in cast:
        for last in {n.split()[-1] for n in cluster.names if len(n.split()) > 1}:
            bearers.setdefault(last, []).append(cluster)
    out = []
    for cluster in cast:
        for name in cluster.names:
            words = name.split()
            titled = len(words) == 2 and words[0].strip(".").casefold() in FAMILY_TITLES
            if titled and words[1] not in known and len(bearers[words[1]]) == 1 and len(words[1]) > 2:
                out.append((cluster, words[1]))
                known.add(words[1])
    return out
