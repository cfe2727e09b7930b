"""Every quotation and thought of a chapter as spans, in text order; who speaks is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extractor.reading.dashes import find_dashed
from extractor.reading.kinds_en import english_kind
from extractor.reading.kinds_zh import chinese_kind
from extractor.reading.letters import letter_pieces
from extractor.reading.marks import MarkStyle, detect_style
from extractor.reading.pairing import Piece, pair_marks
from extractor.reading.thoughts import find_thoughts
from extractor.reading.utterances import Judged, group_utterances
from extractor.records import Chapter, Quotation, QuotationKind

__all__ = ["MarkStyle", "detect_style", "find_quotations"]

_BEFORE, _BEHIND = 80, 60
_LINKS = frozenset(("", ",", "and", ", and", "or", ", or", "、", "，", "和", "与", "及", "或", "跟"))


def find_quotations(chapter: Chapter, *, language: str, style: MarkStyle) -> list[Quotation]:
    """Return the quotations of a chapter in text order, speakers unknown.

    An utterance that narration interrupts, or that goes on in the next paragraph, is one quotation of several spans.
    What is quoted inside a quotation is part of it.
    """
    text, paragraphs = chapter.text, chapter.paragraphs
    pieces = pair_marks(text, paragraphs, style)
    judged = _judge(chapter, pieces, language=language)
    if style.dash:
        judged = _merged(judged, find_dashed(text, paragraphs, pieces=pieces, language=language), kind="speech")
    taken = [one.piece for one in judged]
    judged = _merged(judged, find_thoughts(text, paragraphs, pieces=taken, language=language), kind="thought")
    groups = group_utterances(text, judged, language=language)
    return [_record(chapter, group, number=number, language=language) for number, group in enumerate(groups, start=1)]


def _judge(chapter: Chapter, pieces: Sequence[Piece], *, language: str) -> list[Judged]:
    """Give every marked piece its kind."""
    judge = chinese_kind if language == "zh" else english_kind
    letters = letter_pieces(chapter.text, chapter.paragraphs, pieces) if language != "zh" else frozenset()
    judged: list[Judged] = []
    for index, piece in enumerate(pieces):
        last = judged[-1] if judged else None
        following = pieces[index + 1].outer[0] if index + 1 < len(pieces) else len(chapter.text)
        if index in letters or (last and _listed(chapter, last, piece)):
            kind: QuotationKind = "other"
        elif last and piece.continued and last.piece.paragraph < piece.paragraph:
            kind = last.kind
        else:
            end = min(chapter.paragraphs[piece.paragraph - 1][1], following, piece.outer[1] + _BEHIND)
            kind = judge(
                chapter.text[piece.start : piece.end],
                before=_narration_before(chapter, piece),
                behind=chapter.text[piece.outer[1] : end],
            )
        judged.append(Judged(piece, kind))
    return judged


def _listed(chapter: Chapter, last: Judged, piece: Piece) -> bool:
    """Tell whether a piece stands in a list of words with the one before, which nobody says."""
    if last.kind != "other" or last.piece.paragraph != piece.paragraph:
        return False
    between = chapter.text[last.piece.outer[1] : piece.outer[0]].strip()
    return between in _LINKS and (piece.end - piece.start <= 24 or chapter.text[piece.end - 1].isalnum())


def _narration_before(chapter: Chapter, piece: Piece) -> str:
    """Return what stands before a piece in its paragraph, or the paragraph before when that leads to it by a colon."""
    start = chapter.paragraphs[piece.paragraph - 1][0]
    before = chapter.text[max(start, piece.outer[0] - _BEFORE) : piece.outer[0]]
    if before.strip() or piece.paragraph == 1:
        return before
    first, last = chapter.paragraphs[piece.paragraph - 2]
    lead = chapter.text[max(first, last - _BEFORE) : last].rstrip()
    return lead if lead.endswith(("：", ":")) else ""


def _merged(judged: Iterable[Judged], pieces: Iterable[Piece], *, kind: QuotationKind) -> list[Judged]:
    """Add pieces of one kind in their places."""
    return sorted([*judged, *(Judged(piece, kind) for piece in pieces)], key=lambda one: one.piece.start)


def _record(chapter: Chapter, group: Sequence[Judged], *, number: int, language: str) -> Quotation:
    """Write one utterance down."""
    spans = tuple((one.piece.start, one.piece.end) for one in group)
    joint = "" if language == "zh" else " "
    return Quotation(
        id=f"{chapter.id}-q{number:03d}",
        chapter=chapter.id,
        kind=group[0].kind,
        spans=spans,
        text=joint.join(chapter.text[start:end] for start, end in spans),
        paragraph=group[0].piece.paragraph,
    )
