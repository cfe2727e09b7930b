"""The stage chapters: every part of the novel comes out, and what no paragraph holds is named with its reason."""

from __future__ import annotations

from collections import Counter

import pytest

from extractor.book import Book
from extractor.errors import BookError
from extractor.reading.advertisements import find_advertisements
from extractor.records import Chapter, Dropped, Novel, Record
from extractor.stage import Inputs
from extractor.stages.chapters import derive

BODY = "　　他慢慢走过石桥，看见河里的灯。\n　　“你来了。”她说。\n"
TEXT = (
    "《夜渡》\n作者：某人\n\n第一章 夜\n第一章 夜\n" + BODY + "　　天才一秒记住本站地址：www.example.com\n"
    "第二卷 雨\n\n第二章 雨\n" + BODY + "第三章 灯\n第四章 路\n" + BODY
)


def make(text: str, **settings: str | int) -> list[Chapter | Dropped]:
    novel = Novel(path="novel.txt", text=text, encoding="utf-8", advertisements=find_advertisements(text))

    def records(kind: type[Record]) -> tuple[Record, ...]:
        raise AssertionError(f"chapters reads no {kind.__name__}")

    book = Book.model_validate({"slug": "demo", "title": "夜渡", **settings})
    return list(derive(Inputs(book, novel=lambda: novel, records=records)))


def test_all_text_is_in_a_chapter_and_every_line_is_a_heading_a_paragraph_or_dropped() -> None:
    made = make(TEXT)
    chapters = [record for record in made if isinstance(record, Chapter)]
    assert "".join(chapter.text for chapter in chapters) == TEXT
    paragraphs = [chapter.paragraph_text(n + 1) for chapter in chapters for n in range(len(chapter.paragraphs))]
    lines = Counter(line.strip() for line in TEXT.split("\n") if line.strip())
    lines.subtract(paragraphs)
    lines.subtract(chapter.heading for chapter in chapters if chapter.kind != "front")
    front = " ".join(chapter.text for chapter in chapters if chapter.kind == "front")
    dropped = [record.detail for record in made if isinstance(record, Dropped) and record.reason != "front_matter"]
    lines.subtract(detail for detail in dropped if detail != "第三章 灯")
    assert {line for line, count in lines.items() if count} == {"《夜渡》", "作者：某人", "第二卷 雨"}
    assert "《夜渡》" in front
    assert "第二卷 雨" in front


def test_each_reason_is_named_with_its_chapter() -> None:
    dropped = {(r.source, r.reason): r.detail for r in make(TEXT) if isinstance(r, Dropped)}
    assert dropped["f00", "front_matter"] == "《夜渡》 作者：某人"
    assert dropped["c0001", "repeated_heading"] == "第一章 夜"
    assert dropped["c0001", "advertisement"].endswith("www.example.com")
    assert dropped["c0003", "no_text"] == "第三章 灯"


def test_front_matter_has_no_paragraphs_and_no_position() -> None:
    front = next(record for record in make(TEXT) if isinstance(record, Chapter))
    assert (front.id, front.position, front.paragraphs) == ("f00", 0, ())


def test_the_books_own_pattern_is_used() -> None:
    chapters = [
        r for r in make("甲1\n他来了。\n甲2\n她走了。\n", chapter_pattern=r"^甲(\d)$") if isinstance(r, Chapter)
    ]
    assert [chapter.id for chapter in chapters] == ["c0001", "c0002"]


def test_a_text_without_headings_is_cut_by_the_books_tokens() -> None:
    chapters = [r for r in make(BODY * 100, chapter_tokens=500) if isinstance(r, Chapter)]
    assert len(chapters) > 3


def test_a_broken_pattern_is_a_fault_of_the_book() -> None:
    novel = Novel(path="novel.txt", text=TEXT, encoding="utf-8")
    book = Book.model_construct(slug="demo", title="夜渡", chapter_pattern="(", language="zh", chapter_tokens=500)
    with pytest.raises(BookError, match="chapter_pattern"):
        list(derive(Inputs(book, novel=lambda: novel, records=lambda kind: ())))
