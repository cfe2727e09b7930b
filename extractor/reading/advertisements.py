"""Spans of a text that belong to the site it was copied from: addresses, begging for votes, "read on at …"."""

from __future__ import annotations

import re

from extractor.records import Span

MAX_LENGTH = 120
MAX_WORDS = 40

# Each line that holds one of these is looked at.
KEYWORDS = tuple(
    """www WWW ｗｗｗ http .com .net .org .cc .invalid 域名 网址 網址 本站 手机用户 手机版 手機用戶 手机阅读 最新章节
    最新章節 全文阅读 全文閱讀 免费阅读 无弹窗 無彈窗 无广告 無廣告 首发 首發 月票 推荐票 推薦票 红票 求收藏
    求订阅 求訂閱 求打赏 求鲜花 本章未完 本章完 下一页 下一頁 加入书签 加入書籤 书友群 读者群 支持正版 一秒记住 一秒記住
    请大家收藏 請大家收藏 更新最快 更新速度 天才一秒""".split()
)
ADDRESS = (
    r"(?:https?://[\x21-\x7e]{3,}|(?:www|ｗｗｗ|(?<![A-Za-z0-9])(?:m|wap|3g))[.．。][\x21-\x7e．。]{3,}"
    r"|(?<![A-Za-z0-9])[A-Za-z0-9-]{2,40}[.．](?:com|net|org|cc|cn|me|la|info|top|xyz|invalid)(?![A-Za-z0-9]))"
)
# A short line that holds one of these and nobody's words is the site's.
MARKS = (
    r"一秒[记記]住 | [请請]?[记記]住本[站书書网].{0,8}(?:域名|地址|[网網]址) | 本站(?:域名|[网網]址|地址)",
    r"手[机機](?:用[户戶]|版|[阅閱][读讀]).{0,8}(?:[访訪][问問]|[浏瀏][览覽]|[网網]址|m\.)",
    r"最新章[节節](?:[请請尽盡]|全文|免[费費]|列表|更新) | 全文(?:免[费費])?[阅閱][读讀] | [无無][弹彈]窗",
    r"[无無][广廣]告.{0,6}(?:小[说說]|[阅閱][读讀]|网) | 首[发發].{0,10}(?:小[说說]|[网網]|[请請]|支持)",
    r"(?:小[说說]|本[书書文章]|[网網]).{0,16}首[发發] | [点點][击擊]?下一[页頁] | 更新(?:速度)?(?:全[网網])?最快",
    r"本章(?:未完|完).{0,6}(?:[请請]|[点點][击擊]|下一|[）)]) | 加入[书書][签籤架] | 支持正版 | [请請]大家收藏",
    r"(?:求|[投给給]|[砸跪狂拉]).{0,6}(?:月票|推[荐薦]票|[红紅]票) | (?:月票|推[荐薦]票).{0,10}(?:[投求]|加更|支持)",
    r"求(?:[点點]|[个個]|一下|各位|大家|各种)?(?:收藏|[订訂][阅閱]|打[赏賞]|[鲜鮮]花)",
    r"[书書]友群 | [读讀]者群.{0,3}[:：0-9]",
)
MARK = re.compile("|".join(MARKS), re.X)
OWN_WORDS = re.compile(r"[“”「」『』\"]")
HEADING = re.compile(r"[\s【]*(?:正文)?\s*(?:第[^\s章]{1,9}[章回节節卷集话話]|chapter\b)", re.I)
ANNOUNCED = re.compile(r"已更新|[请請][到上至访訪]|最新章[节節]")
BRACKETED = re.compile(
    rf"[（(【\[][^（）()【】\[\]\n]{{0,40}}?(?:{ADDRESS}|手机用户请|首发|求月票|求推荐票)[^（）()【】\[\]\n]{{0,40}}[）)】\]]"
)
# An address in the middle of a paragraph, with the words that lead to it from the last full stop.
EMBEDDED = re.compile(rf"(?<=[。！？”…])[^\s。！？“”…，；：]{{0,30}}?{ADDRESS}")


def find_advertisements(text: str) -> tuple[Span, ...]:
    """Return the spans of a site's own lines, and of addresses inside long lines, in order.

    Conservative: a line with a quotation mark, a heading (第12章 标题(求月票)) or more than `MAX_LENGTH` characters is
    the book's. A span covers the line without its outer white space.
    """
    found: set[Span] = set()
    for keyword in KEYWORDS:
        hit = text.find(keyword)
        while hit >= 0:
            start = text.rfind("\n", 0, hit) + 1
            end = text.find("\n", hit)
            end = len(text) if end < 0 else end
            if end - start <= 20_000:
                line = text[start:end]
                found.update((start + span[0], start + span[1]) for span in _line_spans(line))
            hit = text.find(keyword, end)
    return _merge(found)


def _line_spans(line: str) -> list[Span]:
    """Return what of one line is advertisement."""
    body = line.strip()
    own = OWN_WORDS.search(body)
    if HEADING.match(body):
        if not (ANNOUNCED.search(body) and re.search(ADDRESS, body)):
            return []
        own = None
    inside = EMBEDDED.search(body)
    if len(body) <= MAX_LENGTH and not own and (not inside or inside.end() >= len(body) - 4):
        rest = re.sub(ADDRESS, "", body)
        address = len(rest) < len(body) and len(rest) <= MAX_WORDS and len(re.findall(r"[A-Za-z]+", rest)) <= 3
        if address or MARK.search(rest):
            lead = len(line) - len(line.lstrip())
            return [(lead, lead + len(body))]
    return [hit.span() for pattern in (BRACKETED, EMBEDDED) for hit in pattern.finditer(line)]


def _merge(spans: set[Span]) -> tuple[Span, ...]:
    """Sort the spans and leave out those inside others."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept)
