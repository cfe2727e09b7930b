"""Who says a quotation: cues, pronouns, turns, vocatives, thoughts, and what nobody said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cast import chapter

from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.speakers import attribute, confidence
from extractor.reading.turns import best_turns
from extractor.records import Character, Quotation

ZH = [
    Character(name="林若溪", aliases=("若溪", "林姑娘"), gender="female"),
    Character(name="沈怀山", aliases=("怀山", "沈师兄"), gender="male"),
    Character(name="赵掌柜", gender="male"),
    Character(name="众人", aliases=("大家",), kind="group"),
    Character(name="守门老卒", gender="male"),
]
EN = [
    Character(name="Lucy Penn", aliases=("Lucy", "Miss Penn"), gender="female"),
    Character(name="Harold Penn", aliases=("Harold", "Mr. Penn"), gender="male"),
    Character(name="Mrs. Gale", gender="female"),
    Character(name="the porter", gender="male"),
]


def spoken(text, language, cast=None):
    one = chapter(text)
    quotations = find_quotations(one, language=language, style=detect_style([one]))
    return attribute([one], quotations, cast or (ZH if language == "zh" else EN), language=language)


def speakers(text, language, cast=None):
    return [q.speaker for q in spoken(text, language, cast)]


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("若溪低声道：“走吧。”", "林若溪"),
        ("“走吧。”沈师兄说。", "沈怀山"),
        ("“走，”若溪说，“快走。”", "林若溪"),
        ("若溪听了怀山这话，冷笑道：“走吧。”", "林若溪"),
        ("只见赵掌柜走来，说道：“走吧。”", "赵掌柜"),
        ("若溪看了怀山一眼，问他：“走么？”", "林若溪"),
        ("若溪指着怀山的剑道：“是它。”", "林若溪"),
        ("沈怀山对林姑娘说：“走吧。”", "沈怀山"),
        ("众人都道：“走吧。”", "众人"),
        ("怀山心想：“她不会来了。”", "沈怀山"),
    ],
)
def test_a_name_beside_a_verb_speaks(line, speaker):
    quotation = spoken(f"　　{line}\n", "zh")[0]
    assert quotation.speaker == speaker
    assert quotation.type == "explicit" or speaker == "众人"
    assert quotation.confidence > 0.8


def test_a_given_name_of_one_character_before_yue_is_the_one_named_before():
    cast = [Character(name="秦朗", gender="male"), Character(name="许朗", gender="male"), Character(name="赵岳")]
    text = "　　秦朗与赵岳饮酒。\n　　朗笑曰：“好雨。”\n　　岳曰：“好酒。”\n　　许朗至。\n　　朗怒，掷杯曰：“走！”\n"
    assert speakers(text, "zh", cast) == ["秦朗", "赵岳", "许朗"]


def test_wide_full_stops_of_old_scans_end_sentences():
    text = "　　若溪正在看书，见是怀山，欠身让坐．沈师兄连忙问道：“好些了？”若溪点头．\n"
    quotation = spoken(text, "zh")[0]
    assert (quotation.speaker, quotation.text) == ("沈怀山", "好些了？")


def test_whoever_is_turned_to_is_no_elided_subject():
    text = "　　若溪推门进来。摘了笠，忙举起灯，向怀山脸上照了照，笑道：“气色好了。”\n"
    assert speakers(text, "zh") == ["林若溪"]


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ('"Come," said Lucy.', "Lucy Penn"),
        ('"Come," Lucy said quietly to Harold.', "Lucy Penn"),
        ('Mr. Penn turned to Lucy and said, "Come."', "Harold Penn"),
        ('"Come," cried Mrs. Gale, "come, Lucy!"', "Mrs. Gale"),
        ('"Come," the porter said.', "the porter"),
        ('Lucy looked at Harold\'s hat and asked: "Whose is it?"', "Lucy Penn"),
    ],
)
def test_an_english_name_beside_a_verb_speaks(line, speaker):
    assert speakers(line + "\n", "en")[0] == speaker


def test_a_pronoun_is_the_one_of_its_gender():
    assert speakers("　　若溪推开门，看见怀山坐在窗边。\n　　“你来了。”他说。\n", "zh") == ["沈怀山"]
    text = 'Lucy came in. Harold sat by the fire.\n\n"You are late," he said.\n'
    quotation = spoken(text, "en")[0]
    assert (quotation.speaker, quotation.type) == ("Harold Penn", "anaphoric")


def test_an_elided_subject_is_the_one_before():
    text = "　　若溪放下书。便问：“谁在外面？”\n"
    assert speakers(text, "zh") == ["林若溪"]


def test_two_people_take_turns():
    text = "　　若溪问：“去哪儿？”\n　　怀山说：“山上。”\n　　“现在？”\n　　“现在。”\n　　“好。”\n"
    assert speakers(text, "zh") == ["林若溪", "沈怀山", "林若溪", "沈怀山", "林若溪"]
    text = '"Where to?" said Lucy.\n\n"Home," said Harold.\n\n"Now?"\n\n"Now."\n'
    assert speakers(text, "en") == ["Lucy Penn", "Harold Penn", "Lucy Penn", "Harold Penn"]


def test_the_one_who_is_called_does_not_speak():
    text = "　　若溪和怀山坐在灯下。\n　　“沈师兄，你怎么不说话？”\n"
    quotation = spoken(text, "zh")[0]
    assert quotation.speaker == "林若溪"
    assert quotation.addressees == ("沈怀山",)
    text = 'Lucy and Harold sat by the fire.\n\n"Why so silent, Harold?"\n'
    assert spoken(text, "en")[0].speaker == "Lucy Penn"


def test_whoever_acts_beside_a_quotation_says_it():
    assert speakers("　　“都要。”若溪把伞往地上一放，“有大碗没有？”\n", "zh") == ["林若溪"]
    text = 'Mrs. Gale was there, and Lucy.\n\nHarold shut the door. "That will do."\n'
    assert speakers(text, "en") == ["Harold Penn"]


def test_a_part_of_a_description_means_its_bearer():
    text = "　　城门口坐着守门老卒，若溪和怀山走过去。\n　　“姓名？”老卒问。\n"
    assert speakers(text, "zh") == ["守门老卒"]


def test_a_noun_that_shares_no_gender_is_not_taken():
    text = 'Harold was in the hall with Lucy.\n\n"Good evening," said the old woman.\n'
    assert speakers(text, "en")[0] != "Harold Penn"


def test_nobody_is_named_where_nobody_is_known():
    quotation = spoken("　　“下雨了。”\n", "zh")[0]
    assert (quotation.speaker, quotation.confidence, quotation.addressees) == (None, 0.0, ())


def test_marked_text_that_nobody_says_keeps_no_speaker():
    one = chapter("　　若溪看见匾上写着“平安”两个字。\n")
    start = one.text.index("平安")
    quotation = Quotation(
        id="c0001-q001", chapter="c0001", kind="other", spans=((start, start + 2),), text="平安", paragraph=1
    )
    assert attribute([one], [quotation], ZH, language="zh") == [quotation]


def test_the_narrator_speaks_where_it_says_i():
    cast = [*EN, Character(name="I", kind="narrator")]
    assert speakers('"Come," I said to Lucy.\n', "en", cast) == ["I"]
    cast = [*ZH, Character(name="我", kind="narrator")]
    assert speakers("　　我对若溪说：“走吧。”\n", "zh", cast) == ["我"]


def test_ids_and_order_stay_as_they_came():
    text = "　　若溪问：“去哪儿？”\n　　“山上。”\n　　怀山说：“走。”\n"
    one = chapter(text)
    quotations = find_quotations(one, language="zh", style=detect_style([one]))
    filled = attribute([one], quotations, ZH, language="zh")
    assert [q.id for q in filled] == [q.id for q in quotations]
    assert [q.spans for q in filled] == [q.spans for q in quotations]


def test_a_wide_lead_is_worth_more_than_a_narrow_one():
    for kind in ("pronoun", "nothing", "beat"):
        assert confidence(kind, 0.01) <= confidence(kind, 50.0) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-3, 3), min_size=1, max_size=3), min_size=1, max_size=5), st.floats(-2, 2))
def test_the_best_row_is_the_best_of_all_rows(scores, alternation):
    candidates = [list(range(len(row))) for row in scores]

    def between(i, earlier, option):
        before, last = earlier
        return alternation if before is not None and option == before else -alternation if option == last else 0.0

    def total(row):
        value = 0.0
        for i, option in enumerate(row):
            before = row[i - 2] if i > 1 else None
            value += scores[i][option] + between(i, (before, row[i - 1] if i else None), option)
        return value

    rows = [[]]
    for options in candidates:
        rows = [[*row, option] for row in rows for option in options]
    turns = best_turns(candidates, alone=scores, between=between)
    assert total([t.candidate for t in turns]) == pytest.approx(max(total(row) for row in rows))
    assert all(t.lead >= -1e-9 for t in turns)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="若溪怀山说道：“”，。她他\n　", max_size=80))
def test_no_text_breaks_it(text):
    one = chapter(text)
    quotations = find_quotations(one, language="zh", style=detect_style([one]))
    names = {c.name for c in ZH}
    for quotation in attribute([one], quotations, ZH, language="zh"):
        assert quotation.speaker is None or quotation.speaker in names
        assert 0 <= quotation.confidence <= 1
        assert quotation.speaker not in quotation.addressees
