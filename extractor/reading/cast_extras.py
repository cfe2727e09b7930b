"""Voices that carry no name: the narrator who says I, groups, and people known only by what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from extractor.reading.cues_zh import OPENERS
from extractor.reading.lexicon import words
from extractor.reading.mentions import Language, NameIndex, Page, lay_out
from extractor.reading.moments import read_moments
from extractor.reading.names_zh import GENERIC, SELDOM_IN_NAMES, word_tags
from extractor.reading.person_nouns import GROUP_NAMES_EN, GROUPS_ZH, english_gender
from extractor.reading.slots_zh import speech_slots
from extractor.reading.surnames import title_of
from extractor.records import Character

EVERYONE_ZH = frozenset(words("众人 大家 他们 她们 诸人 众位 大伙 大伙儿 人们 人群 有人 我们 旁人 那些人"))
I_SAY = re.compile(
    r"[,!?.—-][\"”’']\s*(?:said|cried|asked|answered|replied|exclaimed|remarked|returned)\s+I\b"
    r"|[,!?.—-][\"”’']\s*I\s+(?:\w+ly\s+)?(?:said|cried|asked|answered|replied|exclaimed|remarked|whispered|suggested)\b"
    r"|\bI\s+(?:said|asked|cried|answered|replied)[,:]\s+[\"“‘']"
)
WO_SAY = re.compile(
    r"(?:^|[。！？”」，\n　])我[^。！？“”「」\n我]{0,14}?(?:说|道|问|喊|答|叫|想)[：:，,]?(?:[“「\n]|$|。)", re.M
)


def extra_voices(pages: Sequence[Page], cast: Sequence[Character], *, language: Language) -> list[Character]:
    """Return the narrator and the groups that speak and are not in the cast yet."""
    out = []
    if not any(c.kind == "narrator" for c in cast):
        pattern = I_SAY if language == "en" else WO_SAY
        count = sum(len(pattern.findall(page.text)) for page in pages)
        size = sum(len(page.pieces) for page in pages)
        if count >= 3 and count >= 0.005 * size:
            name = "I" if language == "en" else "我"
            out.append(Character(name=name, kind="narrator"))
    taken = {name for c in cast for name in (c.name, *c.aliases)}
    if language == "zh":
        groups = Counter(
            slot.head
            for page in pages
            for slot in speech_slots(page)
            if slot.clean and (slot.head in GROUPS_ZH or slot.head.endswith("们"))
        )
        everyone = [g for g in groups if g in EVERYONE_ZH and g not in taken]
        if everyone:
            aliases = tuple(g for g in everyone if g != "众人")
            out.append(Character(name="众人", aliases=aliases, kind="group"))
        others = (
            g
            for g in groups
            if g not in taken
            and g not in EVERYONE_ZH
            and len(g) <= 6
            and not any(g.startswith(name) and g[:-1] != name for name in taken if len(name) > 1)
        )
        out += [Character(name=g, kind="group") for g in others]
    return out


RELATIONS_ZH = frozenset(
    words(
        """
    师父 师傅 老师 师兄 师弟 师姐 师妹 师叔 师伯 师娘 哥 哥哥 姐 姐姐 妹妹 弟弟 兄弟 爷爷 奶奶 叔叔 妈妈 公主
    王爷 大人 老爷 少爷 小姐 夫人 太太 先生 姑娘 公子 大哥 大姐 大叔 大爷 同学 同志 老汉 老头 丫头 和尚 道士
    尼姑 太子 皇帝 皇后 娘娘 相公 娘子 嫂子 长老 大师
    """
    )
)
MERE_ZH = tuple(words("汉子 男子 女子 男人 老头 老者 少年 少女 青年 姑娘 客人 老板娘 老板 女孩 男孩 小孩"))
KIN_ZH = frozenset(
    words(
        """
    大哥 二哥 三哥 大姐 二姐 三姐 大叔 二叔 三叔 大伯 二爷 三爷 大爷 老爷子 嫂嫂 大嫂 二嫂 姑妈 姨妈 舅妈 婶子
    婶婶 岳父 岳母 公公 婆婆 外婆 外公 姥姥 姥爷 奶妈 老伴 老公 孙女 侄儿 侄女 外甥 娘子 相公 堂弟 堂哥 堂妹 堂姐
    表哥 表弟 表姐 表妹 儿媳 女婿 亲戚 老乡 恩人 师兄弟 新娘 新郎
    """
    )
)
GENERIC_EN = frozenset(
    words(
        """
    man woman boy girl lady gentleman child person voice other speaker fellow mother father husband wife son
    brother sister uncle aunt daughter nephew niece friend companion stranger guest visitor elder younger eldest
    youngest creature one sir madam baby youth lad lass parent cousin grandfather grandmother ladies
    """
    )
)


def with_described(
    pages: Sequence[Page], cast: Sequence[Character], *, language: Language, only_aliases: bool = False
) -> list[Character]:
    """Return the cast with the people known only by what they are who speak: the waiter, 守门老卒.

    A title that one member alone bears becomes its alias. With `only_aliases` nobody joins the cast.
    """
    names = NameIndex(cast, language=language)
    surfaces: Counter[str] = Counter()
    genders: dict[str, str] = {}
    groups: dict[str, None] = {}
    for page in pages:
        laid = lay_out(page.chapter, page.quotations, names)
        for moment in read_moments(laid, cast, language=language):
            cue = moment.cue
            if cue is not None and cue.subject.kind == "group" and language == "en":
                crowd = cue.subject.surface.split()[-1].casefold()
                if crowd in GROUP_NAMES_EN:
                    groups.setdefault(f"the {crowd}")
            if cue is None or cue.subject.kind != "noun":
                continue
            name = described(cue.subject.surface, language)
            if name:
                surfaces[name] += 1
                genders[name] = cue.subject.gender
    bearers = title_bearers(cast, language)
    out: list[Character] = []
    joined = dict(enumerate(cast))
    taken = {name for c in cast for name in (c.name, *c.aliases)}
    for name, count in surfaces.items():
        if name in taken:
            continue
        owners = bearers.get(name.removeprefix("the "), [])
        if len(owners) == 1:
            owner = joined[owners[0]]
            why = f"“{name}”: {owner.name}" if language == "zh" else f"Only {owner.name} is called {name}."
            joined[owners[0]] = owner.model_copy(
                update={"aliases": (*owner.aliases, name), "evidence": (*owner.evidence, why)}
            )
        elif not only_aliases and not owners and (count > 1 or language == "en" or _is_noun(name)):
            gender = genders[name] if genders[name] in ("male", "female") else "unknown"
            out.append(Character(name=name, gender=gender))  # type: ignore[arg-type]
    out += [Character(name=name, kind="group") for name in groups if name not in taken]
    return [*joined.values(), *out]


def title_bearers(cast: Sequence[Character], language: Language) -> dict[str, list[int]]:
    """Return for each title the members of the cast who are called by it."""
    bearers: dict[str, list[int]] = {}
    for number, character in enumerate(cast):
        titles = set()
        for name in (character.name, *character.aliases):
            if language == "zh":
                titles.add(title_of(name))
            else:
                word = name.split()[0].strip(".").casefold()
                titles.add({"dr": "doctor", "capt": "captain", "col": "colonel", "prof": "professor"}.get(word, word))
        for title in titles - {""} - RELATIONS_ZH:
            bearers.setdefault(title, []).append(number)
    return bearers


def _is_noun(name: str) -> bool:
    """Tell whether a Chinese phrase ends in a word that means a person by itself, or is such a person's 的人."""
    if name.endswith("的人"):
        return True
    tags = word_tags()
    return any(tags.get(name[-k:], "").startswith("n") for k in (4, 3, 2) if len(name) >= k)


def described(surface: str, language: Language) -> str:
    """Return the name that a noun phrase can serve as, "" for a mere man or 那人."""
    if language == "zh":
        name = surface
        for pattern in (OPENERS, re.compile(r"(?:那|这|此|有|另)?(?:一|两|几)?(?:个|位|名|对|双|边|头|些)?")):
            match = pattern.match(name)
            name = name[match.end() :] if match else name
        if any(c in SELDOM_IN_NAMES for c in name) or name in KIN_ZH or name.endswith((*MERE_ZH, "似的人")):
            return ""
        if len(name) > 2 and (name[0] in "像令用" or word_tags().get(name[:2], "n")[:1] in "dcp"):
            return ""
        if (
            name.startswith(("的", "人"))
            or name in GENERIC
            or len(name) < 2
            or len(name) > 8
            or name.startswith(("他", "她", "我", "你"))
        ):
            return ""
        return "" if name.endswith("声音") or any(c in "，。：“”" for c in name) else name
    words = surface.split()
    if (
        words[0].casefold() != "the"
        or words[-1].casefold() in GENERIC_EN
        or words[-1].casefold().rstrip("s") in GENERIC_EN
    ):
        return ""
    return f"the {words[-1].casefold()}" if english_gender(words[-1]) != "" else ""


def with_named_narrator(pages: Sequence[Page], cast: Sequence[Character], *, language: Language) -> list[Character]:
    """Return the cast with the narrator under the name by which the others call whoever says I.

    That name is called in talks with the narrator and hardly ever stands in the narration.
    """
    nameless = next((n for n, c in enumerate(cast) if c.kind == "narrator" and c.name in ("I", "我")), -1)
    if nameless < 0:
        return list(cast)
    index = NameIndex(cast, language=language)
    called: Counter[int] = Counter()
    narrated: Counter[int] = Counter()
    spoken: Counter[int] = Counter()
    for page in pages:
        laid = lay_out(page.chapter, page.quotations, index)
        narrated.update(m.character for m in laid.narration)
        spoken.update(m.character for m in laid.spoken)
        moments = read_moments(laid, cast, language=language)
        for before, moment, after in zip([None, *moments], moments, [*moments[1:], None], strict=False):
            beside = [m.cue for m in (before, after) if m is not None and m.cue is not None]
            if any(cue.subject.kind == "narrator" for cue in beside):
                called.update(moment.addressed)
    fitting = [
        c
        for c, n in called.most_common()
        if n >= 2 and narrated[c] <= 0.25 * spoken[c] and (cast[c].aliases or cast[c].gender != "unknown")
    ]
    if not fitting:
        return list(cast)
    chosen = cast[fitting[0]]
    why = f"{chosen.name}: called so in talks with the narrator, hardly ever named by the narration."
    named = chosen.model_copy(update={"kind": "narrator", "evidence": (*chosen.evidence, why)})
    return [named if n == fitting[0] else c for n, c in enumerate(cast) if n != nameless]
