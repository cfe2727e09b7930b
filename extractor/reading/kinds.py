"""Whether a marked piece is said, thought, or neither (a title, a sound, a sign, a word held with tongs).

Only the piece and the narration beside it in its paragraph are looked at. English and Chinese differ in what shows
it: English printers lead speech in with a comma, Chinese ones close it with a full stop inside the marks.
"""

from __future__ import annotations

import re

from extractor.reading.speech_verbs import (
    CHINESE_SPEECH,
    CHINESE_THOUGHT,
    ENGLISH_SPEECH,
    ENGLISH_THOUGHT,
    ENGLISH_WEAK,
)
from extractor.records import QuotationKind

_TERMINAL = "。．！？…!?—–-～~"
_WIDE_PAUSE = "，,、；;：:"
_THINK = (
    r"(?:心想|心道|心说|心念|暗想|暗道|暗忖|暗自道|(?<!一)想道|(?<!寻)思道|寻思|思忖|忖道|自忖|自思|腹诽|默念|"
    r"[心脑](?:里|中|下|底|头|内)(?:又|也|却|便|就|不禁|不由|暗暗|默默|只)?(?:想|道|说|念|暗道|叹)|"
    + "|".join(sorted(frozenset(CHINESE_THOUGHT) - {"想", "忖", "想着", "想道"}, key=len, reverse=True))
    + r")"
)
_ONLY_THINK = r"(?<![理梦幻料设思感回联妄猜一])(?<!这样)(?<!这么)(?<!如此)(?<!了又)想"
_THINKING_BEFORE = re.compile(rf"(?:{_THINK}|{_ONLY_THINK})(?:着|了|到)?[：:，,]?\s*$")
_THINKING_BEHIND = re.compile(
    rf"^[^，。！？；：“”]{{0,12}}?(?:{_THINK}|{_ONLY_THINK})(?:着|了)?(?:[，。,.：:；]|$)"
    r"|^[^，。！？；：“”]{0,10}?对自己说，只在心里说"
)
_CLAUSE_BREAK = re.compile(r"[。！？!?；;”」』…]")

_SAYING = "|".join(
    re.escape(verb)
    for verb in sorted(
        frozenset(CHINESE_SPEECH) - {"叫", "唤", "云", "曰", "读", "唱", "写道", "介绍", "大笑", "冷笑", "苦笑"},
        key=len,
        reverse=True,
    )
)
_SAYING_BEFORE = re.compile(
    rf"(?:{_SAYING}|[叫喊喝令骂嚷])(?:了|着|过)?(?:一|两|几|好几)?(?:声|句|个)?(?:他|她|我|你|它)?(?:们)?\s*$"
)
_SAYING_BEHIND = re.compile(rf"^[^。！？；”“：]{{0,24}}?(?:{_SAYING})(?:了|着|道|起来|出来|一句|一声|[，。,.！：:]|$)")
_WRITTEN = re.compile(
    r"(?:写着|写了|写道是|写的是|写作|题着|题道|题了|题曰|题为|刻着|刻了|刻的是|贴着|印着|印了|绣着|绣了|錾着|镌着|凿着|挂着|标着|标题|"
    r"上书|大书|横书|旁书|书云|署名|落款|书名|名叫|名为|名曰|取名|起名|改名|外号|绰号|人称|号称|俗称|自称|简称|尊称|"
    r"(?:个|行|两|二|三|几|数)(?:大|小|黑|红|金|血)?字|小字|大字|字样|字条|匾上|匾额|牌匾|招牌|木牌|告示|横幅|对联|标语|"
    r"所谓|所谓的|称为|称作|称之为|叫做|叫作|唤作|当作|看作|比作|视为|名字叫|的名字)"
    r"[^。！？”，：:、]{0,4}[，：:]?\s*$"
)
_TOLD = re.compile(r"(?<![写题])[说问喊叫嚷骂答道](?:道|着|了)?[：:]$")
_NAMED_BEHIND = re.compile(
    r"^(?:这|那)?(?:[一二两三四五六七八九十几]+|数)?(?:个|枚|张|首|回)?(?:大|小)?(?:字|词|句诗|曲子|二语)|^(?:字样|一词|二字|之[名号称声态法句说]|为名|式的|牌[^子]|云云|呼之)"
)
_SOUND_BEHIND = re.compile(r"^(?:的|地)?(?:[一几两]|好几)(?:声|下|响|阵)|^的[^，。]{0,4}(?:声|响)|^地[一-鿿]|^之声")
_CRY = re.compile(r"^[嗳哎唉嗯哼啊呀哟唔噢哦喔哇嘿咦呸咳喂哈呵嘻咄吓哩诶欸]+$")

_WORD = re.compile(r"[A-Za-z’']+")
_STRONG = (
    ENGLISH_SPEECH - ENGLISH_WEAK - {"call", "calls", "says", "read", "added", "joked", "signed", "quoted", "noted"}
)
_SPOKEN = _STRONG | {
    "says",
    "saying",
    "announcing",
    "began",
    "begun",
    "added",
    "adding",
    "cries",
    "exclamation",
    "exclamations",
    "shouting",
    "words",
    "muttering",
}
_SPOKEN |= {"murmuring", "whispering", "chant", "chorus", "quoting", "calling", "singing", "say", "answer", "answers"}
_NAMING = frozenset(
    """name named names title titled entitled headed heading called calling termed styled nicknamed marked label labelled
    labeled sign signs board notice card placard inscription inscribed written wrote writing word term phrase epithet epithets
    motto poster bill bills headline envelope novel book paper story play song poem tune known""".split()
)
_SHOWING = frozenset(
    """name title titled entitled headed heading marked label labelled labeled sign board notice card placard inscription
    inscribed motto poster headline epithet epithets""".split()
)
_TAG = re.compile(
    r"^\W{0,3}(?:(?:[a-z]+\s+){0,2}?(?:%s)\b|(?:he|she|I|they|it|we|you|[A-Z][\w.’'-]*|the|a|an|my|his|her|their|one|some)\s(?:[\w.’'-]+\s){0,4}?(?:%s)\b)"
    % ("|".join(sorted(ENGLISH_SPEECH)), "|".join(sorted(ENGLISH_SPEECH)))
)
_THOUGHT_WORDS = "|".join(sorted(ENGLISH_THOUGHT | {"wondering", "thinking", "think"}))
_PERSON = r"(?:he|she|I|they|we|you|[A-Z][\w.’'-]*|(?:the|his|her|my)\s[\w’'-]+)"
_ENGLISH_THINKING_BEHIND = re.compile(
    rf"^\W{{0,3}}(?:(?:{_THOUGHT_WORDS})\b(?!\s+(?:aloud|out))|{_PERSON}\s(?:[\w.’'-]+\s){{0,3}}?(?:{_THOUGHT_WORDS})\b(?!\s+(?:aloud|out|of|about))"
    rf"|{_PERSON}\stold\s(?:him|her|my|them)sel(?:f|ves)\b)"
)
_ENGLISH_THINKING_BEFORE = re.compile(
    r"\b(?:thought|thinks|wondered|reflected|mused|reasoned)(?:\s(?:to\s)?(?:him|her|my)self|\s[A-Z]\w+|\she|\sshe|\sI)*\s*[,:—-]*\s*$"
    r"|\btold\s(?:him|her|my|them)sel(?:f|ves)\s*[,:]?\s*$"
)


def chinese_kind(text: str, *, before: str, behind: str) -> QuotationKind:
    """Return what a Chinese piece is; `before` and `behind` are the narration in the same paragraph."""
    clause = _CLAUSE_BREAK.split(before)[-1].rstrip()
    introduced = clause.endswith(("：", ":"))
    if _THINKING_BEFORE.search(clause):
        return "thought"
    if not introduced and _THINKING_BEHIND.match(behind):
        return "thought"
    bare = text[-1] not in _TERMINAL + _WIDE_PAUSE + "”’"
    if _WRITTEN.search(clause) and (bare or len(text) <= 24) and not (introduced and _TOLD.search(clause)):
        return "other"
    if introduced:
        return "speech"
    if _SOUND_BEHIND.match(behind):
        return "speech" if _CRY.match(text.rstrip("！!。，…—")) and not behind.startswith("的") else "other"
    if not bare:
        return "other" if len(text) <= 2 and _NAMED_BEHIND.match(behind) else "speech"
    return _bare_chinese_kind(text, clause=clause, before=before, behind=behind)


def _bare_chinese_kind(text: str, *, clause: str, before: str, behind: str) -> QuotationKind:
    """Return what a piece is that no punctuation closes: mostly a word held with tongs, unless a verb says it."""
    if not before.strip() and not behind.strip():
        return "speech"
    if _NAMED_BEHIND.match(behind):
        return "other"
    if clause.rstrip().endswith(("：", ":")) or _SAYING_BEFORE.search(clause):
        return "speech"
    if _CRY.match(text) and behind.startswith("了"):
        return "speech"
    if _SAYING_BEHIND.match(behind) and (not clause.strip() or clause.rstrip()[-1] in _WIDE_PAUSE):
        return "speech"
    return "speech" if len(text) > 40 else "other"


def english_kind(text: str, *, before: str, behind: str) -> QuotationKind:
    """Return what an English piece is; `before` and `behind` are the narration in the same paragraph."""
    if _ENGLISH_THINKING_BEHIND.match(behind) or _ENGLISH_THINKING_BEFORE.search(before[-60:]):
        return "thought"
    lead = before.rstrip()
    words = _WORD.findall(re.split(r"[.!?;”\"]", before)[-1])[-8:]
    lowered = [word.lower() for word in words]
    size = len(text.split())
    shouted = text.isupper() and size > 1
    if shouted and _NAMING.intersection(word.lower() for word in _WORD.findall(before)[-14:]):
        return "other"
    if not lead or lead[-1] in '.!?"”’)]_*':
        if text[-1].isalnum() and size <= 6 and behind.lstrip()[:1].islower() and not _TAG.match(behind):
            return "other"
        return "speech"
    if lead[-1] in ",:;-—–(…":
        return _led_english_kind(text, lead=lead, lowered=lowered)
    if not lead[-1].isalnum() and lead[-1] not in "’'":
        return "speech"
    after = any(mark in before[-80:] for mark in '"”')
    return _run_on_english_kind(text, lowered=lowered, behind=behind, after=after)


def _led_english_kind(text: str, *, lead: str, lowered: list[str]) -> QuotationKind:
    """Return what a piece behind a comma, colon or dash is: speech, unless the words before it name or show it."""
    if lead[-1] in ",:" and _SHOWING.intersection(lowered[-4:]) and not _SPOKEN.intersection(lowered[-6:]):
        return "other"
    return "speech"


def _run_on_english_kind(text: str, *, lowered: list[str], behind: str, after: bool) -> QuotationKind:
    """Return what a piece in the run of a sentence is: no speech, unless a verb of speech leads to it.

    `after` tells that other marks stand before it, so that its narration may interrupt speech.
    """
    if _NAMING.intersection(lowered[-3:]) and not _SPOKEN.intersection(lowered[-2:]):
        return "other"
    first = text.lstrip("_-—(‘'")[:1]
    size = len(text.split())
    if _SPOKEN.intersection(lowered[-7:]) and (first.isupper() or _SPOKEN.intersection(lowered[-3:])):
        return "speech"
    if (
        text[-1] in ".!?—-…"
        and size >= (3 if after or first.isupper() and _TAG.match(behind) else 5)
        and (first.isupper() or after)
    ):
        return "speech"
    return "speech" if size > 25 else "other"
