import json

import pytest
from gold_records import demo_desk, small_desk
from hypothesis import given
from hypothesis import strategies as st

from extractor.asking.prompts import Prompts
from extractor.errors import ReplyError
from extractor.records import Chapter, Character, Dialogue, Dropped, Quotation
from extractor.shaping.scenes import is_separator
from extractor.shaping.view import number_text, quotation_number
from extractor.stages import dialogues
from extractor.stages.dialogues import Label, LabelReply, to_messages, to_records

TWO_SCENES = """#c0001 第一章 渡口
“船呢？”{阿桑>老丁;e}阿桑问。
“沉了。”{老丁>阿桑;i}
门上写着“歇业”{-}，没有人进出。
⟦他在撒谎。⟧{阿桑;t}
＊＊＊
“开门！”{阿桑>老丁;i}
“谁呀，”{？>阿桑;i}里面说，“这么晚？”{+}
"""


def render(name, **variables):
    return Prompts("zh").render("dialogues", name, **variables)


def labelled(source=TWO_SCENES, **reply):
    desk = small_desk(source)
    chapter = desk.of(Chapter)[0]
    made = list(to_records(LabelReply.model_validate(reply), chapter, desk.of(Quotation), cast=desk.of(Character)))
    found = [record for record in made if isinstance(record, Dialogue)]
    return found, [record for record in made if isinstance(record, Dropped)]


def speakers(found):
    return [utterance.speaker for dialogue in found for utterance in dialogue.utterances]


def test_a_separator_line_ends_a_scene_and_signs_are_not_speech():
    desk = small_desk(TWO_SCENES).run(dialogues)
    first, second = desk.of(Dialogue)
    assert [u.text for u in first.utterances] == ["船呢？", "沉了。", "他在撒谎。"]
    assert [u.kind for u in first.utterances] == ["speech", "speech", "thought"]
    assert [u.text for u in second.utterances] == ["开门！", "谁呀，这么晚？"]
    assert first.id == "c0001-d01"
    assert (first.paragraphs, second.paragraphs) == ((1, 4), (6, 7))
    assert [(d.source, d.reason) for d in desk.dropped["dialogues"]] == [("c0001-q003", "not_speech")]


def test_a_line_of_nobody_stays_without_a_speaker():
    assert small_desk(TWO_SCENES).run(dialogues).of(Dialogue)[1].utterances[1].speaker is None


@pytest.mark.parametrize(
    ("silence", "scenes"), [("　　天亮了。\n" * 5, 1), ("　　天亮了。\n" * 14, 2), ("雨" * 1300 + "\n", 2)]
)
def test_a_long_silence_ends_a_scene(silence, scenes):
    source = f"#c0001 第一章\n“走。”{{甲>乙;e}}\n{silence}“走。”{{乙>甲;e}}\n"
    assert len(small_desk(source).run(dialogues).of(Dialogue)) == scenes


@pytest.mark.parametrize("line", ["＊＊＊", "* * *", "——", "　　※", "- - -", "☆☆☆"])
def test_a_line_of_ornaments_is_a_separator(line):
    assert is_separator(line)


@pytest.mark.parametrize("line", ["……", "走。", "1", "", "　", "——走", "！！！"])
def test_a_line_with_words_or_dots_is_no_separator(line):
    assert not is_separator(line)


def test_the_view_numbers_paragraphs_and_every_piece_of_a_quotation():
    desk = small_desk(TWO_SCENES)
    chapter = desk.of(Chapter)[0]
    lines = number_text(chapter, desk.of(Quotation)).split("\n")
    assert lines[0] == "[1] ⟨1⟩“船呢？”阿桑问。"
    assert lines[3] == "[4] ⟨4⟩他在撒谎。"
    assert lines[6] == "[7] ⟨6⟩“谁呀，”里面说，⟨6⟩“这么晚？”"
    assert len(lines) == len(chapter.paragraphs)


def test_the_view_without_its_numbers_is_the_text():
    for slug in ("demo", "demo-en"):
        desk = demo_desk(slug)
        for chapter in desk.of(Chapter):
            view = number_text(chapter, [q for q in desk.of(Quotation) if q.chapter == chapter.id])
            plain = [line.partition("] ")[2] for line in view.split("\n")]
            text = "\n".join(plain)
            for number in range(200):
                text = text.replace(f"⟨{number}⟩", "")
            wanted = [chapter.paragraph_text(number) for number in range(1, len(chapter.paragraphs) + 1)]
            assert text == "\n".join(wanted)


def test_the_question_lists_numbers_and_not_the_text():
    desk = small_desk(TWO_SCENES)
    asked = [desk.of(Quotation)[index] for index in (0, 1, 2, 5)]
    content = to_messages(asked, render=render)
    assert "1-3, 6" in content
    assert "开门" not in content


def test_labels_name_people_by_any_of_their_names():
    labels = [
        {"q": 1, "who": "老丁"},
        {"q": 2, "who": "阿桑", "to": ["老丁"]},
        {"q": 6, "who": "老丁", "to": ["阿桑", "老丁"]},
    ]
    found, dropped = labelled(labels=labels)
    assert speakers(found)[:2] == ["老丁", "阿桑"]
    assert found[0].utterances[1].addressees == ("老丁",)
    assert found[1].utterances[1].addressees == ("阿桑",)
    assert found[0].engine == "api"
    assert [record.reason for record in dropped] == ["not_speech"]


def test_what_a_reply_skips_keeps_the_guess_of_the_rules():
    found, _ = labelled(labels=[{"q": 1, "who": "老丁"}])
    assert speakers(found) == ["老丁", "老丁", "阿桑", "阿桑", None]


def test_agreement_with_the_rules_is_trusted_more_than_a_change():
    found, _ = labelled(labels=[{"q": 1, "who": "阿桑"}, {"q": 2, "who": "阿桑"}, {"q": 5, "who": "?"}])
    kept, changed = found[0].utterances[:2]
    assert kept.confidence > changed.confidence > 0.5
    assert found[1].utterances[0].speaker is None
    assert found[1].utterances[0].confidence == 0


def test_an_unknown_name_never_becomes_a_character():
    found, dropped = labelled(labels=[{"q": 1, "who": "王五"}, {"q": 2, "who": "2"}])
    assert speakers(found)[:2] == [None, None]
    assert [(d.reason, d.detail) for d in dropped if d.reason != "not_speech"] == [
        ("unknown_character", "王五"),
        ("unknown_character", "2"),
    ]


def test_a_label_can_make_a_sign_speech_and_speech_a_sign():
    found, dropped = labelled(
        labels=[
            {"q": 3, "who": "阿桑", "kind": "speech"},
            {"q": 1, "who": "?", "kind": "other"},
            {"q": 2, "who": "老丁"},
        ]
    )
    assert "歇业" in [u.text for u in found[0].utterances]
    assert [d.source for d in dropped] == ["c0001-q001"]


def test_labels_that_were_not_asked_or_come_twice_are_named():
    _, dropped = labelled(
        labels=[{"q": 1, "who": "阿桑"}, {"q": 2, "who": "老丁"}, {"q": 1, "who": "老丁"}, {"q": 99, "who": "阿桑"}]
    )
    assert [(d.source, d.reason) for d in dropped[:2]] == [
        ("c0001-q001", "label_twice"),
        ("c0001-q099", "label_not_asked"),
    ]


def test_scenes_follow_the_reply_but_never_cross_a_separator():
    found, _ = labelled(labels=[{"q": 1, "who": "阿桑"}], scenes=[1, 2])
    assert [len(dialogue.utterances) for dialogue in found] == [1, 2, 2]
    found, _ = labelled(labels=[{"q": 1, "who": "阿桑"}], scenes=[1])
    assert [len(dialogue.utterances) for dialogue in found] == [3, 2]


@pytest.mark.parametrize("labels", [[], [{"q": 98, "who": "阿桑"}, {"q": 99, "who": "阿桑"}]])
def test_a_reply_without_a_usable_label_is_refused(labels):
    with pytest.raises(ReplyError, match="c0001"):
        labelled(labels=labels)


@given(
    st.lists(
        st.builds(
            Label,
            q=st.integers(0, 9),
            who=st.sampled_from(["老丁", "2", 1, "阿桑", "谁", "", None, "?"]),
            to=st.lists(st.sampled_from(["阿桑", "老丁", "谁"]), max_size=2).map(tuple),
            kind=st.sampled_from(["speech", "thought", "other"]),
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_whatever_the_reply_each_quotation_comes_out_once(labels, scenes):
    desk = small_desk(TWO_SCENES)
    chapter, quotations, cast = desk.of(Chapter)[0], desk.of(Quotation), desk.of(Character)
    try:
        made = list(to_records(LabelReply(labels=tuple(labels), scenes=tuple(scenes)), chapter, quotations, cast=cast))
    except ReplyError:
        return
    spoken = [u.quotation for d in made if isinstance(d, Dialogue) for u in d.utterances]
    silent = [d.source for d in made if isinstance(d, Dropped) and d.reason == "not_speech"]
    assert sorted(spoken + silent) == sorted(quotation.id for quotation in quotations)
    names = {character.name for character in cast}
    assert all(u.speaker in names | {None} for d in made if isinstance(d, Dialogue) for u in d.utterances)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_a_right_reply_gives_the_gold_back(slug):
    desk = demo_desk(slug)
    inputs = desk.inputs
    by_chapter = {}
    for quotation in desk.of(Quotation):
        by_chapter.setdefault(quotation.chapter, []).append(quotation)
    for question in dialogues.ASKING.questions(inputs, _render_for(inputs)):
        labels = [
            {
                "q": quotation_number(q.id),
                "who": q.speaker or "?",
                "to": list(q.addressees),
                "kind": q.kind,
            }
            for q in by_chapter[question.source]
        ]
        made = dialogues.ASKING.records(question, json.dumps({"labels": labels, "scenes": []}), inputs)
        assert [u.speaker for d in made if isinstance(d, Dialogue) for u in d.utterances] == [
            q.speaker for q in by_chapter[question.source] if q.kind != "other"
        ]


def _render_for(inputs):
    return lambda name, **variables: Prompts(inputs.book.language).render("dialogues", name, **variables)


def test_hybrid_asks_only_for_what_the_rules_are_not_sure_of():
    desk = small_desk(TWO_SCENES, attribution="hybrid")
    (question,) = dialogues.ASKING.questions(desk.inputs, render)
    assert "（共 2 处）" in question.content
    made = dialogues.ASKING.records(
        question, '{"labels": [{"q": 6, "who": "老丁"}, {"q": 3, "kind": "other"}]}', desk.inputs
    )
    assert speakers([record for record in made if isinstance(record, Dialogue)])[-1] == "老丁"


def test_a_book_that_wants_rules_is_not_asked():
    assert list(dialogues.ASKING.questions(small_desk(TWO_SCENES, attribution="rules").inputs, render)) == []


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_every_quotation_of_the_demo_is_in_a_dialogue_or_dropped(slug):
    desk = demo_desk(slug)
    spoken = [u.quotation for d in desk.of(Dialogue) for u in d.utterances]
    assert sorted(spoken + [d.source for d in desk.dropped["dialogues"]]) == sorted(q.id for q in desk.of(Quotation))
