"""Thoughts and speech that stand without quotation marks: after 心想：, in italics, before ", she thought", behind a dash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractor.reading.pairing import Piece, trimmed
from extractor.reading.speech_verbs import ENGLISH_SPEECH
from extractor.records import Span

_INTRODUCED = re.compile(
    r"(?:(?<![一中核真诚好决甘野从小雄居存])心想|暗想|暗道|暗忖|心中想|心里想|心下想|自忖|自思|思忖)(?:道|着)?[：:，,]"
    r"|(?:心道|心说|想道|忖道|思道|心念|寻思|心里(?:暗)?道|心中(?:暗)?道|心里说|腹诽|心里嘀咕|心中嘀咕|暗自嘀咕)(?:道)?[：:]"
    r"|(?:心道|想道|忖道)[，,]"
    r"|(?<![一中核真诚好决甘野从小雄居存])(?:心想|暗忖)(?=[^着到起象像，。：、\s])"
)
_SENTENCE = re.compile(r"[^。！？!?…]*(?:[。！？!?…]+[”’」』]?|$)")
_GOES_ON = re.compile(
    r"[？?！!…]|我|咱|你|难道|莫非|莫不|岂|究竟|到底|只怕|恐怕|吧。|呢。|吗。|啊。|罢。|才好。|算了。|也许|看来|反正"
)
_ITALICS = re.compile(r"(?<![\w_*])([_*])(?=[^\s_*])([^_*\n]+(?:\n[^_*\n]+)*)(?<=\S)\1(?![\w_*])")
_PERSON = r"(?:he|she|they|I|we|[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)?|the\s[a-z]+)"
_THINKS = r"(?:thought|wondered|mused|reflected|reasoned)"
_TOLD = r"told\s(?:him|her|my|them)sel(?:f|ves)"
ENGLISH_THOUGHT_TAG = re.compile(
    rf"[\s,;]*(?:{_PERSON}\s(?:{_THINKS}|{_TOLD})|{_THINKS}\s{_PERSON})(?:\s(?:to\s(?:him|her|my)self|\w+ly|again|then|suddenly))?"
    r"(?=\s*(?:[.,;:!?]|$))"
)
_TAGGED = re.compile(
    rf"(?<=[,?!—])\s(?:{_PERSON}\s(?:{_THINKS}|{_TOLD})|{_THINKS}\s{_PERSON})(?:\sto\s(?:him|her|my)self)?(?=\s*(?:[.;,]|$))"
)
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?…”’\"_])\s+|(?<=[;:]\s))(?=[“‘_A-Z])")
_DASH = re.compile(r"\s*(?:——|--|[—–―])\s*(?=[^\W_])")
_VERBS = "|".join(sorted(ENGLISH_SPEECH))
_DASH_TAG = re.compile(
    rf"(?<=[,.!?;…])\s+(?:{_PERSON}\s(?:{_VERBS})\b|(?:{_VERBS})\s{_PERSON}\b)[^.,!?;]*(?:[.,;!?]|$)"
)
_CHINESE_DASH_TAG = re.compile(
    r"(?<=[。！？，…])(?:[他她它我]|[一-鿿]{2,4})(?:[^。！？，]{0,8})(?:说|道|问|答|喊|叫)(?:道|着)?[。，：]"
)


def find_thoughts(text: str, paragraphs: Sequence[Span], *, pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the thoughts that no quotation mark shows, in text order; none overlaps a piece.

    Chinese: behind a verb of thought, to the end of the sentence, and on while the sentences still think. English:
    whole sentences in italics, and the sentence before ", she thought".
    """
    find = _chinese_thoughts if language == "zh" else _english_thoughts
    found: list[Piece] = []
    index = 0
    for number, (start, end) in enumerate(paragraphs, start=1):
        while index < len(pieces) and pieces[index].paragraph < number:
            index += 1
        stop = index
        while stop < len(pieces) and pieces[stop].paragraph == number:
            stop += 1
        floor = start
        for piece in [*pieces[index:stop], None]:
            ceiling = piece.outer[0] if piece else end
            if ceiling > floor:
                found += find(text, (floor, ceiling), number=number)
            floor = piece.outer[1] if piece else end
    return found


def _chinese_thoughts(text: str, gap: Span, *, number: int) -> Iterator[Piece]:
    """Yield what follows a verb of thought in a stretch without marks."""
    position, stop = gap
    while match := _INTRODUCED.search(text, position, stop):
        start = match.end()
        end = start
        for sentence in _SENTENCE.finditer(text, start, stop):
            if not sentence[0].strip() or (end > start and not _GOES_ON.search(sentence[0])):
                break
            if end > start and _INTRODUCED.search(sentence[0]):
                break
            end = sentence.end()
        first, last = trimmed(text, start, end)
        if last - first > 1 and text[last - 1] not in "：:" and not (end == stop and text[last - 1] in "，,"):
            yield Piece(first, last, (first, last), number, "unmarked")
        position = max(end, match.end())


def _english_thoughts(text: str, gap: Span, *, number: int) -> Iterator[Piece]:
    """Yield whole sentences in italics and sentences that a tag calls a thought."""
    start, stop = gap
    if not any(word in text[start:stop] for word in ("_", "*", "thought", "wondered", "told", "mused", "reflected")):
        return
    floor = start
    found: list[Piece] = []
    near = False
    for match in _ITALICS.finditer(text, start, stop):
        inner = trimmed(text, match.start(2), match.end(2))
        tagged = bool(ENGLISH_THOUGHT_TAG.match(text, match.end(), stop))
        before = text[max(start, match.start() - 60) : match.start()].rstrip()
        led = near and before.endswith((",", "."))
        if tagged or led or _whole_sentence(text[inner[0] : inner[1]], before=before, behind=text[match.end() : stop]):
            found.append(Piece(*inner, match.span(), number, "italics"))
        near = tagged
    for match in _TAGGED.finditer(text, start, stop):
        opening = floor
        for boundary in _SENTENCE_START.finditer(text, max(floor, match.start() - 400), match.start()):
            opening = boundary.end()
        first, last = trimmed(text, opening, match.start())
        if last - first > 1 and not any(piece.outer[1] > first and piece.outer[0] < last for piece in found):
            found.append(Piece(first, last, (first, last), number, "unmarked"))
        floor = match.end()
    yield from sorted(found, key=lambda piece: piece.start)


def _whole_sentence(inner: str, *, before: str, behind: str) -> bool:
    """Tell whether italics hold whole sentences that stand for themselves, not a title or a stressed word."""
    words = inner.split()
    closed = inner[-1] in ".!?…"
    free = not before or before[-1] in '.!?…”"—)'
    follows = behind.lstrip()[:1]
    small = sum(word[0].islower() for word in words)
    return (
        closed
        and free
        and len(words) >= 3
        and inner[0].isupper()
        and small * 2 >= len(words) - 1
        and not follows.islower()
    )


def find_dashed(text: str, paragraphs: Sequence[Span], *, pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the speech of paragraphs that open with a dash, without the tags inside it."""
    taken = {piece.paragraph for piece in pieces}
    tag = _CHINESE_DASH_TAG if language == "zh" else _DASH_TAG
    found: list[Piece] = []
    for number, (start, end) in enumerate(paragraphs, start=1):
        opening = _DASH.match(text, start, end)
        if opening is None or number in taken:
            continue
        floor = opening.end()
        for match in [*tag.finditer(text, floor, end), None]:
            first, last = trimmed(text, floor, match.start() if match else end)
            if first < last:
                found.append(Piece(first, last, (first, last), number, "dash"))
            floor = match.end() if match else end
    return found
