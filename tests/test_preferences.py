import json
import math
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from gold_records import ROOT, demo_desk, gold_rows, small_desk
from hypothesis import given
from hypothesis import strategies as st

from extractor.asking.prompts import Prompts
from extractor.errors import ReplyError
from extractor.records import Chapter, Conversation, Dropped, Message, Preference, Quotation
from extractor.shaping.contrast import Answer, Contrast, length_ratio
from extractor.shaping.lengths import bare
from extractor.shaping.split import split_chapters
from extractor.shaping.verbatim import Pages, is_verbatim
from extractor.stages import conversations, dialogues, preferences
from extractor.stages.preferences import Candidate, ContrastReply, batches, candidates, to_messages, to_records

SCENES = """#c0001 第一章 渡口
“你看见船了吗？”{老丁>阿桑;e}
“船！船在天上飞！哈哈哈哈！”{阿桑>老丁;i}
“你说什么？”{老丁>阿桑;i}
“我说船在飞呀！”{阿桑>老丁;i}
＊＊＊
“你看见船了吧？”{老丁>小陆;e}
“看见了，停在码头东边。”{小陆>老丁;i}
“你说什么呢？”{老丁>小陆;i}
“没什么，我去看看。”{小陆>老丁;i}
"""


def shaped(source=SCENES, **settings):
    return small_desk(source, persona="阿桑", **settings).run(dialogues, conversations, preferences)


def render(name, **variables):
    return Prompts("zh").render("preferences", name, **variables)


def candidate(chosen, *prompt, category="scene"):
    turns = [Message(role=("user", "assistant")[n % 2], content=text) for n, text in enumerate(prompt)]
    return Candidate(
        id="c0001-d01-w01-m02",
        chapter="c0001",
        persona="阿桑",
        category=category,
        prompt=tuple(turns),
        chosen=Message(role="assistant", content=chosen),
    )


def answer(prompt, text, chapter="c0001"):
    return Answer(chapter=chapter, prompt=prompt, text=text, speaker="老丁", quotations=("q",), spans=((0, len(text)),))


def test_the_plain_side_is_what_somebody_else_answered_to_nearly_the_same_words():
    pairs = shaped().of(Preference)
    first = next(pair for pair in pairs if pair.chosen.content.startswith("船！"))
    assert first.rejected.content == "看见了，停在码头东边。"
    assert first.rejected.names == ("小陆",)
    assert first.prompt[-1].content == "你看见船了吗？"
    assert (first.category, first.origin, first.engine) == ("mad", "gold", "rules")


def test_the_prompt_is_the_real_history_and_ends_with_the_user():
    pair = next(pair for pair in shaped().of(Preference) if pair.chosen.content == "我说船在飞呀！")
    assert [message.content for message in pair.prompt] == [
        "你看见船了吗？",
        "船！船在天上飞！哈哈哈哈！",
        "你说什么？",
    ]


def test_a_long_history_keeps_its_last_six_turns():
    source = "#c0001 第一章\n" + "".join(
        f"“第{n}问？”{{老丁>阿桑;e}}\n“第{n}答呀。”{{阿桑>老丁;i}}\n" for n in range(9)
    )
    found = [c for c in candidates(shaped(source).inputs) if isinstance(c, Candidate)]
    assert [message.content for message in found[-1].prompt] == [
        "第5问？",
        "第5答呀。",
        "第6问？",
        "第6答呀。",
        "第7问？",
        "第7答呀。",
        "第8问？",
    ]
    assert all(c.prompt[0].role == c.prompt[-1].role == "user" for c in found)


def test_a_reply_of_thoughts_alone_and_one_of_a_single_character_make_no_pair():
    source = (
        "#c0001 第一章\n“走吗？”{老丁>阿桑;e}\n“走”{阿桑>老丁;i}\n＊＊＊\n“人呢？”{老丁>阿桑;e}\n⟦死了。⟧{阿桑;t}\n"
    )
    desk = shaped(source)
    assert desk.of(Preference) == []
    assert sorted(desk.reasons(preferences)) == ["thought_only", "too_short"]


def test_without_anyone_else_there_is_no_contrast():
    desk = shaped("#c0001 第一章\n雨下了整整一夜，天亮也没有停的意思。\n“有人吗？”{阿桑;e}\n")
    assert desk.reasons(preferences) == ["no_contrast"]


def test_a_length_between_half_and_twice_is_asked_of_the_plain_side():
    finder = Contrast([answer("走吗？", "好" * size) for size in (1, 4, 8, 16, 40)])
    found = finder.find("走吗？", "走" * 8)
    assert 4 <= len(found.text) <= 16
    assert Contrast([answer("走吗？", "好" * 40)]).find("走吗？", "走" * 8) is None


def test_the_most_similar_prompt_wins():
    finder = Contrast(
        [
            answer("今天吃什么？", "吃鱼吧大哥。"),
            answer("你到底是谁？", "我是老丁呀。"),
            answer("几点了？", "三更天了吧。"),
        ]
    )
    assert finder.find("你究竟是谁？", "我是假的！！").text == "我是老丁呀。"


def test_no_line_is_used_more_than_three_times():
    finder = Contrast([answer("走吗？", "走吧走吧。")])
    assert [bool(finder.find("走吗？", "不走不走！")) for _ in range(5)] == [True] * 3 + [False] * 2


def test_what_the_persona_says_too_is_no_contrast():
    assert Contrast([answer("走吗？", "走吧。")], never={"走吧"}).find("走吗？", "不走！") is None
    assert Contrast([answer("走吗？", "走吧。")]).find("走吗？", "走吧！") is None


def test_the_plain_side_of_a_mad_line_is_calmer():
    finder = Contrast([answer("走吗？", "走走走！哈哈！"), answer("走吧？", "我不想走了。")])
    assert finder.find("走吗？", "不走！不走！", calmer_than=0.2).text == "我不想走了。"


@given(st.lists(st.tuples(st.integers(2, 60), st.integers(2, 60)), min_size=1, max_size=40))
def test_both_sides_stay_equally_long_over_the_set(sizes):
    finder = Contrast([answer("嗯？", chr(0x4E00 + n) * size) for n, (size, _) in enumerate(sizes) for _ in range(3)])
    pairs = []
    for n, (_, size) in enumerate(sizes):
        chosen = chr(0x5F00 + n) * size
        found = finder.find("嗯？", chosen)
        if found:
            assert 0.5 <= len(chosen) / len(found.text) <= 2
            pairs.append((chosen, found.text))
    assert abs(length_ratio(pairs)) <= math.log(2)


def test_a_batch_holds_at_most_eight_prompts_of_one_chapter():
    found = [candidate("走。", "走吗？") for _ in range(19)]
    assert [len(batch) for batch in batches(found)] == [8, 8, 3]
    apart = [replace(c, chapter="c0002") for c in found]
    made = list(batches([*found[:3], *apart[:3]]))
    assert [{c.chapter for c in batch} for batch in made] == [{found[0].chapter}, {"c0002"}]


def test_the_question_shows_prompts_and_lengths_but_never_the_real_answer():
    batch = [candidate("船在天上飞！船在天上飞！", "你看见船了吗？"), candidate("不走不走！", "一。", "二。", "走吗？")]
    content = to_messages(batch, render=render)
    assert "#1 9-15\n你看见船了吗？" in content
    assert "#2 " in content
    assert "走吗？" in content
    assert "天上飞" not in content


def test_only_the_last_lines_are_shown_each_with_its_speaker():
    turns = [
        Message(role="user", content="一。", names=("老丁",)),
        Message(role="assistant", content="二。", names=("阿桑",)),
        Message(role="user", content="门开了。\n三。", names=("", "小陆")),
    ]
    content = to_messages([replace(candidate("走走走走。"), prompt=tuple(turns))], render=render)
    assert content.endswith("#1 3-6\n阿桑：二。\n门开了。\n小陆：三。")
    long = [*turns[:2], Message(role="user", content="长" * 300 + "\n四。", names=("老丁", "小陆"))]
    assert to_messages([replace(candidate("走走走走。"), prompt=tuple(long))], render=render).endswith("6\n小陆：四。")


def identities(inputs):
    return {q.source: q.identity for q in preferences.ASKING.questions(inputs, render) if q.content}


def test_an_answer_is_bought_again_only_for_another_prompt_or_length():
    before = identities(shaped().inputs)
    assert identities(shaped(SCENES.replace("我说船在飞呀！", "我说船在海呀！")).inputs) == before, "same length"
    assert identities(shaped(SCENES.replace("我说船在飞呀！", "我说船在天上飞呀！")).inputs) != before
    assert identities(shaped(SCENES.replace("你说什么？", "你喊什么？")).inputs) != before


def reply(*answers):
    return ContrastReply.model_validate({"answers": [{"n": n, "text": text} for n, text in answers]})


def test_answers_find_their_prompts_by_number_in_any_order():
    batch = [candidate("船在天上飞！", "船呢？"), candidate("不走不走！", "走吗？")]
    made = list(to_records(reply((2, "我不走了。"), (1, "没有看见。")), batch))
    assert [pair.rejected.content for pair in made] == ["没有看见。", "我不走了。"]
    assert {pair.engine for pair in made} == {"api"}
    assert {pair.origin for pair in made} == {"gold"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("……", "empty"),
        ("船在天上飞！", "same_text"),
        ("作为一个AI，我不知道。", "assistant_phrase"),
        ("不", "length_ratio"),
        ("没有看见什么船，你是不是看错了？", "length_ratio"),
    ],
)
def test_an_answer_that_is_no_plain_side_is_dropped_with_its_reason(text, reason):
    (dropped,) = to_records(reply((1, text)), [candidate("船在天上飞！", "船呢？")])
    assert (dropped.reason, dropped.source) == (reason, "c0001-d01-w01-m02")


def test_a_prompt_without_an_answer_is_named_and_a_reply_without_any_is_refused():
    batch = [candidate("船在天上飞！", "船呢？"), candidate("不走不走！", "走吗？")]
    made = list(to_records(reply((1, "没有看见。"), (7, "谁？")), batch))
    assert [record.reason for record in made if isinstance(record, Dropped)] == ["no_answer"]
    with pytest.raises(ReplyError, match="1 to 2"):
        list(to_records(reply((7, "谁？")), batch))


def test_asked_of_a_model_every_reply_becomes_a_pair_or_is_dropped():
    desk = demo_desk("demo")
    inputs = desk.inputs
    made = []
    unasked, *questions = preferences.ASKING.questions(inputs, render)
    assert not unasked.content
    made += preferences.ASKING.records(unasked, "", inputs)
    for question in questions:
        assert question.chapter is None
        assert question.system
        numbers = [line[1 : line.index(" ")] for line in question.content.splitlines() if line.startswith("#")]
        answers = [{"n": int(number), "text": "这件事我还要再想一想。"} for number in numbers]
        made += preferences.ASKING.records(question, json.dumps({"answers": answers}), inputs)
    sources = [r.source if isinstance(r, Dropped) else r.id.rpartition("-p")[0] for r in made]
    wanted = [c.source if isinstance(c, Dropped) else c.id for c in candidates(inputs)]
    assert sorted(sources) == sorted(wanted)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_the_demos_pairs_are_real_lines_from_both_sides_in_one_block(slug):
    desk = demo_desk(slug)
    pairs, pages = desk.of(Preference), Pages(desk.of(Chapter))
    splits = split_chapters(desk.of(Chapter), {c.chapter for c in desk.of(Conversation)})
    own = {bare(m.content) for c in desk.of(Conversation) for m in c.messages if m.role == "assistant"}
    blocks = {c.id: (c.start, c.end) for c in desk.of(Chapter)}
    assert len(pairs) > 100
    for pair in pairs:
        assert all(is_verbatim(message, pages) for message in (*pair.prompt, pair.chosen, pair.rejected))
        assert bare(pair.rejected.content) not in own
        assert pair.rejected.content not in pair.prompt[-1].content.split("\n")
        assert 0.5 <= len(pair.chosen.content) / len(pair.rejected.content) <= 2
        offset = pair.rejected.novel_spans[0][0]
        (home,) = [name for name, (start, end) in blocks.items() if start <= offset < end]
        assert splits[home] == splits[pair.chapter]
    assert abs(length_ratio((p.chosen.content, p.rejected.content) for p in pairs)) <= 0.1


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_every_reply_of_the_demo_is_paired_or_dropped(slug):
    desk = demo_desk(slug)
    replies = [
        f"{c.id}-m{n:02d}"
        for c in desk.of(Conversation)
        for n, message in enumerate(c.messages, start=1)
        if message.role == "assistant"
    ]
    paired = {pair.id.rpartition("-p")[0] for pair in desk.of(Preference)}
    dropped = {record.source for record in desk.dropped["preferences"]}
    assert not paired & dropped
    assert paired | dropped == set(replies)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_what_is_called_mad_in_the_demo_is_mad(slug):
    desk = demo_desk(slug)
    mad = set((ROOT / f"tests/gold/{slug}/mad.txt").read_text(encoding="utf-8").split())
    ids = [row["id"] for row in gold_rows(slug, "quotes")]
    gold = {q.id for name, q in zip(ids, desk.of(Quotation), strict=True) if name in mad}
    called = {pair.chosen.quotations for pair in desk.of(Preference) if pair.category == "mad"}
    right = sum(bool(gold & set(quotations)) for quotations in called)
    assert right / len(called) >= 0.85
    found = {q for quotations in called for q in quotations}
    assert len(gold & found) / len(gold) >= 0.65


def test_pairs_do_not_depend_on_the_order_of_hashes():
    code = (
        "import hashlib, sys; sys.path.insert(0, 'tests')\n"
        "from gold_records import demo_desk; from extractor.records import Preference\n"
        "pairs = demo_desk('demo').of(Preference)\n"
        "print(len(pairs), hashlib.sha256(repr(pairs).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
