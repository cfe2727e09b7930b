"""Finding quotations: marks of every kind, faulty marks, utterances in pieces, and what is no speech."""

import itertools
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.reading.marks import MarkStyle
from extractor.reading.quotations import detect_style, find_quotations
from extractor.records import Chapter

GOLD = Path(__file__).parent / "gold"
LINE = re.compile(r"[^\n]*\S[^\n]*")


def chapter(text, start=0):
    paragraphs = tuple(match.span() for match in LINE.finditer(text))
    return Chapter(
        id="c0001", position=1, number=1, start=start, end=start + len(text), text=text, paragraphs=paragraphs
    )


def found(text, language="zh", kind=None, book=None):
    style = detect_style([chapter(book or text)])
    return [q for q in find_quotations(chapter(text), language=language, style=style) if kind in (None, q.kind)]


def texts(text, language="zh", kind="speech", book=None):
    return [q.text for q in found(text, language, kind, book)]


def pieces(text, language="zh", book=None):
    return [[text[a:b] for a, b in q.spans] for q in found(text, language, None, book)]


@pytest.mark.parametrize(
    "marked",
    [
        "“来了。”",
        '"来了。"',
        "「来了。」",
        "『来了。』",
        "‘来了。’",
        "＂来了。＂",
        "﹁来了。﹂",
        "«来了。»",
        '“来了。"',
        '"来了。”',
    ],
)
def test_every_family_of_marks_opens_speech(marked):
    assert texts(f"老周说：{marked}\n门又关上了。") == ["来了。"]


def test_ids_count_in_text_order_and_spans_leave_the_marks_out():
    text = "“早。”小五说。\n她问：“这么早？”"
    quotations = found(text)
    assert [q.id for q in quotations] == ["c0001-q001", "c0001-q002"]
    assert [q.paragraph for q in quotations] == [1, 2]
    assert all(q.speaker is None for q in quotations)
    assert [text[a:b] for q in quotations for a, b in q.spans] == ["早。", "这么早？"]


def test_nested_quotations_are_part_of_the_outer_one():
    assert texts("他说：“我听见有人喊‘快跑’，就跑了。”") == ["我听见有人喊‘快跑’，就跑了。"]
    assert texts("他说：“我听见有人喊“快跑”，就跑了。”") == ["我听见有人喊“快跑”，就跑了。"]
    assert texts("他說：「我聽見有人喊『快跑』，就跑了。」") == ["我聽見有人喊『快跑』，就跑了。"]
    line = "“I said ‘no’ to him, and he said “fine,” and left,” said Ada."
    assert texts(line, "en") == ["I said ‘no’ to him, and he said “fine,” and left,"]


def test_turned_and_doubled_marks_still_open_and_close():
    assert texts("老周说：”你走吧。”\n小五说：“好。“\n老周说：““再见。””") == ["你走吧。", "好。", "再见。"]


def test_a_missing_close_ends_with_its_paragraph():
    text = "老周说：“我不去了。\n天黑了下来。\n“那我去。”小五说。"
    assert texts(text) == ["我不去了。", "那我去。"]


def test_a_missing_open_begins_behind_the_colon():
    assert texts("“好。”\n老周说：我不去了。”\n天黑了。“那我去。”小五说。") == ["好。", "我不去了。", "那我去。"]


def test_one_bad_mark_damages_nothing_behind_it():
    lines = [f"“这是第{n}句话。”老周说。" for n in range(40)]
    lines[7] = "“这是第7句话。老周说。"
    lines[20] = "这是第20句话。”老周说。"
    result = texts("\n".join(lines))
    assert [t for t in result if not t.startswith(("这是第7句", "这是第20句"))] == [
        f"这是第{n}句话。" for n in range(40) if n not in (7, 20)
    ]


def test_narration_inside_an_utterance_makes_it_two_spans():
    assert pieces("“我不去，”老周摇头说，“太远了。”") == [["我不去，", "太远了。"]]
    assert pieces("“我不去。”老周摇头。“太远了。”") == [["我不去。", "太远了。"]]
    assert pieces("“I won't,” said Ada, “and you know it.”", "en") == [["I won't,", "and you know it."]]
    assert pieces("“I won't,” said Ada. She rose. “You know it.”", "en") == [["I won't,", "You know it."]]


def test_another_speaker_begins_another_quotation():
    assert pieces("“我不去。”老周摇头。小五便说：“我去。”") == [["我不去。"], ["我去。"]]
    assert pieces("“你去！”老周一怔。“站住！”守门人喊。") == [["你去！"], ["站住！"]]
    assert pieces("他想：“完了。”便跑。“站住！”守门人喊。") == [["完了。"], ["站住！"]]
    assert pieces("“你去！”“我去？”") == [["你去！"], ["我去？"]]
    text = "“Go on,” said Ada, and old Mr. Pim asked, “Where to?”"
    assert len(pieces(text.replace("on,", "on!"), "en")) == 2
    assert pieces("“Stay,” said Ada. He laughed. “Never!” roared Pim.", "en") == [["Stay,"], ["Never!"]]


def test_a_quotation_over_paragraphs_is_one():
    told = ["从前有一座山，山里住着一头熊。", "山上有一座庙，庙里没有和尚。", "庙里没有人，只有一口钟。"]
    text = "老周说：" + "\n".join(f"“{line}" for line in told) + "”\n“后来呢？”小五问。"
    assert pieces(text) == [told, ["后来呢？"]]


def test_a_short_line_without_its_close_does_not_swallow_the_answer():
    assert pieces("“好。\n“那就走。”小五说。") == [["好。"], ["那就走。"]]


def test_verses_inside_one_pair_of_marks_stay_together():
    text = "她轻轻念道：“一更天，\n二更天，\n三更人不眠。”\n“好诗。”小五说。"
    assert pieces(text) == [["一更天，", "二更天，", "三更人不眠。"], ["好诗。"]]


def test_joint_of_pieces_is_the_languages_own():
    assert texts("“我不去，”老周说，“太远了。”") == ["我不去，太远了。"]
    assert texts("“I won't,” said Ada, “not today.”", "en") == ["I won't, not today."]


BRITISH = """
‘It’s the dogs’ dinner,’ said Ada. ‘’Tis nothing to me.’

‘Don’t!’ cried Pim. ‘You can’t know what “nothing” means.’

The boys’ boots stood in the hall, as they had in ’98, and nobody’s were clean.

‘I have said it once and I’ll say it again,’ said Ada: ‘eat.’
"""


@pytest.mark.parametrize("straight", [False, True])
def test_single_marks_of_a_british_book_are_told_from_apostrophes(straight):
    book = BRITISH.replace("‘", "'").replace("’", "'") if straight else BRITISH
    mark = "'" if straight else "’"
    assert detect_style([chapter(book)]).families[0] == "single"
    assert texts(book, "en") == [
        text.replace("’", mark)
        for text in (
            "It’s the dogs’ dinner, ’Tis nothing to me.",
            "Don’t! You can’t know what “nothing” means.",
            "I have said it once and I’ll say it again, eat.",
        )
    ]


def test_apostrophes_are_no_marks_where_the_book_uses_double_ones():
    book = (
        "\"It's the dogs' dinner,\" said Ada.\n\n"
        "'Twas cold, and 'em that knew it stayed in the boys' room.\n\n"
        '"Well?"\n'
    )
    assert detect_style([chapter(book)]).families[0] == "double"
    assert [q.text for q in found(book, "en")] == ["It's the dogs' dinner,", "Well?"]


def test_style_is_decided_over_all_chapters():
    first = chapter("‘Come in,’ said Ada.\n\n‘No,’ said Pim.\n\n‘Please,’ said Ada.\n")
    last = chapter("It was the boys’ room. ‘Mine,’ said Pim.\n")
    style = detect_style([first, last])
    assert [q.text for q in find_quotations(last, language="en", style=style)] == ["Mine,"]
    assert style == detect_style([last, first])


DASHED = "——你来了。\n门外下着雨。\n——来了，老周说。外头冷。\n——坐。\n屋里只有一把椅子。\n——我站着。"


def test_a_dash_opens_speech_only_where_the_book_speaks_so():
    assert detect_style([chapter(DASHED)]).dash
    assert texts(DASHED) == ["你来了。", "来了，外头冷。", "坐。", "我站着。"]
    assert texts("“走吧。”\n——这是后话。\n“好。”\n“走。”\n") == ["走吧。", "好。", "走。"]


def test_tags_are_cut_out_of_english_dash_dialogue():
    text = "—Come up, he cried, come up!\n\nHe waited.\n\n—No, said Ada Pim.\n\n—Why not?\n\n—It is late.\n"
    assert pieces(text, "en") == [["Come up,", "come up!"], ["No,"], ["Why not?"], ["It is late."]]


@pytest.mark.parametrize(
    "text",
    [
        "门上写着“闲人免进”，旁边还有一把锁。",
        "所谓“涸原”，就是从前的海底。",
        "镇上的人管这叫“还盐”。",
        "他听见“痨病”这两个字，变了脸色。",
        "墙外“嗡”一声，什么东西飞过去了。",
        "忽听得背后“哑——”的一声大叫。",
        "他成了村里的“名人”，人人都躲着他。",
        "匾上题着“松风”二字。",
        "底下一行小字，“概不赊欠”。",
        "“砰！”门被踹开了。",
        "“咚咚咚……”外面传来敲门声。",
    ],
)
def test_titles_sounds_and_words_held_apart_are_other(text):
    assert [q.kind for q in found(text)] == ["other"]


@pytest.mark.parametrize(
    "text",
    [
        "他应了一声“是”，退了出去。",
        "“嗳哟”了一声，他跌坐在地。",
        "嘴里念着“莫怪莫怪”，又磕了个头。",
        "“好”\n他走了。",
        "“知道了”，她说。",
    ],
)
def test_bare_words_that_a_verb_says_are_speech(text):
    assert [q.kind for q in found(text)] == ["speech"]


@pytest.mark.parametrize(
    "text",
    [
        "He called it his “winter office” and never swept it.",
        "Over the door hung a board, “NO CREDIT”, and a lamp.",
        "She had read “The Silent Mill” twice.",
        "The word “never” was not in the book.",
        "“The Silent Mill” is a book about a goose.",
    ],
)
def test_signs_titles_and_words_held_apart_are_other_in_english(text):
    assert [q.kind for q in found(text, "en")] == ["other"]


def test_run_on_speech_is_speech_in_english():
    assert texts("He turned and said “Let us go” rather loudly.", "en") == ["Let us go"]
    assert texts("There were cries of “Shame!” from the gallery.", "en") == ["Shame!"]


def test_words_in_a_list_share_their_kind():
    assert [q.kind for q in found("匾上写着“松风”、“水月”和“听涛”。")] == ["other"] * 3


def test_a_letter_is_other_and_what_is_said_about_it_is_speech():
    text = (
        "“My dear Ada,\n\n“The roof has come down again.\n\n“Come when you can.\n\n“Your loving brother,\n\n“PIM.”\n\n"
        "“Well!” said Ada.\n"
    )
    assert [q.kind for q in found(text, "en")] == ["other", "speech"]
    assert [q.kind for q in found("她拆开信念道：\n“小五吾儿：见信如晤。家里都好，猪也肥了，勿念。”\n“没了？”")] == [
        "other",
        "speech",
    ]


def test_paragraph_that_ends_with_a_colon_leads_the_next_one_in():
    assert [q.kind for q in found("他心里想道：\n“这可不妙。”\n“怎么了？”小五问。")] == ["thought", "speech"]
    assert [q.kind for q in found("木牌上写着：\n“闲人免进”\n“走吧。”")] == ["other", "speech"]


MARKS = "“”\"'‘’「」『』＂﹁﹂«»„—–_*《》"
WILD = st.text(st.sampled_from(MARKS + " \n\n　，。：？！.,:!?他她说道想心暗人I he said thought Ada"), max_size=300)


@settings(max_examples=300, deadline=None)
@given(WILD | st.text(max_size=80), st.sampled_from(["zh", "en"]), st.booleans())
def test_any_text_yields_ordered_disjoint_spans_inside_the_chapter(text, language, dash):
    one = chapter(text)
    joint = "" if language == "zh" else " "
    style = detect_style([one])
    for chosen in (style, MarkStyle(dash=dash), MarkStyle(families=("single", "double"), dash=dash)):
        quotations = find_quotations(one, language=language, style=chosen)
        edges = [edge for q in quotations for span in q.spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= a < b <= len(text) for q in quotations for a, b in q.spans)
        assert [q.text for q in quotations] == [joint.join(text[a:b] for a, b in q.spans) for q in quotations]
        assert [q.id for q in quotations] == [f"c0001-q{n:03d}" for n in range(1, len(quotations) + 1)]
        for q in quotations:
            first, last = one.paragraphs[q.paragraph - 1]
            assert first <= q.spans[0][0] < last
            assert all(text[a:b].strip() == text[a:b] for a, b in q.spans)


@pytest.mark.parametrize(
    "unit", ["“", '"', "'", "“”", "“ ", "“啊\n", "心想：好！", "_Ab cd ef._ ", "Is it, he thought. ", "—a\n"]
)
def test_time_grows_with_the_text_and_not_faster(unit):
    def seconds(size):
        one = chapter(unit * (size // len(unit)))
        begun = time.process_time()
        for language in ("zh", "en"):
            find_quotations(one, language=language, style=detect_style([one]))
        return time.process_time() - begun

    seconds(2_000)
    assert seconds(60_000) < 14 * seconds(10_000) + 0.3


def test_a_long_novel_takes_seconds():
    page = (
        "“你来了。”老周放下碗，抬头看他，“坐。”\n门外的雨下得更大了，屋檐上的水一条一条挂下来。\n"
        "他心想：这雨怕是不会停了。\n"
    )
    one = chapter(page * (850_000 // len(page)))
    begun = time.process_time()
    quotations = find_quotations(one, language="zh", style=detect_style([one]))
    assert len(quotations) > 20_000
    assert time.process_time() - begun < 6


def trim(text, a, b):
    edge = MARKS + " \n　⟦⟧"
    while a < b and text[a] in edge:
        a += 1
    while b > a and text[b - 1] in edge:
        b -= 1
    return a, b


def gold_and_predicted(slug, language):
    novel = (GOLD.parents[1] / "books" / slug / "novel.txt").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in (GOLD / slug / f"{slug}.quotes.jsonl").read_text("utf-8").splitlines()]
    chapters = [
        Chapter(
            id=row["id"],
            position=position,
            start=row["start"],
            end=row["end"],
            text=novel[row["start"] : row["end"]],
            paragraphs=tuple((a - row["start"], b - row["start"]) for a, b in row["paragraphs"]),
        )
        for position, row in enumerate(
            map(json.loads, (GOLD / slug / f"{slug}.chapters.jsonl").read_text("utf-8").splitlines()), start=1
        )
    ]
    style = detect_style(chapters)
    predicted = {}
    for one in chapters:
        for q in find_quotations(one, language=language, style=style):
            for a, b in q.spans:
                predicted[trim(novel, one.start + a, one.start + b)] = (q.kind, f"{one.id}{q.id}")
    gold = {}
    for row in rows:
        kind = "other" if row.get("negative") else "thought" if row.get("thought") else "speech"
        for a, b in row["spans"]:
            gold[trim(novel, a, b)] = (kind, row["id"], novel[a] in MARKS or novel[a - 1] in MARKS)
    return gold, predicted


@pytest.mark.parametrize(("slug", "language"), [("demo", "zh"), ("demo-en", "en")])
def test_demo_novels_are_read_as_their_gold_says(slug, language):
    gold, predicted = gold_and_predicted(slug, language)
    spoken = {span for span, (kind, *_) in gold.items() if kind == "speech"}
    claimed = {span for span, (kind, _) in predicted.items() if kind == "speech"}
    right = len(spoken & claimed)
    assert 2 * right / (len(spoken) + len(claimed)) >= 0.98
    thoughts = [span for span, (kind, _, marked) in gold.items() if kind == "thought" and marked]
    assert sum(predicted.get(span, ("", ""))[0] == "thought" for span in thoughts) >= 0.8 * len(thoughts)
    signs = [span for span, (kind, *_) in gold.items() if kind == "other"]
    assert sum(predicted.get(span, ("other", ""))[0] == "other" for span in signs) >= 0.8 * len(signs)


@pytest.mark.parametrize(("slug", "language"), [("demo", "zh"), ("demo-en", "en")])
def test_demo_utterances_keep_their_pieces_together(slug, language):
    gold, predicted = gold_and_predicted(slug, language)
    spans = sorted(span for span, (kind, *_) in gold.items() if kind == "speech" and span in predicted)
    pairs = list(itertools.pairwise(spans))
    agreed = sum((gold[a][1] == gold[b][1]) == (predicted[a][1] == predicted[b][1]) for a, b in pairs)
    assert agreed >= 0.97 * len(pairs)
