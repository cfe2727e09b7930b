"""Speech that a dash at the start of a paragraph opens, with no mark to close it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.reading.kinds_zh import simplified
from extractor.reading.marks import DASH_LINE
from extractor.reading.pairing import Piece, trimmed
from extractor.reading.speech_verbs import ENGLISH_SPEECH, ENGLISH_WEAK
from extractor.records import Span

_VERBS = "|".join(sorted(frozenset(ENGLISH_SPEECH) - frozenset(ENGLISH_WEAK)))
_NO_NAME = r"(?!(?:He|She|They|It|We|You|This|That|There|What|Who)\b)"
_PERSON = rf"(?:he|she|they|I|we|{_NO_NAME}[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)?|the\s[a-z]+)"
_TAG = re.compile(rf"(?<=[,.!?;…])\s+(?:{_PERSON}\s(?:{_VERBS})\b|(?:{_VERBS})\s{_PERSON}\b)[^.,!?;]*(?:[.,;!?]|$)")
_CHINESE_TAG = re.compile(
    r"(?<=[。！？，…])(?:[他她它我]们?|[一-鿿]{2,4})[^。！？，]{0,8}[说道问答喊叫](?:道|着)?(?:[。，：]|$)"
)


def find_dashed(text: str, paragraphs: Sequence[Span], *, pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the speech of paragraphs that open with a dash, without the tags inside it.

    Paragraphs that hold a piece already are left alone.
    """
    if language == "zh":
        text = simplified(text)
    taken = {piece.paragraph for piece in pieces}
    tag = _CHINESE_TAG if language == "zh" else _TAG
    found: list[Piece] = []
    for number, (start, end) in enumerate(paragraphs, start=1):
        opening = DASH_LINE.match(text, start, end)
        if opening is None or number in taken:
            continue
        floor = opening.end()
        for match in [*tag.finditer(text, floor, end), None]:
            first, last = trimmed(text, floor, match.start() if match else end)
            if first < last:
                found.append(Piece(first, last, (first, last), number, "dash"))
            floor = match.end() if match else end
    return found
