"""Is it really in the novel, letter for letter? Asked again of every line before it leaves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from extractor.records import Chapter, Message, Span


class Pages:
    """The novel by its chapters: reads spans that count from the start of the novel."""

    def __init__(self, chapters: Iterable[Chapter]) -> None:
        self._chapters = sorted(chapters, key=lambda chapter: chapter.start)
        self._starts = [chapter.start for chapter in self._chapters]

    def read(self, span: Span) -> str:
        """Return the text of a span inside one chapter; empty where there is none."""
        index = bisect_right(self._starts, span[0]) - 1
        if index < 0:
            return ""
        chapter = self._chapters[index]
        return chapter.text[span[0] - chapter.start : max(0, span[1] - chapter.start)]


def is_verbatim(message: Message, pages: Pages) -> bool:
    """Tell whether a turn says exactly what stands at its spans; white space and outer parentheses do not count."""
    return _same(message.content, message.novel_spans, pages) and _same(message.thought, message.thought_spans, pages)


def settle_commas(message: Message, pages: Pages) -> Message:
    """Return a turn whose commas before a closing mark are full stops where the speaker's sentence ends.

    English puts a comma where narration follows (“No, Master,” she said); standing alone the line ends there. Only
    the mark changes, and the spans still say how it was printed.
    """
    content, position = message.content, 0
    for span in message.novel_spans:
        piece = " ".join(pages.read(span).split())
        start = content.find(piece, position)
        if not piece or start < 0:
            return message
        position = start + len(piece)
        if piece[-1] == "," and _ends_sentence(content, position):
            content = f"{content[: position - 1]}.{content[position:]}"
    return message.model_copy(update={"content": content}) if content != message.content else message


def _ends_sentence(content: str, position: int) -> bool:
    rest = content[position : position + 4]
    if not rest or rest[0] == "\n":
        return True
    return rest[0] == " " and rest[1:2].isupper() and not (rest[1] == "I" and not rest[2:3].isalpha())


def _same(text: str, spans: Sequence[Span], pages: Pages) -> bool:
    said = "".join(text.split())
    written = "".join("".join(pages.read(span) for span in spans).split())
    return said == written or (said[:1] in "（(" and said[-1:] in "）)" and said[1:-1] == written)
