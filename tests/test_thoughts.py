"""Thoughts: in marks, in italics, and bare behind or before a verb of thought."""

import re

import pytest

from extractor.reading.quotations import detect_style, find_quotations
from extractor.records import Chapter

PAST = "It was late, and the lamps were lit; the rooms had been swept, and Ada was cold.\n\n"


def found(text, language="zh"):
    paragraphs = tuple(match.span() for match in re.finditer(r"[^\n]*\S[^\n]*", text))
    one = Chapter(id="c0001", position=1, start=0, end=len(text), text=text, paragraphs=paragraphs)
    return [(q.kind, q.text) for q in find_quotations(one, language=language, style=detect_style([one]))]


def thoughts(text, language="zh"):
    return [text for kind, text in found(text, language) if kind == "thought"]


@pytest.mark.parametrize(
    "text",
    [
        "老周心想：“这孩子长大了。”",
        "“这孩子长大了。”老周心想。",
        "老周暗道，“这孩子长大了。”",
        "“这孩子长大了。”老周心里想着，没有出声。",
        "老周看着他，想道：“这孩子长大了。”",
        "老周寻思：“这孩子长大了。”",
        "老周在心里说：“这孩子长大了。”",
        "“这孩子长大了。”老周看着他的背影心里想到。",
    ],
)
def test_marked_text_beside_a_verb_of_thought_is_a_thought(text):
    assert found(text) == [("thought", "这孩子长大了。")]


@pytest.mark.parametrize(
    "text",
    [
        "老周想了想，说：“好。”",
        "“好。”老周想了想，又点头。",
        "老周正说着想法，小五道：“好。”",
        "“好。”小五说，心里却不愿意。",
    ],
)
def test_thinking_before_speaking_is_still_speech(text):
    assert found(text) == [("speech", "好。")]


def test_traditional_characters_are_read_as_simplified_ones_are():
    assert found("老周心裡說：「這孩子長大了。」\n「你說甚麼？」小五問。") == [
        ("thought", "這孩子長大了。"),
        ("speech", "你說甚麼？"),
    ]
    assert [kind for kind, _ in found("匾上題著「松風」二字，老周應了一聲「是」。")] == ["other", "speech"]


def test_both_pieces_of_an_interrupted_thought_are_thoughts():
    assert found("“她怕的不是针，”老周心想，“她怕别的。”") == [("thought", "她怕的不是针，她怕别的。")]
    assert found("“It is late,” thought Ada. “I should go.”", "en") == [("thought", "It is late, I should go.")]


def test_bare_thought_runs_to_the_end_of_its_sentence():
    assert thoughts("老周心想：这人好生面熟。于是上前打了个招呼。") == ["这人好生面熟。"]
    assert thoughts("老周暗道，不好！说着拔腿就跑。") == ["不好！"]


def test_bare_thought_goes_on_while_its_sentences_think():
    assert thoughts("老周心想：这人好生面熟，难道是他？我可不能认错了。他走上前去。") == [
        "这人好生面熟，难道是他？我可不能认错了。"
    ]


def test_bare_thought_stops_before_a_mark():
    assert found("老周心想：不对。“站住！”他喊道。") == [("thought", "不对。"), ("speech", "站住！")]
    assert found("老周心里暗道：“不对。”") == [("thought", "不对。")]


@pytest.mark.parametrize(
    "text", ["这是公司的核心想法，谁也不能改。", "他这样想着，走进门去。", "他一心想走，谁也拦不住。"]
)
def test_words_that_only_look_like_thinking_yield_nothing(text):
    assert found(text) == []


def test_italics_are_thoughts_where_a_tag_says_so():
    assert thoughts(PAST + "_He is so light,_ she thought. _When did he become so light?_\n", "en") == [
        "He is so light, When did he become so light?"
    ]
    assert thoughts(PAST + "*Cloves,* thought Ada.\n", "en") == ["Cloves,"]


def test_italics_that_are_whole_sentences_are_thoughts():
    assert thoughts(PAST + "She turned. _It is not mine. It is not, and I know it._ The door shut.\n", "en") == [
        "It is not mine. It is not, and I know it."
    ]


@pytest.mark.parametrize(
    "text",
    ["She was _very_ tired of it all.", "He had read _The Silent Mill_ twice.", "It was called the _Prince of Ys._"],
)
def test_stressed_words_and_titles_in_italics_are_no_thoughts(text):
    assert found(PAST + text + "\n", "en") == []


def test_sentence_before_a_tag_is_a_thought():
    assert thoughts(PAST + "She put on her glove. He is not afraid of me, she thought.\n", "en") == [
        "He is not afraid of me,"
    ]
    assert thoughts(PAST + "Mr. Pim is late, thought Ada.\n", "en") == ["Mr. Pim is late,"]


def test_thought_goes_on_behind_its_tag_in_the_present():
    text = PAST + "He is not afraid of me, she thought. Everyone is a little afraid. She took off her hat.\n"
    assert thoughts(text, "en") == ["He is not afraid of me, Everyone is a little afraid."]


def test_opinion_inside_a_told_sentence_is_no_thought():
    assert found(PAST + "His face, I thought, wore a mingled look.\n", "en") == []


def test_thinking_of_what_was_said_is_no_thought():
    assert found("“It is late.” I thought it was well to agree.\n", "en") == [("speech", "It is late.")]


def test_marked_thought_beats_speech_in_english():
    assert found("“How pretty they are!” thought Pim, rising.\n", "en") == [("thought", "How pretty they are!")]
    assert found("“I wonder,” he thought aloud.\n", "en")[0][0] == "speech"
