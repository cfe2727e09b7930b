"""quotations: every quotation of the novel with a first guess at who says it; from chapters and cast."""

from __future__ import annotations

from collections.abc import Iterator

from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.speakers import attribute
from extractor.records import Chapter, Character, Dropped, Quotation
from extractor.stage import Inputs


def derive(inputs: Inputs) -> Iterator[Quotation | Dropped]:
    """Yield the quotations in reading order, those of kind "other" too; front matter is left out."""
    language = inputs.book.language
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    style = detect_style(chapters)
    quotations = [q for chapter in chapters for q in find_quotations(chapter, language=language, style=style)]
    yield from attribute(chapters, quotations, inputs.all(Character), language=language)
