"""Which character set a file of text is written in: bytes in, text out, and how many bytes could not be read.

Detectors fail where novels are dirty: a few bad bytes turn GB18030 into Cyrillic. So the candidates are few, each is
decoded with replacement, and the one that reads like prose wins. A bad byte is never a reason to guess another.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import NamedTuple

SAMPLE_BYTES = 100_000
LADDER = ("utf-8", "gb18030", "big5hkscs", "shift_jis", "euc_jp", "utf-16-le", "utf-16-be", "cp1252")
DOUBLE_BYTE = ("gb18030", "big5hkscs", "shift_jis", "euc_jp")
RESUME = "extractor.resume"
RESUME_BYTES = 24
LATIN_LADDER = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The characters that make up most of modern prose, simplified, then those that differ in traditional script.
FREQUENT_HAN = frozenset(
    "一是人了不在有大中国和为这上他个地年来我会以到时要出的生学说道民家子也成行下们于后就发自之对得主长可"
    "过天作分方用多你着部能市等业全里工公经本都而高政法面门动日进区事代那去心小同北定开产前其军还然起种所"
    "如现理机体表力好外与文当两实重新三么只山水关明从化平建又制南内西没此将员名手最东头者月间无安看见各城"
    "十相但已些正口通想度加第她合院物性战由位常点海意场武使次二向治因立数样身情入原问把路被并利石老教万知"
    "级量任江及应省资委务元美特期世湖回系比气汉总展电科金先声提品设或义王社很统处四首共马形己儿司太目基领"
    "队直计别女权话少流命至报米给打变果书清活几州华解议更称程今决张导术府才保交放管结师便走达族反再题色五"
    "京河接条规式县白它改风光运信受什组听布百济党指论强做取技黄神选记斯真却职号界件花类何眼兵传带空干农边"
    "据集联古广完质阳难增历史专官每住商即步认车台林必死游举线言皇土团收考求德叫近备研争非具李众连调感转笑"
    "革该持始英克士尔让拉思根格造较际亲单朝红型价校约器字段周亚深候则功属积快图火千准究往极育装许参半令吃"
    "您吗呢吧啊呀哪谁啦嘛喔哦嗯咱妈爸爷奶哥姐弟妹娘叔姑爹孩哭站坐跑喝睡醒觉忘怕疼血刀剑酒茶饭夜晚早晨忽忙"
    "轻慢低哼摇抬伸挥曰乃矣焉哉吾汝卿彼岂遂欲"
    "國爲這個來會時學說們於後發對長過業裏經門動進區開產軍還種現機體與當兩實麼關從內沒將員東頭間無見戰點場"
    "數樣問並萬級應資務氣漢總電聲設義統處馬兒領隊計別權話報給變書幾華議稱決張導術結師達題條規縣風運組聽濟"
    "黨論強黃選記卻職號類傳帶幹農邊據聯廣質陽難歷專認車臺遊舉線團備爭衆連調轉該爾讓較際親單紅價約亞則屬積"
    "圖準極裝許參喫觀魚辦復遠羣構隨劃勢熱網語鐵斷愛紀況證編滿覺雙樂標確織項飛節龍響藥輕擊請離顯羅營視護創"
    "餘興佔雖費試寶識維採宮環鬥鄉責嚴橋僅勝殺圍態楊負層須續狀銀範終錢賽獨細衝獲習醫盡臉彈樓藝嗎媽爺誰妳喲"
    "裡著"
)
CJK_MARKS = frozenset("　、。，．！？：；…—“”‘’「」『』《》（）〈〉【】·～ー")
WESTERN = frozenset("éèêëàâäáåçñöüóòôúùûîïíæœßÉÀÖÜÄ“”‘’—–…£©°«»·§¿¡")
NEUTRAL = re.compile(r"[\u2010-\u2027\u2030-\u205e\u2100-\u27bf\u3000-\u4dbf\u4e00-\u9fff\uff00-\uff60\uffe0-\uffef]")
HIRAGANA = re.compile(r"[ぁ-ゖ]")

# What `garbled` goes by. Frequent characters are a fifth of a list of surnames and more than two fifths of any prose,
# classical prose too; Korean read as Chinese has a tenth of them.
ENOUGH = 200
LEAST_FREQUENT = 0.15
LEAST_FREQUENT_OF_HANGUL = 0.3
TRAIL = "[\x80-\xbf\ufffd" + bytes({*range(128, 160)} - {129, 141, 143, 144, 157}).decode("cp1252") + "]"
TWICE = re.compile(rf"[Â-Å]{TRAIL}|[à-ï]{TRAIL}{{2}}|[ð-ô]{TRAIL}{{3}}")


class Decoded(NamedTuple):
    """Text, the name of its character set, and how many undecodable places became U+FFFD."""

    text: str
    encoding: str
    replaced: int


def decode(content: bytes) -> Decoded | None:
    """Decode the bytes of a text file; None when no candidate reads like text.

    A byte order mark decides; else strict UTF-8; else the likeliest of `LADDER`. Line ends stay as they are, the mark
    goes.
    """
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return _decode_as(content[len(mark) :], encoding)
    if has_nulls(content):
        encoding = max(("utf-16-le", "utf-16-be"), key=lambda name: likelihood(content[:SAMPLE_BYTES], name))
        return _decode_as(content, encoding) if likelihood(content[:SAMPLE_BYTES], encoding) > 0.2 else None
    try:
        return Decoded(content.decode("utf-8"), "utf-8", 0)
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3 and len(content) > 8:
            return _decode_as(content, "utf-8")
        sample = _sample(content)
    ladder = LATIN_LADDER if _is_latin(sample) else LADDER
    scores = {encoding: likelihood(sample, encoding) for encoding in ladder}
    best = max(ladder, key=lambda encoding: scores[encoding])
    if scores[best] > 0:
        return _decode_as(content, best)
    return _decode_as(content, "utf-8") if ladder is LATIN_LADDER else None


def _is_latin(sample: bytes) -> bool:
    """Tell whether the sample is ASCII but for single bytes, as accents in Western sets and stray bytes are."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    single = sum(len(run) == 1 for run in runs)
    return single > len(runs) / 2 and sum(map(len, runs)) < len(sample) / 5


def has_nulls(content: bytes) -> bool:
    """Tell whether null bytes are too many for a stray one: UTF-16, or no text at all."""
    sample = content[:SAMPLE_BYTES]
    return sample.count(0) > len(sample) // 200


def likelihood(sample: bytes, encoding: str) -> float:
    """Return how much the sample reads like prose in `encoding`: at most 1, below 0 for noise.

    Share of frequent characters - 3 x share of undecodable - share of odd ones, over all that is not ASCII (over all
    for UTF-16, which has no ASCII).
    """
    text = _decode(sample, encoding)
    counts = Counter(text)
    wide = encoding.startswith("utf-16")
    plain = sum(count for char, count in counts.items() if char.isascii() and (char.isprintable() or char in "\t\r\n"))
    total = len(text) - (0 if wide else plain)
    if total == 0:
        return 0.0
    western = encoding in ("cp1252", "utf-8") and total < len(text) / 4
    japanese = encoding in ("shift_jis", "euc_jp", "utf-8")
    frequent = float(plain) if wide else 0.0
    odd = bad = 0
    for char, count in counts.items():
        if char == "\ufffd":
            bad += count
        elif char in FREQUENT_HAN or char in CJK_MARKS or (western and char in WESTERN):
            frequent += count
        elif HIRAGANA.match(char):
            frequent += count if japanese else 0
        elif not (char.isprintable() or char in "\t\r\n") if char.isascii() else not NEUTRAL.match(char):
            odd += count
    return (frequent - 3 * bad - odd) / total


def garbled(text: str) -> str:
    """Return what a text looks like that was read, or saved, in the wrong character set; "" for one that reads well."""
    sample = text[:SAMPLE_BYTES]
    beyond = [char for char in sample if not char.isascii()]
    twice = [match[0] for match in TWICE.finditer(sample)]
    if len(twice) >= 10 and sum(map(len, twice)) > len(beyond) / 2:
        return "UTF-8 that was read as Windows-1252 and saved again"
    western = sum("\x80" <= char <= "\xff" for char in beyond)
    if western >= ENOUGH and western > len("".join(sample.split())) / 2:
        return "an Asian character set that was read as Windows-1252"
    han = [char for char in beyond if "\u4e00" <= char <= "\u9fff"]
    if len(han) < ENOUGH or len(han) < len(beyond) / 2:
        return ""
    frequent = sum(char in FREQUENT_HAN for char in han) / len(han)
    if frequent < LEAST_FREQUENT_OF_HANGUL and _share_of_hangul(sample) > 0.5:
        return "Korean (EUC-KR)"
    if frequent >= LEAST_FREQUENT:
        return ""
    back = sample.encode("gb18030", errors="replace").decode("utf-8", errors="ignore")
    if sum(char in FREQUENT_HAN for char in back) > len(back) / 4:
        return "UTF-8 that was read as GB18030 and saved again"
    return "another character set: its Chinese characters are hardly ever used"


def _share_of_hangul(text: str) -> float:
    """Return the share of Hangul, beyond ASCII, when the text's GB18030 bytes are read as Korean."""
    other = [char for char in text.encode("gb18030", errors="replace").decode("cp949", errors="replace") if char > "~"]
    return sum("가" <= char <= "힣" for char in other) / max(1, len(other))


def _sample(content: bytes) -> bytes:
    """Return a piece that starts at the line of the first byte beyond ASCII, at an even offset."""
    first = re.search(rb"[\x80-\xff]", content)
    start = content.rfind(b"\n", 0, first.start()) + 1 if first else 0
    if first and first.start() - start > SAMPLE_BYTES // 2:
        start = first.start()
    return content[start - start % 2 :][:SAMPLE_BYTES]


def _decode_as(content: bytes, encoding: str) -> Decoded:
    """Decode with replacement; U+FFFD that the file itself holds is not counted."""
    text = _decode(content, encoding).lstrip("\ufeff")
    own = content.count("\ufffd".encode(encoding)) if encoding.startswith("utf") else 0
    return Decoded(text, encoding, max(0, text.count("\ufffd") - own))


def _decode(content: bytes, encoding: str) -> str:
    """Decode with U+FFFD for what cannot be read; a double-byte text finds its step again behind it."""
    return content.decode(encoding, errors=RESUME if encoding in DOUBLE_BYTE else "replace")


def _resume(error: UnicodeError) -> tuple[str, int]:
    """Go on one byte behind the fault, or two, whichever reads better: a bad lead byte leaves its trail byte behind."""
    if not isinstance(error, UnicodeDecodeError):
        raise error

    def fluency(start: int) -> int:
        ahead = error.object[start : start + RESUME_BYTES].decode(error.encoding, errors="replace")
        return sum(char in FREQUENT_HAN or char in CJK_MARKS or char.isascii() for char in ahead)

    near, far = error.start + 1, error.start + 2
    if far <= len(error.object) and error.object[near : near + 1] >= b"\x80" and fluency(far) > fluency(near):
        return "\ufffd", far
    return "\ufffd", near


codecs.register_error(RESUME, _resume)
