"""Every quotation and thought of a chapter as spans, in text order; who speaks is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extractor.reading.kinds import chinese_kind, english_kind
from extractor.reading.marks import MarkStyle, detect_style
from extractor.reading.pairing import Piece, pair_marks
from extractor.reading.thoughts import ENGLISH_THOUGHT_TAG, find_dashed, find_thoughts
from extractor.records import Chapter, Quotation, QuotationKind

__all__ = ["MarkStyle", "detect_style", "find_quotations"]

_BEFORE, _BEHIND = 80, 60
_LINKS = frozenset(("", ",", "and", ", and", "or", ", or", "、", "，", "和", "与", "及", "或", "跟"))
_STOP = re.compile(r"[。！？!?…]+")
_ENGLISH_STOP = re.compile(r"[.!?](?=\s)")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Messrs|Mme|Mlle|Capt|Col|Prof|Rev)\.")


@dataclass(frozen=True, slots=True)
class _Judged:
    """A piece with its kind."""

    piece: Piece
    kind: QuotationKind


def find_quotations(chapter: Chapter, *, language: str, style: MarkStyle) -> list[Quotation]:
    """Return the quotations of a chapter in text order, speakers unknown.

    An utterance that narration interrupts, or that goes on in the next paragraph, is one quotation of several spans.
    What is quoted inside a quotation is part of it.
    """
    pieces = pair_marks(chapter.text, chapter.paragraphs, style)
    judged = _judge(chapter, pieces, language=language)
    if style.dash:
        dashed = find_dashed(chapter.text, chapter.paragraphs, pieces=pieces, language=language)
        judged = _merged(judged, dashed, kind="speech")
    unmarked = find_thoughts(chapter.text, chapter.paragraphs, pieces=[one.piece for one in judged], language=language)
    judged = _merged(judged, unmarked, kind="thought")
    return [
        _record(chapter, group, number=number, language=language)
        for number, group in enumerate(_groups(chapter, judged, language=language), start=1)
    ]


def _judge(chapter: Chapter, pieces: Sequence[Piece], *, language: str) -> list[_Judged]:
    """Give every marked piece its kind."""
    judge = chinese_kind if language == "zh" else english_kind
    judged: list[_Judged] = []
    for index, piece in enumerate(pieces):
        start, end = chapter.paragraphs[piece.paragraph - 1]
        opened, closed = piece.outer
        text = chapter.text[piece.start : piece.end]
        behind = pieces[index + 1].outer[0] if index + 1 < len(pieces) else end
        kind = judge(
            text,
            before=chapter.text[max(start, opened - _BEFORE) : opened],
            behind=chapter.text[closed : min(end, behind, closed + _BEHIND)],
        )
        if judged and judged[-1].piece.paragraph == piece.paragraph:
            previous = judged[-1]
            between = chapter.text[previous.piece.outer[1] : opened].strip()
            if previous.kind == "other" and between in _LINKS and (len(text) <= 24 or text[-1].isalnum()):
                kind = "other"
        elif judged and piece.continued:
            kind = judged[-1].kind
        judged.append(_Judged(piece, kind))
    return judged


def _merged(judged: Iterable[_Judged], pieces: Iterable[Piece], *, kind: QuotationKind) -> list[_Judged]:
    """Add pieces of one kind in their places."""
    return sorted([*judged, *(_Judged(piece, kind) for piece in pieces)], key=lambda one: one.piece.start)


def _groups(chapter: Chapter, judged: Sequence[_Judged], *, language: str) -> list[list[_Judged]]:
    """Put the pieces of one utterance together."""
    groups: list[list[_Judged]] = []
    for one in judged:
        last = groups[-1][-1] if groups else None
        if last is not None and _belongs(chapter, last, one, language=language):
            groups[-1].append(replace(one, kind=last.kind))
        else:
            groups.append([one])
    return groups


def _belongs(chapter: Chapter, last: _Judged, one: _Judged, *, language: str) -> bool:
    """Tell whether a piece goes on with the utterance of the piece before it."""
    if last.piece.family != one.piece.family:
        return False
    if one.piece.continued:
        return True
    if last.piece.paragraph != one.piece.paragraph or "other" in (last.kind, one.kind):
        return False
    gap = chapter.text[last.piece.outer[1] : one.piece.outer[0]]
    if last.piece.family == "dash":
        return True
    if last.piece.family in ("italics", "unmarked"):
        return bool(ENGLISH_THOUGHT_TAG.match(gap)) and len(gap) < 60
    open_ended = chapter.text[last.piece.end - 1] in "，,、—-–―"
    if language == "zh":
        return _goes_on_in_chinese(gap.strip(), open_ended=open_ended)
    return _goes_on_in_english(" ".join(gap.split()), open_ended=open_ended)


def _goes_on_in_chinese(gap: str, *, open_ended: bool) -> bool:
    """Tell whether narration between two marked pieces interrupts one speaker: no colon, and short."""
    if not gap or gap[-1] in "：:":
        return False
    if gap[-1] in "，," or open_ended:
        return len(gap) <= 80 and len(_STOP.findall(gap)) <= 1
    return len(gap) <= 40 and len(_STOP.findall(gap)) <= 1


def _goes_on_in_english(gap: str, *, open_ended: bool) -> bool:
    """Tell whether narration between two marked pieces interrupts one speaker."""
    stops = len(_ENGLISH_STOP.findall(_ABBREVIATED.sub("", gap)))
    if not gap:
        return False
    if open_ended:
        return len(gap) <= 160 and stops <= 1
    if gap[-1] == ":":
        return len(gap) <= 60 and stops == 0 and not re.search(r"\b(?:and|as|when|while)\b", gap)
    if gap[-1] == ",":
        return len(gap) <= 60 and stops == 0 and not re.search(r"[;]|\b(?:and|as|then)\b", gap)
    return len(gap) <= 120 and stops == 0


def _record(chapter: Chapter, group: Sequence[_Judged], *, number: int, language: str) -> Quotation:
    spans = tuple((one.piece.start, one.piece.end) for one in group)
    joint = " " if language == "en" else ""
    return Quotation(
        id=f"{chapter.id}-q{number:03d}",
        chapter=chapter.id,
        kind=group[0].kind,
        spans=spans,
        text=joint.join(chapter.text[start:end] for start, end in spans),
        paragraph=group[0].piece.paragraph,
    )
