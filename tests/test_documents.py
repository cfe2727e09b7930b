"""EPUB, HTML and Markdown become plain text whose headings are the format's own; broken ones are refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from extractor.errors import BookError
from extractor.reading.chapters import split_chapters
from extractor.reading.decoding import read_novel
from extractor.records import Chapter, Novel

BODY = "<p>他慢慢走过石桥，看见河里的灯。雨下得很大，谁也没有说话。</p><p>“你来了。”她说。</p>" * 8
CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def page(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head><body>{body}</body></html>'
    )


def epub(pages: dict[str, str], *, extra: dict[str, str] | None = None, items: str = "", spine: str = "") -> bytes:
    manifest = "".join(
        f'<item id="p{n}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    )
    refs = "".join(f'<itemref idref="p{n}"/>' for n in range(len(pages)))
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>夜渡</dc:title><dc:creator>某人</dc:creator>'
        f"</metadata><manifest>{manifest}{items}</manifest><spine>{spine}{refs}</spine></package>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/book.opf", package)
        for name, markup in pages.items():
            archive.writestr(f"OEBPS/{name}", markup)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(tmp_path: Path, content: bytes | str, name: str) -> Novel:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_novel(path)


def split(novel: Novel) -> list[Chapter]:
    return list(split_chapters(novel, language="zh", max_tokens=12_000))


def test_an_epub_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    pages = {f"第 {n}.xhtml": page(f"<h2>第{n}章 夜</h2>{BODY}") for n in (3, 1, 2)}
    novel = read(tmp_path, epub(pages), "novel.epub")
    assert (novel.title, novel.author, novel.encoding) == ("夜渡", "某人", "epub")
    assert [novel.text[o : o + 3] for o in novel.headings] == ["第3章", "第1章", "第2章"]
    assert "他慢慢走过石桥，看见河里的灯。雨下得很大，谁也没有说话。\n“你来了。”她说。\n" in novel.text


def test_ruby_notes_scripts_and_navigation_are_dropped(tmp_path: Path) -> None:
    body = (
        "<script>var x = 1;</script><nav>目录</nav><p>黛<ruby>玉<rp>(</rp><rt>yù</rt><rp>)</rp></ruby>说"
        '<a epub:type="noteref" href="#n1">1</a>话<sup><a href="x.html#n2">[2]</a></sup>。</p>'
        '<aside epub:type="footnote" id="n1"><p>注一</p></aside><p>第一\n行</p><p>one\n two <b>three</b></p>'
    )
    novel = read(tmp_path, epub({"a.xhtml": page(body)}), "novel.epub")
    assert novel.text == "黛玉说话。\n第一行\none two three\n"


def test_titles_of_the_contents_are_headings_also_where_the_page_lacks_them(tmp_path: Path) -> None:
    points = "".join(
        f'<navPoint id="n{n}" playOrder="{n}"><navLabel><text>第{n}章 夜</text></navLabel>'
        f'<content src="{n}.xhtml"/></navPoint>'
        for n in (1, 2, 3)
    )
    ncx = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>{points}</navMap></ncx>'
    pages = {
        "1.xhtml": page(BODY),
        "2.xhtml": page(f"<p>第2章　夜</p>{BODY}"),
        "3.xhtml": page(f"<h1>第3章 夜</h1>{BODY}<h2>一封信</h2>{BODY}"),
    }
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    novel = read(tmp_path, epub(pages, extra={"OEBPS/toc.ncx": ncx}, items=item), "novel.epub")
    assert [novel.text[o:].split("\n")[0] for o in novel.headings] == ["第1章 夜", "第2章　夜", "第3章 夜"]
    assert [chapter.id for chapter in split(novel)] == ["c0001", "c0002", "c0003"]


def test_one_page_with_anchors_has_several_chapters(tmp_path: Path) -> None:
    nav = page(
        '<nav epub:type="toc"><ol><li><a href="a.xhtml#x">春</a></li><li><a href="a.xhtml#y">夏</a></li>'
        '<li><a href="a.xhtml#z">秋</a></li></ol></nav>'
    )
    body = "".join(f'<div id="{i}"><p>{t}</p>{BODY}</div>' for i, t in (("x", "春"), ("y", "夏"), ("z", "秋")))
    item = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    novel = read(
        tmp_path,
        epub({"a.xhtml": page(body)}, extra={"OEBPS/nav.xhtml": nav}, items=item, spine='<itemref idref="nav"/>'),
        "novel.epub",
    )
    assert [(chapter.id, chapter.title, chapter.number) for chapter in split(novel)] == [
        ("c0001", "春", None), ("c0002", "夏", None), ("c0003", "秋", None),
    ]  # fmt: skip


def test_title_and_copyright_pages_are_front_matter(tmp_path: Path) -> None:
    pages = {
        "t.xhtml": page("<h1>夜渡</h1><p>某人</p>"),
        "c.xhtml": page("<h1>版权信息</h1>" + "<p>书号，出版社，地址，电话，印刷，发行，开本，定价。</p>" * 12),
        **{f"{n}.xhtml": page(f"<h2>第{n}章</h2><h3>夜雨</h3>{BODY}") for n in (1, 2)},
        "p.xhtml": page(f"<h2>写给读者</h2>{BODY}"),
    }
    chapters = split(read(tmp_path, epub(pages), "novel.epub"))
    assert [(chapter.id, chapter.kind) for chapter in chapters if chapter.kind != "front"] == [
        ("c0001", "chapter"), ("c0002", "chapter"), ("s01", "extra"),
    ]  # fmt: skip
    assert [chapter.title for chapter in chapters if chapter.number] == ["夜雨", "夜雨"]
    assert all("书号" not in chapter.text for chapter in chapters if chapter.kind != "front")


def test_html_is_read_in_any_character_set(tmp_path: Path) -> None:
    markup = (
        f"<html><head><title>夜渡</title><meta name=author content=某人></head><body><h1>第一章 夜</h1>{BODY}</body>"
    )
    for encoding in ("utf-8", "gb18030"):
        novel = read(tmp_path, markup.encode(encoding), "novel.html")
        assert (novel.title, novel.author, novel.encoding) == ("夜渡", "某人", encoding)
        assert novel.text.startswith("第一章 夜\n他慢慢走过石桥")


def test_line_breaks_and_rules_of_html_end_lines(tmp_path: Path) -> None:
    novel = read(tmp_path, "<p>　　甲<br/>　　乙<br>丙</p>丁<hr><div>戊<div>己</div>庚</div>", "novel.htm")
    assert novel.text.split("\n") == ["甲", "乙", "丙", "丁", "* * *", "戊", "己", "庚", ""]


def test_markdown_loses_its_marks_and_keeps_its_headings(tmp_path: Path) -> None:
    text = (
        "---\ntitle: 夜渡\nauthor: 某人\n---\n# 夜渡\n\n## 第一章 *雨*\n\n"
        "他**慢慢**走过[石桥](http://a.example)。\n\n> “你来了。”\n\n"
        "<!-- 注 -->\n第二章 灯\n------\n\n她没有说话\\*。\n\n* * *\n\n他也没有。\n"
    )
    novel = read(tmp_path, text, "novel.md")
    assert (novel.title, novel.author) == ("夜渡", "某人")
    assert [novel.text[o:].split("\n")[0] for o in novel.headings] == ["夜渡", "第一章 雨", "第二章 灯"]
    assert "他慢慢走过石桥。" in novel.text
    assert "\n“你来了。”\n" in novel.text
    assert "她没有说话*。" in novel.text
    assert "* * *" in novel.text
    assert "注" not in novel.text


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"no archive", "zip"),
        (epub({}), "no text"),
        (epub({"a.xhtml": page("")}), "no text"),
        (epub({"a.xhtml": page(BODY)}).replace(b"OEBPS/book.opf", b"OEBPS/book.xxx"), "book.opf"),
    ],
)
def test_a_broken_epub_is_refused_in_one_line(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(BookError, match=word) as caught:
        read(tmp_path, content, "novel.epub")
    assert "\n" not in str(caught.value)


def test_an_encrypted_epub_is_refused(tmp_path: Path) -> None:
    locks = '<encryption><EncryptedData><CipherReference URI="OEBPS/a.xhtml"/></EncryptedData></encryption>'
    with pytest.raises(BookError, match="copy-protected"):
        read(tmp_path, epub({"a.xhtml": page(BODY)}, extra={"META-INF/encryption.xml": locks}), "novel.epub")


def test_entities_and_bombs_are_refused(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><container>&b;</container>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/container.xml", laughs)
    with pytest.raises(BookError, match="entities"):
        read(tmp_path, packed.getvalue(), "novel.epub")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", " " * 30_000_000)
    with pytest.raises(BookError, match="unpacks"):
        read(tmp_path, packed.getvalue(), "novel.epub")


def test_markup_nested_very_deep_does_not_end_the_program(tmp_path: Path) -> None:
    novel = read(tmp_path, "<div>" * 20_000 + "<p>他来了。</p>", "novel.html")
    assert novel.text == "他来了。\n"
