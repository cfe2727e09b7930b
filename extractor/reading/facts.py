"""What a grounded fact is before it is worded, and the names of the cast as they stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from extractor.reading.person_nouns import GROUPS_ZH, PERSON_NOUNS_ZH, TITLES
from extractor.reading.sentences import Sentence
from extractor.records import Chapter, Character, Quotation

NO_NAME_ZH = re.compile(
    r"[的了着个那这哪些吾汝尔俺咱我你他她它谁什么几]|[曰叱跪伏皆]|.[是有不说问叹骂]$|"
    r"左右|[二三四]人|.夏侯$|忖|^谓|^暗|[裡眾]|.[其乃暗]$|看[见見]$|^插|^妖魔$|^.?庄人$|^人老爷$|"
    r"[大令喜指怒笑拜来去见到至急忙又便即惊立等入出命叫道之谏奏策声]$|"
    r"^(?:众|诸|像|用|一|二|两|三人|四人|某|各|原来|只见|却|又|乃|忽|令|后人|左右|此|其|于是|因|自|写|等|向|"
    r"言|入|来|使人|命人|人报)|"
    r"(?:兵|军|军士|土人|侍臣|将士|文武|营|老叟|中书|[魏蜀吴汉]主)$|^[老小大](?:丫头|妈妈|叟|婆子|军|姐|爷|童|"
    r"子|人|妖|魔|厮|嬷嬷|太监)|^[\u4e00-\u9fff]郡$|家人$|^[土主仆家]人$"
)
DETERMINED_EN = re.compile(r"^(?:[Tt]he [a-z]|(?:[Aa]n?|[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Yy]our|[Tt]h(?:at|is)) )")


@dataclass(frozen=True, slots=True)
class Found:
    """A fact in the making: its kind, the paragraphs (1-based) that prove it, and the words its wordings need."""

    kind: str
    paragraphs: tuple[int, ...]
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pages:
    """One chapter ready to be searched. `narration` and `speech` are its sentences."""

    chapter: Chapter
    quotations: Sequence[Quotation]
    narration: Sequence[Sentence]
    speech: Sequence[Sentence]


class Names:
    """The names of persons that can stand in a question, found in one pass over a text.

    A name that is no more than a noun (师父, the landlord) or a fragment is left out. `shown` is the main name where
    the alias has a part in common with it, else the name as it stands in the text: what the text calls Zilong is
    never called by another man's name because a cast was put together wrongly. A character with a note was
    entered by a
    person, so all of its aliases are believed.
    """

    def __init__(self, cast: Sequence[Character], *, language: str) -> None:
        self.language = language
        self.shown: dict[str, str] = {}
        for character in cast:
            if character.kind != "person" or (character.mentions < 2 and character.lines < 2):
                continue
            for name in (character.name, *character.aliases):
                if is_name(name, language, given=bool(character.note)):
                    akin = (
                        share_a_part(name, character.name, language) or character.note
                    ) and name not in character.since
                    main = akin and is_name(character.name, language, given=bool(character.note))
                    self.shown.setdefault(name, character.name if main else name)
        for name in [n for n in self.shown if self._is_two(n)]:
            del self.shown[name]
        self._by_first: dict[str, list[str]] = {}
        for name in sorted(self.shown, key=len, reverse=True):
            self._by_first.setdefault(name[0], []).append(name)

    def _is_two(self, name: str) -> bool:
        """Tell whether a Chinese name is only two others side by side."""
        cuts = range(2, len(name) - 1) if self.language == "zh" else ()
        return any(name[:cut] in self.shown and name[cut:] in self.shown for cut in cuts)

    def at(self, text: str, position: int = 0) -> str:
        """Return the longest name that begins at `position`, "" where none does."""
        for name in self._by_first.get(text[position : position + 1], ()):
            if text.startswith(name, position) and self._bounded(text, position, position + len(name)):
                return name
        return ""

    def all(self, text: str) -> list[tuple[int, str]]:
        """Return the names in a text with their places, left to right, none inside another."""
        found = []
        position = 0
        for position_of, char in enumerate(text):
            if position_of < position or char not in self._by_first:
                continue
            name = self.at(text, position_of)
            if name:
                found.append((position_of, name))
                position = position_of + len(name)
        return found

    def _bounded(self, text: str, start: int, end: int) -> bool:
        if self.language == "zh":
            return True
        return not text[start - 1 : start].isalnum() and not (
            text[end : end + 1].isalnum() or text[end : end + 1] == "-"
        )


def is_name(name: str, language: str, *, given: bool = False) -> bool:
    """Tell whether a name is one that a question can use: a proper name, not a noun, a group or a fragment.

    `given` says that a person entered it, so only nouns are refused.
    """
    if language == "zh":
        return 2 <= len(name) <= 5 and name not in _NOUNS_ZH and (given or not NO_NAME_ZH.search(name))
    words = name.replace(".", "").split()
    if not words or DETERMINED_EN.match(name) or len(name) < 3:
        return False
    return all(w[0].isupper() or w in ("of", "de", "von", "van", "the") for w in words) and any(
        w.casefold() not in TITLES for w in words
    )


def share_a_part(alias: str, name: str, language: str) -> bool:
    """Tell whether two names have a character (Chinese) or a word that is no title (English) in common."""
    if language == "zh":
        return bool(set(alias) & set(name))
    first, second = ({w.casefold().strip(".") for w in re.findall(r"[\w’'-]+", n)} - TITLES for n in (alias, name))
    return bool(first & second)


_NOUNS_ZH = frozenset([*PERSON_NOUNS_ZH, *GROUPS_ZH])
