"""Narration as sentences with their words: what stands outside of quotations, with its place in the chapter."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from extractor.records import Chapter, Quotation

_STOP_ZH = frozenset(
    "一个 什么 没有 自己 他们 我们 你们 这个 那个 这样 那样 就是 不是 可以 已经 知道 时候 起来 出来 下来 过来 之中 只是 "
    "还是 但是 因为 所以 如果 这里 那里 怎么 现在 突然 有些 一声 一下 不知 如此 这么 那么 一样 两个 几个 然后 于是 不过 "
    "一起 看着 说道 问道 觉得 似乎 仿佛 此时 这时 当下 不由 只见 只得 那些 这些 自然 一直 一点 开始 到底 就要 不能 不敢".split()
)
_STOP_EN = frozenset(
    "the a an and or but if then than that this these those is are was were be been being have has had do does did not no "
    "of in on at to from by for with about into over after before under again there here when where why how all any both "
    "each few more most other some such only own same so too very can will just should now i you he she it we they me him "
    "her us them my your his its our their what which who whom as up down out off said would could one had".split()
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of narration: `chapter.text[start:end]`; `words` are its content words, lower case."""

    paragraph: int
    start: int
    end: int
    text: str
    words: tuple[str, ...]


@cache
def _pipeline(language: str) -> Any:  # noqa: ANN401  spaCy's type is loaded only here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import spacy

        if language == "zh":
            import jieba

            jieba.setLogLevel(logging.ERROR)
            jieba.dt.tmp_dir = os.environ.get("EXTRACTOR_CACHE") or tempfile.gettempdir()
            nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})
            nlp.add_pipe("sentencizer", config={"punct_chars": ["。", "！", "？", "…", "!", "?"]})  # noqa: RUF001
        else:
            nlp = spacy.blank("en")
            nlp.add_pipe("sentencizer")
    nlp.max_length = 10_000_000
    return nlp


def narration_sentences(chapter: Chapter, quotations: Sequence[Quotation], *, language: str) -> list[Sentence]:
    """Return the sentences of a chapter that touch no quotation, in order.

    `quotations` are those of this chapter; marked text that nobody says (kind "other") does not count as one.
    """
    taken = sorted(span for quotation in quotations if quotation.kind != "other" for span in quotation.spans)
    nlp = _pipeline(language)
    found: list[Sentence] = []
    spans = [(number, *span) for number, span in enumerate(chapter.paragraphs, start=1)]
    free = [(n, start, end) for n, start, end in spans if not _covered(taken, start, end)]
    texts = (chapter.text[start:end] for _, start, end in free)
    for (number, base, _), doc in zip(free, nlp.pipe(texts, batch_size=64), strict=True):
        for sentence in doc.sents:
            start, end = base + sentence.start_char, base + sentence.end_char
            text = " ".join(sentence.text.split()) if language == "en" else sentence.text.strip()
            if len(text) < 2 or _touches(taken, start, end):
                continue
            found.append(Sentence(number, start, end, text, tuple(_content_words(sentence, language))))
    return found


def _content_words(tokens: Iterable[Any], language: str) -> Iterable[str]:
    for token in tokens:
        word = token.text.lower()
        if language == "zh":
            if len(word) > 1 and word not in _STOP_ZH and "\u4e00" <= word[0] <= "\u9fff":
                yield word
        elif word.isalpha() and len(word) > 2 and word not in _STOP_EN:
            yield word


def _covered(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether quotations fill nearly the whole span, so that no sentence of narration can stand in it."""
    inside = sum(min(end, b) - max(start, a) for a, b in _around(taken, start, end))
    return end - start - inside < 8


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
