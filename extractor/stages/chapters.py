"""Chapters of the novel, numbered as printed; advertisements and front matter are left out of the paragraphs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from extractor.reading.chapters import build_chapters
from extractor.reading.layout import survey
from extractor.records import Chapter, Dropped
from extractor.stage import Inputs

STAGE = "chapters"
MAX_DETAIL = 80


def derive(inputs: Inputs) -> Iterator[Chapter | Dropped]:
    """Yield every part of the novel, front matter included, then what no paragraph holds, with the reason.

    Raises:
        BookError: the book's chapter_pattern is no regular expression.
    """
    book, novel = inputs.book, inputs.novel
    layout = survey(novel, pattern=book.chapter_pattern, language=book.language)
    chapters = list(build_chapters(novel, layout, max_tokens=book.chapter_tokens))
    yield from chapters
    starts = [chapter.start for chapter in chapters]
    for chapter in chapters:
        if chapter.kind == "front" and chapter.text.strip():
            yield _dropped(chapter, "front_matter", chapter.text)
        elif not chapter.paragraphs and chapter.kind != "front":
            yield _dropped(chapter, "no_text", chapter.heading)
    for (start, end), reason in layout.left_out:
        chapter = chapters[bisect_right(starts, start) - 1]
        if chapter.kind != "front":
            yield _dropped(chapter, reason, novel.text[start:end])


def _dropped(chapter: Chapter, reason: str, text: str) -> Dropped:
    """Return the record of something that became no paragraph."""
    return Dropped(
        stage=STAGE, source=chapter.id, reason=reason, detail=" ".join(text[: 4 * MAX_DETAIL].split())[:MAX_DETAIL]
    )
