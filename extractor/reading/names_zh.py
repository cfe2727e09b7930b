"""Names in Chinese narration: what stands before verbs of speech, and what follows a surname, sifted by its company."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from extractor.reading.company import Company, companies, likeness, surnamed
from extractor.reading.cues_zh import PRONOUN
from extractor.reading.lexicon import words
from extractor.reading.mentions import Page
from extractor.reading.person_nouns import GROUPS_ZH, PERSON_NOUNS_ZH
from extractor.reading.slots_zh import speech_slots
from extractor.reading.speech_verbs import CHINESE_ADVERBS
from extractor.reading.surnames import SURNAMES, TITLES_ZH, surname_of, title_of

NEVER_IN_NAMES = frozenset("曰了着过是在也就便把被将让这那他她我你它们么吗呢吧啊呀哪谁什怎，。、；：")
SELDOM_IN_NAMES = frozenset(
    "不说道问想看听为从到向对给跟和与及或而且但所以因如若虽则即既又再还都只才很太极最更已曾没有无非叫忙笑欲见去来走至起出进往今一"
)
NOT_FIRST = "又因忙便就也都才再还只但而且从向对给跟和与及一所已曾既则即虽叫去来走至起出进往今"
NOT_LAST = "说道问想看听叫忙笑欲见去来走至起出进往一又还只和与及因而且"
PLACES = tuple("城村里上下中山寺院府庙省县镇岭河江湖岛洞峰谷门楼阁殿宫岸坡沟庄街巷路口边旁前后内外间堂房屋馆店铺桥")
GENERIC = frozenset(
    words(
        """
    老人 女人 男人 孩子 少年 少女 青年 年轻人 女子 男子 母亲 父亲 妈妈 爸爸 爹 娘 妻子 丈夫 儿子 女儿 哥哥 姐姐
    弟弟 妹妹 爷爷 奶奶 叔叔 姑娘 小姐 先生 太太 老头 老头子 汉子 大汉 妇人 小子 老太太 朋友 主人 来人 声音 同学
    对方 自己 孙子 老婆 女孩 男孩 小孩 师兄 师弟 师姐 师妹 大人 老爷 少爷 公子 夫人 姐妹 兄弟 学生 陌生人 同伴
    家人 徒弟 老者 中年人 老妇 老妇人 老太婆 青年人 女郎 影子 鬼 妖怪 人 大人 长辈 大叔 大婶 大妈 大娘 阿姨 婆婆
    姑姑 舅舅 舅妈 嫂子 伯伯 黑衣人 那人 此人 旁人 别人 众人 大家
    心下 心中 心里 心内 心裡 口中 口里 口内 口裡 嘴里 手中 眼中 面上 脸上 一时 半日 半晌 旁边 门外 屋里 里面 外面
    勒马 仰天 厉声 施礼 下马 上马 回报 以鞭 拍马 出马 掩面 流涕 顿首 叩首 附耳 屈指 抚掌 抚背 执手 拱手 说罢 言毕
    """
    )
)
NO_NAME_ENDS = tuple("们讫毕略奏乃遂亦皆又回")
ADVERBS = frozenset((*CHINESE_ADVERBS, "大惊", "大怒", "大喜", "大笑", "大叫"))
HAN = re.compile(r"[\u4e00-\u9fff·]+")
NAME_CHARACTERS = r"[\u4e00-\u9fff]"


@dataclass
class NameCount(Company):
    """How often a name stands in a book: clean before a verb of speech, at the head of a clause, anywhere.

    `opens` counts the slots that open a sentence, `longer` the longer names that begin with it, `behind` the
    commonest that ends with it.
    """

    slots: int = 0
    opens: int = 0
    heads: int = 0
    longer: int = 0
    behind: int = 0


@cache
def word_tags() -> Mapping[str, str]:
    """Return jieba's dictionary of words and their parts of speech."""
    import jieba.posseg

    jieba.setLogLevel(60)
    jieba.posseg.dt.initialize()
    return dict(jieba.posseg.dt.word_tag_tab)


def count_names(pages: Iterable[Page]) -> dict[str, NameCount]:
    """Return the names of a book with their counts."""
    pages = list(pages)
    slots: Counter[str] = Counter()
    opens: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    for page in pages:
        for slot in speech_slots(page):
            head = slot.head
            if slot.clean and 2 <= len(head) <= 5 and HAN.fullmatch(head):
                slots[head] += 1
                opens[head] += slot.opens
            elif HAN.match(head):
                for length in (2, 3, 4):
                    if len(head) > length:
                        heads[head[:length]] += 1
    narration = "\n".join(_narration(page) for page in pages)
    wanted = {h for h in slots if _possible(h)}
    wanted |= {h for h, n in heads.items() if n >= 3 and surname_of(h) and _possible(h)}
    wanted |= _surnamed(narration) | _familiar_forms(narration)
    found = companies("\n".join(page.text for page in pages), wanted)
    counts = {
        name: NameCount(seen.total, seen.right, seen.left, slots[name], opens[name], heads[name])
        for name, seen in found.items()
    }
    _overlaps(counts)
    known = {name for name, count in counts.items() if _is_name(name, count, counts)}
    givens = {
        name[len(surname_of(name)) :]
        for name in counts
        if surname_of(name) and not title_of(name) and not (len(name) == 3 and name[:2] in known)
    }
    known |= {
        n
        for n in givens
        if n in counts and n not in GENERIC and _is_given(n, counts[n]) and _whole(n, counts[n], counts)
    }
    named = {name: count for name, count in counts.items() if name in known}
    named = _by_company(narration, named)
    return {name: count for name, count in named.items() if not _spoilt(name, named)}


def _spoilt(name: str, named: Mapping[str, NameCount]) -> bool:
    """Tell whether a string is a known name with more behind it or in front of it: 吴斌开玩, 安慰宝玉."""
    if name[1] == "大" and sum(named[name].right[c] for c in "喜怒笑惊呼喝叫") > 0.5 * named[name].total:
        return True
    if any(name[:k] in named and name[k:] in named for k in range(2, len(name) - 1)):
        return True
    if title_of(name) or name.endswith("儿"):
        return False
    if len(name) == 2 and name[0] in ADVERB_HEADS and named[name].slots < 3:
        return True
    if len(name) >= 4 and named[name].slots < 3 and word_tags().get(name[:2], "n")[:1] in "dvcpa":
        return True
    for length in range(2, len(name)):
        if length > 2 and surname_of(name) and title_of(name[:length]):
            return True
        stem = named.get(name[:length])
        if stem is not None and stem.total > 3 * named[name].total and named[name].slots < 0.2 * stem.total:
            return True
        tail = named.get(name[-length:])
        if tail is not None and tail.total > named[name].total and not surname_of(name) and name[0] not in "老小阿大":
            return True
    return False


def _by_company(narration: str, named: Mapping[str, NameCount]) -> dict[str, NameCount]:
    """Return the names without those whose company speaks against them, and with others whose company is alike."""
    background = surnamed(narration, _possible)
    candidates = {name for name in background if _full(name, named)} - named.keys()
    full = {name for name in candidates | named.keys() if len(name) == 3 and surname_of(name) and not title_of(name)}
    full = {name for name in full if name[0] not in FUNCTION_SURNAMES and name[-1] != "儿"}
    givens = {name[1:]: name for name in sorted(full) if _possible(name[1:])}
    found = companies(narration, background | givens.keys() | named.keys())
    for given, name in givens.items():
        found[given].total -= found[name].total
        found[given].left[name[0]] -= found[name].total
        if found[given].total > 10 * found[name].total or given in ADVERBS | GENERIC:
            found[given].total = 0
    others = {
        name
        for name in candidates
        if not (surname_of(name[1:]) and name[1:] in named) or _led_by(name[0], found[name[1:]], found[name].total)
    }
    others |= {given for given in givens if given not in named and found[given].total >= 3}
    seeds = [name for name, count in named.items() if count.slots >= 3]
    scores = likeness(found, named.keys(), seeds=seeds, background=background)
    out = {name: count for name, count in named.items() if _fits(name, count, scores.get(name, math.inf))}
    scores = likeness(found, others, seeds=seeds, background=candidates)
    tags = word_tags()
    longer: set[str] = set()
    for name, score in sorted(scores.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        seen = found[name]
        if name in givens and name not in candidates:
            sure = score >= -0.5 and seen.total > 0 and (givens[name] in out or givens[name] in named)
        else:
            sure = score >= (-0.7 if tags.get(name, "").startswith("nr") else -0.2)
            sure = sure and not any(other.startswith(name) for other in longer)
            longer |= {name} if sure else set()
        if sure:
            out[name] = NameCount(seen.total, seen.right, seen.left)
    return out


def _led_by(surname: str, given: Company, count: int) -> bool:
    """Tell whether a surname stands before a given name often enough, and more often than any other character."""
    before = max((n for c, n in given.left.items() if HAN.match(c or " ") and c != surname), default=0)
    return count >= 0.1 * given.total or (count >= 0.03 * given.total and count > before)


def _fits(name: str, count: NameCount, score: float) -> bool:
    """Tell whether the company of a name that seldom stands before verbs of speech lets it be one."""
    if count.slots >= max(3, 0.15 * count.total) or (count.slots and 2 * (count.slots + count.heads) >= count.total):
        return True
    if title_of(name):
        return score >= -1.5
    if not surname_of(name) or name[0] in FUNCTION_SURNAMES:
        return score >= (0.35 if count.total >= 20 and not word_tags().get(name, "nr").startswith("nr") else 0.0)
    known = word_tags().get(name, "").startswith("nr") or count.slots > 0 or count.right["家"] > 0.3 * count.total
    return score >= (-1.2 if known else -0.4)


def _full(name: str, named: Mapping[str, NameCount]) -> bool:
    """Tell whether a string that begins with a surname may be a full name: no word, no name with a verb behind it."""
    tags = word_tags()
    tag = tags.get(name, "nr" if len(name) == 3 else "")
    if not tag.startswith("nr") and not (tag == "" and len(name) == 2):
        return False
    if name in GENERIC or name.endswith(PLACES) or title_of(name) or any(c in SELDOM_IN_NAMES for c in name[1:]):
        return False
    if len(name) == 3 and (name[:2] in named or tags.get(name[:2], "nr")[:1] != "n" or name[1:] in named):
        return name[1:] in named and name[0] not in FUNCTION_SURNAMES
    if len(name) == 3 and name not in tags and not tags.get(name[:2], "nr").startswith("nr"):
        return False
    return name[0] not in FUNCTION_SURNAMES and name[-1] not in "地得等之其此车家"


def _is_given(name: str, count: NameCount) -> bool:
    """Tell whether the second half of a full name is used by itself: 若溪, whose characters are common words."""
    opened = sum(n for c, n in count.left.items() if not HAN.match(c or " "))
    return len(name) == 2 and count.total >= 4 and opened >= 0.3 * count.total and name not in word_tags()


def _narration(page: Page) -> str:
    out, position = [], 0
    for start, end, _ in page.pieces:
        out.append(page.text[position:start])
        position = max(position, end)
    out.append(page.text[position:])
    return "\n".join(out)


def _surnamed(narration: str) -> set[str]:
    """Return surname plus one or two characters, and surname plus title, that come often at the head of a clause."""
    head = re.compile(rf"(?:^|[，。！？：；\n\s”」…])({NAME_CHARACTERS}{{2,4}})")
    counts: Counter[str] = Counter()
    for match in head.finditer(narration):
        run = match[1]
        if not surname_of(run):
            continue
        for length in (2, 3, 4):
            if len(run) >= length:
                counts[run[:length]] += 1
    titled: Counter[str] = Counter()
    pattern = re.compile(rf"([{''.join(SURNAMES)}老小阿])({'|'.join(TITLES_ZH)})")
    for match in pattern.finditer(narration):
        titled[match[0]] += 1
    found = {name for name, n in counts.items() if n >= 3 and _possible(name) and (surname_of(name) != name)}
    return found | {name for name, n in titled.items() if n >= 3 and _possible(name)}


def _familiar_forms(narration: str) -> set[str]:
    """Return two characters that often open a clause: forms such as 老栓 and 秀儿, and words of no dictionary."""
    head = re.compile(rf"(?:^|[，。！？：；\n\s”」…])({NAME_CHARACTERS}{{2}})(?={NAME_CHARACTERS})")
    counts = Counter(match[1] for match in head.finditer(narration))
    tags = word_tags()
    found = {
        name
        for name, n in counts.items()
        if n >= (2 if name[0] in "老小阿" or name[1] == "儿" else 4) and name not in tags and _possible(name)
    }
    full = re.compile(rf"(?=[{''.join(SURNAMES)}]({NAME_CHARACTERS}{{2}}))")
    enough = 3 if len(narration) > 20_000 else 2
    for match in full.finditer(narration):
        given = match[1]
        name = narration[match.start()] + given
        clean = given[0] not in NOT_FIRST and given[1] not in NOT_LAST and not NEVER_IN_NAMES & set(given)
        if clean and counts[given] >= enough and _possible(name):
            found |= {name, given}
    return found


def _possible(name: str) -> bool:
    """Tell whether a string can be a name by its characters alone."""
    if name in GROUPS_ZH or name[1:] in GROUPS_ZH or name.endswith(NO_NAME_ENDS) or PRONOUN.match(name):
        return False
    if name[0] == "人" or re.search("大[喝呼叫笑怒惊喜骂哭]", name):
        return False
    if name[-1] in "怒喜惊谓闻叹视皆令亦遂乃" and not word_tags().get(name, "").startswith("nr"):
        return False
    if any(c in NEVER_IN_NAMES for c in name):
        return False
    if any(c in SELDOM_IN_NAMES for c in name) and not (
        surname_of(name) and name[-1] not in "忙笑欲叫" and len(name) <= 3
    ):
        return False
    return not ("的" in name and not name.endswith("家的"))


def _overlaps(counts: Mapping[str, NameCount]) -> None:
    """Fill in how often longer names begin with a name, and how often the commonest one ends with it."""
    for name, count in counts.items():
        for length in range(2, len(name)):
            shorter = counts.get(name[:length])
            if shorter is not None and name[length:] not in TITLES_ZH:
                shorter.longer += count.total
            ending = counts.get(name[-length:])
            if ending is not None:
                ending.behind = max(ending.behind, count.total)


def _is_name(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether the counts speak for a person."""
    if name in GENERIC or count.total == 0 or name in ADVERBS:
        return False
    if len(name) >= 4 and not title_of(name) and any(name[:k] in counts and name[k:] in counts for k in (2, 3)):
        return False
    if PERSON_NOUNS_ZH.get(name) is not None:
        return count.slots >= 2
    if name[0] in TURNING and (
        name[0] in "像用以拿陪" or any(name[k:] in counts for k in (1, 2) if len(name) - k >= 2)
    ):
        return False
    if (
        name[0] in "于向连和同时应终单计由自有从常方言"
        and name[1:] in counts
        and 3 * count.total < counts[name[1:]].total
    ):
        return False
    tag = word_tags().get(name, "")
    if tag[:1] in tuple("dvmcprtsf") and not surname_of(name) and name[0] not in "老小阿":
        return False
    if tag[:1] in tuple("dvcpa") and count.slots < 0.5 * count.total:
        return False
    common = tag != "" and not tag.startswith("nr")
    surname, title = surname_of(name), title_of(name)
    if title and (surname or name[0] in "老小阿"):
        return count.total >= 2
    if common and (count.slots < 3 or (not surname and count.slots < 0.03 * count.total)):
        return False
    if any(c in SELDOM_IN_NAMES for c in name) and count.slots < min(3, count.total) and not _given_known(name, counts):
        stem = counts.get(name[:-1])
        led = len(name) == 3 and name[-1] not in SELDOM_IN_NAMES and (stem is None or not stem.slots)
        return led and count.slots > 0 and count.slots + count.heads >= max(3, 0.5 * count.total)
    if count.total >= 12 and not surname and not title and not any(count.left[c] for c in MEETING) and count.slots < 3:
        return False
    if count.slots == 0 and _familiar(name, count, tag):
        return True
    if count.slots == 0 and not _stands_like_a_person(name, count, counts):
        return False
    if count.slots <= 2 and not surname and not title and count.total < 4 and name[0] not in "老小阿":
        return count.slots > 0 and tag == "" and name[-1] in NOUN_ENDS and len(name) <= 5
    if _explicit(name, count):
        return _whole(name, count, counts)
    if not title and not (_free(name, count, counts) and _whole(name, count, counts)):
        return False
    return not (len(name) > 4 and count.slots < 3)


ADVERB_HEADS = frozenset("更犹未闻越愈自方连忙便即乃遂仍复且竟早已正话")
FUNCTION_SURNAMES = frozenset("于向连和同时应终单计由自有被见都便全解任从常方言明边路管越满万钱房")


def _explicit(name: str, count: NameCount) -> bool:
    """Tell whether verbs of speech alone prove a name, however alike the sentences are."""
    if count.slots < 2 or 2 * count.slots < count.total:
        return False
    return count.opens >= 2 and (count.opens >= 3 or surname_of(name) != "" or name[0] in "老小阿")


TURNING = "向对跟冲朝叫命问拉见听给与和同像用以拿陪"
MEETING = "向对见叫给与和同把被请问跟令使替拉让、听看"


def _familiar(name: str, count: NameCount, tag: str) -> bool:
    """Tell whether a name never seen before a verb of speech is one: 老栓, 秀儿, or a word of no dictionary."""
    if len(name) != 2 or (tag and not tag.startswith("nr")) or name.endswith(PLACES):
        return False
    opened = sum(n for c, n in count.left.items() if not HAN.match(c or " "))
    enough = 3 if name[0] in "老小阿" or name[1] == "儿" else 8
    return count.total >= enough and opened >= 0.25 * count.total and len(count.right) >= min(6, 1 + count.total // 3)


NOUN_ENDS = frozenset(noun[-1] for noun in PERSON_NOUNS_ZH) - frozenset("人子头")


def _given_known(name: str, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether the name without its surname is itself a name before verbs of speech."""
    given = name[len(surname_of(name)) :]
    return len(given) >= 2 and given in counts and counts[given].slots + counts[given].heads > 0


def _stands_like_a_person(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether a name that never stands before a verb of speech is one all the same."""
    if not surname_of(name) or count.total < 3:
        return False
    if _given_known(name, counts):
        return True
    if count.total < 5 or name.endswith(PLACES):
        return False
    opened = sum(n for c, n in count.left.items() if not HAN.match(c or " "))
    placed = sum(count.left[c] for c in "在到去回从出往离")
    if opened < 0.12 * count.total or placed >= 0.12 * count.total:
        return False
    return count.heads + count.slots > 0.01 * count.total or (opened >= 0.2 * count.total and name not in word_tags())


def _whole(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether a name is no piece of longer names and no shorter name with a verb behind it."""
    if count.longer >= 0.6 * count.total and count.slots < 2:
        return False
    if count.behind >= 0.8 * count.total and count.slots < 2:
        return False
    for length in (2, 3):
        stem = counts.get(name[:length]) if len(name) > length else None
        if stem is None or title_of(name) or name[length:] == "儿":
            continue
        if stem.slots >= 2 and count.total < 0.3 * stem.total:
            return False
    return True


def _free(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether many different characters stand beside a name: it is no piece of a longer word."""
    if count.total < 4:
        return count.slots > 0
    top = count.right.most_common(1)[0]
    if top[1] > 0.75 * count.total and HAN.match(top[0] or " ") and top[0] not in "道说笑问":
        return False
    lead = count.left.most_common(1)[0]
    if lead[1] > 0.8 * count.total and HAN.match(lead[0] or " "):
        return False
    shorter = counts.get(name[:-1])
    if len(name) >= 3 and shorter is not None and not count.slots and count.total < 0.25 * shorter.total:
        return False
    return len(count.right) >= min(4, 1 + count.total // 3)
