"""Names in Chinese narration: what stands before verbs of speech, and what follows a surname, sifted by its company."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from extractor.reading.cues_zh import OPENERS, PRONOUN
from extractor.reading.mentions import MARKS, Page
from extractor.reading.person_nouns import GROUPS_ZH, PERSON_NOUNS_ZH
from extractor.reading.speech_verbs import CHINESE_ADVERBS, CHINESE_VERB_AT_END, CHINESE_VERB_IN_CLAUSE

SURNAMES = frozenset(
    """赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常
    乐于傅皮卞齐康伍余元卜顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘解应宗丁宣邓
    洪包左石崔吉龚程邢裴陆荣翁荀甄曲封储靳段富巫乌焦巴侯宁仇甘武刘景詹束龙叶司黎白蒲邰从赖卓蔺屠池乔翟谭劳姬申冉桑桂牛寿边燕尚农温庄晏柴阎连习容向古易廖庾居衡步耿满匡文
    寇广欧沃利蔚越师巩聂晁敖冷辛阚简饶曾沙鞠丰关查荆游竺权盖肖闫佟言佘幸付兰白江鹿谷云叶楚端纳兰曲""".replace(
        "\n", ""
    ).replace(" ", "")
)
DOUBLE_SURNAMES = frozenset(
    """欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 独孤 南宫 西门 宇文 长孙 轩辕 端木 百里 呼延 东郭 南郭 钟离 公冶 宗政 濮阳 淳于 单于 太史 申屠 闻人 赫连
    澹台 拓跋 完颜 纳兰 叶赫 北冥 北堂""".split()
)
TITLES_ZH = sorted(
    """道长 真人 大师 法师 师父 师傅 师兄 师弟 师姐 师妹 师叔 师伯 师娘 姑娘 小姐 夫人 太太 奶奶 老爷 少爷 公子 先生 老师 教授 医生 大夫 郎中 护士 校长 主任 书记 经理 总 局长 处长 科长 队长
    班长 连长 团长 司令 将军 元帅 大人 大帅 丞相 太守 知县 员外 掌柜 掌柜的 老板 老板娘 老头 老汉 老儿 老爹 老太爷 老太太 老太 大爷 二爷 三爷 四爷 五爷 爷 爷爷 大叔 二叔 三叔 叔 叔叔 伯 伯伯 大伯 大妈
    大娘 大婶 婶 婶子 嫂 嫂子 大嫂 二嫂 大姐 二姐 三姐 姐 姐姐 妹妹 妹子 哥 哥哥 大哥 二哥 三哥 兄 兄弟 弟 老弟 姑 姑姑 姑妈 姨 阿姨 姨妈 姨娘 舅 舅舅 丫头 哥儿 姐儿 嬷嬷 妈妈 妈 婆
    婆婆 婆子 姥姥 道婆 家的 氏 相公 壮士 大侠 少侠 女侠 仙子 仙姑 长老 掌门 帮主 教主 宗主 庄主 堂主 院主 城主 岛主 镇长 村长 县长 司正 执槌 捕头 捕快 都头 教头 太尉 公公 皇帝 皇后 妃 贵妃 公主 王爷 太子
    同学 同志 警官 警察 律师 司机 水吏 主簿 祭酒 学士 姊姊 大姑娘 二姑娘 三姑娘 四姑娘 大少爷 二少爷 三少爷 五少爷 大奶奶 二奶奶 四奶奶 三奶奶 五奶奶 娘子 娘 老伯 老丈 老者 和尚 尼姑 道士 胖子 瘦子 麻子 瞎子 疯子""".split(),
    key=len,
    reverse=True,
)
NEVER_IN_NAMES = frozenset("了着过是在不也就便把被将让这那他她我你它们么吗呢吧啊呀哪谁什怎，。、；：")
SELDOM_IN_NAMES = frozenset(
    "说道问想看听为从到向对给跟和与及或而且但所以因如若虽则即既又再还都只才很太极最更已曾没有无非叫忙笑欲"
)
PLACES = tuple("城村里上下中山寺院府庙省县镇岭河江湖岛洞峰谷门楼阁殿宫岸坡沟庄街巷路口边旁前后内外间堂房屋馆店铺桥")
GENERIC = frozenset(
    """老人 女人 男人 孩子 少年 少女 青年 年轻人 女子 男子 母亲 父亲 妈妈 爸爸 爹 娘 妻子 丈夫 儿子 女儿 哥哥 姐姐 弟弟 妹妹 爷爷 奶奶 叔叔 姑娘 小姐 先生 太太 老头 老头子 汉子 大汉 妇人 丫头 小子
    老太太 朋友 客人 主人 来人 声音 同学 对方 自己 孙子 丫鬟 媳妇 婆子 小厮 老婆 弟子 路人 女孩 男孩 小孩 师兄 师弟 师姐 师妹 大人 老爷 少爷 公子 夫人 姐妹 兄弟 学生 陌生人 同伴 家人 徒弟
    老者 中年人 老妇 老妇人 老太婆 青年人 女郎 影子 鬼 妖怪 人 大人 长辈 下人 仆人 大叔 大婶 大妈 大娘 阿姨 婆婆 姑姑 舅舅 舅妈 嫂子 伯伯 黑衣人 那人 此人 旁人 别人 众人 大家""".split()
)
HAN = re.compile(r"[\u4e00-\u9fff·]+")
SENTENCE = re.compile(r"[。！？!?\n…]+")
NAME_CHARACTERS = r"[\u4e00-\u9fff]"


@dataclass
class NameCount:
    """How often a name stands in a book: clean before a verb of speech, at the head of a clause, anywhere."""

    total: int = 0
    slots: int = 0
    heads: int = 0
    right: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def surname_of(name: str) -> str:
    """Return the surname a name begins with, "" where it begins with none."""
    if name[:2] in DOUBLE_SURNAMES and len(name) > 2:
        return name[:2]
    return name[0] if name[:1] in SURNAMES and len(name) > 1 else ""


def title_of(name: str) -> str:
    """Return the longest title at the end of a name, "" where there is none or nothing stands before it."""
    return next((t for t in TITLES_ZH if name.endswith(t) and len(name) > len(t)), "")


@cache
def word_tags() -> Mapping[str, str]:
    """Return jieba's dictionary of words and their parts of speech."""
    import jieba.posseg

    jieba.setLogLevel(60)
    jieba.posseg.dt.initialize()
    return dict(jieba.posseg.dt.word_tag_tab)


def speech_slots(page: Page) -> Iterable[tuple[str, bool]]:
    """Yield what stands before a verb of speech beside a quotation; True where nothing else stands between."""
    text = page.text
    for position, (start, end, _) in enumerate(page.pieces):
        floor = page.pieces[position - 1][1] if position else 0
        front = text[max(floor, start - 60) : start].rstrip()
        yield from _slot(SENTENCE.split(front)[-1], CHINESE_VERB_AT_END.search(front), front)
        roof = page.pieces[position + 1][0] if position + 1 < len(page.pieces) else len(text)
        behind = text[end : min(roof, end + 30)].lstrip(MARKS + " \u3000")
        if behind[:1] == "\n" or "\n" in text[end : end + 1]:
            continue
        clause = re.split(r"[，。！？：；\n…]", behind, maxsplit=1)[0]
        verb = CHINESE_VERB_IN_CLAUSE.search(clause)
        if verb is not None and len(clause) - verb.end() <= 1:
            head = bare_subject(clause[: verb.start()])
            if head:
                yield head, True


def _slot(sentence: str, verb: re.Match[str] | None, front: str) -> Iterable[tuple[str, bool]]:
    if verb is None or not front.endswith(("：", ":", "，", ",")):
        return
    sentence = sentence[: len(sentence) - (len(front) - verb.start())]
    clauses = [c for c in re.split(r"[，,；;：:、]", sentence) if c]
    if not clauses:
        return
    head = bare_subject(clauses[-1])
    if head:
        yield head, True
    for clause in clauses:
        yield bare_head(clause), False


def bare_subject(clause: str) -> str:
    """Return a clause without opening words and without the adverbs at its end: 只见黛玉忙低声 -> 黛玉."""
    clause = bare_head(clause)
    changed = True
    while changed and len(clause) > 1:
        changed = False
        for adverb in CHINESE_ADVERBS:
            if clause.endswith(adverb) and len(clause) - len(adverb) >= 2:
                clause = clause[: -len(adverb)]
                changed = True
                break
    return clause


def bare_head(clause: str) -> str:
    """Return a clause without white space and opening words."""
    clause = clause.strip(" \u3000\n" + MARKS)
    opener = OPENERS.match(clause)
    if opener and len(clause) - opener.end() >= 2 and not surname_of(clause[opener.start() : opener.start() + 2]):
        clause = clause[opener.end() :]
    return clause


def count_names(pages: Iterable[Page]) -> dict[str, NameCount]:
    """Return the names of a book with their counts."""
    pages = list(pages)
    slots: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    for page in pages:
        for head, clean in speech_slots(page):
            if clean and 2 <= len(head) <= 5 and HAN.fullmatch(head):
                slots[head] += 1
            elif HAN.match(head):
                for length in (2, 3, 4):
                    if len(head) > length:
                        heads[head[:length]] += 1
    texts = [page.text for page in pages]
    narration = "\n".join(_narration(page) for page in pages)
    whole = "\n".join(texts)
    wanted = {h for h in slots if _possible(h)}
    wanted |= {h for h, n in heads.items() if n >= 3 and surname_of(h) and _possible(h)}
    wanted |= _surnamed(narration) | _familiar_forms(narration)
    counts = {name: NameCount(slots=slots[name], heads=heads[name]) for name in wanted}
    _occurrences(whole, counts)
    return {name: count for name, count in counts.items() if _is_name(name, count, counts)}


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
    full = re.compile(rf"[{''.join(SURNAMES)}]({NAME_CHARACTERS}{{2}})")
    for match in full.finditer(narration):
        if counts[match[1]] >= 3 and _possible(match[0]) and _possible(match[1]) and not surname_of(match[1][:1] + "某"):
            found |= {match[0], match[1]}
    return found


def _possible(name: str) -> bool:
    """Tell whether a string can be a name by its characters alone."""
    if name in GROUPS_ZH or name.endswith("们") or PRONOUN.match(name):
        return False
    if any(c in NEVER_IN_NAMES for c in name):
        return False
    if any(c in SELDOM_IN_NAMES for c in name) and not (
        surname_of(name) and name[-1] not in "忙笑欲叫" and len(name) <= 3
    ):
        return False
    return not ("的" in name and not name.endswith("家的"))


def _occurrences(text: str, counts: dict[str, NameCount]) -> None:
    """Count every name and its neighbours in one pass."""
    by_first: dict[str, list[str]] = {}
    for name in counts:
        by_first.setdefault(name[0], []).append(name)
    if not by_first:
        return
    pattern = re.compile("[" + "".join(map(re.escape, by_first)) + "]")
    for match in pattern.finditer(text):
        at = match.start()
        for name in by_first[match[0]]:
            if text.startswith(name, at):
                count = counts[name]
                count.total += 1
                count.right[text[at + len(name) : at + len(name) + 1]] += 1
                count.left[text[at - 1 : at]] += 1


def _is_name(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether the counts speak for a person."""
    if name in GENERIC or count.total == 0:
        return False
    if PERSON_NOUNS_ZH.get(name) is not None:
        return count.slots >= 2
    if name[0] in TURNING and any(name[k:] in counts for k in (1, 2) if len(name) - k >= 2):
        return False
    tag = word_tags().get(name, "")
    if tag[:1] in tuple("dvmcprtsf") and not surname_of(name):
        return False
    common = tag != "" and not tag.startswith("nr")
    surname, title = surname_of(name), title_of(name)
    if title and (surname or name[0] in "老小阿"):
        return count.total >= 2
    if common and (count.slots < 3 or (not surname and count.slots < 0.03 * count.total)):
        return False
    if any(c in SELDOM_IN_NAMES for c in name) and count.slots < 3 and not _given_known(name, counts):
        return False
    if count.total >= 12 and not surname and not title and not any(count.left[c] for c in MEETING):
        return False
    if count.slots == 0 and _familiar(name, count, tag):
        return True
    if count.slots == 0 and not _stands_like_a_person(name, count, counts):
        return False
    if count.slots <= 2 and not surname and not title and count.total < 4 and name[0] not in "老小阿":
        return count.slots > 0 and tag == "" and name[-1] in NOUN_ENDS and len(name) <= 5
    if not title and not (_free(name, count, counts) and _whole(name, count, counts)):
        return False
    return not (len(name) > 4 and count.slots < 3)


TURNING = "向对跟冲朝叫命问拉见听给与和同"
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
    return len(given) >= 2 and given in counts and counts[given].slots > 0


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
    return (
        opened >= 0.12 * count.total and placed < 0.12 * count.total and count.heads + count.slots > 0.01 * count.total
    )


def _whole(name: str, count: NameCount, counts: Mapping[str, NameCount]) -> bool:
    """Tell whether a name is no piece of longer names and no shorter name with a verb behind it."""
    longer = sum(
        c.total for n, c in counts.items() if n != name and name in n and n.startswith(name) and not title_of(n)
    )
    if longer >= 0.6 * count.total and count.slots < 2:
        return False
    behind = max((c.total for n, c in counts.items() if n != name and n.endswith(name)), default=0)
    if behind >= 0.8 * count.total and count.slots < 2:
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
