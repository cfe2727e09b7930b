"""A novel's bytes become text, whatever they are written in; what is no text is refused in one line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.errors import BookError
from extractor.reading.advertisements import find_advertisements
from extractor.reading.charsets import decode
from extractor.reading.decoding import read_novel
from extractor.reading.numerals import read_number

SIMPLIFIED = (
    "第一章　雨夜\r\n　　天黑了，老张还没有回来。“你去看看他吧。"
    "”她说，“路上要小心，别摔着了。”他点点头，拿起伞就走。\r\n"
)
TRADITIONAL = (
    "第一章　雨夜\r\n　　天黑了，老張還沒有回來。「你去看看他吧。"
    "」她說，「路上要小心，別摔著了。」他點點頭，拿起傘就走。\r\n"
)
JAPANESE = (
    "第一章　雨の夜\r\n　日が暮れても、老人はまだ帰ってこなかった。「"
    "見てきてくれないか」と彼女は言った。彼はうなずいて傘を取った。\r\n"
)
FRENCH = (
    "Chapitre I. La nuit était tombée. « Où est-il ? » demanda Hé"
    "lène — personne ne répondit à sa question, même pas Noël.\r\n"
)
CURLY = (
    "Chapter I. “It’s late,” she said – “don’t you think so?” He d"
    "idn’t; the café was still open, and so was the naïve bar.\r\n"
)
SAMPLES = [
    ("utf-8", SIMPLIFIED), ("utf-8-sig", TRADITIONAL), ("utf-16", SIMPLIFIED), ("utf-16-le", SIMPLIFIED),
    ("utf-16-be", TRADITIONAL), ("gb18030", SIMPLIFIED), ("gbk", SIMPLIFIED), ("gb18030", TRADITIONAL),
    ("big5", TRADITIONAL), ("big5hkscs", TRADITIONAL), ("shift_jis", JAPANESE), ("cp1252", FRENCH), ("cp1252", CURLY),
    ("utf-8", FRENCH), ("utf-16-le", CURLY), ("utf-8", CURLY), ("euc_jp", JAPANESE), ("utf-32", SIMPLIFIED),
]  # fmt: skip


def write(tmp_path: Path, content: bytes, name: str = "novel.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("encoding", "text"), SAMPLES)
@pytest.mark.parametrize("times", [1, 200])
def test_text_survives_every_usual_character_set(tmp_path: Path, encoding: str, text: str, times: int) -> None:
    novel = read_novel(write(tmp_path, (text * times).encode(encoding)))
    assert novel.text == text * times
    assert novel.replaced == 0


@pytest.mark.parametrize(("encoding", "text"), [s for s in SAMPLES if s[0] not in ("utf-32",)])
def test_a_truncated_tail_is_replaced_not_guessed_otherwise(tmp_path: Path, encoding: str, text: str) -> None:
    content = (text * 3).encode(encoding)
    for cut in (1, 2, 3):
        novel = read_novel(write(tmp_path, content[:-cut]))
        assert novel.text[: len(text)] == text
        assert novel.replaced <= 1


@pytest.mark.parametrize(("encoding", "text"), [("utf-8", SIMPLIFIED), ("gb18030", SIMPLIFIED), ("big5", TRADITIONAL)])
def test_bad_bytes_are_counted_and_change_nothing_else(tmp_path: Path, encoding: str, text: str) -> None:
    content = (text * 20).encode(encoding)
    middle = content.index("天黑".encode(encoding), len(content) // 2)
    novel = read_novel(write(tmp_path, content[:middle] + b"\xff\xff\xff" + content[middle:]))
    assert novel.replaced >= 1
    assert novel.text.replace("�", "").startswith(text)
    assert novel.text.endswith(text)


def test_a_replacement_character_of_the_file_itself_is_not_counted(tmp_path: Path) -> None:
    novel = read_novel(write(tmp_path, (SIMPLIFIED + "坏�字").encode()))
    assert novel.replaced == 0


def test_line_ends_stay_and_the_byte_order_mark_goes(tmp_path: Path) -> None:
    novel = read_novel(write(tmp_path, b"\xef\xbb\xbfone\r\ntwo\rthree\n"))
    assert novel.text == "one\r\ntwo\rthree\n"


def test_title_and_author_are_read_from_the_first_lines(tmp_path: Path) -> None:
    novel = read_novel(write(tmp_path, "《夜渡》\n作者：某人\n\n第一章\n他来了。\n".encode()))
    assert (novel.title, novel.author) == ("夜渡", "某人")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"), (b"  \r\n\t ", "white space"), (b"PK\x03\x04" + b"\0" * 50, "zip"), (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff\xe0" + b"\0" * 40, "JPEG"), (b"abc\0\1\2\0" * 400, "null bytes"),
        (b"{\\rtf1\\ansi hello}", "RTF"), (bytes(range(128, 256)) * 9, "character set"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(BookError, match=word) as caught:
        read_novel(write(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert "novel.txt" in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="missing"):
        read_novel(tmp_path / "none.txt")
    with pytest.raises(BookError, match="folder"):
        read_novel(tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_unicode_text_comes_back_from_utf8(text: str) -> None:
    decoded = decode(("多" + text).encode())
    assert decoded is not None
    assert decoded.text == "多" + text


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash(content: bytes) -> None:
    decoded = decode(content)
    assert decoded is None or isinstance(decoded.text, str)


def test_ten_megabytes_are_read_fast(tmp_path: Path) -> None:
    path = write(tmp_path, (SIMPLIFIED * 80_000).encode("gb18030")[:10_000_000])
    start = time.perf_counter()
    read_novel(path)
    assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize(
    "line",
    [
        "天才一秒记住本站地址：www.example.com", "手机用户请访问 m.example.net 阅读",
        "（本章未完，请点击下一页继续阅读）",
        "PS：求推荐票，求收藏！", "最新章节请到某某小说网阅读",
        "请记住本站域名", "www.example.org", "求月票！！！",
    ],
)  # fmt: skip
def test_a_line_of_the_site_is_an_advertisement(line: str) -> None:
    text = f"他走了。\n　　{line}\n她没有走。\n"
    assert [text[start:end] for start, end in find_advertisements(text)] == [line]


@pytest.mark.parametrize(
    "line",
    [
        "“求月票！”他对着镜头喊。", "他用手机访问了网址，什么也没有。", "第12章 夜战（求月票）",
        "他打开手机，读了一条短信。",
        "He found the address at last and read the letter.",
        "她说网站倒闭了，本书也写完了。", "门票早已卖完，他求了半天。",
    ],
)  # fmt: skip
def test_a_line_of_the_story_is_none(line: str) -> None:
    assert find_advertisements(f"他走了。\n{line}\n") == ()


def test_an_address_inside_a_paragraph_is_cut_out_alone() -> None:
    text = "唐僧不见了。更多小说~尽在www.example.com这个也来问，那个也来寻，叫苦连天，乱作一团，谁也说不清楚。\n"
    assert [text[a:b] for a, b in find_advertisements(text)] == ["更多小说~尽在www.example.com"]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十二", 12), ("一百零五", 105), ("一二零", 120), ("二十", 20), ("两百", 200),
        ("一千零一", 1001), ("１２", 12), ("007", 7),
        ("XII", 12), ("xlii", 42), ("IIII", 4), ("Twenty-One", 21), ("first", 1),
        ("廿三", 23), ("百二十", 120), ("壹", 1),
        ("一万二千", 12000), ("", None), ("IXI", None), ("hello", None), ("9" * 40, None), ("Xii", None),
    ],
)  # fmt: skip
def test_numerals_are_read(numeral: str, value: int | None) -> None:
    assert read_number(numeral) == value


def test_a_lost_lead_byte_garbles_one_character_not_the_rest_of_the_line(tmp_path: Path) -> None:
    content = bytearray((SIMPLIFIED * 3).encode("gb18030"))
    place = content.index("老张".encode("gb18030"))
    content[place] = 0xFF
    novel = read_novel(write(tmp_path, bytes(content)))
    assert novel.text == (SIMPLIFIED * 3).replace("老", "�", 1)
    assert novel.replaced == 1


def test_stray_bytes_in_english_are_no_reason_to_guess_chinese(tmp_path: Path) -> None:
    text = "The old man walked over the bridge and saw the lights upon the river. " * 30
    novel = read_novel(write(tmp_path, text[:99].encode() + b"\xff" + text[99:].encode()))
    assert novel.text.replace("�", "") == text
    assert novel.replaced == 1
    accents = text + "He was her fiancé. " + text
    assert read_novel(write(tmp_path, accents.encode("cp1252"))).text == accents


PROSE = SIMPLIFIED * 12
KOREAN = (
    "그는 문을 열고 밖으로 나갔다. 비가 내리고 있었다. “어디 가니?” 그녀가 물었다. "
    "그는 대답하지 않았다. 밤은 길고 길은 어두웠다.\n"
) * 12


@pytest.mark.parametrize(
    ("content", "likeness"),
    [
        (KOREAN.encode("euc_kr"), "Korean"),
        (KOREAN.encode("euc_kr").decode("gb18030").encode(), "Korean"),
        (PROSE.encode().decode("latin-1").encode(), "UTF-8 that was read as Windows-1252"),
        (PROSE.encode().decode("cp1252", "replace").encode(), "UTF-8 that was read as Windows-1252"),
        ((CURLY * 5).encode().decode("cp1252", "replace").encode(), "UTF-8 that was read as Windows-1252"),
        ((FRENCH * 5).encode().decode("latin-1").encode(), "UTF-8 that was read as Windows-1252"),
        (PROSE.encode("gb18030").decode("latin-1").encode(), "an Asian character set"),
        (PROSE.encode().decode("gb18030", "replace").encode(), "UTF-8 that was read as GB18030"),
    ],
)
def test_what_was_read_in_the_wrong_character_set_is_refused(tmp_path: Path, content: bytes, likeness: str) -> None:
    with pytest.raises(BookError, match=rf"novel\.txt was read as .*{likeness}.* save it as UTF-8\.$") as caught:
        read_novel(write(tmp_path, content))
    assert "\n" not in str(caught.value)


CLASSICAL = (
    "云腾致雨，露结为霜。金生丽水，玉出昆冈。剑号巨阙，珠称夜光。果珍李柰，菜重芥姜。海咸河淡，鳞潜羽翔。"
    "龙师火帝，鸟官人皇。始制文字，乃服衣裳。赵钱孙李，周吴郑王。冯陈褚卫，蒋沈韩杨。\n"
)
GERMAN = "„Was für ein Spaß“, rief er und blieb am Fluß… „Das weiß“, sagte sie, „nur Gott.“ Der Spaß“ war aus.\n"


@pytest.mark.parametrize(
    "text", [text for _, text in SAMPLES] + [CLASSICAL, CLASSICAL + KOREAN, KOREAN, GERMAN, "Ã©: bad. " + CURLY]
)
@pytest.mark.parametrize("times", [1, 40])
def test_unusual_text_that_reads_well_is_not_refused(tmp_path: Path, text: str, times: int) -> None:
    assert read_novel(write(tmp_path, (text * times).encode())).text == text * times


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_the_demo_novels_read_well(slug: str) -> None:
    assert read_novel(Path(__file__).parents[1] / "books" / slug / "novel.txt").replaced == 0
