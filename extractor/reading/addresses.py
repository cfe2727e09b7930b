"""Titles by which a whole book calls one person: 老太太 where the one who answers to it is always the same."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from extractor.reading.lexicon import words
from extractor.reading.mentions import NameIndex, Page, lay_out
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
    rf"(?:^|[，。！？…“‘「『])({'|'.join(sorted(TITLES, key=len, reverse=True))})(?=[，。！？…”’」』]|$)"
)


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
