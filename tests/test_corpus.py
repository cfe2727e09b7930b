from collections import Counter

import pytest
from gold_records import Desk, demo_desk, gold_rows, small_desk

from extractor.records import Chapter, Conversation, Knowledge, Message, Preference, Row, Summary
from extractor.shaping.documents import cut_chapter
from extractor.shaping.lengths import estimate_tokens
from extractor.shaping.split import split_chapters
from extractor.shaping.verbatim import Pages, is_verbatim, settle_commas
from extractor.stages import conversations, corpus, dialogues, knowledge
from extractor.stages import summaries as summarise

SCENES = """#c0001 第一章 渡口
老丁在渡口坐了一夜。
“船呢？”{老丁>阿桑;e}
⟦他又来了。⟧{阿桑;t}
“沉了。”{阿桑>老丁;i}
#c0002 第二章 海
“去哪儿？”{老丁>阿桑;e}
“去看海。”{阿桑>老丁;i}
"""


def fact(number, question, answer, chapter="c0001"):
    return Knowledge(
        id=f"{chapter}-k{number:02d}",
        chapter=chapter,
        angle="plot",
        fact=answer,
        questions=(question, f"{question}请说。"),
        answer=answer,
        evidence=(f"{chapter}-p001",),
        known_from=chapter,
        engine="rules",
    )


def shaped(*records, source=SCENES, **settings):
    desk = small_desk(source, persona="阿桑", **settings).run(dialogues, conversations)
    desk.records = [*desk.records, *records]
    return desk.run(corpus)


def rows(desk, kind):
    return [row for row in desk.of(Row) if row.kind == kind]


def test_each_kind_of_row_is_there_and_every_row_that_is_asked_has_a_system_prompt():
    summary = Summary(id="c0001-s01", chapter="c0001", text="船沉了。", evidence=("c0001-p001",), engine="rules")
    desk = shaped(summary, fact(1, "谁在渡口坐了一夜？", "老丁在渡口坐了一夜。"))
    assert Counter(row.kind for row in desk.of(Row)) == {"document": 5, "summary": 1, "qa": 2, "dialogue": 2}
    assert all(row.system for row in desk.of(Row) if row.kind != "document")
    (told,) = rows(desk, "summary")
    assert "第一章 渡口" in told.messages[0].content
    assert told.messages[1].content == "船沉了。"
    assert told.category == "第一章 渡口"


def test_a_document_begins_with_the_heading_and_goes_on_with_the_text():
    text = rows(shaped(), "document")[0].messages[0].content
    assert text.startswith("# 第一章 渡口\n老丁在渡口坐了一夜。\n“船呢？”")


def test_thoughts_are_shown_before_the_line_or_left_out():
    shown = rows(shaped(), "dialogue")[0].messages[1]
    assert shown.content == "（心想：他又来了。）\n沉了。"
    assert shown.thought == ""
    assert shown.thought_spans
    hidden = rows(shaped(thoughts="hide"), "dialogue")[0].messages[1]
    assert hidden.content == "沉了。"


def test_a_line_that_is_not_in_the_novel_never_leaves():
    desk = small_desk(SCENES, persona="阿桑").run(dialogues, conversations)
    first = desk.of(Conversation)[0]
    forged = first.messages[1].model_copy(update={"content": "沉了！"})
    desk.records = [record for record in desk.records if record != first]
    desk.records.append(first.model_copy(update={"messages": (first.messages[0], forged)}))
    desk.run(corpus)
    assert [(d.source, d.reason, d.detail) for d in desk.dropped["corpus"]] == [(first.id, "not_in_text", "沉了！")]


def test_a_pair_whose_real_line_was_changed_never_leaves():
    desk = small_desk(SCENES, persona="阿桑").run(dialogues, conversations)
    user, reply = desk.of(Conversation)[0].messages
    reply = reply.model_copy(update={"thought": "", "thought_spans": ()})
    pair = Preference(
        id="c0001-d01-w01-m02-p1",
        chapter="c0001",
        persona="阿桑",
        prompt=(user,),
        chosen=reply,
        rejected=Message(role="assistant", content="已经沉了。"),
        engine="api",
    )
    forged = pair.model_copy(update={"id": "x-p1", "chosen": reply.model_copy(update={"content": "飞了。"})})
    same = pair.model_copy(
        update={"id": "y-p1", "rejected": reply.model_copy(update={"content": "沉了！", "novel_spans": ()})}
    )
    twice = pair.model_copy(update={"id": "z-p1"})
    desk.records = [*desk.records, pair, forged, same, twice]
    desk.run(corpus)
    (row,) = rows(desk, "pair")
    assert row.rejected.content == "已经沉了。"
    assert [message.content for message in row.messages] == ["船呢？", "沉了。"]
    assert [(d.source, d.reason) for d in desk.dropped["corpus"]] == [
        ("x-p1", "not_in_text"),
        ("y-p1", "same_text"),
        ("z-p1", "duplicate"),
    ]


def test_the_same_question_with_the_same_answer_is_asked_once():
    desk = shaped(fact(1, "船怎么了？", "船沉了。"), fact(2, "船怎么了", "船沉了", chapter="c0002"))
    assert [row.id for row in rows(desk, "qa")] == ["c0001-k01-q01", "c0001-k01-q02"]
    assert [(d.source, d.reason, d.detail) for d in desk.dropped["corpus"]] == [
        ("c0002-k02-q01", "duplicate", "c0001-k01-q01"),
        ("c0002-k02-q02", "duplicate", "c0001-k01-q02"),
    ]


def test_the_same_scene_told_twice_is_one_row():
    scene = "“去哪儿？”{老丁>阿桑;e}\n“去看海。”{阿桑>老丁;i}\n"
    desk = shaped(source=f"#c0001 第一章\n{scene}#c0002 第二章\n{scene}")
    assert len(rows(desk, "dialogue")) == 1
    assert desk.reasons(corpus) == ["duplicate"]


def test_facts_are_told_in_three_ways_and_orders():
    facts = [fact(n, f"第{n}件事是什么？", f"第{n}件事是下雨。") for n in range(1, 9)]
    told = [row.messages[0].content for row in rows(shaped(*facts), "document") if row.category == "facts"]
    assert len(told) == 3
    orders = set()
    for text in told:
        places = [text.index(f"第{n}件事是下雨。") for n in range(1, 9)]
        orders.add(tuple(sorted(range(8), key=places.__getitem__)))
    assert len(orders) == 3


def test_questions_kept_for_measuring_stand_in_no_text_to_train_on():
    """Facts found by rules, summaries and documents of a whole demo book."""
    desk = demo_desk("demo")
    made = Desk(desk.book, desk.text, [record for record in desk.records if not isinstance(record, Row)])
    made.records += [record for record in summarise.derive(made.inputs) if isinstance(record, Summary)]
    made.records += [record for record in knowledge.derive(made.inputs) if isinstance(record, Knowledge)]
    found = made.run(corpus).of(Row)
    trained = "\n".join(message.content for row in found if row.split == "train" for message in row.messages)
    asked = [row.messages[0].content for row in found if row.kind == "qa" and row.split != "train"]
    assert len(asked) > 10
    assert [question for question in asked if question in trained] == []
    held = {row.chapter for row in found if row.split != "train"}
    assert {row.chapter for row in found if row.category == "facts"} >= held - {"c0000"}


def test_a_question_that_training_asks_too_is_not_kept_for_measuring():
    desk = small_desk(SCENES)
    early, late = fact(1, "谁守着渡口？", "老丁。"), fact(2, "谁守着渡口", "老陈。", chapter="c0002")
    made = list(corpus.questions(desk.book, [late, early], {"c0001": "train", "c0002": "test"}))
    assert [row.id for row in made if isinstance(row, Row)] == ["c0001-k01-q01", "c0001-k01-q02"]
    assert [(d.source, d.reason, d.detail) for d in made if not isinstance(d, Row)] == [
        ("c0002-k02-q01", "asked_in_training", "c0001-k01-q01"),
        ("c0002-k02-q02", "asked_in_training", "c0001-k01-q02"),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_summary_that_names_no_paragraphs_stands_for_its_whole_chapter(language):
    desk = small_desk(SCENES, language=language)
    desk.records.append(Summary(id="c0001-s01", chapter="c0001", text="船沉了。", engine="api"))
    (told,) = rows(desk.run(corpus), "summary")
    ((start, end),) = told.novel_spans
    assert desk.text[start:end] == "老丁在渡口坐了一夜。\n“船呢？”\n他又来了。\n“沉了。”"


def test_front_matter_and_advertisements_are_no_text_to_learn():
    desk = small_desk("#f00 目录\n第一章\n#c0001 第一章 渡口\n天亮了。\n请收藏本站。\n雨停了。\n", persona="")
    desk.records = [
        record.model_copy(update={"kind": "front"}) if isinstance(record, Chapter) and record.id == "f00" else record
        for record in desk.records
    ]
    start = desk.text.index("请收藏")
    inputs = desk.inputs
    inputs._novel = lambda: _novel(desk.text, (start, start + 6))
    made = list(corpus.derive(inputs))
    assert [record.reason for record in made if not isinstance(record, Row)] == ["front_matter"]
    assert [row.messages[0].content for row in made if isinstance(row, Row)] == ["# 第一章 渡口\n天亮了。\n雨停了。"]


def _novel(text, span):
    from extractor.records import Novel

    return Novel(path="novel.txt", text=text, encoding="utf-8", advertisements=(span,))


@pytest.mark.parametrize("paragraph", ["雨停了。" * 400, "雨" * 3000, "雨停了，" * 50 + "\n" + "天亮了。" * 300])
def test_pieces_keep_to_the_budget_and_lose_nothing(paragraph):
    desk = small_desk(f"#c0001 第一章 长\n{paragraph}\n", max_tokens=256)
    (chapter,) = desk.of(Chapter)
    pieces = list(cut_chapter(chapter, desk.book))
    assert len(pieces) > 2
    assert all(estimate_tokens(text) <= 256 for text, _ in pieces)
    assert "".join(text.removeprefix("# 第一章 长\n") for text, _ in pieces).replace("\n", "") == paragraph.replace(
        "\n", ""
    )
    for text, spans in pieces:
        assert "\n".join(desk.text[a:b] for a, b in spans) == text.removeprefix("# 第一章 长\n")


def test_an_english_comma_before_narration_becomes_a_full_stop_only_at_a_sentences_end():
    source = (
        "#c0001 One\n“It has been boiled,”{Ada>Hale;e} said Ada. “Tea is not a ham,”{+} she added.\n"
        "“No,”{Hale>Ada;e} said he, “not a ham,”{+} and left.\n“Yes,”{Ada;e} she said, “I know.”{+}\n"
    )
    desk = small_desk(source, persona="Hale", language="en").run(dialogues, conversations)
    pages = Pages(desk.of(Chapter))
    user, reply = (settle_commas(message, pages) for message in desk.of(Conversation)[0].messages)
    assert user.content == "It has been boiled. Tea is not a ham."
    assert reply.content == "No, not a ham."
    (row,) = rows(desk.run(corpus), "dialogue")
    assert [message.content for message in row.messages] == [user.content, reply.content]


def test_a_book_without_a_persona_still_has_its_world():
    desk = small_desk("#c0001 第一章\n天亮了，雨也停了。\n")
    desk.records.append(fact(1, "天怎么了？", "天亮了。"))
    desk.run(dialogues, conversations, corpus)
    assert {row.kind for row in desk.of(Row)} == {"document", "qa"}


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_every_line_of_the_demos_corpus_is_in_the_novel_letter_for_letter(slug):
    desk = demo_desk(slug)
    checked = 0
    for row in desk.of(Row):
        messages = [*row.messages, *([row.rejected] if row.rejected else [])]
        for message in messages:
            spans = sorted((*message.novel_spans, *message.thought_spans))
            written = Counter("".join("".join(desk.text[a:b] for a, b in spans).split()))
            heading = message.content.split("\n")[0] if row.kind == "document" else ""
            said = Counter("".join(message.content.removeprefix(heading).split()))
            extra = said - written
            assert set(extra) <= set("（）心想：(thinks:).")
            assert set(written - said) <= {","}
            checked += 1
    assert checked > 1000 or slug == "demo-en"


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_the_demos_conversations_and_pairs_are_rows_or_dropped(slug):
    desk = demo_desk(slug)
    wanted = [c.id for c in desk.of(Conversation)] + [p.id for p in desk.of(Preference)]
    made = [row.id for row in desk.of(Row) if row.kind in ("dialogue", "pair")]
    dropped = [d.source for d in desk.dropped["corpus"] if d.reason != "front_matter"]
    assert sorted(made + dropped) == sorted(wanted)
    assert len({row.id for row in desk.of(Row)}) == len(desk.of(Row))


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_no_train_row_of_the_demo_shows_a_line_of_the_test_block(slug):
    desk = demo_desk(slug)
    splits = split_chapters(desk.of(Chapter), {c.chapter for c in desk.of(Conversation)})
    assert {row.split for row in desk.of(Row) if row.kind == "dialogue"} >= {"train", "test"}
    held = [(chapter.start, chapter.end) for chapter in desk.of(Chapter) if splits[chapter.id] != "train"]
    for row in desk.of(Row):
        assert row.split == splits[row.chapter]
        if row.split == "train":
            spans = [*row.novel_spans, *(row.rejected.novel_spans if row.rejected else ())]
            assert not any(start < b and a < end for a, b in spans for start, end in held)
    pages = Pages(desk.of(Chapter))
    held_lines = {
        message.content
        for c in desk.of(Conversation)
        if splits[c.chapter] != "train"
        for message in c.messages
        if message.role == "assistant" and len(message.content) > 8
    }
    assert all(is_verbatim(m, pages) for c in desk.of(Conversation) for m in c.messages)
    assert not any(line in row.system for row in desk.of(Row) for line in held_lines)


def test_the_gold_facts_make_questions_of_the_demo():
    desk = demo_desk("demo")
    found = [
        fact(n, row["question"], row["answer"], row["chapter"]) for n, row in enumerate(gold_rows("demo", "facts"))
    ]
    splits = split_chapters(desk.of(Chapter), {c.chapter for c in desk.of(Conversation)})
    made = [row for row in corpus.questions(desk.book, found, splits) if isinstance(row, Row)]
    assert len(made) == 2 * len(found)
