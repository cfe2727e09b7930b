"""What stands before the persona's first line: the novel's own narration, never an invented greeting."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from zlib import crc32

from extractor.records import Chapter, Message, Span, Utterance
from extractor.shaping.lengths import is_blank
from extractor.shaping.scenes import is_separator
from extractor.shaping.viewpoint import shift, to_message

SENTENCE_END = {
    "zh": re.compile(r"[。．！？!?…]+[”’」』）)]*"),
    "en": re.compile(r"[.!?…]+[\"”’')\]]*(?=\s|$)"),
}
ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Capt|Col|Gen|Lt|No|[A-Z])\.$")
WANTED = {"zh": 16, "en": 50}
LONGEST = {"zh": 120, "en": 400}
NO_BEGINNING = "，,；;、。！？!?…”’」』）)"
CUE = {"zh": 6, "en": 20}
PAIRED = (("“", "”"), ("「", "」"), ("『", "』"), ("（", "）"))
SAYING = re.compile("，[^，。．！？]{0,8}[道说問问曰喊叫骂答笑]$")
CUE_MARKS = " 　\t：:，,—-“「『\"‘'"
SENTENCES = 3
REGIONS = 6
LOOKED_AT = 1_500


class Narration:
    """The text of a chapter between its utterances; finds what the novel tells right before a line."""

    def __init__(self, chapter: Chapter, utterances: Sequence[Utterance], *, language: str) -> None:
        self._chapter = chapter
        self._language = language if language in SENTENCE_END else "zh"
        self._taken = sorted(
            (start - 1, end + 1, utterance.quotation) for utterance in utterances for start, end in utterance.spans
        )
        self._starts = [start for start, _, _ in self._taken]
        self._first = chapter.paragraphs[0][0] if chapter.paragraphs else 0

    def before(self, offset: int, *, regions: int = 1) -> Message | None:
        """Return the last sentences of narration before `offset` as a user turn in parentheses.

        It looks back over at most `regions` stretches between utterances, not over a scene's border; None where they
        hold no whole sentence.
        """
        index = bisect_left(self._starts, offset - 1)
        end = offset - 1
        for _ in range(regions):
            start = self._taken[index - 1][1] if index else self._first
            span = self._sentences(start, end)
            if span:
                return self._turn(span)
            if not index or any(map(is_separator, self._chapter.text[start:end].splitlines())):
                return None
            index -= 1
            end = self._taken[index][0]
        return None

    def cue(self, offset: int) -> Message | None:
        """Return what stands in the same paragraph before `offset`, such as `她皱着眉头说：`, if it tells enough."""
        index = bisect_left(self._starts, offset - 1)
        paragraph = self._chapter.paragraphs[self._chapter.paragraph_at(offset) - 1][0]
        start = max(paragraph, self._taken[index - 1][1] if index else paragraph)
        text = self._chapter.text[start : max(start, offset - 1)]
        text = text.rstrip(CUE_MARKS)
        without = SAYING.sub("", text)
        text = without if len(without.strip()) >= CUE[self._language] else text
        span = _strip(self._chapter.text, (start, start + len(text)))
        told = CUE[self._language] <= span[1] - span[0] <= LONGEST[self._language]
        return self._turn(span) if told and self._chapter.text[span[0]] not in NO_BEGINNING else None

    def _sentences(self, start: int, end: int) -> Span | None:
        """Return the span of the last whole sentences in `[start, end)`, not over a scene's border."""
        text = self._chapter.text
        start = max(start, end - LOOKED_AT)
        found: Span | None = None
        taken = 0
        for first, last in reversed(self._pieces(start, end)):
            size = (found[1] if found else last) - first
            if found and (size > LONGEST[self._language] or taken == SENTENCES):
                break
            if is_blank(text[first:last]) or (not found and last - first > 2 * LONGEST[self._language]):
                continue
            found = (first, found[1] if found else last)
            taken += 1
            if found[1] - found[0] >= WANTED[self._language]:
                break
        return found

    def _pieces(self, start: int, end: int) -> list[Span]:
        """Cut `[start, end)` into sentences after the last scene border; the unfinished rest of a line is left out."""
        pieces: list[Span] = []
        chapter = self._chapter
        for first, last in chapter.paragraphs[chapter.paragraph_at(start) - 1 : chapter.paragraph_at(end)]:
            if last - first <= LONGEST["zh"] and is_separator(chapter.text[first:last]):
                pieces.clear()
            elif first < end and last > start:
                pieces += self._cut(max(first, start), min(last, end), whole=last <= end)
        return [piece for piece in pieces if self._sound(piece, start)]

    def _cut(self, start: int, end: int, *, whole: bool) -> list[Span]:
        text = self._chapter.text[start:end]
        pieces: list[Span] = []
        position = 0
        for match in SENTENCE_END[self._language].finditer(text):
            if ABBREVIATION.search(text[max(0, match.end() - 6) : match.end()]):
                continue
            pieces.append((start + position, start + match.end()))
            position = match.end()
        if whole and text[position:].strip():
            pieces.append((start + position, end))
        return [_strip(self._chapter.text, piece) for piece in pieces]

    def _sound(self, piece: Span, start: int) -> bool:
        """Refuse what is left of a cue behind a quotation, such as `he said.`, and bits cut at the window's edge."""
        chapter = self._chapter
        text = chapter.text[piece[0] : piece[1]]
        if is_blank(text) or text[0] in NO_BEGINNING or any(text.count(a) != text.count(b) for a, b in PAIRED):
            return False
        paragraph = chapter.paragraphs[chapter.paragraph_at(piece[0]) - 1][0]
        if chapter.text[start : piece[0]].strip() or not chapter.text[paragraph : piece[0]].strip():
            return True
        return self._language == "en" and text[0].isupper()

    def _turn(self, span: Span) -> Message:
        joint = "" if self._language == "zh" else " "
        text = joint.join(self._chapter.text[span[0] : span[1]].split())
        content = f"（{text}）" if self._language == "zh" else f"({text})"
        return Message(role="user", content=content, novel_spans=shift((span,), self._chapter.start))


def find_opening(
    message: Message, *, narration: Narration, chapter: Chapter, earlier: Sequence[Utterance], persona: str
) -> Message | None:
    """Return the user turn before a reply that opens a conversation; None where the novel has none.

    In this order: the narration right before it, the last line of someone else in this scene (`earlier` are the
    scene's utterances so far), its own cue, narration further up in the scene.
    """
    spans = message.novel_spans or message.thought_spans
    offset = min(start for start, _ in spans) - chapter.start
    near = narration.before(offset)
    if near:
        return near
    for utterance in reversed(earlier):
        if utterance.kind == "speech" and utterance.speaker not in (None, persona) and not is_blank(utterance.text):
            return to_message(utterance, persona, chapter=chapter).model_copy(update={"quotations": ()})
    return narration.cue(offset) or narration.before(offset, regions=REGIONS)


def greet(greetings: Sequence[str], source: str) -> Message:
    """Return one of the user's own greetings, always the same for one source id."""
    return Message(role="user", content=greetings[crc32(source.encode()) % len(greetings)])


def _strip(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
