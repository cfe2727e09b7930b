"""The words that belong to one book alone: recurring, rare in the language, and no names of persons.

Chinese: n-grams that recur, stand between varied neighbours (branching as in Huang and Powers 2003) and are rare or
missing in jieba's dictionary. English: capitals in the middle of sentences, and compounds.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from extractor.reading.sentences import chinese_words

LONGEST = 5
COMMON = 60
HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
NO_TERM_ZH = re.compile(
    r"[這個們說過還會後來時為與對從將麼嗎的了着过是不在有我你他她它您这那哪谁什么也都就还又很说道啊吗呢吧呀嘛啦和与把被让给从对几些每各此其之而则虽但可便只才已曾将要"
    r"会能得地所以为因如若再更最太没无非别想吾汝曰乃矣焉乎俺咱个们听见问答叫笑哭看走站坐等们且却并或及跟像向吃喝写念喊怎几两来去]|"
    r"^[一二三四五六七八九十上下里外前后半多大小老]|"
    r"[一二三四五六七八九十上下里外前后中边头子儿时回起出进声眼手脚口日年月天次自恐怒忧喜悲惊降死走到恨]$"
)
CAPITALS = re.compile(r"(?<=[a-z,;] )(?:[A-Z][\w’'-]+)(?: (?:(?:of|the) )*[A-Z][\w’'-]+){0,3}")
COMPOUND = re.compile(r"\b[a-z]{3,}-[a-z]{3,}s?\b")
TOKEN = re.compile(r"[\w’'-]+")
LOWER = re.compile(r"\b[a-z]{3,}\b")
NO_TERM_EN = re.compile(
    r"^(?:I|I’.*|I'.*|Mr|Mrs|Miss|Sir|Lord|Lady|Madam|Dr|God|Lord|Heaven|Oh|Ah|Yes|No|Christ|Jesus|English|"
    r"French|German|Dutch|"
    r"Latin|Greek|Spanish|Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|January|February|March|"
    r"April|May|June|July|"
    r"August|September|October|November|December|Christmas|England|Europe|America|London|Paris|Captain|Master|"
    r"Doctor|And|The|But|What|Street|In|At|To|On|Of|As|By|For|From|With|His|Her|My|Our|Your|Their|Its|If|When|"
    r"Then|There|Here|This|That|These|Those|He|She|It|We|They|You|No|Not|So|Now|How|Why|Who|Which|Where|One|"
    r"Two|All|Some|Oh)$"
)


def recurring_terms(texts: Sequence[str], *, names: Collection[str], language: str, least: int = 3) -> dict[str, int]:
    """Return the book's own terms with their counts; `names` are those of persons."""
    if language == "zh":
        return _chinese(texts, names, least)
    found: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for text in texts:
        line = " ".join(text.split())
        found.update(match[0].removesuffix("’s").removesuffix("'s") for match in CAPITALS.finditer(line))
        found.update(match[0] for match in COMPOUND.finditer(line))
        plain.update(LOWER.findall(line))
    found.update({word: plain[word] for word in plain if _closed_compound(word, plain)})
    words = {word.casefold() for name in names for word in name.split()}
    return {
        term: count
        for term, count in found.items()
        if count >= least and not NO_TERM_EN.match(term) and not ({w.casefold() for w in term.split()} <= words)
    }


def _closed_compound(word: str, counts: Mapping[str, int]) -> bool:
    """Tell whether a word is two others of the book written as one: greywax."""
    cuts = range(3, len(word) - 2)
    return any(counts.get(word[:cut], 0) > 1 and counts.get(word[cut:], 0) > 1 for cut in cuts)


def _chinese(texts: Sequence[str], names: Collection[str], least: int) -> dict[str, int]:
    runs = Counter(run for text in texts for run in HAN_RUN.findall(text))
    counts = _ngrams(runs, least)
    frequency = chinese_words().FREQ
    blocked = {name[i : i + 2] for name in names for i in range(len(name) - 1)}
    candidates = {
        gram
        for gram, count in counts.items()
        if count >= least
        and not NO_TERM_ZH.search(gram)
        and frequency.get(gram, 0) < COMMON
        and not any(gram[i : i + 2] in blocked for i in range(len(gram) - 1))
    }
    around = _neighbours(runs, candidates)
    kept = {gram for gram in candidates if all(_varied(side, counts[gram]) for side in around[gram])}
    return {gram: counts[gram] for gram in kept if not _accident(gram, frequency, counts)}


def _ngrams(runs: Mapping[str, int], least: int) -> dict[str, int]:
    """Count n-grams of 2 to 5 characters; a longer one only where both of its shorter ones recur."""
    counts: Counter[str] = Counter()
    known: set[str] = set()
    for length in range(2, LONGEST + 1):
        level: Counter[str] = Counter()
        for run, times in runs.items():
            for start in range(len(run) - length + 1):
                gram = run[start : start + length]
                if length == 2 or (gram[:-1] in known and gram[1:] in known):
                    level[gram] += times
        level = Counter({gram: count for gram, count in level.items() if count >= least})
        known = set(level)
        counts.update(level)
    return counts


def _neighbours(runs: Mapping[str, int], candidates: Collection[str]) -> dict[str, tuple[Counter[str], Counter[str]]]:
    around: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for run, times in runs.items():
        for length in range(2, LONGEST + 1):
            for start in range(len(run) - length + 1):
                gram = run[start : start + length]
                if gram in candidates:
                    before, behind = around[gram]
                    before[run[start - 1] if start else "^"] += times
                    behind[run[start + length] if start + length < len(run) else "$"] += times
    return around


def _varied(side: Counter[str], count: int) -> bool:
    """Tell whether no one character stands at that side more than six times in ten; an end of a clause may."""
    return all(times <= 0.6 * count for char, times in side.items() if char not in "^$")


def _accident(gram: str, frequency: Mapping[str, int], counts: Mapping[str, int]) -> bool:
    """Tell whether an n-gram is only two common words side by side that meet no more often than chance explains."""
    cuts = range(1, len(gram))
    return any(min(frequency.get(gram[:cut], 0), frequency.get(gram[cut:], 0)) > 3000 for cut in cuts) or (
        len(gram) == 2 and gram in frequency and counts[gram] < 8
    )


def count_terms(text: str, terms: Collection[str], *, language: str) -> int:
    """Return how many places of a text hold a term, in time that does not grow with the number of terms."""
    if language == "zh":
        pieces = (text[a : a + n] for n in range(2, LONGEST + 1) for a in range(len(text) - n + 1))
    else:
        words = TOKEN.findall(text)
        pieces = (" ".join(words[a : a + n]) for n in range(1, 5) for a in range(len(words) - n + 1))
    return sum(piece in terms for piece in pieces)
