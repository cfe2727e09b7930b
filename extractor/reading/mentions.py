"""Where names of the cast stand in a chapter, and how its paragraphs, quotations and narration lie."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from extractor.reading.person_nouns import PERSON_NOUNS_ZH
from extractor.reading.surnames import surname_of, title_of
from extractor.records import Chapter, Character, Quotation, Span

Language = Literal["zh", "en"]
MARKS = "\"'“”‘’„‟«»「」『』〝〞＂＇_*"


# A character at the head of a clause in a sentence that leads to 曰.
GIVEN_SAYS = re.compile(
    r"(?:(?<=[。！？；，：、\s”’」』])|^)[\u4e00-\u9fff](?=(?:[^。！？；：“”‘’「」\s]{0,14})曰[：:])"
)
FUNCTION_WORDS = frozenset("乃又回皆遂即便亦先后大上下前再更就正方急忽自各众左右因于是其此之或而且若使令命言问答对")
ENDS_WIDE = re.compile(r"．[\"”』」]?[ \t\u3000\r]*(?:\n|$)")
WIDE_STOP = re.compile(r"(?<![A-Za-z0-9])．(?![A-Za-z0-9])")


def with_full_stops(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return the chapters with 。 where an old scan ends sentences and paragraphs with U+FF0E; every offset stays."""
    return [
        c.model_copy(update={"text": WIDE_STOP.sub("。", c.text)}) if ENDS_WIDE.search(c.text) else c for c in chapters
    ]


@dataclass(frozen=True, slots=True)
class Mention:
    """One name at `start:end` of a chapter; `character` is an index into the cast; possessive: 黛玉的, Darcy's."""

    start: int
    end: int
    character: int
    possessive: bool = False


class NameIndex:
    """All names of a cast, ready to be found in text.

    `order` maps chapter ids to reading order, for aliases that hold only from some chapter on. A name that two
    characters share belongs to the first of them.
    """

    def __init__(
        self, cast: Sequence[Character], *, language: Language, order: Mapping[str, int] | None = None
    ) -> None:
        self.language = language
        self.cast = cast
        self._order = dict(order or {})
        self._owners: dict[str, int] = {}
        self._since: dict[str, int] = {}
        for number, character in enumerate(cast):
            for name in (character.name, *character.aliases):
                key = _key(name, language)
                if len(key) < (2 if language == "zh" else 1) and name != "我":
                    continue
                if character.kind == "narrator" and key in ("i", "narrator", "我", "叙述者"):
                    continue
                self._owners.setdefault(key, number)
                if name in character.since:
                    self._since[key] = self._order.get(character.since[name], 0)
        self._pattern = _names_pattern(self._owners, language)
        self._givens = _single_givens(self._owners) if language == "zh" else {}
        self._given_of: dict[int, list[str]] = {}
        for given, bearers in self._givens.items():
            for bearer in bearers:
                self._given_of.setdefault(bearer, []).append(given)

    def find(self, text: str, start: int, end: int, *, chapter: str = "") -> list[Mention]:
        """Return the names in `text[start:end]`, longest first where they overlap."""
        if self._pattern is None:
            return []
        found = []
        position = self._order.get(chapter)
        for match in self._pattern.finditer(text, start, end):
            key = _key(match[0], self.language)
            owner = self._owners.get(key)
            if owner is None:
                continue
            since = self._since.get(key)
            if since is not None and position is not None and position < since:
                continue
            behind = text[match.end() : match.end() + 2]
            possessive = behind[:1] == "的" or behind in ("'s", "’s")
            found.append(Mention(match.start(), match.end(), owner, possessive))
        return self._with_givens(found, text, start=start, end=end) if self._givens else found

    def _with_givens(self, found: list[Mention], text: str, *, start: int, end: int) -> list[Mention]:
        """Add the given names of one character that classical prose puts before 曰: 操曰, for 曹操 named before."""
        covered = {m.start for m in found}
        short = [
            match.start()
            for match in GIVEN_SAYS.finditer(text, start, end)
            if match[0] in self._givens and match.start() not in covered
        ]
        if not short:
            return found
        out: list[Mention] = []
        seen: dict[str, int] = {}
        rest = iter(short)
        at = next(rest, -1)
        for mention in [*found, Mention(end, end, -1)]:
            while 0 <= at < mention.start:
                owners = self._givens[text[at]]
                owner = seen.get(text[at], owners[0] if len(set(owners)) == 1 else -1)
                if owner >= 0:
                    out.append(Mention(at, at + 1, owner))
                at = next(rest, -1)
            if mention.character >= 0:
                out.append(mention)
                seen.update(dict.fromkeys(self._given_of.get(mention.character, ()), mention.character))
        return out


def _single_givens(owners: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the given names of one character with their bearers."""
    givens: dict[str, list[int]] = {}
    for name, owner in owners.items():
        surname = surname_of(name)
        single = len(name) == len(surname) + 1 and name[-1] not in FUNCTION_WORDS
        if surname and single and not title_of(name) and name not in PERSON_NOUNS_ZH:
            givens.setdefault(name[-1], []).append(owner)
    return givens


def _key(name: str, language: Language) -> str:
    """Return the form under which a name is looked up."""
    if language == "zh":
        return name
    words = " ".join(name.replace("’", "'").split())
    return re.sub(r"^(?:the|a|an) ", "", words, flags=re.I).replace(".", "").casefold()


def _names_pattern(owners: Mapping[str, int], language: Language) -> re.Pattern[str] | None:
    """Compile one pattern for all names, branching on the first character."""
    if not owners:
        return None
    if language == "zh":
        groups: dict[str, list[str]] = {}
        for name in owners:
            groups.setdefault(name[0], []).append(name)
        parts = [
            re.escape(first) + "(?:" + "|".join(re.escape(n[1:]) for n in sorted(names, key=len, reverse=True)) + ")"
            for first, names in groups.items()
        ]
        return re.compile("|".join(parts))
    parts = []
    for key in sorted(owners, key=len, reverse=True):
        words = [re.escape(word).replace("'", "['’]") for word in key.split()]
        parts.append(r"\.?\s+".join(words))
    # Only the first letter of a word may be a capital by position; the rest is told apart by `_capitalised`.
    return re.compile(r"(?<![\w-])(?i:" + "|".join(parts) + r")(?![\w-])")


@dataclass
class Page:
    """One chapter laid out: blocks (paragraphs as printed), pieces of quotations, and mentions.

    `pieces` are `(start, end, number)` with their marks, `number` counting into `quotations`; `narration` and
    `spoken` are the mentions outside and inside of quotations.
    """

    chapter: Chapter
    quotations: Sequence[Quotation]
    blocks: list[Span]
    pieces: list[tuple[int, int, int]]
    narration: list[Mention] = field(default_factory=list)
    spoken: list[Mention] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The chapter's text."""
        return self.chapter.text

    def block_at(self, offset: int) -> int:
        """Return the number (from 0) of the block that holds `offset` or stands before it."""
        return max(0, bisect_right(self.blocks, (offset, 1 << 60)) - 1)

    def narrated(self, start: int, end: int) -> list[Mention]:
        """Return the mentions of the narration that begin in `start:end`."""
        low = bisect_left(self.narration, start, key=lambda m: m.start)
        high = bisect_left(self.narration, end, key=lambda m: m.start)
        return self.narration[low:high]

    def said(self, start: int, end: int) -> list[Mention]:
        """Return the mentions inside quotations that begin in `start:end`."""
        low = bisect_left(self.spoken, start, key=lambda m: m.start)
        high = bisect_left(self.spoken, end, key=lambda m: m.start)
        return self.spoken[low:high]


def lay_out(chapter: Chapter, quotations: Sequence[Quotation], names: NameIndex | None) -> Page:
    """Return the page of one chapter; without `names` it holds no mentions."""
    text = chapter.text
    pieces = []
    for number, quotation in enumerate(quotations):
        for start, end in quotation.spans:
            while start > 0 and text[start - 1] in MARKS:
                start -= 1
            while end < len(text) and text[end] in MARKS:
                end += 1
            pieces.append((start, end, number))
    pieces.sort()
    page = Page(chapter, quotations, list(chapter.paragraphs), pieces)
    if names is not None:
        first = chapter.paragraphs[0][0] if chapter.paragraphs else 0
        mentions = names.find(text, first, len(text), chapter=chapter.id)
        if names.language == "en":
            mentions = [m for m in mentions if _capitalised(text, m)]
        starts = [piece[0] for piece in pieces]
        for mention in mentions:
            before = bisect_right(starts, mention.start) - 1
            inside = before >= 0 and mention.start < pieces[before][1]
            (page.spoken if inside else page.narration).append(mention)
    return page


def _capitalised(text: str, mention: Mention) -> bool:
    """Tell whether an English mention can be a name here: a capital, or a noun behind an article."""
    if text[mention.start].isupper():
        return True
    before = text[max(0, mention.start - 8) : mention.start].split()
    return bool(before) and before[-1].casefold() in ("the", "a", "an", "old", "little", "said")
