"""Facts by rules on small texts and on the demo novels, and what is kept of a model's reply."""

import json
import re
import time
from functools import cache

import pytest
from gold_records import ROOT, gold_rows

from extractor.book import Book, CastEntry, Shelf
from extractor.errors import ReplyError
from extractor.pipeline import STAGES, stage_named
from extractor.records import Chapter, Character, Dropped, Knowledge, Novel
from extractor.shaping.wordings import ANGLES, WORDINGS
from extractor.stage import Inputs, Question
from extractor.stages.knowledge import ASKING, THIS_CHAPTER

DEMOS = ("demo", "demo-en")
GOLD = ROOT / "tests/gold"


def facts_of(text, *people, language="zh", title="小书", since=None):
    """The facts by rules of one text whose cast is given by hand, all stages before it run by code."""
    cast = tuple(
        CastEntry(name=name, aliases=aliases, note="given", since=(since or {}).get(name, {}))
        for name, aliases in ((p, ()) if isinstance(p, str) else p for p in people)
    )
    book = Book(slug="small", title=title, language=language, cast=cast)
    novel = Novel(path="novel.txt", text=text, encoding="utf-8")
    made = {}
    for stage in STAGES[:5]:
        inputs = Inputs(book, novel=lambda: novel, records=lambda kind: made[kind])
        made[stage.writes] = tuple(r for r in stage.derive(inputs) if not isinstance(r, Dropped))
    return list(made[Knowledge])


def asked(found, *words):
    """The answers to questions that hold all these words."""
    return {fact.answer for fact in found for q in fact.questions if all(word in q for word in words)}


FILLER = "老周看了看天。老周摇头。小满不说话。小满笑了。阿旺点头。阿旺坐着。"


def zh(*paragraphs, people=("老周", "小满", "阿旺"), **options):
    text = "第一章 渡口\n" + "\n".join([*paragraphs, FILLER])
    return facts_of(text, *people, **options)


def en(*paragraphs, people=("Martin Hale", "Nora Pym", "Tom Budd"), **options):
    filler = (
        "Martin Hale waited. Martin Hale sat down. Nora Pym waited. Nora Pym sat down. Tom Budd waited. Tom Budd sat."
    )
    text = "Chapter 1. The Ferry\n\n" + "\n\n".join([*paragraphs, filler])
    return facts_of(text, *people, language="en", title="The Ferry", **options)


def test_a_gift_answers_who_what_and_whom():
    found = zh("老周把一只铜铃交给了小满。")
    assert asked(found, "把什么交给了小满") == {"一只铜铃"}
    assert asked(found, "老周把一只铜铃交给了谁") == {"小满"}
    assert asked(found, "谁把一只铜铃交给了小满") == {"老周"}


@pytest.mark.parametrize(
    "sentence",
    [
        "老周把他的铜铃交给了小满。",
        "老周把铜铃交给了他。",
        "老周没有把铜铃交给小满。",
        "老周把铜铃交给小满的时候，天亮了。",
    ],
)
def test_a_gift_with_a_pronoun_or_a_denial_is_no_fact(sentence):
    assert not asked(zh(sentence), "把什么交给了")


def test_an_order_tells_what_and_whom():
    found = zh("老周命小满到北岸打听消息。")
    assert asked(found, "老周命小满做什么") == {"到北岸打听消息"}
    assert asked(found, "老周命谁到北岸打听消息") == {"小满"}


def test_a_deed_needs_another_person_and_no_pronoun():
    assert asked(zh("老周骗了小满。"), "谁骗了小满") == {"老周"}
    for sentence in (
        "老周听见了，两边的耳朵都听见了。",
        "老周转过头来，面无表情地问。",
        "老周把她救了出来。",
        "老周想救小满的时候，天亮了。",
    ):
        assert not [fact for fact in zh(sentence) if "谁" in fact.questions[0] and "说" not in fact.questions[0]], (
            sentence
        )


def test_kin_and_office_come_from_the_text():
    found = zh("小满是老周的侄女。", "阿旺是北岸的老掌柜。")
    assert asked(found, "小满", "什么人", "老周") == {"小满是老周的侄女"}
    assert asked(found, "阿旺是什么人") | asked(found, "阿旺是什么身份") == {"北岸的老掌柜"}
    assert not asked(zh("小满不是老周的侄女。", "小满像老周的侄女。"), "小满", "什么人")


def test_numbers_become_questions_only_where_they_are_whole():
    assert asked(zh("老周十三岁离开北岸的渡口。"), "多少岁") == {"十三岁"}
    assert not asked(zh("老周二十来岁离开北岸的渡口。"), "多少岁")
    assert not asked(zh("老周走了第三天才离开渡口。"), "多少")


def test_what_people_say_of_themselves_is_a_fact_about_them():
    found = zh("“我当了十九年船夫，一次也没翻过船。”老周说。", "“我今年二十七。”小满说。")
    assert asked(found, "老周说自己当了多少年船夫") == {"十九年"}
    assert asked(found, "小满说自己今年多大") == {"二十七岁"}


def test_an_inscription_is_read():
    found = zh("门前挂一块木牌，写着“不渡夜客”。")
    assert asked(found, "木牌上写着什么") == {"“不渡夜客”"}


def test_style_and_home_of_a_person():
    found = zh("老周，字守江，平湖人也。")
    assert asked(found, "老周字什么") == {"守江"}
    assert asked(found, "老周是哪里人") == {"平湖"}


TERMS = (
    "所谓“潮斗”，就是量潮水的木桶。",
    "雾船是没有帆的窄船，专在雾里走。雾船来了。大家都怕雾船。雾船停下。又见雾船。",
    "岸边立着一根十丈高的木杆，渡口的人叫它“望杆”。望杆很旧。",
    "守闸的规矩是，水过七尺就落闸，谁求也不开。守闸很苦。没人愿守闸。",
    "“四十天换一次水，这叫换潮，几十年都是这样。”老周说。",
)


def test_terms_are_explained_in_narration_and_in_speech():
    found = zh(*TERMS)
    assert asked(found, "“潮斗”是什么") == {"所谓“潮斗”，就是量潮水的木桶。"}
    assert asked(found, "“雾船”是什么") == {"雾船是没有帆的窄船，专在雾里走。"}
    assert any("十丈高的木杆" in answer for answer in asked(found, "“望杆”"))
    assert asked(found, "守闸的规矩是什么") == {"水过七尺就落闸，谁求也不开。"}
    assert any(answer.startswith("老周说") and "四十天" in answer for answer in asked(found, "“换潮”"))


@pytest.mark.parametrize(
    "sentence",
    [
        "这就是他一直在找的东西。",
        "老周叫小满，小满不应。",
        "他是一个没有家的人。",
        "今天是赶集的日子。",
        "便叫家人伺候。",
        "所谓的他，就是这样的人。",
    ],
)
def test_what_only_looks_like_a_definition_is_none(sentence):
    assert not [fact for fact in zh(sentence) if fact.angle == "terms"]


def test_a_line_is_told_by_who_says_it_and_is_short():
    line = "守闸的人半夜听见水响，也不敢开那道闸门。"
    found = zh(f"“{line}”老周说。", "“啊。”小满说。", "“" + "水" * 60 + "。”阿旺说。", "老周守闸。小满守闸。守闸难。")
    assert asked(found, "这句话是谁说的") == {"老周"}


def test_a_reply_stands_right_behind_its_question():
    found = zh("“闸门什么时候落下来？”小满问。", "“水过七尺就落。”老周说。")
    assert asked(found, "小满问", "老周是怎么回答的") == {"“水过七尺就落。”"}
    apart = zh("“闸门什么时候落下来？”小满问。", "雨下了一夜，河上什么也看不见。" * 4, "“水过七尺就落。”老周说。")
    assert not asked(apart, "怎么回答")


def test_a_name_that_begins_later_is_known_from_there():
    text = "第一章 渡口\n老周撑船。老周笑。\n第二章 名字\n老周就是周守江。周守江点头。老周走了。老周又来。"
    found = facts_of(text, ("老周", ("周守江",)), since={"老周": {"周守江": 2}})
    [fact] = [fact for fact in found if "从哪一章起被称作" in fact.questions[0]]
    assert fact.answer == "第二章 名字"
    assert fact.known_from == "c0002"


def test_english_gifts_errands_kin_and_offices():
    found = en(
        "Martin Hale gave Nora Pym a brass key.",
        "Nora Pym sent Tom Budd to fetch the doctor.",
        "Tom Budd, Nora Pym's cousin, came in. Martin Hale, the ferryman, rowed on.",
    )
    assert asked(found, "What did Martin Hale give Nora Pym") == {"A brass key"}
    assert asked(found, "Who gave Nora Pym a brass key?") == {"Martin Hale"}
    assert asked(found, "Nora Pym sent Tom Budd to do") == {"To fetch the doctor"}
    assert asked(found, "what is Tom Budd to Nora Pym") == {"Tom Budd is the cousin of Nora Pym"}
    assert asked(found, "Who is Martin Hale in") == {"The ferryman"}


def test_english_look_alikes_are_no_facts():
    found = en(
        "Martin Hale gave her his hand.",
        "Nora Pym would have sent Tom Budd to fetch the doctor.",
        "I wrote to Martin Hale, the ferryman, and to the king.",
        "Tom Budd met Nora Pym, he thought.",
    )
    assert not [fact for fact in found if fact.angle in ("plot",) and "Who gave" in fact.questions[0]]
    assert not asked(found, "to do")
    assert not asked(found, "Who is Martin Hale in")


def test_english_terms_laws_counts_and_inscriptions():
    found = en(
        "On the table lay a stick of saltwax, which is beeswax and river ash. Salt is not wax, nor wax salt.",
        "Then salt fell, and wax, and more salt and wax. They sold saltwax by the stick. The saltwax was dear.",
        "There are ninety steps in the Water Stair, and a lamp on each.",
        "The law of Ombrey says that no boat crosses by night.",
        "Over the door hung a board that said “NO BOAT BY NIGHT”.",
    )
    assert asked(found, "What is saltwax") == {"Beeswax and river ash"}
    assert asked(found, "How many steps") == {"Ninety"}
    assert asked(found, "What does the law of Ombrey say") == {"No boat crosses by night"}
    assert asked(found, "written on the board") == {"“NO BOAT BY NIGHT”"}


@pytest.mark.parametrize(
    "sentence",
    [
        "He took his coat, which is always wet.",
        "It is the best thing in the world.",
        "There was a man in the boat, which is sunk.",
        "What is called luck is nothing.",
    ],
)
def test_english_sentences_that_point_elsewhere_explain_no_term(sentence):
    assert not [fact for fact in en(sentence) if fact.angle == "terms"]


def test_a_question_with_two_answers_is_dropped_with_both():
    text = "第一章 渡口\n老周骗了小满。阿旺骗了小满。" + FILLER
    assert not asked(facts_of(text, "老周", "小满", "阿旺"), "谁骗了小满")


@pytest.fixture(params=DEMOS)
def book(request):
    return demo(request.param)


@cache
def demo(slug):
    """Return the inputs and facts of a demo novel, read from the repository, with nothing from its outputs."""
    shelf = Shelf(slug, ROOT)
    novel_text = shelf.novel_path().read_text(encoding="utf-8")
    novel = Novel(path="novel.txt", text=novel_text, encoding="utf-8")
    made = {}
    for stage in STAGES[:5]:
        inputs = Inputs(shelf.book, novel=lambda: novel, records=lambda kind: made[kind])
        made[stage.writes] = tuple(r for r in stage.derive(inputs) if not isinstance(r, Dropped))
    inputs = Inputs(shelf.book, novel=lambda: novel, records=lambda kind: made[kind])
    return inputs, list(made[Knowledge])


def test_a_demo_has_enough_facts_in_every_angle(book):
    _, facts = book
    assert len(facts) >= 60
    angles = [fact.angle for fact in facts]
    assert angles.count("terms") >= 8
    assert {"terms", "plot", "meaning", "people"} <= set(angles)


def test_ids_are_unique_and_evidence_exists(book):
    inputs, facts = book
    assert len({fact.id for fact in facts}) == len(facts)
    known = {chapter.paragraph_id(n) for chapter in inputs.all(Chapter) for n in range(len(chapter.paragraphs) + 1)}
    assert all(fact.evidence and set(fact.evidence) <= known for fact in facts)
    assert all(fact.known_from == fact.chapter for fact in facts)


def test_questions_come_in_three_wordings_and_name_no_this_chapter(book):
    _, facts = book
    for fact in facts:
        assert len(set(fact.questions)) >= 3
        assert not THIS_CHAPTER.search("\n".join((*fact.questions, fact.answer, fact.fact))), fact


def paragraphs_of(inputs, fact):
    chapters = {chapter.id: chapter for chapter in inputs.all(Chapter)}
    found = []
    for paragraph in fact.evidence:
        chapter, number = paragraph.rsplit("-p", 1)
        found.append(chapters[chapter].heading if number == "000" else chapters[chapter].paragraph_text(int(number)))
    return "\n".join(found)


def test_the_evidence_holds_the_answer_or_its_subject(book):
    inputs, facts = book
    names = {c.name: (c.name, *c.aliases) for c in inputs.all(Character)}
    for fact in facts:
        proof = paragraphs_of(inputs, fact)
        answer = re.sub(r"^.{1,8}说：", "", fact.answer).strip("“”。.")
        pieces = [answer, *re.split(r"[，：；。.,;:“”\s]", answer), *names.get(fact.answer, ())]
        subjects = [n for all_names in names.values() if all_names[0] in fact.fact for n in all_names]
        held = any(piece and piece.casefold() in proof.casefold() for piece in [*pieces, *subjects])
        said = any(line in proof for line in re.findall(r"“([^“”]{8,})”", fact.fact))
        assert held or said, (fact, proof)


def bare(text):
    return re.sub(r"[\s“”‘’「」『』\"_]", "", text)


@pytest.mark.parametrize("slug", DEMOS)
def test_who_says_a_line_agrees_with_the_gold(slug):
    gold = [(bare(row["text"]), row["speaker"]) for row in gold_rows(slug, "quotes")]
    people = json.loads((GOLD / slug / "characters.json").read_text(encoding="utf-8"))
    main = {alias: name for name, entry in people.items() for alias in (name, *entry["aliases"])}
    right = []
    for fact in demo(slug)[1]:
        match = re.match(r"“(.+)”这句话是谁说的|Who says “(.+)”\?$", fact.questions[0])
        if match:
            line = bare(match[1] or match[2])
            speakers = {main.get(speaker, speaker) for text, speaker in gold if line in text}
            right.append(main.get(fact.answer, fact.answer) in speakers)
    assert len(right) >= 12
    assert sum(right) >= 0.95 * len(right)


def test_every_wording_has_an_angle_and_three_questions():
    for language, table in WORDINGS.items():
        for kind, wording in table.items():
            assert kind in ANGLES, (language, kind)
            assert len(set(wording.questions)) >= 3, (language, kind)
            assert not THIS_CHAPTER.search("\n".join(wording.questions)), (language, kind)


def test_a_long_novel_takes_linear_time():
    """Its vocabulary grows with it: every chapter has terms and talk of its own."""

    def seconds(times):
        parts = []
        for n in range(1, times + 1):
            own = "".join(chr(0x5000 + (n * 37 + k * 911) % 0x4000) for k in range(3))
            told = f"{own}塔很高。{own}塔在山上。大家都怕{own}塔。又见{own}塔。"
            told += f"“那座{own}塔从来没有人能够走得上去，你也不行。”老周说。"
            parts.append(f"第{n}章 渡口{n}\n" + "\n".join([*TERMS, told, FILLER * 6]) + "\n")
        began = time.perf_counter()
        facts_of("".join(parts), "老周", "小满", "阿旺")
        return time.perf_counter() - began

    seconds(5)
    assert seconds(160) < 20 * max(0.1, seconds(20))


def question_about(chapter="c0001", part="plot"):
    return Question(source=chapter, part=part, content="", chapter=chapter)


def small_inputs():
    text = "第一章 渡口\n老周把铜铃交给了小满。\n小满把它挂在门上。\n"
    novel = Novel(path="novel.txt", text=text, encoding="utf-8")
    book = Book(slug="small", title="小书")
    chapters = tuple(c for c in split_chapters_of(novel, book))
    return Inputs(book, novel=lambda: novel, records=lambda kind: {Chapter: chapters}.get(kind, ()))


def split_chapters_of(novel, book):
    inputs = Inputs(book, novel=lambda: novel, records=lambda kind: ())
    return [r for r in stage_named("chapters").derive(inputs) if isinstance(r, Chapter)]


def item(**changes):
    good = {
        "fact": "老周把铜铃交给了小满。",
        "questions": ["铜铃交给了谁？", "谁得到了铜铃？", "老周的铜铃给了谁？"],
        "answer": "小满",
        "paragraphs": [1],
    }
    return {**good, **changes}


def replied(*items):
    return ASKING.records(question_about(), json.dumps({"facts": list(items)}, ensure_ascii=False), small_inputs())


def test_a_good_reply_becomes_knowledge_with_its_paragraphs():
    [fact] = replied(item(paragraphs=[1, 1, 2, 99]))
    assert (fact.id, fact.angle, fact.evidence, fact.engine) == (
        "c0001-plot-k01",
        "plot",
        ("c0001-p001", "c0001-p002"),
        "api",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paragraphs": [77]}, "no_evidence"),
        ({"questions": ["本章里铜铃给了谁？"]}, "names_this_chapter"),
        ({"fact": "本章里老周给了小满铜铃。"}, "names_this_chapter"),
        ({"answer": ""}, "no_fact"),
        ({"paragraphs": "一"}, "no_fact"),
    ],
)
def test_a_bad_item_is_dropped_with_its_reason_and_the_rest_kept(changes, reason):
    bad, good = replied(item(**changes), item())
    assert (bad.reason, bad.stage) == (reason, "knowledge")
    assert isinstance(good, Knowledge)


def test_only_the_question_that_names_the_chapter_is_left_out():
    [fact] = replied(item(questions=["文中铜铃给了谁？", "老周的铜铃给了谁？"]))
    assert fact.questions == ("老周的铜铃给了谁？",)


@pytest.mark.parametrize("reply", ["", "没有。", "{}", '{"facts":[]}', '{"facts":3}', '{"facts":[{"a":1},{"b":2}]}'])
def test_nonsense_is_a_reply_error(reply):
    with pytest.raises(ReplyError):
        ASKING.records(question_about(), reply, small_inputs())


def test_each_chapter_is_asked_for_four_angles():
    questions = list(ASKING.questions(small_inputs(), lambda name, **variables: f"{name} {variables}"))
    assert [q.part for q in questions] == ["terms", "plot", "meaning", "depth"]
    assert all(q.chapter == q.source and q.max_tokens >= q.expected_tokens for q in questions)
