"""Thoughts that stand without quotation marks: behind 心想：, in italics, and beside ", she thought"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from extractor.reading.kinds_zh import simplified
from extractor.reading.pairing import Piece, trimmed
from extractor.records import Span

_WHOLE = r"(?<![一中核真诚好决甘野从小雄居存])"
_INTRODUCED = re.compile(
    rf"(?:{_WHOLE}心想|暗想|暗道|暗忖|心中想|心里想|心下想|自忖|自思|思忖)(?:道)?[：:，,]"
    r"|(?:心道|心说|(?<!一)想道|忖道|心念|寻思|心里(?:暗)?道|心[中下](?:暗)?道|心里说|心中说|腹诽|心里想着|[心暗][里中自]嘀咕)(?:道)?[：:]"
    r"|(?:心道|忖道)[，,]"
)
_SENTENCE = re.compile(r"[^。！？!?…]*(?:[。！？!?…]+[”’」』]?|$)")
_GOES_ON = re.compile(
    r"[？?！!…]|我|咱|你|难道|莫非|莫不|岂|究竟|到底|只怕|恐怕|吧。|呢。|吗。|啊。|罢。|才好。|算了。|也许|看来|反正"
)
_ITALICS = re.compile(r"(?<![\w_*])([_*])(?=[^\s_*])([^_*]{1,2000}?)(?<=\S)\1(?![\w_*])")
_WHO = r"(?:he|she|they|I|we|[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)?|the\s[a-z]+)"
_THINKS = r"(?:thought|wondered|mused|reflected|reasoned)"
_TOLD = r"told\s(?:him|her|my|them)sel(?:f|ves)"
_TAG = rf"(?:{_WHO}\s(?:{_THINKS}|{_TOLD})|{_THINKS}\s{_WHO})(?:\s(?:to\s(?:him|her|my)self|\w+ly|again|then))?"
_ENDED_TAG = rf"{_TAG}(?=\s*(?:[.,;:!?—]|$))"
THOUGHT_TAG = re.compile(rf"[\s,;]*{_ENDED_TAG}")
_TAGGED = re.compile(rf"(?<=[,?!—])\s{_ENDED_TAG}")
_BOUNDARY = re.compile(r"(?<=[.!?…”’\"_])(?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)(?<!St\.)\s+(?=[“‘_A-Z])|(?<=[;:])\s")
_PRESENT = re.compile(
    r"\b(?:is|isn|are|aren|am|has|hasn|have|haven|do|does|doesn|don|will|won|shall|can|cannot|may|must|let)\b|[’'](?:s|re|ll|ve|m)\b"
)
_ADDRESSES = re.compile(
    r"\b(?:[Ii]|[Mm]e|[Mm]y|[Yy]ou|[Yy]our|[Ww]e|[Uu]s|[Oo]ur|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Tt]his|[Tt]hat|[Tt]here|[Oo]ne|[Ww]ho|"
    r"is|are|am|has|have|do|does|will|can|must|would|should|could|not|no|never|let)\b"
)
_PAST = re.compile(r"\b(?:was|were|had|did|wasn|weren|hadn|didn|said|\w+ed)\b")
_PERFECT = re.compile(
    r"\b(?:has|have|is|isn[’']t|are|am|be|been|being|[’'](?:s|ve|re|m))\s(?:never\s|not\s|always\s|\w+ly\s)?(?:\w+ed|said|had|been)\b"
)
_HINTS = ("_", "*", "thought", "wondered", "mused", "reflected", "reasoned", "told")
_REACH = 600
_Finder = Callable[[str, Span, int], Iterator[Piece]]


def find_thoughts(text: str, paragraphs: Sequence[Span], *, pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Return the thoughts that no quotation mark shows, in text order; none overlaps a piece.

    Chinese: behind a verb of thought, to the end of the sentence, and on while the sentences still think. English:
    whole sentences in italics; the sentence before ", she thought" and, where the narration is told in the past,
    the sentences in the present behind it.
    """
    find: _Finder = _chinese_thoughts
    if language == "zh":
        text = simplified(text)
    if language != "zh":
        told = len(re.findall(r"\b(?:was|were|had)\b", text)) > len(re.findall(r"\b(?:is|are|has)\b", text))
        find = _past_thoughts if told else _present_thoughts
    found: list[Piece] = []
    index = 0
    for number, (start, end) in enumerate(paragraphs, start=1):
        floor = start
        while index < len(pieces) and pieces[index].paragraph <= number:
            found += find(text, (floor, pieces[index].outer[0]), number)
            floor = max(floor, pieces[index].outer[1])
            index += 1
        found += find(text, (floor, end), number)
    return sorted(found, key=lambda piece: piece.start)


def _chinese_thoughts(text: str, gap: Span, number: int) -> Iterator[Piece]:
    """Yield what follows a verb of thought in a stretch without marks."""
    position, stop = gap
    while match := _INTRODUCED.search(text, position, stop):
        start = end = match.end()
        for sentence in _SENTENCE.finditer(text, start, stop):
            if not sentence[0].strip() or (
                end > start and (not _GOES_ON.search(sentence[0]) or _INTRODUCED.search(sentence[0]))
            ):
                break
            end = sentence.end()
        first, last = trimmed(text, start, end)
        if last - first > 1 and text[last - 1] not in "：:，,":
            yield Piece(first, last, (first, last), number, "unmarked")
        position = max(end, match.end())


def _past_thoughts(text: str, gap: Span, number: int) -> Iterator[Piece]:
    """Yield the thoughts of an English stretch in a story told in the past."""
    return _english_thoughts(text, gap, number=number, told=True)


def _present_thoughts(text: str, gap: Span, number: int) -> Iterator[Piece]:
    """Yield the thoughts of an English stretch in a story told in the present."""
    return _english_thoughts(text, gap, number=number, told=False)


def _english_thoughts(text: str, gap: Span, *, number: int, told: bool) -> Iterator[Piece]:
    """Yield whole sentences in italics and sentences that a tag calls a thought."""
    start, stop = gap
    if stop <= start or not any(text.find(hint, start, stop) >= 0 for hint in _HINTS):
        return
    italics = list(_italic_thoughts(text, gap, number=number))
    yield from italics
    edges = [piece.outer for piece in italics]
    edges.append((stop, stop))
    floor, edge = start, 0
    for tag in _TAGGED.finditer(text, start, stop):
        if tag.start() < floor:
            continue
        for first, last in _tagged_spans(text, (floor, stop), tag=tag.span(), told=told):
            while edges[edge][1] <= first < stop:
                edge += 1
            if edges[edge][0] < last:
                continue
            yield Piece(first, last, (first, last), number, "unmarked")
            floor = last
        floor = max(floor, tag.end())


def _tagged_spans(text: str, room: Span, *, tag: Span, told: bool) -> list[Span]:
    """Return what is thought before a tag, and behind it where the thought goes on."""
    floor, stop = room
    opening = floor
    for boundary in _BOUNDARY.finditer(text, max(floor, tag[0] - _REACH), tag[0]):
        opening = boundary.end()
    spans = [trimmed(text, opening, tag[0])]
    if text[tag[1] : tag[1] + 1] in (",", ";", ":", "—"):
        reach = min(stop, tag[1] + _REACH)
        following = _BOUNDARY.search(text, tag[1] + 1, reach)
        spans.append(trimmed(text, tag[1] + 1, following.start() if following else reach))
        if not all(_direct(text[first:last]) for first, last in spans):
            return []
    elif told:
        spans.append(trimmed(text, tag[1] + 1, _present_until(text, tag[1] + 1, stop)))
    return [(first, last) for first, last in spans if last - first > 1]


def _italic_thoughts(text: str, gap: Span, *, number: int) -> Iterator[Piece]:
    """Yield italics that a tag calls a thought, that go on with one, or that hold whole sentences."""
    start, stop = gap
    tagged_until = -1
    for match in _ITALICS.finditer(text, start, stop):
        first, last = trimmed(text, match.start(2), match.end(2))
        if first >= last:
            continue
        tag = THOUGHT_TAG.match(text, match.end(), stop)
        between = text[tagged_until : match.start()].strip() if tagged_until >= 0 else "none"
        before = text[max(start, match.start() - _REACH) : match.start()].rstrip()
        if (
            tag
            or between in (",", ".", ";", "")
            or _stands_alone(text[first:last], before, text[match.end() : min(stop, match.end() + 9)])
        ):
            yield Piece(first, last, match.span(), number, "italics")
        tagged_until = tag.end() if tag else -1


def _stands_alone(inner: str, before: str, behind: str) -> bool:
    """Tell whether italics hold whole sentences that stand for themselves, not a title or a stressed word."""
    words = inner.split()
    small = sum(word[0].islower() for word in words)
    return (
        inner[-1] in ".!?…"
        and (not before or before[-1] in '.!?…”"—)_')
        and len(words) >= 3
        and inner[0].isupper()
        and small * 2 >= len(words) - 1
        and not behind.lstrip()[:1].islower()
        and behind.lstrip()[:1] not in ("-", "—", "–")
        and (inner[-1] in "?!" or _ADDRESSES.search(inner) is not None)
    )


def _direct(sentence: str) -> bool:
    """Tell whether a sentence stands as it was thought: in the present, or too short to tell a story."""
    return not _told(sentence) and (len(sentence.split()) <= 4 or bool(_PRESENT.search(sentence)))


def _told(sentence: str) -> bool:
    """Tell whether a sentence is in the past."""
    return _PAST.search(_PERFECT.sub("", sentence)) is not None


def _present_until(text: str, start: int, stop: int) -> int:
    """Return where the sentences in the present that begin at `start` end."""
    position = start
    while position < stop:
        boundary = _BOUNDARY.search(text, position + 1, stop)
        end = boundary.end() if boundary else stop
        sentence = text[position:end]
        if (
            _told(sentence)
            or _TAGGED.search(sentence)
            or not (_PRESENT.search(sentence) or sentence.rstrip().endswith(("?", "!")))
        ):
            break
        position = end
    return position
