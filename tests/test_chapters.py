"""Chapters: numbers as printed, nothing lost, no false heading, and every oddity said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import BookError
from extractor.reading.advertisements import find_advertisements
from extractor.reading.chapters import estimate_tokens, preview, split_chapters
from extractor.reading.layout import find_headings
from extractor.records import Chapter, Novel

HAN = "零一二三四五六七八九十"
TITLES = ("夜雨", "归人", "石桥", "旧灯", "渡口", "长街", "故剑", "三更", "落叶", "白马", "青衫", "红烛")
BODY = "　　他慢慢走过石桥，看见河里的灯。雨下得很大，谁也没有说话。\n　　“你来了。”她说。\n" * 6
PAGE = (
    "The old man walked over the bridge and saw the lights upon the\nriver. Nobody spoke, for the rain fell hard.\n\n"
    * 6
)


def han(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (HAN[tens] if tens > 1 else "") + ("十" if tens else "") + (HAN[ones] if ones or not tens else "")


def novel(text: str) -> Novel:
    return Novel(path="novel.txt", text=text, encoding="utf-8", advertisements=find_advertisements(text))


def split(text: str, *, pattern: str = "", max_tokens: int = 12_000) -> list[Chapter]:
    return list(split_chapters(novel(text), pattern=pattern, language="zh", max_tokens=max_tokens))


def headings(text: str) -> list[str]:
    return [chapter.heading for chapter in split(text) if chapter.kind != "front"]


def ids(text: str) -> list[str]:
    return [chapter.id for chapter in split(text) if chapter.kind != "front"]


def oddities(text: str) -> list[str]:
    return [oddity.kind for oddity in find_headings(novel(text))[1]]


def book(lines: list[str], body: str = BODY) -> str:
    return "".join(f"{line}\n{body}" for line in lines)


STYLES = {
    "han": [f"第{han(i)}章 {TITLES[i % 12]}" for i in range(1, 21)],
    "digits": [f"第 {i} 章 {TITLES[i % 12]}" for i in range(1, 21)],
    "wide": [f"第{''.join(chr(ord(c) + 0xFEE0) for c in str(i))}章　{TITLES[i % 12]}" for i in range(1, 13)],
    "hui": [f"第{han(i)}回　{TITLES[i % 12]}　{TITLES[-i % 12]}" for i in range(1, 21)],
    "digit by digit": [f"第一{HAN[i]}{HAN[0]}回 {TITLES[i]}" for i in range(1, 2)] + ["第一一一回 夜", "第一一二回 雨"],
    "hua": [f"第{i}话「{TITLES[i % 12]}」" for i in range(1, 9)],
    "jie": [f"第{han(i)}节 {TITLES[i % 12]}" for i in range(1, 9)],
    "juan": [f"第{han(i)}卷 {TITLES[i % 12]}" for i in range(1, 9)],
    "ji": [f"第{han(i)}集" for i in range(1, 9)],
    "pian": [f"第{han(i)}篇 {TITLES[i % 12]}" for i in range(1, 9)],
    "brackets": [f"【第{i}章】{TITLES[i % 12]}" for i in range(1, 9)],
    "zhengwen": [f"正文 第{i}章 {TITLES[i % 12]}" for i in range(1, 9)],
    "book title": [f"大江 第{i}章 {TITLES[i % 12]}" for i in range(1, 9)],
    "attached": [f"第{han(i)}章{TITLES[i % 12]}" for i in range(1, 9)],
    "comma": [f"{han(i)}、{TITLES[i % 12]}" for i in range(1, 13)],
    "three digits": [f"{i:03d} {TITLES[i % 12]}" for i in range(1, 13)],
    "numeral alone": [han(i) for i in range(1, 13)],
    "brackets alone": [f"（{han(i)}）" for i in range(1, 13)],
    "chapter.001": [f"chapter.{i:03d}" for i in range(1, 9)],
    "begging": [f"第{i}章 {TITLES[i % 12]}（求月票）" for i in range(1, 9)],
    "mixed": [
        "第1章 夜",
        "正文 第2章 雨",
        "【第3章】灯",
        "4、桥",
        "5、船",
        "第六章（上） 河",
        "Chapter 7 山",
        "第８章　路",
        "第9章",
    ],
    "traditional": [f"第{han(i)}節　門前" for i in range(1, 5)],
}
ENGLISH = {
    "roman": [f"CHAPTER {n}." for n in ("I", "II", "III", "IV", "V", "VI")],
    "words": [f"Chapter {n}" for n in ("One", "Two", "Three", "Four")],
    "titles": [f"Chapter {n}: The Lamp" for n in range(1, 9)],
    "dash": [f"Chapter {n} - The Lamp" for n in range(1, 9)],
    "letters": [f"Letter {n}" for n in range(1, 5)],
    "books": [f"BOOK {n}" for n in ("I", "II", "III")],
    "staves": [f"STAVE {n}" for n in ("ONE", "TWO", "THREE")],
    "numerals": [f"{n}." for n in ("I", "II", "III", "IV")],
    "arabic": [str(n) for n in range(1, 7)],
    "numeral and title": [f"{n}. THE LAMP" for n in ("I", "II", "III", "IV")],
    "style changes": [
        "ADVENTURE I. THE LAMP",
        "ADVENTURE II. THE DOOR",
        "III. THE ADVENTURE OF THE BOAT",
        "IV. THE ADVENTURE OF ME",
    ],
    "prologue": ["PROLOGUE", "Chapter 1", "Chapter 2", "EPILOGUE"],
}


@pytest.mark.parametrize("style", STYLES)
def test_every_usual_heading_is_found_and_nothing_else(style: str) -> None:
    lines = STYLES[style]
    assert headings("某某著\n\n" + book(lines)) == [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize("style", ENGLISH)
def test_every_usual_english_heading_is_found(style: str) -> None:
    lines = ENGLISH[style]
    text = "THE LAMP\n\nby A. Nobody\n\n\n" + "".join(f"{line}\n\n{PAGE}\n" for line in lines)
    assert headings(text) == lines


@pytest.mark.parametrize(
    "line",
    [
        "第三章里说过的那把剑，如今又出现了。", "他翻到第3章时，灯灭了。", "“第三章？”她问。", "第一封信",
        "第四本书他没有看。",
        "第三回合开始了。", "第二章、第三章他都没有看。", "第二部分的钱还没有给。",
        "第九回林中……——", "第二节课他睡着了。",
        "Chapter 3 of his book was burnt.", "Part of it was true.", "I. went home.", "序幕拉开了。",
        "番外篇里说过这件事。",
    ],
)  # fmt: skip
def test_a_mention_is_no_heading(line: str) -> None:
    lines = STYLES["han"]
    text = "".join(f"{heading}\n{BODY}　　{line}\n{BODY}{line}\n{BODY}" for heading in lines)
    assert headings(text) == lines


def test_an_advertisement_is_no_heading_and_no_paragraph() -> None:
    text = book(STYLES["digits"][:3], BODY + "第9章 已更新，请到www.example.com阅读\n")
    chapters = split(text)
    assert [chapter.number for chapter in chapters] == [1, 2, 3]
    assert not any(
        "www" in chapter.paragraph_text(n + 1) for chapter in chapters for n in range(len(chapter.paragraphs))
    )


def test_a_table_of_contents_is_front_matter() -> None:
    lines = ["楔子", *STYLES["han"], "后记"]
    text = "大江\n\n目录\n" + "\n".join(lines) + "\n\n\n" + book(lines)
    chapters = split(text)
    assert chapters[0].kind == "front"
    assert chapters[0].position == 0
    assert [chapter.heading for chapter in chapters[1:]] == lines
    assert "contents" in oddities(text)


def test_contents_with_volumes_and_pages_do_not_count() -> None:
    volumes = [[f"第{han(v)}卷 {TITLES[v]}", *STYLES["han"][:6]] for v in (1, 2)]
    contents = "".join(f"{line}……{n}\n" for volume in volumes for n, line in enumerate(volume))
    text = "目录\n" + contents + "\n" + "".join(f"{v[0]}\n\n" + book(v[1:]) for v in volumes)
    assert ids(text) == [f"v{v:02d}c{n:04d}" for v in (1, 2) for n in range(1, 7)]


def test_english_contents_are_front_matter_though_written_otherwise() -> None:
    contents = "".join(f"{n}. In which the lamp goes out\n" for n in ("I", "II", "III", "IV", "V"))
    chapters = "".join(f"CHAPTER {n}.\n\n{PAGE}\n" for n in ("I", "II", "III", "IV", "V"))
    assert ids(f"THE LAMP\n\nContents\n\n{contents}\n\n{chapters}") == [f"c{n:04d}" for n in range(1, 6)]


def test_the_licence_around_the_story_is_front_matter() -> None:
    start = "*** START OF THIS PROJECT GUTENBERG EBOOK THE LAMP ***"
    end = "*** END OF THIS PROJECT GUTENBERG EBOOK THE LAMP ***"
    tail = "Section 1. General Terms\n\nSection 2. More\n\nSection 3. Most\n"
    text = (
        f"The Project Gutenberg EBook\n\n{start}\n\n" + book(["CHAPTER I.\n", "CHAPTER II.\n"], PAGE) + f"{end}\n{tail}"
    )
    chapters = split(text)
    assert [(chapter.id, chapter.kind) for chapter in chapters] == [
        ("f00", "front"), ("c0001", "chapter"), ("c0002", "chapter"), ("f01", "front"),
    ]  # fmt: skip
    assert chapters[-1].position == 0
    assert "Section" not in chapters[2].text


def test_numbers_that_begin_again_carry_their_volume() -> None:
    text = "".join(f"第{han(v)}卷 {TITLES[v]}\n\n" + book(STYLES["han"][:3]) for v in (1, 2))
    chapters = split(text)
    assert [chapter.id for chapter in chapters if chapter.kind != "front"] == [
        f"v0{v}c000{n}" for v in (1, 2) for n in (1, 2, 3)
    ]
    assert [chapter.volume for chapter in chapters if chapter.kind != "front"] == [1, 1, 1, 2, 2, 2]


def test_numbers_that_run_on_through_volumes_need_no_volume() -> None:
    text = "第一卷 夜\n\n" + book(STYLES["han"][:3]) + "第二卷 雨\n\n" + book(STYLES["han"][3:6])
    assert ids(text) == [f"c{n:04d}" for n in range(1, 7)]


def test_a_volume_in_each_heading_counts_once() -> None:
    text = book([f"第{han(v)}卷 {TITLES[v]} {line}" for v in (1, 2) for line in STYLES["han"][:4]])
    assert ids(text) == [f"v0{v}c000{n}" for v in (1, 2) for n in range(1, 5)]


def test_a_restart_without_volume_is_reported() -> None:
    text = book([*STYLES["han"][:5], *(line + "二" for line in STYLES["han"][:5])])
    assert ids(text)[4:6] == ["v01c0005", "v02c0001"]
    assert "restart" in oddities(text)


def test_sections_inside_chapters_are_no_chapters() -> None:
    for sections in (["第一节 甲", "第二节 乙"], ["一", "二", "三"], ["1.", "2.", "3."]):
        text = "".join(f"{line}\n" + book(sections) for line in STYLES["han"][:6])
        assert headings(text) == STYLES["han"][:6]


def test_unnumbered_parts_are_named_in_order() -> None:
    lines = ["楔子", *STYLES["han"][:2], "番外一 归来", "番外：远行", "尾声", "后记"]
    chapters = split("大江\n\n" + book(lines))
    assert [chapter.id for chapter in chapters] == ["f00", "s01", "c0001", "c0002", "s02", "s03", "s04", "s05"]
    assert [chapter.kind for chapter in chapters][1:4] == ["prologue", "chapter", "chapter"]
    assert [chapter.position for chapter in chapters] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_letters_before_chapters_do_not_take_their_numbers() -> None:
    lines = ["Letter 1", "Letter 2", "Chapter 1", "Chapter 2", "Chapter 3"]
    text = "".join(f"{line}\n\n{PAGE}\n" for line in lines)
    assert ids(text) == ["s01", "s02", "c0001", "c0002", "c0003"]


def test_a_gap_and_a_duplicate_are_reported_and_keep_their_numbers() -> None:
    lines = ["第1章 甲", "第2章 乙", "第2章 丙", "第3章 丁", "第6章 戊", "第7章 己"]
    assert ids(book(lines)) == ["c0001", "c0002", "c0002b", "c0003", "c0006", "c0007"]
    assert {"gap", "duplicate"} <= set(oddities(book(lines)))


def test_a_misprinted_number_is_read_from_its_neighbours() -> None:
    lines = [f"第{n}章 {TITLES[i]}" for i, n in enumerate((1, 2, 3, 9, 5, 6, 7, 8))]
    assert ids(book(lines)) == [f"c{n:04d}" for n in range(1, 9)]
    assert "misnumbered" in oddities(book(lines))


def test_two_halves_of_one_number_are_two_chapters() -> None:
    assert ids(book(["第1章 夜", "第2章（上） 雨", "第2章（下） 雨", "第3章 灯"])) == [
        "c0001",
        "c0002",
        "c0002b",
        "c0003",
    ]


def test_a_heading_printed_twice_is_one() -> None:
    text = "".join(f"{line}\n{line}\n{BODY}" for line in STYLES["digits"][:4])
    chapters = split(text)
    assert [chapter.number for chapter in chapters] == [1, 2, 3, 4]
    assert chapters[0].paragraph_text(1).startswith("他慢慢")
    assert "repeated" in oddities(text)


def test_a_running_head_is_no_heading_and_no_paragraph() -> None:
    text = "".join(f"{line}\n{BODY}{line}\n{BODY}" for line in STYLES["digits"][:4])
    chapters = split(text)
    assert [chapter.number for chapter in chapters] == [1, 2, 3, 4]
    assert all(
        "第" not in chapter.paragraph_text(n + 1) for chapter in chapters for n in range(len(chapter.paragraphs))
    )


def test_a_running_head_of_an_unnumbered_part_is_no_part() -> None:
    text = "Prologue\n\n" + PAGE + "Prologue\n\n" + PAGE + "CHAPTER I.\n\n" + PAGE + "CHAPTER II.\n\n" + PAGE
    assert ids(text + "Epilogue\n\n" + PAGE + "Epilogue\n\n" + PAGE) == ["s01", "c0001", "c0002", "s02"]


def test_a_closing_line_that_repeats_the_heading_is_no_heading() -> None:
    text = "".join(f"{line}\n{BODY}　　{''.join(line.split())}——\n" for line in STYLES["hui"][:6])
    assert headings(text) == [" ".join(line.split()) for line in STYLES["hui"][:6]]


def test_a_book_on_one_line_is_split() -> None:
    text = "大江" + "".join(f"第{han(n)}章{TITLES[n]}" + BODY.replace("\n", "") * 3 for n in range(1, 9))
    text = text.replace("第三章", "第三章", 1) + "如第一章夜雨一节所言，他回来了。"
    chapters = split(text)
    assert [chapter.number for chapter in chapters if chapter.kind != "front"] == list(range(1, 9))
    assert "\n" not in text


def test_a_heading_run_into_its_text_ends_at_its_number() -> None:
    text = "".join(f"第{n}章天还没有亮，他就起来了，走到河边去看船。\n{BODY}" for n in range(1, 6))
    chapters = split(text)
    assert [chapter.heading for chapter in chapters] == [f"第{n}章" for n in range(1, 6)]
    assert chapters[0].paragraph_text(1) == "天还没有亮，他就起来了，走到河边去看船。"


def test_the_users_pattern_wins() -> None:
    text = book(["〔甲〕1 夜", "〔乙〕2 雨", "第1章 灯"])
    chapters = split(text, pattern=r"^〔.〕(?P<number>\d+) (?P<title>.+)$")
    assert [(c.id, c.title) for c in chapters] == [("c0001", "夜"), ("c0002", "雨")]
    assert [c.number for c in split(text, pattern=r"^〔.〕(\d+)")] == [1, 2]
    with pytest.raises(BookError, match="chapter_pattern"):
        split(text, pattern="(")


def test_the_users_pattern_works_inside_lines_and_with_carriage_returns() -> None:
    assert [c.number for c in split(f"@1@{BODY[2:30] * 4}@2@丙丁@3@戊", pattern=r"@(\d+)@")] == [1, 2, 3]
    assert [c.number for c in split("= 1 =\r\n甲\r\n= 2 =\r\n乙\r\n", pattern=r"^= (\d+) =$")] == [1, 2]


def test_a_title_below_its_number_is_the_title() -> None:
    text = "".join(f"{n}.\n\nTHE NIGHT OF THE {n}.\n\n{PAGE}\n" for n in ("I", "II", "III"))
    chapters = split(text)
    assert chapters[1].title == "THE NIGHT OF THE II."
    assert chapters[1].paragraph_text(1).startswith("The old man")


def test_a_first_sentence_is_no_title() -> None:
    assert (
        split("".join(f"第{n}章\n\n他来了\n\n{BODY}" if n == 1 else f"第{n}章\n{BODY}" for n in range(1, 6)))[0].title
        == ""
    )


def test_a_text_without_headings_is_cut_between_paragraphs() -> None:
    chapters = split(BODY * 40, max_tokens=600)
    assert len(chapters) > 3
    assert [chapter.id for chapter in chapters] == [f"c{n:04d}" for n in range(1, len(chapters) + 1)]
    assert all(estimate_tokens(chapter.text) <= 600 and chapter.text.endswith("\n") for chapter in chapters)
    assert all(chapter.number is None for chapter in chapters)


def test_a_paragraph_longer_than_a_part_is_cut_between_sentences() -> None:
    chapters = split(BODY.replace("\n", "") * 20, max_tokens=500)
    assert len(chapters) > 2
    assert all(chapter.text.endswith(("。", "”")) for chapter in chapters)


def test_a_long_chapter_stays_whole_and_is_reported() -> None:
    text = book(["第1章 夜", "第2章 雨"], BODY * 20)
    assert len(split(text, max_tokens=500)) == 2
    assert any(line.startswith("long:") for line in preview(novel(text), max_tokens=500))


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    chapter = split("CHAPTER I.\n\n" + PAGE)[0]
    assert len(chapter.paragraphs) == 6
    assert chapter.paragraph_text(1).endswith("rain fell hard.")


def test_hard_wrapped_lines_divided_by_indents_are_one_paragraph() -> None:
    wrapped = (
        "　　他慢慢走过那座很旧的石桥看见河里有许多人在\n放灯谁也没有说话只听见远处传来一阵阵的钟声和水\n声。\n" * 6
    )
    chapter = split("第一章 夜\n\n" + wrapped)[0]
    assert len(chapter.paragraphs) == 6


def test_lines_of_a_web_novel_are_paragraphs() -> None:
    chapter = split("第一章 夜\n" + BODY)[0]
    assert len(chapter.paragraphs) == 12
    assert chapter.paragraph_text(2) == "“你来了。”她说。"


def test_the_preview_names_what_is_odd() -> None:
    lines = preview(novel(book(["第1章 甲", "第2章 乙", "第4章 丁"])), max_tokens=12_000)
    assert "c0004" in lines[3]
    assert "[gap]" in lines[3]
    assert "gap: no heading for number 3" in lines


PIECES = st.sampled_from(
    [
        "第1章 夜\n",
        "第一卷 雨\n",
        "第二章",
        "\r\n",
        "\n",
        "\r",
        "　　",
        "他来了。",
        "1\n",
        "I.\n",
        "CHAPTER II\n\n",
        "楔子\n",
        "www.a.com\n",
        "“",
        "x",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join)))
def test_chapters_joined_are_the_novel(text: str) -> None:
    chapters = split(text, max_tokens=50)
    assert "".join(chapter.text for chapter in chapters) == text
    assert len({chapter.id for chapter in chapters}) == len(chapters)
    for chapter in chapters:
        assert text[chapter.start : chapter.end] == chapter.text
        previous = 0
        for start, end in chapter.paragraphs:
            assert previous <= start < end <= len(chapter.text)
            assert chapter.text[start:end].strip() == chapter.text[start:end] != ""
            previous = end


@pytest.mark.parametrize(
    "unit",
    ["第", "\n", "1", " ", "　", "第一", "第1章\n", "1\n", "a 第", "www.", "（", "第1章 x", "手机用户", "Chapter I. "],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def seconds(size: int) -> float:
        start = time.perf_counter()
        split((unit * size)[:size])
        return time.perf_counter() - start

    seconds(1000)
    assert seconds(160_000) < 12 * max(0.02, min(seconds(40_000), seconds(40_000)))


def test_titles_without_numbers_are_found_by_the_contents() -> None:
    titles = ["THE LAMP", "The Red House", "A Boat at Night", "Farewell"]
    listed = "".join(f"{title} ........ {n}\n" for n, title in enumerate(titles, 7))
    text = f"SKETCHES\n\nCONTENTS\n\n{listed}\n\n" + "".join(f"{title}\n\n{PAGE}\n" for title in titles)
    assert headings(text) == titles
    assert ids(text) == ["c0001", "c0002", "c0003", "c0004"]
    assert [chapter.number for chapter in split(text)][1:] == [None] * 4


def test_contents_that_tell_the_story_are_contents() -> None:
    told = (
        "in which the old man walks over the bridge, sees the lights upon the river, and says nothing to anybody,\n" * 2
    )
    contents = "".join(f"CHAPTER {n}.--The Lamp, {told}" for n in ("I", "II", "III", "IV"))
    text = f"Contents\n\n{contents}\n\n" + "".join(f"CHAPTER {n}.\n\n{PAGE * 12}\n" for n in ("I", "II", "III", "IV"))
    assert ids(text) == ["c0001", "c0002", "c0003", "c0004"]


def test_notes_behind_the_last_chapter_are_no_part_of_it() -> None:
    chapters = split("第一章 夜\n" + BODY + "第二章 雨\n" + BODY + "注释\n〔１〕石桥：在河上。\n")
    assert [(chapter.id, chapter.kind) for chapter in chapters] == [
        ("c0001", "chapter"), ("c0002", "chapter"), ("f01", "front"),
    ]  # fmt: skip


def test_a_list_in_a_text_is_no_row_of_chapters() -> None:
    assert [chapter.heading for chapter in split(BODY * 9 + "1. 灯\n2. 桥\n3. 船\n" + BODY * 9)] == [""]


def test_a_title_said_again_below_its_heading_is_no_paragraph() -> None:
    chapters = split("第一章 夜雨\n夜雨\n" + BODY + "第二章 归人\n\n　　归人\n" + BODY)
    assert [len(chapter.paragraphs) for chapter in chapters] == [12, 12]


def test_a_chapter_on_each_line_is_split() -> None:
    flat = BODY.replace("\n", "") * 6
    chapters = split("".join(f"第{han(n)}章 {TITLES[n]} {flat}\n" for n in range(1, 6)))
    assert [(chapter.number, chapter.title) for chapter in chapters] == [(n, TITLES[n]) for n in range(1, 6)]
    assert chapters[0].paragraph_text(1).startswith("他慢慢")
    english = "The old man walked over the bridge and saw the lights upon the river. " * 30
    assert [c.number for c in split("".join(f"Chapter {n}. {english}\n" for n in range(1, 5)))] == [1, 2, 3, 4]
