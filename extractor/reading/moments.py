"""One quotation as its speaker is looked for: its cues, its place in the talk, who is near and who is addressed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extractor.reading.cues import Cue
from extractor.reading.cues_en import english_cues
from extractor.reading.cues_zh import chinese_cues
from extractor.reading.mentions import MARKS, Language, Page
from extractor.reading.surnames import TITLES_ZH
from extractor.records import Character

NEAR = 12
CALLED_ZH = re.compile(
    rf"(?:^|[，。！？…—“‘「『])({'|'.join(t for t in TITLES_ZH if len(t) > 1)})(?=[，。！？…—”’」』]|$)"
)
CALLED_EN = re.compile(
    r"(?:^|[,.!?—“‘] ?)(Doctor|Captain|Master|Colonel|Major|Inspector|Professor|Aunt|Uncle|General)(?=[,.!?—”’]|$)"
)
CHINESE_TOLD = re.compile(
    r"^[^，。：]{1,12}(?:[，][^，。：]{1,12})?(?:说|问|道|回答|喊|叫|答应|嚷|骂|追问|解释|劝)(?:着|了|道)?[^，。：]{0,5}。$"
)
ADDRESS_BEFORE_EN = re.compile(
    r"(?:^|[,.!?;:—-]|\b(?:dear|dearest|poor|oh|ah|no|yes|well|and|my|you|sir|thank you|good (?:morning|night)))"
    r"[\s\"“‘']*$",
    re.I,
)
ADDRESS_BEHIND_EN = re.compile(r"^\s*(?:[,.!?;:—-]|[\"”’']|$)")
ADDRESS_BEFORE_ZH = re.compile(r"(?:^|[，,。！!？?…—、：:]|好|我的|喂|哎|嗯|是)[\s“‘「『]*$")
ADDRESS_BEHIND_ZH = re.compile(r"^(?:[啊呀哪哟哥姐叔爷]?[，,。！!？?…—、：:”’」』]|$)")


@dataclass
class Moment:
    """What is known of quotation `number` of a page before anyone is chosen.

    `link` says how it hangs on the quotation before: same (same paragraph), next (the following paragraph), near
    (some narration between) or far. `recent` are the narrated characters before it, nearest first, with their
    distance in blocks; `beside` those narrated behind it in its own paragraph.
    """

    number: int
    block: int
    last_block: int
    cues: list[Cue]
    link: str
    recent: list[tuple[int, int]] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)
    beside: list[int] = field(default_factory=list)
    addressed: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    present: Counter[int] = field(default_factory=Counter)
    objects: set[int] = field(default_factory=set)

    @property
    def cue(self) -> Cue | None:
        """The cue with a verb of speech, or None."""
        return next((cue for cue in self.cues if cue.speech), None)


def read_moments(page: Page, cast: Sequence[Character], *, language: Language) -> list[Moment]:
    """Return the moments of all quotations of a page that somebody can have said, in order."""
    spoken = [n for n, q in enumerate(page.quotations) if q.kind != "other"]
    pieces: dict[int, list[tuple[int, int]]] = {n: [] for n in range(len(page.quotations))}
    order = []
    for position, (start, end, number) in enumerate(page.pieces):
        pieces[number].append((start, end))
        order.append((position, number))
    first_piece: dict[int, int] = {}
    last_piece: dict[int, int] = {}
    for position, number in order:
        first_piece.setdefault(number, position)
        last_piece[number] = position
    moments: list[Moment] = []
    narrated_blocks = [page.block_at(m.start) for m in page.narration]
    for number in spoken:
        mine = pieces[number]
        if not mine:
            continue
        block, last_block = page.block_at(mine[0][0]), page.block_at(mine[-1][0])
        before = _gap_before(page, first_piece[number], block)
        after = _gap_after(page, last_piece[number], last_block)
        between = [(end, start) for (_, end), (start, _) in pairwise(mine) if start - end > 2]
        cues = (english_cues if language == "en" else chinese_cues)(page, before=before, between=between, after=after)
        moment = Moment(number, block, last_block, cues, _link(moments, block))
        _who_is_near(page, moment, mine, narrated_blocks=narrated_blocks)
        _who_is_named(page, moment, mine, cast=cast, language=language)
        for cue in cues:
            told = (m.character for m in page.narrated(cue.subject.end, cue.end))
            moment.objects.update(c for c in told if c != cue.subject.character)
        moments.append(moment)
    return moments


def _gap_before(page: Page, position: int, block: int) -> tuple[int, int] | None:
    start = page.blocks[block][0] if page.blocks else 0
    end = page.pieces[position][0]
    if position and page.pieces[position - 1][1] > start:
        start = page.pieces[position - 1][1]
    if not page.text[start:end].strip() and block > 0:
        start, end = page.blocks[block - 1]
        if position:
            start = max(start, page.pieces[position - 1][1])
        text = page.text[start:end].rstrip()
        return (start, start + len(text)) if text.endswith(("：", ":", "，", ",", "道", "说")) else None
    return (start, end) if start < end else None


def _gap_after(page: Page, position: int, block: int) -> tuple[int, int] | None:
    start = page.pieces[position][1]
    end = page.blocks[block][1] if page.blocks else len(page.text)
    if not page.text[start:end].strip(MARKS + " \u3000\n") and block + 1 < len(page.blocks):
        return _told_next(page, position, block + 1)
    if position + 1 < len(page.pieces) and page.pieces[position + 1][0] < end:
        end = page.pieces[position + 1][0]
    return (start, end) if start < end else None


def _told_next(page: Page, position: int, block: int) -> tuple[int, int] | None:
    """Return the short paragraph behind a quotation that says only who spoke: 他爽快地回答。"""
    start, end = page.blocks[block]
    free = position + 1 >= len(page.pieces) or page.pieces[position + 1][0] >= end
    if not free or end - start > 40 or not page.text[start:end].endswith("。"):
        return None
    return (start, end) if CHINESE_TOLD.search(page.text, start, end) else None


def _link(moments: Sequence[Moment], block: int) -> str:
    if not moments:
        return "far"
    gap = block - moments[-1].last_block
    return "same" if gap <= 0 else "next" if gap == 1 else "near" if gap <= 3 else "far"


def _who_is_near(
    page: Page, moment: Moment, pieces: Sequence[tuple[int, int]], *, narrated_blocks: Sequence[int]
) -> None:
    limit = bisect_left(page.narration, pieces[0][0], key=lambda m: m.start)
    seen: set[int] = set()
    index = limit - 1
    while index >= 0 and moment.block - narrated_blocks[index] <= NEAR:
        mention = page.narration[index]
        distance = moment.block - narrated_blocks[index]
        moment.present[mention.character] += 1
        if mention.character not in seen:
            seen.add(mention.character)
            moment.recent.append((mention.character, distance))
        index -= 1
    if moment.recent:
        closest = moment.recent[0][1]
        same = [
            m for m in page.narration[max(0, limit - 8) : limit] if moment.block - page.block_at(m.start) == closest
        ]
        for mention in same:
            if not mention.possessive and mention.character not in moment.subjects:
                moment.subjects.append(mention.character)
    stop = page.blocks[moment.last_block][1] if page.blocks else len(page.text)
    moment.beside = [m.character for m in page.narrated(pieces[0][1], stop)]
    for mention in page.narrated(stop, stop + 400):
        moment.present[mention.character] += 1


def _who_is_named(
    page: Page, moment: Moment, pieces: Sequence[tuple[int, int]], *, cast: Sequence[Character], language: Language
) -> None:
    before, behind = (
        (ADDRESS_BEFORE_EN, ADDRESS_BEHIND_EN) if language == "en" else (ADDRESS_BEFORE_ZH, ADDRESS_BEHIND_ZH)
    )
    text = page.text
    for start, end in pieces:
        for mention in page.said(start, end):
            front = text[max(start, mention.start - 14) : mention.start].lstrip(MARKS)
            back = text[mention.end : min(end, mention.end + 3)]
            if before.search(front) and behind.search(back):
                moment.addressed.add(mention.character)
            else:
                moment.named.add(mention.character)
        for title in _bare_titles(text[start:end], language):
            bearers = [c for c, _ in moment.recent if _bears(cast[c], title)]
            if len(bearers) == 1:
                moment.addressed.add(bearers[0])


def _bare_titles(text: str, language: Language) -> list[str]:
    """Return the titles by which a quotation calls somebody: 师兄，… or Captain, …"""
    pattern = CALLED_ZH if language == "zh" else CALLED_EN
    return [match[1] for match in pattern.finditer(text)]


def _bears(character: Character, title: str) -> bool:
    """Tell whether a name of the character ends (in English: begins) with the title."""
    low = title.casefold()
    return any(
        n.endswith(title) or n.casefold().startswith((low + " ", low[:2] + ". "))
        for n in (character.name, *character.aliases)
    )
