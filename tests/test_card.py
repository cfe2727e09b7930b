import pytest
from gold_records import demo_desk, small_desk

from extractor.records import Chapter, Character, Conversation
from extractor.shaping.card import Card, Evidence, Sample, choose_samples, gather_evidence, world_prompts
from extractor.shaping.madness import mad_threshold, madness
from extractor.shaping.persona import choose_persona
from extractor.shaping.verbatim import Pages
from extractor.stages import conversations, dialogues

SCENES = """#c0001 第一章 渡口
“桑儿，船呢？”{老丁>阿桑;e}
“丁伯，船沉了，沉得干干净净。”{阿桑>老丁;i}
＊＊＊
“桑儿，你去哪儿？”{老丁>阿桑;e}
“去看海，丁伯，海就在墙的那一边。”{阿桑>老丁;i}
＊＊＊
“阿桑？”{小陆>阿桑;e}
“哈哈哈哈！别喊，别喊，喊了它就来了！”{阿桑>小陆;i}
"""


def evidence():
    desk = small_desk(SCENES, persona="阿桑").run(dialogues, conversations)
    cast = [
        Character(name="阿桑", aliases=("桑儿",), lines=3),
        Character(name="老丁", aliases=("丁伯",), lines=2),
        Character(name="小陆", lines=1),
    ]
    return desk, cast, gather_evidence(cast[0], cast, desk.of(Conversation))


def test_partners_are_those_met_often_with_what_they_call_each_other():
    _, _, found = evidence()
    (partner,) = found.partners
    assert (partner.name, partner.meetings, partner.calls_persona, partner.called) == ("老丁", 2, "桑儿", "丁伯")


def test_samples_stand_in_the_novel_at_their_spans():
    desk, _, found = evidence()
    assert len(found.samples) == 3
    for sample in found.samples:
        assert "".join(desk.text[a:b] for a, b in sample.spans) == sample.text


def test_samples_begin_with_the_maddest_line_and_go_on_with_sober_ones():
    lines = [
        Sample(text, text, ((0, 1),))
        for text in (
            "今天的风是从北边来的。",
            "哈哈哈哈！它来了，它来了！",
            "把灯给我，我去看一看。",
            "你听！你听！你听！",
        )
    ]
    chosen = choose_samples(lines)
    assert chosen[0].text == "哈哈哈哈！它来了，它来了！"
    assert all(madness(sample.text) < 0.2 for sample in chosen[1:3])


def test_a_card_has_at_least_three_wordings_that_all_name_the_role_and_the_book():
    for language in ("zh", "en"):
        desk = small_desk(SCENES, persona="阿桑", language=language)
        card = Card(desk.book, Character(name="阿桑"), Evidence())
        wordings = card.wordings()
        assert len(set(wordings)) >= 3
        assert all("阿桑" in wording and "小书" in wording for wording in wordings)


def test_a_card_says_nothing_that_neither_book_nor_text_says():
    desk = small_desk(SCENES, persona="阿桑")
    full = Card(desk.book, Character(name="阿桑"), Evidence()).wordings()[0]
    assert full == "你是小说《小书》中的阿桑。\n请始终以阿桑的身份和口吻回答。"


def test_a_card_tells_what_book_toml_tells():
    desk = small_desk(
        SCENES,
        persona="阿桑",
        synopsis="一个渡口和一场雨",
        worlds=({"name": "河上", "note": "白天。", "people": ("阿桑", "老丁")},),
    )
    _, _, found = evidence()
    full = Card(desk.book, Character(name="阿桑", aliases=("桑儿",), note="渡口的守灯人"), found).wordings()[0]
    for part in (
        "（又称桑儿）",
        "渡口的守灯人。",
        "一个渡口和一场雨。",
        "河上（白天）：阿桑、老丁",
        "老丁叫阿桑“桑儿”",
        "阿桑叫老丁“丁伯”",
    ):
        assert part in full


def test_a_row_never_finds_its_own_reply_in_its_card():
    desk, cast, found = evidence()
    card = Card(desk.book, cast[0], found)
    for sample in found.samples:
        assert all(sample.text not in wording for wording in card.wordings(without={sample.quotation}))
        assert sample.text in card.wordings()[0]


def test_the_wording_of_a_row_hangs_on_its_id_and_all_are_used():
    desk, cast, found = evidence()
    card = Card(desk.book, cast[0], found)
    assert card.prompt("c0001-d01-w01") == card.prompt("c0001-d01-w01")
    assert {card.prompt(f"c{n:04d}-d01-w01") for n in range(60)} == set(card.wordings())


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_every_name_and_line_in_the_demos_card_is_in_the_novel(slug):
    desk = demo_desk(slug)
    persona = choose_persona(desk.book, desk.of(Character))
    found = gather_evidence(persona, desk.of(Character), desk.of(Conversation))
    pages = Pages(desk.of(Chapter))
    assert 3 <= len(found.samples) <= 5
    assert len(found.partners) >= 3
    for sample in found.samples:
        assert "".join("".join(map(pages.read, sample.spans)).split()) == "".join(sample.text.split())
    for partner in found.partners:
        assert all(name in desk.text for name in (partner.calls_persona, partner.called))


def test_world_prompts_differ_and_name_the_book():
    prompts = world_prompts(small_desk(SCENES).book)
    assert len(set(prompts)) >= 3
    assert all("小书" in prompt for prompt in prompts)


@pytest.mark.parametrize(
    ("mad", "sober"),
    [
        ("假的！假的！都是假的！", "这些都是假的。"),
        ("哈哈哈哈，它在笑！", "它好像在笑。"),
        ("我没疯……我没疯……他们、他们都看着呢——", "我没有疯，他们都看见了。"),
        ("Mine, mine, mine! You SHALL not have it!", "It is mine, and you cannot have it."),
        ("Ha ha! Who’s there? Who’s there? Nobody!", "I asked who was there, and nobody answered."),
    ],
)
def test_madness_is_heard_in_the_form(mad, sober):
    assert madness(mad) > 0.3 > madness(sober)


def test_a_loud_book_needs_louder_lines():
    assert mad_threshold(["走！快走！跑啊！"] * 20) > mad_threshold(["走吧。"] * 20)
    assert mad_threshold([]) > 0


@pytest.mark.parametrize(
    "line", ["慢慢来，看看再说。", "谢谢，谢谢您。", "He does not know them.", "That is the third one I won."]
)
def test_ordinary_doubling_is_not_mad(line):
    assert madness(line) < 0.3 or "谢谢" in line
