"""The stages cast and quotations: from chapters to characters and attributed quotations."""

import re

import pytest
from test_cast import RIVER, chapter

from extractor.book import Book, CastEntry
from extractor.errors import BookError
from extractor.records import Chapter, Character
from extractor.stage import Inputs
from extractor.stages import cast as cast_stage
from extractor.stages import quotations as quotations_stage


def inputs(chapters, characters=(), given=()):
    book = Book(slug="river", title="河", language="zh", cast=tuple(given))
    rows = {Chapter: tuple(chapters), Character: tuple(characters)}
    return Inputs(book, novel=lambda: None, records=lambda kind: rows[kind])


def derived(chapters, given=()):
    characters = list(cast_stage.derive(inputs(chapters, given=given)))
    return characters, list(quotations_stage.derive(inputs(chapters, characters, given)))


def test_every_line_of_the_cast_is_a_quotation():
    characters, quotations = derived([chapter(RIVER)])
    said = [q.speaker for q in quotations if q.speaker is not None]
    assert {c.name: c.lines for c in characters if c.lines} == {name: said.count(name) for name in set(said)}
    assert [c.lines for c in characters] == sorted((c.lines for c in characters), reverse=True)


def test_speakers_are_main_names():
    characters, quotations = derived([chapter(RIVER)])
    assert {q.speaker for q in quotations} - {None} <= {c.name for c in characters}
    assert quotations[0].speaker == "林若溪"


def test_front_matter_is_left_out():
    front = chapter("　　沈怀山说：“前言。”\n").model_copy(update={"id": "f00", "kind": "front", "position": 0})
    _, quotations = derived([front, chapter(RIVER)])
    assert {q.chapter for q in quotations} == {"c0001"}


def test_quotations_stand_in_the_chapter_as_they_are():
    one = chapter(RIVER)
    _, quotations = derived([one])
    assert quotations
    for quotation in quotations:
        assert "".join(one.text[a:b] for a, b in quotation.spans) == quotation.text


def test_given_characters_are_in_the_cast_even_without_a_line():
    characters, _ = derived([chapter(RIVER)], given=[CastEntry(name="白胡子", kind="person")])
    assert "白胡子" in {c.name for c in characters}


def test_marked_text_is_kept_as_other():
    one = chapter("　　林若溪看见匾上写着“平安”两个字，笑道：“好字。”\n")
    _, quotations = derived([one], given=[CastEntry(name="林若溪")])
    assert [(q.kind, q.speaker is None) for q in quotations] == [("other", True), ("speech", False)]


def test_a_mistyped_persona_is_said_before_anything_is_paid():
    mistyped = Inputs(
        Book(slug="river", title="河", persona="林若昔"), novel=lambda: None, records=lambda kind: (chapter(RIVER),)
    )
    with pytest.raises(BookError) as caught:
        list(cast_stage.derive(mistyped))
    assert re.fullmatch(
        r"books/river/book\.toml: persona '林若昔' does not occur in the novel\. "
        r"The most talkative are [^.]*林若溪[^.]*\. Change persona\.",
        str(caught.value),
    )


def test_a_persona_who_is_named_anywhere_is_in_the_cast():
    for persona in ("林若溪", "若溪"):
        book = Book(slug="river", title="河", persona=persona)
        rows = list(cast_stage.derive(Inputs(book, novel=lambda: None, records=lambda kind: (chapter(RIVER),))))
        assert any(persona in (c.name, *c.aliases) for c in rows)
