"""Names and titles in talk: whoever answers to a name bears it, as 贾母 does to 老太太 and Mrs. Munt to Aunt Juley."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from extractor.reading.aliases_en import GIVEN_TITLES, surnames_of, take_apart
from extractor.reading.aliases_zh import is_full_name
from extractor.reading.lexicon import words
from extractor.reading.mentions import Language, NameIndex, Page, lay_out
from extractor.reading.moments import Moment, read_moments
from extractor.reading.person_nouns import chinese_gender
from extractor.records import Character

LEAST, SHARE = 5, 0.75
TITLES = words(
    """
    老太太 老祖宗 老太君 太太 老爷 老太爷 姨太太 姨妈 师父 师傅 师尊 师娘 大师兄 二师兄 三师兄 大师姐 小师妹 小师弟
    掌柜的 掌门 教主 帮主 宗主 庄主 城主 堂主 院主 主公 丞相 军师 陛下 皇上 太后 娘娘 王爷 王妃 殿下 大王 大帅 元帅
    将军 都督 太尉 太师 大圣 天王 菩萨 魔尊 圣女 仙尊 老祖 祖师 队长 团长 司令 书记 校长 主任 局长 镇长 村长 老板
    老板娘 总管 管家 大小姐 二小姐 大少爷 二少爷 少奶奶 二奶奶 大奶奶 二爷 大姑娘 二姑娘 三姑娘 四姑娘
    """
)
CALLED = re.compile(
    rf"(?:^|[，。．！？…“‘「『])({'|'.join(sorted(TITLES, key=len, reverse=True))})(?=[，。．！？…”’」』]|$)"
)


def joined_by_answers(pages: Sequence[Page], cast: Sequence[Character], *, language: Language) -> list[Character]:
    """Return the cast with those put together who are called by one name and answer under the other."""
    answers, talked = _who_answers(pages, cast, language)
    surnames = None if language == "zh" else surnames_of({n: 1 for c in cast for n in (c.name, *c.aliases)})
    out: dict[int, Character] = dict(enumerate(cast))
    for called, counts in sorted(answers.items()):
        chosen, count = counts.most_common(1)[0]
        enough = count >= 3 and count >= (0.55 if count >= 8 else 0.6) * counts.total()
        if chosen == called or not enough or called not in out or chosen not in out:
            continue
        one, two = out[called], out[chosen]
        if 4 * talked[frozenset((called, chosen))] > count or not _can_be_one(one, two, surnames):
            continue
        leads = _gives_the_name(one, two, language)
        main, other = (one, two) if leads else (two, one)
        why = (
            f"“{one.name}”在对话里叫的是“{two.name}”：{counts.total()}次里有{count}次由其答话。"
            if language == "zh"
            else f"{two.name} answers to {one.name} in {count} of {counts.total()} talks."
        )
        out[called if leads else chosen] = main.model_copy(
            update={
                "aliases": (*main.aliases, other.name, *other.aliases),
                "gender": main.gender if main.gender != "unknown" else other.gender,
                "mentions": main.mentions + other.mentions,
                "evidence": (*main.evidence, *other.evidence, why),
            }
        )
        del out[chosen if leads else called]
    return list(out.values())


def _who_answers(
    pages: Sequence[Page], cast: Sequence[Character], language: Language
) -> tuple[dict[int, Counter[int]], Counter[frozenset[int]]]:
    """Count for each member who is called by name who talks beside, and how often two talk to each other."""
    index = NameIndex(cast, language=language)
    answers: dict[int, Counter[int]] = defaultdict(Counter)
    talked: Counter[frozenset[int]] = Counter()
    for page in pages:
        laid = lay_out(page.chapter, page.quotations, index)
        for one, two in pairwise(read_moments(laid, cast, language=language)):
            first, second = _speaker(one), _speaker(two)
            if two.link not in ("same", "next") or first == second:
                continue
            if first >= 0 and second >= 0:
                talked[frozenset((first, second))] += 1
            if second >= 0:
                _answer(answers, one, second)
            if first >= 0:
                _answer(answers, two, first)
    return answers, talked


def _answer(answers: dict[int, Counter[int]], moment: Moment, speaker: int) -> None:
    """Note that `speaker` talks beside a quotation in which somebody is called by name."""
    if len(moment.addressed) == 1:
        answers[next(iter(moment.addressed))][speaker] += 1


def _can_be_one(one: Character, two: Character, surnames: frozenset[str] | None) -> bool:
    """Tell whether nothing contradicts: two genders, two first names, two surnames (None: Chinese names)."""
    if one.kind != "person" or two.kind != "person" or {one.gender, two.gender} == {"male", "female"}:
        return False
    names = (one.name, *one.aliases), (two.name, *two.aliases)
    if surnames is None:
        return not all(any(is_full_name(n) for n in mine) for mine in names)
    parts = [[take_apart(n, surnames) for n in mine if n[:4] != "the "] for mine in names]
    firsts = [{p.first for p in mine if p.first} for mine in parts]
    lasts = [{p.last for p in mine if p.last and p.title not in GIVEN_TITLES} for mine in parts]
    return all(not (mine and theirs) or mine & theirs for mine, theirs in (firsts, lasts))


def _gives_the_name(called: Character, answering: Character, language: Language) -> bool:
    """Tell whether the name that is called is the one to go by: yes, unless the other alone is a full name."""
    if called.name.startswith("the ") or answering.name.startswith("the "):
        return not called.name.startswith("the ")
    if language == "zh":
        return (is_full_name(called.name), called.mentions) >= (is_full_name(answering.name), answering.mentions)
    return " " in called.name or " " not in answering.name


def with_titles(pages: Sequence[Page], cast: Sequence[Character]) -> list[Character]:
    """Return the cast of a Chinese novel with the titles that are called to one member, who answers to them."""
    taken = {name for c in cast for name in (c.name, *c.aliases)}
    index = NameIndex(cast, language="zh")
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    for page in pages:
        if not any(CALLED.search(q.text) for q in page.quotations):
            continue
        laid = lay_out(page.chapter, page.quotations, index)
        for one, two in pairwise(read_moments(laid, cast, language="zh")):
            if two.link not in ("same", "next") or _speaker(one) < 0 or _speaker(two) < 0:
                continue
            if _speaker(one) == _speaker(two):
                continue
            for title in set(CALLED.findall(laid.quotations[one.number].text)):
                answers[title][_speaker(two)] += 1
            for title in set(CALLED.findall(laid.quotations[two.number].text)):
                answers[title][_speaker(one)] += 1
    out = list(cast)
    for title, counts in sorted(answers.items()):
        chosen, count = counts.most_common(1)[0]
        told = {chinese_gender(title), cast[chosen].gender} - {"unknown"}
        fits = cast[chosen].kind == "person" and len(told) < 2 and title not in taken
        if fits and count >= LEAST and count >= SHARE * counts.total():
            owner = out[chosen]
            why = f"“{title}”在对话里叫的是“{owner.name}”：{counts.total()}次里有{count}次由其答话。"
            out[chosen] = owner.model_copy(
                update={"aliases": (*owner.aliases, title), "evidence": (*owner.evidence, why)}
            )
    return out


def _speaker(moment: Moment) -> int:
    """Return the member of the cast whom the narration names beside a quotation, -1 where it names none."""
    cue = moment.cue
    return cue.subject.character if cue is not None and cue.subject.kind == "name" else -1
