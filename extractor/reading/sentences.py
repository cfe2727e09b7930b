"""Sentences of narration and of speech, each with its place, and the content words of a text."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from extractor.reading.lexicon import words
from extractor.records import Chapter, Quotation

_STOP_ZH = frozenset(
    words("""一个 什么 没有 自己 他们 我们 你们 这个 那个 这样 那样 就是 不是 可以 已经 知道 时候 起来 出来 下来
    过来 之中
    只是 还是 但是 因为 所以 如果 这里 那里 怎么 现在 突然 有些 一声 一下 不知 如此 这么 那么 一样 两个 几个 然后
    于是 不过 一起 看着 说道 问道 觉得 似乎 仿佛 此时 这时 当下 不由 只见 只得 那些 这些 自然 一直 一点 开始 到底
    就要 不能 不敢""")
)
_STOP_EN = frozenset(
    words("""the a an and or but if then than that this these those is are was were be been being have has had
    do does did
    not no of in on at to from by for with about into over after before under again there here when where why how
    all any both each few more most other some such only own same so too very can will just should now i you he
    she it we they me him her us them my your his its our their what which who whom as up down out off said would
    could one had""")
)
# U+FF0E stands for the full stop in some old scans.
_SENTENCE_ZH = re.compile(r"[^。！？!?…．]*[。！？!?…．]+[”’」』）)\"]*|[^。！？!?…．]+")
_WORD_EN = re.compile(r"[A-Za-z][A-Za-z’'-]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at `chapter.text[start:end]`; `text` is in one line, `quotation` is who says it, None in "
    "narration."""

    paragraph: int
    start: int
    end: int
    text: str
    quotation: Quotation | None = None


@cache
def _english() -> Any:  # noqa: ANN401  spaCy's type is loaded only here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import spacy

        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
    nlp.max_length = 10_000_000
    return nlp


@cache
def chinese_words() -> Any:  # noqa: ANN401  jieba's tokenizer, loaded only here
    """Return jieba's tokenizer with its dictionary loaded."""
    import jieba

    jieba.setLogLevel(logging.ERROR)
    jieba.dt.tmp_dir = os.environ.get("EXTRACTOR_CACHE") or tempfile.gettempdir()
    jieba.dt.initialize()
    return jieba.dt


def narration_sentences(chapter: Chapter, quotations: Sequence[Quotation], *, language: str) -> list[Sentence]:
    """Return the sentences of a chapter that touch no quotation, in order.

    `quotations` are those of this chapter; marked text that nobody says (kind "other") does not count as one.
    """
    taken = sorted(span for quotation in quotations if quotation.kind != "other" for span in quotation.spans)
    spans = [(number, *span) for number, span in enumerate(chapter.paragraphs, start=1)]
    free = [span for span in spans if not _covered(taken, span[1], span[2])]
    found: list[Sentence] = []
    cut = split_texts([chapter.text[start:end] for _, start, end in free], language=language)
    for (number, base, _), pieces in zip(free, cut, strict=True):
        for first, last in pieces:
            start, end = base + first, base + last
            if _touches(taken, start, end):
                continue
            text = _one_line(chapter.text[start:end])
            if len(text) > 1:
                found.append(Sentence(number, start, end, text))
    return found


def speech_sentences(chapter: Chapter, quotations: Sequence[Quotation], *, language: str) -> list[Sentence]:
    """Return the sentences of what is said aloud, each with its quotation; no sentence runs across narration."""
    pieces = [(q, start, end) for q in quotations if q.kind == "speech" for start, end in q.spans]
    found: list[Sentence] = []
    cut = split_texts([chapter.text[start:end] for _, start, end in pieces], language=language)
    for (quotation, base, _), inner in zip(pieces, cut, strict=True):
        for first, last in inner:
            text = _one_line(chapter.text[base + first : base + last])
            if len(text) > 1:
                number = chapter.paragraph_at(base + first)
                found.append(Sentence(number, base + first, base + last, text, quotation))
    return found


def split_texts(texts: Sequence[str], *, language: str) -> Iterator[list[tuple[int, int]]]:
    """Yield for each text the half-open spans of its sentences without outer white space."""
    if language == "zh":
        for text in texts:
            yield [_stripped(text, *match.span()) for match in _SENTENCE_ZH.finditer(text) if match[0].strip()]
    else:
        for doc in _english().pipe(texts, batch_size=128):
            yield [_stripped(doc.text, s.start_char, s.end_char) for s in doc.sents if s.text.strip()]


def content_words(text: str, *, language: str) -> list[str]:
    """Return the words that carry meaning, lower case, in order."""
    if language == "zh":
        words = chinese_words().cut(text, HMM=False)
        return [w for w in words if len(w) > 1 and "\u4e00" <= w[0] <= "\u9fff" and w not in _STOP_ZH]
    words = (match[0].lower() for match in _WORD_EN.finditer(text))
    return [word for word in words if len(word) > 2 and word not in _STOP_EN]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _covered(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether quotations fill nearly the whole span, so that no sentence of narration can stand in it."""
    inside = sum(min(end, b) - max(start, a) for a, b in _around(taken, start, end))
    return inside > 0 and end - start - inside < 6


def _touches(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(a < end + 1 and b > start - 1 for a, b in _around(taken, start, end))


def _around(taken: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Return the sorted spans that overlap [start - 2, end + 2)."""
    index = max(0, bisect_left(taken, (start - 2, 0)) - 1)
    near = []
    while index < len(taken) and taken[index][0] < end + 2:
        if taken[index][1] > start - 2:
            near.append(taken[index])
        index += 1
    return near
