"""Which marked pieces make up one utterance: narration may interrupt it, paragraphs may divide it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extractor.reading.kinds_zh import is_chinese_thinking, names_chinese_speaker, simplified
from extractor.reading.pairing import Piece
from extractor.reading.speech_verbs import ENGLISH_SPEECH
from extractor.reading.thoughts import THOUGHT_TAG
from extractor.records import QuotationKind

_STOP = re.compile(r"[。！？!?…]+")
_ENGLISH_STOP = re.compile(r"[.!?](?=\s)")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Messrs|Mme|Mlle|Capt|Col|Prof|Rev)\.")
_ANOTHER = re.compile(r";|\b(?:and|as|then|when|while)\b")
_CHINESE_TAG = re.compile(r"[。！？…](?:[他她它我]|[一-鿿]{2,4})[^。！？，“”]{0,6}[说道问答喊叫](?:道|着)?。$")
_SHORT = 8
_VERB = "|".join(sorted(ENGLISH_SPEECH))
_NAMED = r"(?P<{0}>(?:[A-Z][\w.’'-]*\s?){{1,3}}|(?:the|a|an|one)\s[\w’'-]+(?:\s[\w’'-]+)?)"
_SUBJECT = re.compile(
    rf"^\W{{0,3}}(?:(?:{_VERB})\s(?:{_NAMED.format('behind')}|he\b|she\b|I\b|they\b|it\b)"
    rf"|(?:{_NAMED.format('before')}|he|she|I|they|it)\s(?:\w+ly\s)?(?:{_VERB})\b)"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece with its kind."""

    piece: Piece
    kind: QuotationKind


def group_utterances(text: str, judged: Sequence[Judged], *, language: str) -> list[list[Judged]]:
    """Put the pieces of one utterance together; what is in no utterance stays alone."""
    groups: list[list[Judged]] = []
    for index, one in enumerate(judged):
        behind = judged[index + 1].piece.outer[0] if index + 1 < len(judged) else len(text)
        tag = text[one.piece.outer[1] : min(behind, one.piece.outer[1] + 60)].split("\n\n")[0]
        if groups and _belongs(text, groups[-1], one, tag=tag, language=language):
            groups[-1].append(replace(one, kind=groups[-1][-1].kind))
        else:
            groups.append([one])
    return groups


def _belongs(text: str, group: Sequence[Judged], one: Judged, *, tag: str, language: str) -> bool:
    """Tell whether a piece goes on with the utterance before it; `tag` is the narration behind the piece."""
    last = group[-1]
    if last.piece.family != one.piece.family:
        return False
    if one.piece.continued:
        return one.piece.start == one.piece.outer[0] or not _forgotten(text[last.piece.start : last.piece.end])
    if last.piece.paragraph != one.piece.paragraph or "other" in (last.kind, one.kind):
        return False
    gap = text[last.piece.outer[1] : one.piece.outer[0]]
    if last.piece.family == "dash":
        return True
    if last.piece.family in ("italics", "unmarked"):
        return THOUGHT_TAG.match(gap) is not None and len(gap) < 60
    open_ended = text[last.piece.end - 1] in "，,、—-–―"
    if language == "zh":
        gap, tag = simplified(gap.strip()), simplified(tag)
        if last.kind == "thought" and not is_chinese_thinking(gap):
            return False
        if names_chinese_speaker(tag) and tag[:2] not in gap and not open_ended and gap[-1:] not in ("，", ","):
            return False
        return _goes_on_in_chinese(gap, open_ended=open_ended)
    if not _goes_on_in_english(" ".join(gap.split()), open_ended=open_ended):
        return False
    tail = [*(other.piece for other in group[-3:]), one.piece]
    gaps = [text[a.outer[1] : b.outer[0]] for a, b in pairwise(tail)]
    return not _led_by_another(gaps, tag)


def _forgotten(text: str) -> bool:
    """Tell whether the closing mark of a piece was forgotten rather than left out, as speech that goes on has it.

    Speech that goes on fills its paragraph; a short line, or one with a tag at its end, does not.
    """
    return len(text) < _SHORT or _CHINESE_TAG.search(simplified(text[-24:])) is not None


def _goes_on_in_chinese(gap: str, *, open_ended: bool) -> bool:
    """Tell whether narration between two marked pieces interrupts one speaker: no colon, no bare verb, and short."""
    if not gap or gap[-1] not in "，,。.！？!?…；;—、":
        return False
    stops = len(_STOP.findall(gap))
    return len(gap) <= 80 and stops <= (1 if gap[-1] in "，," and not open_ended else 2)


def _goes_on_in_english(gap: str, *, open_ended: bool) -> bool:
    """Tell whether narration between two marked pieces interrupts one speaker.

    English prints one speaker to a paragraph, so it mostly does, unless it leads another one in.
    """
    if not gap:
        return False
    stops = len(_ENGLISH_STOP.findall(_ABBREVIATED.sub("", gap)))
    if gap[-1].isalnum():
        return open_ended and len(gap) <= 60 and stops == 0 and not _ANOTHER.search(gap)
    if gap[-1] in ",:" and not open_ended:
        return len(gap) <= 60 and stops == 0 and not _ANOTHER.search(gap)
    return len(gap) <= 320 and stops <= 2


def _led_by_another(gaps: Sequence[str], tag: str) -> bool:
    """Tell whether the tag behind a piece names somebody whom the utterance's own tags before it do not."""
    subject = _SUBJECT.match(tag)
    name = subject and (subject["behind"] or subject["before"])
    if not name or not any(_SUBJECT.match(gap) for gap in gaps):
        return False
    spoken = " ".join(gaps)
    return not any(word in spoken for word in re.findall(r"[\w’'-]{3,}", name) if word not in ("the", "one", _VERB))
