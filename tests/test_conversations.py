from collections import Counter
from itertools import pairwise

import pytest
from gold_records import demo_desk, small_desk
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import BookError
from extractor.records import Chapter, Character, Conversation, Dialogue, Message, Utterance
from extractor.shaping.lengths import estimate_tokens, is_blank
from extractor.shaping.persona import choose_persona
from extractor.shaping.turns import attach_thoughts, merge_turns, normalise, weigh, windows
from extractor.shaping.verbatim import Pages, is_verbatim
from extractor.stages import conversations, dialogues

CHAPTER = "#c0001 第一章 雨夜\n"


def seen(source, **settings):
    desk = small_desk(CHAPTER + source, persona="阿桑", **settings).run(dialogues, conversations)
    return desk, [[(m.role, m.content) for m in c.messages] for c in desk.of(Conversation)]


def said(role, text, *, thought=""):
    return Message(role=role, content=text, thought=thought)


def test_neighbours_of_one_role_merge_and_keep_their_names():
    desk, (turns,) = seen("“走吧。”{老丁>阿桑;e}\n“快走！”{小陆>阿桑;e}\n“不走。”{阿桑;e}\n“我等人。”{阿桑;i}\n")
    assert turns == [("user", "走吧。\n快走！"), ("assistant", "不走。\n我等人。")]
    user, assistant = desk.of(Conversation)[0].messages
    assert user.names == ("老丁", "小陆")
    assert user.quotations == ("c0001-q001", "c0001-q002")
    assert assistant.names == ("阿桑", "阿桑")
    assert len(assistant.novel_spans) == 2


def test_empty_lines_go_before_neighbours_merge():
    _, (turns,) = seen("“你哑了？”{老丁>阿桑;e}\n“……”{阿桑>老丁;i}\n“说话！”{老丁>阿桑;i}\n“没哑。”{阿桑>老丁;i}\n")
    assert turns == [("user", "你哑了？\n说话！"), ("assistant", "没哑。")]


def test_questions_that_nobody_answers_are_dropped_at_the_end():
    desk, (turns,) = seen("“去哪？”{老丁>阿桑;e}\n“海边。”{阿桑>老丁;i}\n“等等我！”{老丁>阿桑;i}\n")
    assert turns[-1] == ("assistant", "海边。")
    assert [(d.source, d.reason) for d in desk.dropped["conversations"]] == [("c0001-q003", "trailing_turn")]


def test_scenes_without_the_persona_are_left_out():
    desk, found = seen("“去哪？”{老丁>小陆;e}\n“海边。”{小陆>老丁;i}\n＊＊＊\n天亮了。“到了。”{阿桑;i}\n")
    assert len(found) == 1
    assert desk.reasons(conversations) == ["persona_silent"] * 2


def test_the_persona_that_speaks_first_gets_the_narration_before_it():
    desk, (turns,) = seen(
        "油灯晃了两下。老丁把一只湿透的布袋扔在桌上，一句话也没有。\n阿桑皱眉：“这是什么？”{阿桑>老丁;e}\n"
    )
    assert turns[0] == ("user", "（老丁把一只湿透的布袋扔在桌上，一句话也没有。）")
    ((start, end),) = desk.of(Conversation)[0].messages[0].novel_spans
    assert desk.text[start:end] == "老丁把一只湿透的布袋扔在桌上，一句话也没有。"


def test_short_sentences_are_taken_together_until_they_say_enough():
    _, (turns,) = seen("雨停了。风也停了。院子里静得很。\n“有人吗？”{阿桑;i}\n")
    assert turns[0][1] == "（雨停了。风也停了。院子里静得很。）"


def test_an_opening_never_reaches_over_a_separator():
    source = "“走。”{老丁>小陆;e}\n老丁收拾了行李，连夜离开了码头。\n＊＊＊\n“人呢？”{阿桑;i}\n"
    desk, found = seen(source + "“早走了。”{小陆>阿桑;i}\n“哦。”{阿桑;i}\n")
    assert found == [[("user", "早走了。"), ("assistant", "哦。")]]
    assert "no_opening" in desk.reasons(conversations)


def test_an_opening_never_repeats_what_is_said():
    source = "“醒醒！”{小陆>老丁;e}他喊。屋里只剩下一盏没有油的灯。\n“走了。”{阿桑;i}\n"
    _, found = seen(source)
    assert found == [[("user", "醒醒！"), ("assistant", "走了。")]]


def test_a_telling_cue_opens_where_nothing_else_does():
    desk, (turns,) = seen("阿桑把湿透的帽子摔在桌上：“谁干的？”{阿桑;e}\n")
    assert turns[0] == ("user", "（阿桑把湿透的帽子摔在桌上）")
    assert is_verbatim(desk.of(Conversation)[0].messages[0], Pages(desk.of(Chapter)))


def test_without_narration_the_last_line_of_another_opens():
    source = "“你到底走不走？”{老丁>阿桑;e}\n“走。”{阿桑>老丁;i}\n“？”{老丁;i}\n“谁在敲门？”{小陆>？;i}\n"
    desk, _ = seen(source + "“是我。”{？;i}\n“进来吧，门没锁。”{阿桑;i}\n", confidence={"是我。": 0.0})
    last = desk.of(Conversation)[-1]
    assert last.messages[0].content
    assert last.messages[0].role == "user"


def test_a_chapter_that_opens_with_the_persona_has_no_opening():
    desk, found = seen("“谁？”{阿桑;i}\n“我。”{老丁>阿桑;i}\n“进来。”{阿桑>老丁;i}\n")
    assert found == [[("user", "我。"), ("assistant", "进来。")]]
    assert desk.reasons(conversations) == ["no_opening"]


def test_greetings_are_used_only_if_the_book_lists_them():
    _, (turns,) = seen("雨下了整整一夜，天亮也没有停的意思。\n“谁？”{阿桑;i}\n", greetings=("阿桑", "说话"))
    assert turns[0][1] in ("阿桑", "说话")


def test_a_cue_is_told_without_its_word_of_saying():
    _, (turns,) = seen("阿桑把湿透的帽子摔在桌上，冷冷地说道：“谁干的？”{阿桑;e}\n")
    assert turns[0][1] == "（阿桑把湿透的帽子摔在桌上）"


def test_an_opening_has_both_ends_of_a_quotation_or_none():
    source = "信上写着“不必等我。船已经走了。”阿桑看完，把信纸凑近了灯火。\n“走了。”{阿桑;i}\n"
    _, (turns,) = seen(source)
    assert turns[0][1].count("“") == turns[0][1].count("”")


def test_a_reply_stands_behind_what_it_answers():
    talk = "".join(f"“第{n}句。”{{老丁>小陆;e}}\n" for n in range(9))
    desk, (turns,) = seen(talk + "“够了。”{阿桑;i}\n")
    assert turns[0][1].split("\n") == [f"第{n}句。" for n in range(3, 9)]
    assert desk.reasons(conversations) == ["aside"] * 3


def test_a_long_silence_cuts_a_conversation():
    source = "“走吗？”{老丁>小陆;e}\n" + "河上的雾越来越重，连桥也看不见了。\n" * 11 + "“谁在那儿？”{阿桑;i}\n"
    desk, (turns,) = seen(source)
    assert turns[0][1].startswith("（河上的雾越来越重")
    assert desk.reasons(conversations) == ["aside"]


def test_thoughts_go_with_the_reply_that_follows():
    desk, (turns,) = seen("“东西呢？”{老丁>阿桑;e}\n⟦他知道了。⟧{阿桑;t}\n“什么东西？”{阿桑>老丁;i}\n")
    reply = desk.of(Conversation)[0].messages[1]
    assert turns == [("user", "东西呢？"), ("assistant", "什么东西？")]
    assert (reply.thought, len(reply.thought_spans)) == ("他知道了。", 1)


def test_thoughts_without_a_later_reply_go_with_the_one_before():
    desk, _ = seen("“东西呢？”{老丁>阿桑;e}\n“丢了。”{阿桑>老丁;i}\n⟦骗过去了。⟧{阿桑;t}\n")
    assert desk.of(Conversation)[0].messages[1].thought == "骗过去了。"


def test_thoughts_of_others_never_appear():
    desk, (turns,) = seen("“东西呢？”{老丁>阿桑;e}\n⟦他在骗我。⟧{老丁;t}\n“丢了。”{阿桑>老丁;i}\n⟦谁信呢。⟧{？;t}\n")
    assert all("骗" not in content for _, content in turns)
    assert desk.reasons(conversations) == ["thought_of_other", "speaker_unknown"]
    assert not any(m.thought for m in desk.of(Conversation)[0].messages)


@pytest.mark.parametrize(("thoughts", "count"), [("show", 1), ("hide", 0)])
def test_a_scene_of_thoughts_alone_is_kept_if_thoughts_are_shown(thoughts, count):
    desk, found = seen("“东西呢？”{老丁>阿桑;e}\n⟦他知道了。⟧{阿桑;t}\n", thoughts=thoughts)
    assert len(found) == count
    if count:
        assert desk.of(Conversation)[0].messages[1].thought == "他知道了。"
    else:
        assert desk.reasons(conversations) == ["persona_silent", "thought_only"]


def test_an_unsure_line_of_the_persona_breaks_the_conversation():
    source = (
        "“走吗？”{老丁>阿桑;e}\n“走。”{阿桑>老丁;i}\n“也许吧。”{阿桑;i}\n“几时？”{老丁>阿桑;i}\n“明天。”{阿桑>老丁;i}\n"
    )
    desk, found = seen(source, confidence={"也许吧。": 0.3})
    assert found == [[("user", "走吗？"), ("assistant", "走。")], [("user", "几时？"), ("assistant", "明天。")]]
    assert desk.reasons(conversations) == ["speaker_unsure"]


def test_a_line_of_nobody_between_turns_of_the_persona_is_anothers():
    _, (turns,) = seen("“谁？”{老丁>阿桑;e}\n“我。”{阿桑>老丁;i}\n“大声点。”{？;i}\n“是我！”{阿桑>老丁;i}\n")
    assert turns[2] == ("user", "大声点。")


def test_a_line_of_nobody_far_from_the_persona_breaks_the_conversation():
    source = "“一。”{老丁>阿桑;e}\n“二。”{阿桑>老丁;i}\n雨大了起来，屋檐上挂下一道水帘。\n灯灭了。\n又亮了。\n"
    desk, found = seen(source + "“三。”{？;i}\n“四。”{老丁>阿桑;i}\n“五。”{阿桑>老丁;i}\n")
    assert [len(turns) for turns in found] == [2, 2]
    assert desk.reasons(conversations) == ["speaker_unknown"]


def test_a_long_scene_is_cut_at_turns_and_each_reply_is_kept_once():
    lines = "".join(f"“{'问' * 60}{n}？”{{老丁>阿桑;e}}\n“{'答' * 60}{n}。”{{阿桑>老丁;i}}\n" for n in range(12))
    desk, found = seen(lines, max_tokens=600)
    assert len(found) > 2
    assert all(turns[0][0] == "user" and len(turns) % 2 == 0 for turns in found)
    replies = Counter(content for turns in found for role, content in turns if role == "assistant")
    assert len(replies) == 12
    assert set(replies.values()) == {1}
    assert all(sum(map(weigh, c.messages)) <= 600 for c in desk.of(Conversation))


def test_an_exchange_too_long_for_the_budget_loses_its_oldest_lines():
    source = "".join(f"“{'问' * 300}{n}”{{老丁>阿桑;e}}\n" for n in range(4)) + "“嗯嗯。”{阿桑;i}\n"
    desk, (turns,) = seen(source, max_tokens=600)
    assert turns[0][1].endswith("3")
    assert "over_budget" in desk.reasons(conversations)
    desk, found = seen(f"“{'问' * 2000}”{{老丁>阿桑;e}}\n“嗯嗯。”{{阿桑;i}}\n", max_tokens=600)
    assert found == []
    assert desk.reasons(conversations) == ["over_budget"] * 2


def test_english_openings_stop_at_sentences_and_not_at_titles():
    told = "The rain had not let up since noon. Mr. Hale put down the lamp and looked at the two wet coats on the door."
    source = f"#c0001 Chapter One\n{told}\n“Whose are these?”{{Ada>Hale;e}}\n"
    desk = small_desk(source, persona="Ada", language="en").run(dialogues, conversations)
    opening = desk.of(Conversation)[0].messages[0].content
    assert opening == "(Mr. Hale put down the lamp and looked at the two wet coats on the door.)"


def test_without_a_persona_in_book_the_most_talkative_person_is_taken():
    cast = [
        Character(name="众人", kind="group", lines=99),
        Character(name="甲", lines=3),
        Character(name="乙", lines=7),
    ]
    book = small_desk(CHAPTER + "无话。\n").book
    assert choose_persona(book, cast).name == "乙"
    assert choose_persona(book, []) is None


def test_a_persona_who_is_not_in_the_cast_is_an_error_that_names_the_cast():
    book = small_desk(CHAPTER + "无话。\n", persona="丙").book
    with pytest.raises(BookError, match=r"丙.*not in the cast.*甲"):
        choose_persona(book, [Character(name="甲")])


messages = st.lists(
    st.builds(
        said,
        st.sampled_from(["user", "assistant"]),
        st.sampled_from(["", "走。", "……", " ", "你好\n吗", "Go."]),
        thought=st.sampled_from(["", "不对。", "——"]),
    ).map(lambda m: m if m.role == "assistant" else m.model_copy(update={"thought": ""})),
    max_size=12,
)


@given(messages)
def test_normalising_twice_is_normalising_once(drawn):
    turns, _ = normalise(drawn)
    again, left_out = normalise(turns)
    assert again == turns
    assert left_out == []


@given(messages)
def test_normalised_turns_alternate_and_end_with_the_persona(drawn):
    turns, left_out = normalise(drawn)
    assert all(first.role != second.role for first, second in pairwise(turns))
    assert not turns or turns[-1].role == "assistant"
    assert all(m.role == "user" or (is_blank(m.content) and is_blank(m.thought)) for m in left_out)
    text = Counter("".join(m.content + m.thought for m in [*turns, *left_out]).replace("\n", ""))
    assert text == Counter("".join(m.content + m.thought for m in drawn).replace("\n", ""))


@given(messages)
def test_merging_twice_is_merging_once(drawn):
    assert merge_turns(merge_turns(drawn)) == merge_turns(drawn)
    assert attach_thoughts(attach_thoughts(drawn)) == attach_thoughts(drawn)


@given(st.lists(st.integers(1, 400), max_size=20), st.integers(50, 500))
def test_windows_hold_every_turn_once_and_in_order(sizes, budget):
    turns = [said(role, "字" * size) for size in sizes for role in ("user", "assistant")]
    cut = list(windows(turns, budget))
    assert [turn for window in cut for turn in window] == turns
    assert all(len(window) == 2 or sum(map(weigh, window)) <= budget for window in cut)


utterances = st.lists(
    st.tuples(
        st.sampled_from(["speech", "speech", "speech", "thought"]),
        st.sampled_from(["阿桑", "阿桑", "老丁", "小陆", None]),
        st.sampled_from([0.2, 0.9]),
        st.sampled_from(["走。", "……", "谁？", "啊啊啊" * 30]),
        st.integers(0, 3),
    ),
    max_size=14,
)


@given(utterances, st.sampled_from(["show", "hide"]), st.sampled_from([(), ("喂",)]))
def test_every_utterance_is_in_a_conversation_or_dropped(drawn, thoughts, greetings):
    text, paragraphs, lines = "", [], []
    for number, (kind, speaker, confidence, words, gap) in enumerate(drawn, start=1):
        for _ in range(gap):
            paragraphs.append((len(text), len(text) + 12))
            text += "窗外的雨还没有停下来。\n\n"
        start = len(text) + 1
        paragraphs.append((len(text), len(text) + len(words) + 2))
        text += f"“{words}”\n"
        lines.append(
            Utterance(
                quotation=f"c0001-q{number:03d}",
                kind=kind,
                speaker=speaker,
                text=words,
                spans=((start, start + len(words)),),
                paragraph=len(paragraphs),
                confidence=confidence,
            )
        )
    chapter = Chapter(id="c0001", position=1, start=7, end=7 + len(text), text=text, paragraphs=tuple(paragraphs))
    desk = small_desk(CHAPTER + "无话。\n", persona="阿桑", thoughts=thoughts, greetings=greetings, max_tokens=256)
    cast = [Character(name="阿桑", lines=3), Character(name="老丁", lines=2)]
    dialogue = Dialogue(id="c0001-d01", chapter="c0001", paragraphs=(1, 1), utterances=tuple(lines), engine="rules")
    desk.records = [chapter, *cast, dialogue]
    desk.run(conversations)
    kept = [q for c in desk.of(Conversation) for m in c.messages for q in m.quotations]
    dropped = [d.source for d in desk.dropped["conversations"]]
    assert sorted(kept + dropped) == sorted(line.quotation for line in lines)
    pages = Pages([chapter])
    for conversation in desk.of(Conversation):
        roles = [message.role for message in conversation.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(is_verbatim(m, pages) for m in conversation.messages if m.content not in greetings)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_the_demo_keeps_every_line_and_every_word(slug):
    desk = demo_desk(slug)
    spoken = [u.quotation for d in desk.of(Dialogue) for u in d.utterances]
    kept = [q for c in desk.of(Conversation) for m in c.messages for q in m.quotations]
    assert sorted(kept + [d.source for d in desk.dropped["conversations"]]) == sorted(spoken)
    pages = Pages(desk.of(Chapter))
    persona = desk.of(Conversation)[0].persona
    for conversation in desk.of(Conversation):
        roles = [message.role for message in conversation.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(is_verbatim(message, pages) for message in conversation.messages)
        assert all(set(m.names) <= {persona} for m in conversation.messages if m.role == "assistant")
        assert all(persona not in m.names for m in conversation.messages if m.role == "user")


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_a_reply_of_the_demos_hero_is_lost_only_where_nothing_stands_before_it(slug):
    desk = demo_desk(slug)
    persona = desk.of(Conversation)[0].persona
    own = {
        u.quotation for d in desk.of(Dialogue) for u in d.utterances if u.speaker == persona and not is_blank(u.text)
    }
    kept = {q for c in desk.of(Conversation) for m in c.messages if m.role == "assistant" for q in m.quotations}
    unopened = {d.source for d in desk.dropped["conversations"] if d.reason == "no_opening"}
    assert own - kept == unopened
    assert len(unopened) <= 1


def test_tokens_are_estimated_by_script():
    assert estimate_tokens("雨" * 100) == 75
    assert estimate_tokens("rain" * 25) == 25
    assert estimate_tokens("") == 0
