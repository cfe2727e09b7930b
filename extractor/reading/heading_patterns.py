"""The grammar of headings as regular expressions; every one starts at a line's start and is linear in the text."""

from __future__ import annotations

import re

from extractor.reading.numerals import ENGLISH_NUMERAL, HAN_NUMERAL

VOLUME_UNITS = "卷部集篇季輯辑"
CHAPTER_UNITS = "章回话話折出齣"
SECTION_UNITS = "节節幕场場"
NUMERAL = rf"(?:[0-9０-９]|{HAN_NUMERAL}){{1,12}}"
ROMAN = "[IVXLC]{1,9}|[ivxlc]{1,9}"
SPACE = r"[ \t　\xa0]"
LEAD = rf"(?:^|(?<=\r)){SPACE}{{0,60}}+[【〖\[［(（<＜=＝*＊#_~☆★◆◇■□●○◎※§—-]{{0,6}}+{SPACE}{{0,20}}+"
REST = r"(?P<rest>[^\r\n]{0,100})(?=[\r\n]|\Z)"
LONG_REST = r"(?P<rest>[^\r\n]{0,100}+)(?P<more>[^\r\n]?)"
ENGLISH_VOLUMES = ("book", "part", "volume", "vol", "act")
ENGLISH_CHAPTERS = (
    "chapter",
    "ch",
    "ep",
    "no",
    "letter",
    "stave",
    "canto",
    "adventure",
    "episode",
    "story",
    "tale",
    "night",
    "lesson",
)
ENGLISH_UNITS = "|".join((*ENGLISH_VOLUMES, *ENGLISH_CHAPTERS, "section", "scene"))

CHINESE = re.compile(
    rf"{LEAD}(?P<before>(?:正文卷?|VIP卷?|作品正文|《[^》\r\n]{{1,30}}》){SPACE}{{0,8}}[·:：]?{SPACE}{{0,8}})?"
    rf"(?:第{SPACE}{{0,2}}(?P<number>{NUMERAL})|(?P<plain>[0-9０-９]{{1,5}})){SPACE}{{0,2}}"
    rf"(?P<unit>[{VOLUME_UNITS}{CHAPTER_UNITS}{SECTION_UNITS}]){LONG_REST}",
    re.M,
)
PREFIXED = re.compile(
    rf"(?:^|(?<=\r)){SPACE}{{0,60}}+(?P<prefix>[^\s第，。！？：；“”「」]{{1,20}}){SPACE}{{1,4}}"
    rf"第{SPACE}{{0,2}}(?P<number>{NUMERAL}){SPACE}{{0,2}}(?P<unit>[{CHAPTER_UNITS}{SECTION_UNITS}]){LONG_REST}",
    re.M,
)
SCROLL = re.compile(
    rf"{LEAD}(?:卷之?(?P<number>{NUMERAL})|(?P<part>[上中下])(?P<unit>[卷部篇集]))(?=[\s:：.·、—】〗]|\Z){REST}", re.M
)
ENGLISH = re.compile(
    rf"{LEAD}(?P<unit>{ENGLISH_UNITS})(?:\.?{SPACE}{{0,4}}|[.#:_-]{{1,2}}|{SPACE}(?:no\.?|the|number|#){SPACE})"
    rf"(?P<number>[0-9０-９]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?![A-Za-z0-9'’]){REST}",
    re.M | re.I,
)
ENGLISH_ORDINAL = re.compile(
    rf"{LEAD}(?:the{SPACE})?(?P<number>{ENGLISH_NUMERAL}){SPACE}(?P<unit>chapter|book|part|volume|letter)(?!\w){REST}",
    re.M | re.I,
)
ENGLISH_INNER = re.compile(
    rf"[\s,.:;—–-]{{1,4}}(?P<unit>{'|'.join(ENGLISH_CHAPTERS)})\.?{SPACE}{{1,3}}"
    rf"(?P<number>[0-9]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?![A-Za-z0-9'’])(?P<rest>.*)",
    re.I,
)
STACKED = re.compile(
    rf"{LEAD}(?P<unit>CHAPTER|Chapter){SPACE}{{0,20}}+\r?\n(?:{SPACE}{{0,20}}+\r?\n){{0,3}}+{SPACE}{{0,60}}+"
    rf"(?P<number>[0-9]{{1,4}}|{ROMAN}|{ENGLISH_NUMERAL})(?P<rest>\.?{SPACE}{{0,20}}+)(?=[\r\n]|\Z)",
    re.M | re.I,
)
BARE = re.compile(
    rf"{LEAD}(?P<number>[0-9０-９]{{1,4}}|{HAN_NUMERAL}{{1,7}}|{ROMAN})"
    rf"(?P<rest>[)）】〗\]>＞_*.．、:：—-]{{0,3}}(?:{SPACE}{{1,4}}[^\r\n]{{0,70}}|(?<=[.．、:：])[^\r\n]{{1,70}})?)(?=[\r\n]|\Z)",
    re.M,
)
PROLOGUES = "楔子|序章|序幕|序曲|序言|自序|代序|前言|引子|引言|题记|題記|前奏|写在前面|作品相关|内容简介|序"
EXTRAS = (
    "番外|外传|外傳|特典|尾声|尾聲|后记|後記|最[终終][章回话話]|第?[终終]章|终曲|終曲|大结局|大結局|结局|间章|"
    "[\u4e00-\u9fff]{0,4}感言|作者的话|请假条|后话|後話"
)
BACK_MATTER = "附录|附錄|跋|致谢|致謝"
NOTES = "注释|注釋|註釋|注解|註解|尾注|脚注|腳註|参考文献"
CHINESE_SPECIAL = re.compile(
    rf"{LEAD}(?:正文{SPACE}{{1,8}})?(?P<word>{PROLOGUES}|{EXTRAS}|{BACK_MATTER}|{NOTES}){REST}", re.M
)
ENGLISH_PROLOGUES = "prologue|preface|foreword|introduction|introductory|preamble|to the reader|author'?s note"
ENGLISH_EXTRAS = (
    "epilogue|afterword|interlude|conclusion|finale|chapter the last|the last chapter|last chapter|"
    "final chapter|chapter last"
)
ENGLISH_BACK_MATTER = "appendix|postscript|acknowledge?ments"
ENGLISH_NOTES = "footnotes|endnotes|notes|index|bibliography|glossary|about the author|transcriber['’]?s notes?"
ENGLISH_SPECIAL = re.compile(
    rf"{LEAD}(?:the{SPACE})?(?P<word>{ENGLISH_PROLOGUES}|{ENGLISH_EXTRAS}|{ENGLISH_BACK_MATTER}|{ENGLISH_NOTES})\b{REST}",
    re.M | re.I,
)
INLINE = re.compile(
    rf"第{SPACE}?(?P<number>{NUMERAL}){SPACE}?(?P<unit>[{CHAPTER_UNITS}节節])|"
    rf"\b(?P<word>Chapter|CHAPTER){SPACE}(?P<digits>[0-9]{{1,4}}|[IVXLC]{{1,9}})\b[.:]?"
)

SEPARATOR = re.compile(r"[\s:：.．、,，·|｜/_—–-]*[】〗\]］)）>＞]?[\s:：.．、·|_—–-]*")
RUN_IN_TITLE = re.compile(r"[\s:：.．、·]{1,4}(?P<title>[^\s，。！？；：“”「」]{1,20})(?=\s)")
PART = re.compile(
    r"^[\s]*[（(]?(?P<part>[上中下终]|[一二三四五六七八九十]|[0-9]{1,2})[)）](?=\s|$)|^(?P<plain>[上中下])(?=\s|$)"
)
BEGGING = re.compile(
    r"[\s]*[（(【\[][^（()）】\]]*(?:[求谢感].{0,8}|[加更]|月票|推荐|收藏|订阅|打赏|大章|[二三四五六]合一)[^（()）】\]]*[)）】\]]\s*$"
)
PAGE = re.compile(r"\s*[（(【\[]\s*(?:第?\s*[0-9]{1,3}\s*[/／-]\s*[0-9]{1,3}\s*页?)\s*[)）】\]]\s*$")
SENTENCE = re.compile(r"[。；;，,、：:]$")
MENTION = tuple("里中的说說讲講是和与與，,末开開结結之第曾既也就已所写寫上下内內以有时時、")
