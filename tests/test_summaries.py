"""Summaries by rules: sentences that stand on their own, from the whole chapter; and what a model is asked."""

import re

import pytest
from gold_records import ROOT

from extractor.asking.prompts import Prompts
from extractor.book import Book, CastEntry, Shelf
from extractor.errors import ReplyError
from extractor.pipeline import STAGES
from extractor.records import Chapter, Dropped, Novel, Quotation, Summary
from extractor.stage import Inputs, Question
from extractor.stages.summaries import ASKING, first_turn


def inputs_for(text, *people, language="zh"):
    book = Book(
        slug="small", title="小书", language=language, cast=tuple(CastEntry(name=n, note="given") for n in people)
    )
    return made_inputs(book, text)


def made_inputs(book, text):
    novel = Novel(path="novel.txt", text=text, encoding="utf-8")
    made = {}
    for stage in STAGES[:4]:
        inputs = Inputs(book, novel=lambda: novel, records=lambda kind: made[kind])
        records = list(stage.derive(inputs))
        made[stage.writes] = tuple(r for r in records if not isinstance(r, Dropped))
        made[Dropped] = tuple(r for r in records if isinstance(r, Dropped))
    return Inputs(book, novel=lambda: novel, records=lambda kind: made[kind])


def summary_of(text, *people, **options):
    return " | ".join(s.text for s in inputs_for(text, *people, **options).all(Summary))


PLAIN = (
    "第一章 渡口\n"
    "他抬起头来，什么也没有说。\n"
    "老周在北岸的渡口撑了三十年的船，没有翻过一次。他的船叫白鹭。\n"
    "这就是那天夜里的事。\n"
    "于是大家都散了，各自回家去。\n"
    "小满从镇上跑来，带来了一封盖着红印的信。\n"
    "“拆开。”老周说。\n"
    "老周看完了信，一个人坐到天亮。\n"
)


def test_a_summary_begins_with_a_name_and_leaves_nothing_dangling():
    text = summary_of(PLAIN, "老周", "小满")
    assert text.startswith("老周在北岸的渡口撑了三十年的船")
    assert "小满从镇上跑来" in text
    for dangling in ("他抬起头来", "这就是", "于是"):
        assert dangling not in text


def test_a_pronoun_comes_only_right_behind_the_sentence_that_names_it():
    text = summary_of(PLAIN, "老周", "小满")
    at = text.find("他的船叫白鹭")
    assert at < 0 or text[:at].endswith("没有翻过一次。")


def test_formulas_of_the_teller_are_left_out():
    text = (
        "第一回 渡口\n话说老周在北岸的渡口撑船为生，远近都知道。\n"
        "小满来投奔老周，老周收留了小满。\n不知小满性命如何，且听下回分解。\n"
    )
    found = summary_of(text, "老周", "小满")
    assert "老周在北岸的渡口撑船为生" in found
    assert "话说" not in found
    assert "下回分解" not in found


def test_english_summaries_follow_the_same_rules():
    text = (
        "Chapter 1. The Ferry\n\nHe looked up and said nothing at all.\n\n"
        "Martin Hale had rowed the ferry for thirty years without a wreck. He called the boat the Heron.\n\n"
        "But this was not the end of it.\n\n"
        "Nora Pym came running from the town with a letter under a red seal.\n"
    )
    found = summary_of(text, "Martin Hale", "Nora Pym", language="en")
    assert found.startswith("Martin Hale had rowed")
    assert "Nora Pym came running" in found
    assert "He looked up" not in found
    assert "But this" not in found


def test_a_chapter_without_narration_is_dropped_by_name():
    inputs = inputs_for("第一章 渡口\n“开船。”\n“好。”\n“走吧。”\n", "老周")
    assert [d.reason for d in inputs.all(Dropped)] == ["no_narration"]


@pytest.fixture(scope="module", params=["demo", "demo-en"])
def demo(request):
    shelf = Shelf(request.param, ROOT)
    return made_inputs(shelf.book, shelf.novel_path().read_text(encoding="utf-8"))


def test_every_demo_chapter_has_a_summary_of_fit_length(demo):
    chapters = [chapter for chapter in demo.all(Chapter) if chapter.kind != "front"]
    summaries = demo.all(Summary)
    assert [s.chapter for s in summaries] == [c.id for c in chapters]
    limit = 400 if demo.book.language == "zh" else 1300
    assert not [(s.id, len(s.text)) for s in summaries if not 60 <= len(s.text) <= limit]
    assert sum(len(s.text) for s in summaries) / len(summaries) > limit / 3


def test_every_sentence_of_a_demo_summary_is_the_novels_own_and_proved(demo):
    chapters = {chapter.id: chapter for chapter in demo.all(Chapter)}
    for summary in demo.all(Summary):
        chapter = chapters[summary.chapter]
        numbers = [int(paragraph.rsplit("p", 1)[1]) for paragraph in summary.evidence]
        assert numbers == sorted(numbers)
        proof = " ".join(" ".join(chapter.paragraph_text(number).split()) for number in numbers)
        without_lines = re.sub(r"[^。.”！？!?]{1,20}(?:说：|says: )“[^”]*”", "", summary.text)
        for sentence in re.findall(r"[^。！？.!?]{6,}", without_lines):
            assert sentence.strip(" ”“") in proof, (summary.id, sentence)


def test_demo_summaries_begin_with_no_pronoun(demo):
    opening = re.compile(r"[他她它这那]|(?:He|She|It|They|This|That|But|And|So)\b")
    assert not [summary.text for summary in demo.all(Summary) if opening.match(summary.text)]


def test_the_first_turn_is_the_numbered_chapter_and_the_task():
    inputs = inputs_for(PLAIN, "老周")
    prompts = Prompts("zh")
    [chapter] = inputs.all(Chapter)
    turn = first_turn(chapter, inputs.all(Quotation), lambda name, **v: prompts.render("summaries", name, **v))
    assert turn.startswith("【第一章 渡口】")
    assert "\n6:“拆开。”老周说。\n" in turn
    [question] = ASKING.questions(inputs, lambda name, **v: prompts.render("summaries", name, **v))
    assert question.content == turn
    assert not question.json


def test_a_reply_is_kept_as_it_came_and_an_empty_one_is_refused():
    inputs = inputs_for(PLAIN, "老周")
    question = Question(source="c0001", part="summary", content="")
    [summary] = ASKING.records(question, " 老周收到一封信，读完一夜没睡。\n", inputs)
    assert summary.text == " 老周收到一封信，读完一夜没睡。\n"
    with pytest.raises(ReplyError):
        ASKING.records(question, " \n ", inputs)
