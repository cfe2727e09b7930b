"""Which Chinese names mean one person: full and given names, titles and forms such as 阿X, 老X, X儿."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from extractor.reading.aliases import Cluster, Clusters, only_or_leading
from extractor.reading.lexicon import words
from extractor.reading.names_zh import FUNCTION_SURNAMES, SELDOM_IN_NAMES, word_tags
from extractor.reading.person_nouns import GROUPS_ZH, PERSON_NOUNS_ZH, chinese_gender
from extractor.reading.surnames import SURNAMES, TITLES_ZH, surname_of, title_of

WIFE_TITLES = frozenset(
    words(
        """
    夫人 太太 奶奶 嫂 嫂子 大嫂 二嫂 大妈 大娘 大婶 婶 婶子 氏 姨妈 姨娘 娘 娘子 妈 妈妈 婆 婆婆 家的 老太太 老太
    姑妈 姑姑 姑 嬷嬷 婆子 大奶奶 二奶奶 三奶奶 四奶奶 五奶奶 阿姨 姨 姥姥 老太爷 老爷
    """
    )
)
CALLINGS = frozenset(words("道士 道婆 和尚 尼姑 真人 太医"))
CALLED = re.compile(
    r"([\u4e00-\u9fff]{2,4})[^。！？“”\n的之]{0,8}?(?:表字|字|号|别号|小名|乳名|绰号|外号|诨名|人称|人送外号|又名|又叫|本名|原名|真名|名叫|名唤|唤作|改名)(?:叫|叫做|作|做|是|为)?[“「『]?([\u4e00-\u9fff]{2,4})"
)
STYLED = re.compile(
    r"(?:复姓|姓)([\u4e00-\u9fff]{1,2})[，、]?(?:单|双)?名([\u4e00-\u9fff]{1,2})[，、]?(?:表字|字|号)([\u4e00-\u9fff]{2})"
)


def is_full_name(name: str) -> bool:
    """Tell whether a name is a surname with a given name of one or two characters."""
    surname = surname_of(name)
    return bool(surname) and 1 <= len(name) - len(surname) <= 2 and not title_of(name) and len(name) >= 2


def link_chinese(clusters: Clusters, names: Mapping[str, int], text: str) -> None:
    """Link the names of a Chinese novel, surest ties first."""
    ranks = ranked_names(names, text)
    for name in ranks:
        clusters[name].offices.add(name)
    ordered = sorted(names, key=lambda n: (-names[n], n))
    _given_names(clusters, names, [n for n in ordered if n not in ranks])
    _suffixed(clusters, ordered)
    _told(clusters, names, text)
    _called_by_given(clusters, names, [n for n in ordered if n not in ranks])
    _called_by_surname(clusters, names, ranks)


def ranked_names(names: Mapping[str, int], text: str) -> dict[str, str]:
    """Return names such as 马水吏 with the office in them: a word that the book also uses of others, as in 一个水吏."""
    found = {}
    for name in names:
        office = name[len(surname_of(name)) :]
        if surname_of(name) and len(office) == 2 and not title_of(name):
            found[name] = office
    known = _offices(text, set(found.values()))
    return {name: office for name, office in found.items() if office in known}


def branching(strings: Iterable[str]) -> str:
    """Return a pattern for any of the strings, the longest first, that branches on the first character."""
    by_first: dict[str, list[str]] = {}
    for string in strings:
        by_first.setdefault(string[0], []).append(string[1:])
    return "|".join(
        re.escape(first) + "(?:" + "|".join(re.escape(rest) for rest in sorted(rests, key=lambda r: (-len(r), r))) + ")"
        for first, rests in sorted(by_first.items())
    )


def _offices(text: str, candidates: set[str]) -> set[str]:
    """Return the words of two characters that are used of people in general: 一个水吏, 水吏们, 每个水吏."""
    if not candidates:
        return set()
    totals: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for match in re.finditer(rf"({branching(candidates)})(们|者)?", text):
        front = text[match.start() - 1 : match.start()]
        totals[match[1]] += front not in SURNAMES
        counted[match[1]] += front in ("个", "名", "位", "众", "每") or match[2] is not None
    return {office for office in candidates if counted[office] >= max(2, 0.05 * totals[office])}


def office_forms(text: str, names: Mapping[str, int]) -> Counter[str]:
    """Count forms such as 祁执槌: the surname of a known full name with an office."""
    surnames = {surname_of(n) for n in names if is_full_name(n)}
    if not surnames:
        return Counter()
    forms: Counter[str] = Counter()
    for match in re.finditer(rf"(?:{branching(surnames)})(?=([\u4e00-\u9fff]{{2}}))", text):
        forms[match[0] + match[1]] += 1
    tags = word_tags()
    likely = {form: n for form, n in forms.items() if n >= 3 and form not in names and form[:-1] not in names}
    plain = {form[-2:] for form in likely if not title_of(form) and form[-2] != "人"}
    known = _offices(text, {office for office in plain if office not in tags or office in PERSON_NOUNS_ZH})
    return Counter({form: n for form, n in likely.items() if form[-2:] in known})


def _given_names(clusters: Clusters, names: Mapping[str, int], ordered: Sequence[str]) -> None:
    """林黛玉 and 黛玉; also 孙行者 and 行者, where the noun serves as a name."""
    bearers: dict[str, list[str]] = {}
    for name in ordered:
        surname = surname_of(name)
        if surname and (is_full_name(name) or len(surname) == 1):
            bearers.setdefault(name[len(surname) :], []).append(name)
    for name in ordered:
        if len(name) < 2 or name in TITLES_ZH:
            continue
        full = [o for o in bearers.get(name, ()) if o != name]
        if name in PERSON_NOUNS_ZH:
            full = [o for o in full if 10 <= names[o] <= 0.3 * names[name]]
        chosen = only_or_leading([clusters[o] for o in full], lead=4.0)
        if chosen is not None:
            other = next(o for o in full if clusters[o] is chosen)
            clusters.link(other, name, f"“{name}”是“{other}”去掉姓的写法，没有别人同名。")


def _suffixed(clusters: Clusters, names: Sequence[str]) -> None:
    """凤姐 and 凤姐儿, 润叶 and 润叶姐."""
    known = set(names)
    for name in names:
        if name.endswith("儿") and name[:-1] in known and len(name) > 2:
            clusters.link(name[:-1], name, f"“{name}”是“{name[:-1]}”加上“儿”。")
            continue
        title = title_of(name)
        stem = name[: -len(title)] if title else ""
        if (
            len(stem) >= 2
            and stem in known
            and title not in WIFE_TITLES
            and chinese_gender(name) != _against(clusters[stem].gender)
        ):
            clusters.link(stem, name, f"“{name}”是“{stem}”加上称呼“{title}”。")


def _against(gender: str) -> str:
    return {"male": "female", "female": "male"}.get(gender, "")


def _told(clusters: Clusters, names: Mapping[str, int], text: str) -> None:
    """Link names that the narration itself equates: X，字Y / 绰号Y / 姓诸葛，名亮，字孔明."""
    for match in STYLED.finditer(text):
        surname, given, style = match.groups()
        known = [n for n in (surname + given, style, surname + style) if n in names]
        for other in known[1:]:
            clusters.link(known[0], other, f"文中写道“{match[0]}”。")
    for match in CALLED.finditer(text):
        one = next((match[1][-k:] for k in (4, 3, 2) if match[1][-k:] in names), "")
        two = next((match[2][:k] for k in (4, 3, 2) if match[2][:k] in names), "")
        gap = match[0][match[0].find(one) + len(one) : match[0].rfind(two)] if one and two else ""
        if re.search("[第二三四徒弟兄妹姐儿女妻父母子]", gap):
            continue
        if one and two and one != two and not {one, two} & PERSON_NOUNS_ZH.keys():
            sentence = match[0].replace("\n", "")
            clusters.link(one, two, f"文中写道“{sentence[:40]}”。")


def _called_by_given(clusters: Clusters, names: Mapping[str, int], ordered: Sequence[str]) -> None:
    """阿穗, 穗儿, 芸哥儿: one character of a given name with something familiar before or behind it."""
    bearers: dict[str, list[str]] = {}
    for name in ordered:
        if is_full_name(name):
            for character in name[len(surname_of(name)) :]:
                bearers.setdefault(character, []).append(name)
        elif len(name) == 2 and not title_of(name) and name[0] not in "阿老小":
            for character in name:
                bearers.setdefault(character, []).append(name)
    for name in ordered:
        title = title_of(name)
        root = ""
        if name[0] in "阿小" and len(name) == 2:
            root = name[1]
        elif (name.endswith("儿") and len(name) == 2) or (
            title and len(name) - len(title) == 1 and name[0] not in "老小阿"
        ):
            root = name[0]
        if not root or root not in bearers or title in WIFE_TITLES or root in "一二三四五六七八九十大小老":
            continue
        if title and surname_of(name) and any(surname_of(o) == root for o in ordered if is_full_name(o)):
            continue
        owners = [o for o in bearers[root] if o != name and clusters[o] is not clusters[name]]
        fitting = [o for o in owners if chinese_gender(name) != _against(clusters[o].gender)]
        most = max((clusters[o].total for o in fitting), default=0)
        whole = [o for o in fitting if any(is_full_name(n) for n in clusters[o].names)]
        if len({id(clusters[o]) for o in whole}) == 1 and clusters[whole[0]].total == most:
            fitting = whole
        else:
            fitting = [o for o in fitting if 2 * clusters[o].total >= names[name]]
        chosen = only_or_leading([clusters[o] for o in fitting], lead=5.0)
        if chosen is not None:
            other = next(o for o in fitting if clusters[o] is chosen)
            clusters.link(other, name, f"“{name}”用的是“{other}”名里的“{root}”字，别人名里没有。")


def _called_by_surname(clusters: Clusters, names: Mapping[str, int], ranks: Mapping[str, str]) -> None:
    """林姑娘, 老胡, 段大人: a surname with a title, where one bearer of the surname fits."""
    full: dict[str, list[str]] = {}
    ordered = sorted(names, key=lambda n: (-names[n], n))
    for name in ordered:
        if is_full_name(name) and name not in ranks and not (name[0] in "老小" and len(name) == 2):
            full.setdefault(surname_of(name), []).append(name)
    for name in ordered:
        title = ranks.get(name) or title_of(name)
        surname = ""
        if title and title not in (WIFE_TITLES | CALLINGS) and surname_of(name) == name[: -len(title)]:
            surname = name[: -len(title)]
        elif len(name) == 2 and name[0] in "老小" and name[1] in full:
            surname = name[1]
        if not surname:
            continue
        fitting = [
            o
            for o in full.get(surname, ())
            if chinese_gender(name) != _against(clusters[o].gender)
            and not clusters.apart(o, name)
            and _share_with(surname, clusters[o]) >= 0.05
            and (names[name] > 1 or clusters[o].total < 250)
        ]
        chosen = only_or_leading([clusters[o] for o in fitting], lead=5.0)
        if chosen is not None:
            other = next(o for o in fitting if clusters[o] is chosen)
            clusters.link(other, name, f"姓“{surname}”而合称呼“{title or name[0]}”的只有“{other}”。")


def _share_with(surname: str, cluster: Cluster) -> float:
    """Return the share of a character's mentions that begin with its surname."""
    return sum(n for name, n in cluster.names.items() if name.startswith(surname)) / max(1, cluster.total)


def halves(text: str, names: Mapping[str, int]) -> Counter[str]:
    """Count given names without their surname (问礁 of 祁问礁) and full names of known given names (贾宝玉 of 宝玉)."""
    tags = word_tags()
    surnames = {surname_of(n) for n in names} - {""}
    ends = {n[-2:] for n in names if len(n) > 2}
    lone = {n[-2:] for n in names if is_full_name(n) and len(n) == 3 and n[-2:] not in names}
    lone = {given for given in lone if tags.get(given, "nr").startswith("nr")}
    bare = {
        n
        for n in names
        if len(n) == 2 and n not in ends and not is_full_name(n) and not title_of(n) and n not in PERSON_NOUNS_ZH
        if tags.get(n, "nr")[:2] in ("nr", "nz", "ns", "n")
    }
    if not lone | bare:
        return Counter()
    counts: Counter[str] = Counter()
    fronts: dict[str, Counter[str]] = {given: Counter() for given in bare}
    for match in re.finditer(branching(lone | bare), text):
        given, at = match[0], match.start()
        front = text[at - 1 : at]
        if given in lone and front + given not in names and text[max(0, at - 2) : at] + given not in names:
            counts[given] += 1
        if (
            given in bare
            and front in SURNAMES - FUNCTION_SURNAMES
            and not "\u4e00" <= text[at - 2 : at - 1] <= "\u9fff"
        ):
            fronts[given][front] += 1
    counts = Counter({given: n for given, n in counts.items() if n >= 2})
    for given, seen in fronts.items():
        front, count = seen.most_common(1)[0] if seen else ("", 0)
        alone = count == seen.total() and names[given] >= 20
        enough = 1 if front in surnames and alone else 2 if front in surnames else 5
        share = 0.005 * names[given] if len(seen) > 1 else 0
        if front and count >= max(enough, share) and count >= 0.6 * seen.total():
            counts[front + given] = count
    return counts


def titled_forms(text: str, names: Mapping[str, int]) -> Counter[str]:
    """Count forms such as 林姑娘 or 祁师兄 in the whole text, spoken words included."""
    given = {c for n in names if is_full_name(n) for c in n[len(surname_of(n)) :]}
    plain = (n for n in names if len(n) == 2 and names[n] >= 20 and n not in PERSON_NOUNS_ZH and n not in TITLES_ZH)
    given |= {n[0] for n in plain if not title_of(n)}
    given -= set("母父公老大小王长子师爷娘儿左右") | SELDOM_IN_NAMES
    proper = [n for n in names if n not in PERSON_NOUNS_ZH and n not in TITLES_ZH and n not in GROUPS_ZH]
    whole = {n for n in proper if len(n) == 2 or is_full_name(n)} | {n[-2:] for n in proper if is_full_name(n)}
    stems = sorted({surname_of(n) for n in proper if surname_of(n)} | whole | given)
    if not stems:
        return Counter()
    lone = frozenset(words("家的 氏 妈 娘 婆 姑 姨 舅 伯 弟 爷 总"))
    titles = "|".join(t for t in TITLES_ZH if t not in lone)
    surnames = "".join(s for s in stems if len(s) == 1 and s not in given)
    familiar = "".join(
        rf"|{prefix}[{roots}](?![\u4e00-\u9fff]?[家城])"
        for prefix, roots in (("老", surnames), ("阿", surnames + "".join(sorted(given))))
        if roots
    )
    pattern = re.compile(rf"(?:{branching(stems)})(?:{titles}){familiar}")
    return Counter(match[0] for match in pattern.finditer(text))


def main_name(cluster: Cluster) -> str:
    """Return the name to go by: the full name unless it is rare, else the most frequent."""
    full = [
        n
        for n, c in cluster.names.items()
        if is_full_name(n) and n not in cluster.offices and c >= min(5, max(2, 0.01 * cluster.total))
    ]
    full = [n for n in full if n[1:] not in full or cluster.names[n] >= 5]
    top = max(cluster.names, key=lambda n: cluster.names[n])
    whole = [
        n
        for n, c in cluster.names.items()
        if surname_of(n) and n != top and n.endswith(top) and c >= max(2, 0.02 * cluster.names[top])
    ]
    pool = full or whole or list(cluster.names)
    return max(pool, key=lambda n: (len(n) >= 3 and bool(full), cluster.names[n], len(n)))
