"""Whether a marked piece of a Chinese novel is said, thought, or neither (a title, a sound, a sign, a word held apart).

Only the piece and the narration beside it are looked at. Chinese printers close what is said with a full stop inside
the marks, so a piece without one needs a verb that says it.
"""

from __future__ import annotations

import re

from extractor.reading.letters import is_chinese_letter
from extractor.reading.speech_verbs import CHINESE_SPEECH, CHINESE_THOUGHT
from extractor.records import QuotationKind

_TRADITIONAL = (
    "說問罵寫題著裡話聲個兩幾貼書條紙號稱謂喚視當繡鏨鑿掛標橫額對聯語與筆畫這數詞詩勢陣響嘆歎讀講應驚連們難豈罷頂腦內從"
    "親啟臺啓誒噯喲嗎嚇勸嘰補囑顫厲輕聲開圖樣徑門單傳報會頭實"
)
_SIMPLIFIED = (
    "说问骂写题着里话声个两几贴书条纸号称谓唤视当绣錾凿挂标横额对联语与笔画这数词诗势阵响叹叹读讲应惊连们难岂罢顶脑内从"
    "亲启台启诶嗳哟吗吓劝叽补嘱颤厉轻声开图样径门单传报会头实"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_TERMINAL = "。．！？…!?—–-～~，,、；;：:"
_PAUSES = "，,、；;：:"
_CLAUSE_BREAK = re.compile(r"[。！？!?；;”」』…]")


def _either(words: frozenset[str]) -> str:
    """Return an alternation that prefers longer words."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_THOUGHT = _either(frozenset(CHINESE_THOUGHT) - {"想", "忖", "想着", "想道"})
_THINK = (
    r"(?:心想|心道|心说|心念|暗想|暗道|暗忖|(?<!一)想道|(?<!寻)思道|忖道|腹诽|默念|"
    r"[心脑](?:里|中|下|底|头|内)(?:又|也|却|便|就|不禁|不由|暗暗|默默|只)?(?:想|道|说|念|暗道|叹)|"
    rf"{_THOUGHT}|(?<![理梦幻料设思感回联妄猜一了不敢没会能可])(?<!这样)(?<!这么)(?<!如此)(?<!了又)想)"
)
_THINKING_BEFORE = re.compile(rf"{_THINK}(?:着|了|到)?[：:，,]?\s*$")
_THINKING_BEHIND = re.compile(
    rf"^[^，。！？；：“”]{{0,20}}?{_THINK}(?:着|了|到|道)?(?:[，。,.：:；]|$)|^[^。！？；：“”]{{0,16}}?[只仅]在心[里中][说道念]"
)
_SAY = _either(frozenset(CHINESE_SPEECH) - {"叫", "唤", "云", "曰", "读", "唱", "写道", "介绍", "大笑", "冷笑", "苦笑"})
_SAYING_BEFORE = re.compile(
    rf"(?:{_SAY}|[喊喝令骂嚷应]|叫(?=了?[一两几]?声))(?:了|着|过)?(?:一|两|几|好几)?(?:声|句|个)?\s*$"
)
_SAYING_BEHIND = re.compile(rf"^[^。！？；”“：]{{0,24}}?(?:{_SAY})(?:了|着|道|起来|出来|一句|一声|[，。,.！：:]|$)")
_NO_NAME = "他她它我你您咱又便就也还才再接继连忙随然一"
_TOLD = re.compile(r"(?<![写题])[说问喊叫嚷骂答道曰念读唱](?:道|着|了|下去|出来)?[：:]$")

_WRITTEN = re.compile(
    r"(?:写着|写了|写道是|写的是|写作|题着|题道|题了|题曰|题为|刻着|刻了|刻的是|贴着|印着|印了|绣着|绣了|錾着|镌着|凿着|"
    r"挂着|标着|标题|上书|大书|横书|旁书|书云|署名|落款|书名|名叫|名为|名曰|取名|起名|改名|外号|绰号|人称|号称|俗称|自称|"
    r"简称|尊称|(?:个|行|两|二|三|几|数)(?:大|小|黑|红|金|血)?字|小字|大字|字样|字条|匾上|匾额|牌匾|招牌|木牌|告示|横幅|"
    r"对联|标语|所谓|所谓的|称为|称作|称之为|叫做|叫作|唤作|当作|看作|比作|视为|名字叫|的名字)"
    r"[^。！？”，：:、]{0,4}[，：:]?\s*$"
)
_SHOWN = re.compile(r"(?:信[上里中笺纸]|字条|纸条|行字|落款|笔画|告示|帖子|牌匾|石碑|碑文|碑上)[^“”「」]*$")
_NAMED_BEHIND = re.compile(
    r"^(?:这|那)?(?:[一二两三四五六七八九十几]+|数)?(?:个|枚|张|首|回)?(?:大|小)?(?:字|词|句诗|曲子|二语)"
    r"|^(?:字样|一词|二字|之[名号称声态法句说]|为名|式的|牌[^子]|云云|呼之)"
)
_SOUND_BEHIND = re.compile(r"^(?:的|地)?(?:[一几两]|好几)(?:声|下|响|阵)|^的[^，。]{0,4}(?:声|响)|^地[一-鿿]|^之声")
_CRY = re.compile(r"[嗳哎唉嗯哼啊呀哟唔噢哦喔哇嘿咦呸咳喂哈呵嘻咄吓哩诶欸]+")
_NOISE = re.compile(r"[砰嘭咚啪轰隆嗡哗嗖咔嚓嘎吱叮当噗嗤噼唰哐铛锵哧滴答嗒扑通咣铃咕噜、！!。…—～~，]+")
_LONG_LABEL = 24
_LONG_BARE = 40


def names_chinese_speaker(tag: str) -> bool:
    """Tell whether the clause behind a piece says who speaks, by more than a pronoun."""
    return _SAYING_BEHIND.match(tag) is not None and tag[0] not in _NO_NAME


def is_chinese_thinking(tag: str) -> bool:
    """Tell whether the clause behind a piece calls it a thought."""
    return _THINKING_BEHIND.match(tag) is not None


def simplified(text: str) -> str:
    """Return the text with the traditional characters that the patterns of reading need made simplified.

    Each character stays one character, so offsets hold.
    """
    return text.translate(_TO_SIMPLIFIED)


def chinese_kind(text: str, *, before: str, behind: str) -> QuotationKind:
    """Return what a piece is; `before` and `behind` are the narration beside it, "" at the paragraph's edge."""
    before, behind = simplified(before), simplified(behind)
    clause = _CLAUSE_BREAK.split(before)[-1].rstrip()
    introduced = clause.endswith(("：", ":"))
    told = _TOLD.search(clause) is not None
    if is_chinese_letter(simplified(text), clause=clause):
        return "other"
    if _THINKING_BEFORE.search(clause) or (not introduced and _THINKING_BEHIND.match(behind)):
        return "thought"
    bare = text.rstrip("”’』」")[-1:] not in _TERMINAL
    if _WRITTEN.search(clause) and (bare or len(text) <= _LONG_LABEL) and not told:
        return "other"
    if _NOISE.fullmatch(text) and text[-1] != "。" and not told and not _SAYING_BEFORE.search(clause.rstrip("，：")):
        return "other"
    if introduced:
        return "other" if _SHOWN.search(before[-60:]) and not told else "speech"
    if _SOUND_BEHIND.match(behind):
        cried = _CRY.fullmatch(text.rstrip("！!。，…—")) and not behind.startswith("的")
        return "speech" if cried else "other"
    if not bare:
        return "other" if len(text) <= 2 and _NAMED_BEHIND.match(behind) else "speech"
    return _bare_kind(text, clause=clause, before=before, behind=behind)


def _bare_kind(text: str, *, clause: str, before: str, behind: str) -> QuotationKind:
    """Return what a piece is that no punctuation closes: a word held apart, unless a verb says it."""
    if not before.strip() and not behind.strip():
        return "speech"
    if _NAMED_BEHIND.match(behind):
        return "other"
    if _SAYING_BEFORE.search(clause) or (_CRY.fullmatch(text) and behind.startswith("了")):
        return "speech"
    if _SAYING_BEHIND.match(behind) and (not clause or clause[-1] in _PAUSES):
        return "speech"
    return "speech" if len(text) > _LONG_BARE else "other"
