"""Letters in quotation marks, which nobody says: from a salutation to a signature."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.reading.pairing import Piece
from extractor.records import Span

_SALUTATION = re.compile(r"(?:my\s+)?(?:dear|dearest)\b[^.!?]{0,60}?(?:,|:|--|—|-)\s*", re.IGNORECASE)
_KIN = "friend|servant|sister|brother|niece|nephew|mother|father|son|daughter|cousin"
_SIGNATURE = re.compile(
    r"(?:(?:I am|believe me|ever|with love|and am|I remain)\b.{0,40})?"
    r"\b(?:yours?,|yours|your[’']s|affectionately|sincerely|faithfully|respectfully|"
    rf"your (?:\w+ ){{0,2}}(?:{_KIN}))\b.{{0,60}}",
    re.IGNORECASE | re.DOTALL,
)
_CAPITALS = re.compile(r"[A-Z][A-Z.\s&'’-]*")
_CHINESE_OPENING = re.compile(r".{0,24}(?:见信如[晤面]|敬启者|台鉴|亲启)", re.DOTALL)
_CHINESE_CLOSING = re.compile(r"(?:敬上|拜上|谨启|顿首|绝笔|手书|此致敬礼?)[。！]?$")
_CHINESE_SALUTATION = re.compile(r"[^。！？：:“”「」]{2,24}[：:](?=.{12})", re.DOTALL)
_READ_OUT = re.compile(
    r"(?:[念读写](?:道|着|了|来|的是)?|[信笺帖书](?:[中上里]|[^。：]{0,6})?(?:[云曰写]|是|着)?)[：:]?$"
)
_TOLD = re.compile(r"[说道问答喊叫讲曰云想][了过]?[：:]?$")
_MARGIN = 40
_LONGEST = 400
_LONGEST_APART = 60


def letter_pieces(text: str, paragraphs: Sequence[Span], pieces: Sequence[Piece]) -> frozenset[int]:
    """Return the indexes of the pieces that make up letters in an English chapter.

    A letter is a run of paragraphs that are wholly in marks: it begins with a salutation on its own or is held
    together by marks that open again without a close, and it ends with a signature.
    """
    whole = [_whole(text, paragraphs[piece.paragraph - 1], piece) for piece in pieces]
    letters: set[int] = set()
    index = 0
    while index < len(pieces):
        stop = index + 1
        words = text[pieces[index].start : pieces[index].end]
        alone = _salutes_alone(words)
        while whole[index] and stop < len(pieces) and whole[stop]:
            if stop - index >= (_LONGEST if pieces[stop].continued else _LONGEST_APART if alone else 0):
                break
            stop += 1
        signed = _signed_at(text, pieces, start=index, stop=stop)
        greeted = _SALUTATION.match(words) is not None and stop - index > 2 and pieces[stop - 1].continued
        if signed > index or greeted:
            end = stop if pieces[stop - 1].continued else signed
            letters.update(range(index, end))
            index = end
        else:
            index = index + 1 if alone else stop
    return frozenset(letters)


def _whole(text: str, paragraph: Span, piece: Piece) -> bool:
    """Tell whether a piece fills its paragraph."""
    start, end = paragraph
    if piece.outer[0] - start > _MARGIN or end - piece.outer[1] > _MARGIN:
        return False
    return not text[start : piece.outer[0]].strip() and not text[piece.outer[1] : end].strip()


def _salutes_alone(text: str) -> bool:
    """Tell whether a paragraph is a salutation and nothing else."""
    greeted = _SALUTATION.match(text[:100])
    return greeted is not None and greeted.end() >= len(text.rstrip())


def _signed_at(text: str, pieces: Sequence[Piece], *, start: int, stop: int) -> int:
    """Return the index behind the first signature of a run, `start` where there is none."""
    for index in range(start + 1, stop):
        words = text[pieces[index].start : pieces[index].end]
        if len(words) > 100:
            continue
        if (_CAPITALS.fullmatch(words.rstrip(",")) and len(words) > 2) or _SIGNATURE.fullmatch(words):
            following = index + 1
            while following < stop and len(text[pieces[following].start : pieces[following].end]) <= 40:
                closing = text[pieces[following].start : pieces[following].end]
                if not (_CAPITALS.fullmatch(closing) or _SIGNATURE.fullmatch(closing)):
                    break
                following += 1
            return following
    return start


def is_chinese_letter(text: str, *, clause: str) -> bool:
    """Tell whether a piece is a letter read out or shown: by its phrases, or a salutation where a letter is named.

    `clause` is the narration right before it.
    """
    if _CHINESE_OPENING.match(text) or (len(text) > 30 and _CHINESE_CLOSING.search(text[-8:])):
        return True
    salutation = _CHINESE_SALUTATION.match(text)
    return salutation is not None and not _TOLD.search(salutation[0]) and _READ_OUT.search(clause) is not None
