import json
import shutil
import zipfile

import pytest
from workshop import ROOT, Workshop, error_line

from extractor.book import Shelf
from extractor.new import guess_language

OPENINGS = ("雨下了一夜。", "天亮得很慢。", "渡口没有人。", "风从北边来。")
ZH = "《渡口》\n作者：写字的人\n\n" + "".join(
    f"第{number}章 {title}\n\n　　{opening}老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”张三娘问道。\n"
    f"　　老丁说：“沉了{number}条，剩下的都漏水。”\n　　“那就走路。”张三娘说。\n"
    f"　　老丁笑道：“走路要走三天，你走得动？”\n"
    f"　　张三娘说：“走得动。”\n　　老丁摇摇头：“你先吃饭。”\n　　老丁又说：“吃完再走。”\n\n"
    for number, title, opening in zip("一二三四", ("雨", "船", "路", "饭"), OPENINGS, strict=True)
)
EN = "The Ferry\n\nby Some Writer\n\n" + "".join(
    f"Chapter {number}\n\nIt had rained all night, and the ferry was gone.\n\n"
    f"“Where is the boat?” asked Hannah Pike.\n\n"
    f"“Sunk,” said Mr. Marlow. “All {number} of them.”\n\n“Then we walk,” said Hannah Pike.\n\n"
    f"Mr. Marlow laughed. “It is three days,” said Mr. Marlow.\n\n“I have three days,” said Hannah Pike.\n\n"
    for number in range(1, 5)
)


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def epub(path):
    """An EPUB of four chapters with a title and an author."""
    parts = ZH.split("第")[1:]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        items = "".join(
            f'<item id="p{n}" href="p{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(parts))
        )
        spine = "".join(f'<itemref idref="p{n}"/>' for n in range(len(parts)))
        archive.writestr(
            "content.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>渡口</dc:title><dc:creator>写字的人</dc:creator>'
            f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for number, part in enumerate(parts):
            heading, *lines = filter(None, part.split("\n"))
            body = "".join(f"<p>{line}</p>" for line in lines)
            archive.writestr(
                f"p{number}.xhtml",
                f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>第{heading}</h1>{body}</body></html>',
            )


def html(path):
    lines = "".join(
        f"<h2>{line}</h2>" if line.startswith("第") else f"<p>{line}</p>" for line in ZH.split("\n")[3:] if line
    )
    path.write_text(
        f'<html><head><meta charset="utf-8"><title>渡口</title></head><body>{lines}</body></html>', encoding="utf-8"
    )


def markdown(path):
    lines = [f"## {line}" if line.startswith("第") else line for line in ZH.split("\n")[3:]]
    path.write_text("# 渡口\n\n" + "\n\n".join(filter(None, lines)), encoding="utf-8")


MAKERS = {
    "novel.txt": lambda path: path.write_text(ZH, encoding="gb18030"),
    "utf16.txt": lambda path: path.write_text(ZH, encoding="utf-16"),
    "novel.epub": epub,
    "novel.html": html,
    "novel.md": markdown,
    "NOVEL.TXT": lambda path: path.write_text(ZH, encoding="utf-8-sig"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_chinese_novel_in_any_format_becomes_a_book(workshop, name):
    path = workshop.root / name
    MAKERS[name](path)
    result = workshop.run("new", path, "--slug", "ferry")
    assert result.exit_code == 0, result.output
    book = Shelf("ferry", workshop.root).book
    assert (book.title, book.language, book.persona) == ("渡口", "zh", "老丁")
    assert {entry.name for entry in book.cast} >= {"老丁", "张三娘"}
    assert "《渡口》, zh, 4 chapters" in result.output
    assert (workshop.root / f"books/ferry/novel{path.suffix.lower()}").read_bytes() == path.read_bytes()
    assert workshop.make("ferry", "chapters").stdout.startswith("chapters: ")
    assert not workshop.outputs("ferry").joinpath("cast.jsonl").exists()


def test_an_english_novel_becomes_a_book(workshop):
    path = workshop.root / "the ferry.txt"
    path.write_text(EN, encoding="utf-8")
    result = workshop.run("new", path)
    assert result.exit_code == 0, result.output
    book = Shelf("the-ferry", workshop.root).book
    assert (book.title, book.author, book.language) == ("The Ferry", "Some Writer", "en")
    assert book.persona in ("Hannah Pike", "Mr. Marlow", "Marlow")


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "persona"), [("demo", "祁问礁"), ("demo-en", "Averil Stroud")])
def test_the_demo_novels_are_understood_without_their_book_toml(workshop, slug, persona):
    result = workshop.run("new", ROOT / "books" / slug / "novel.txt", "--slug", "found")
    assert result.exit_code == 0, result.output
    book, given = Shelf("found", workshop.root).book, Shelf(slug, ROOT).book
    assert (book.title, book.language) == (given.title, given.language)
    assert book.author in (given.author, "")
    assert book.persona in next(entry.names for entry in given.cast if entry.name == persona)


def test_the_persona_can_be_chosen_by_any_name(workshop):
    (workshop.root / "n.txt").write_text(ZH, encoding="utf-8")
    assert workshop.run("new", "n.txt", "--slug", "a", "--persona", "张三娘").exit_code == 0
    assert Shelf("a", workshop.root).book.persona == "张三娘"
    line = error_line(workshop.run("new", "n.txt", "--slug", "b", "--persona", "老王"))
    assert "persona '老王' was not found" in line
    assert "老丁" in line
    assert not (workshop.root / "books/b").exists()


def test_a_folder_that_exists_is_left_alone(workshop):
    (workshop.root / "n.txt").write_text(ZH, encoding="utf-8")
    assert workshop.run("new", "n.txt", "--slug", "a").exit_code == 0
    before = {p: p.read_bytes() for p in (workshop.root / "books/a").iterdir()}
    assert "books/a exists already" in error_line(workshop.run("new", "n.txt", "--slug", "a"))
    assert {p: p.read_bytes() for p in (workshop.root / "books/a").iterdir()} == before


@pytest.mark.parametrize("slug", ["道诡", "a/b", "..", "a b"])
def test_a_slug_that_is_no_folder_name_is_refused(workshop, slug):
    (workshop.root / "n.txt").write_text(ZH, encoding="utf-8")
    error_line(workshop.run("new", "n.txt", "--slug", slug))
    assert not (workshop.root / "books").exists()


def test_a_chinese_file_name_asks_for_a_slug(workshop):
    (workshop.root / "渡口.txt").write_text(ZH, encoding="utf-8")
    assert "--slug" in error_line(workshop.run("new", "渡口.txt"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.txt", None),
        ("empty.txt", b""),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50),
        ("fake.epub", b"no archive"),
        ("fake.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 50),
    ],
)
def test_what_cannot_be_read_makes_no_book(workshop, name, content):
    if content is not None:
        (workshop.root / name).write_bytes(content)
    assert name in error_line(workshop.run("new", name, "--slug", "a"))
    assert not (workshop.root / "books").exists()


def test_a_folder_is_no_novel(workshop):
    (workshop.root / "folder").mkdir()
    assert "folder" in error_line(workshop.run("new", "folder", "--slug", "a"))


def test_a_novel_in_which_nobody_speaks_still_makes_a_book(workshop):
    (workshop.root / "n.txt").write_text("第一章 雨\n\n　　雨下了一夜。\n", encoding="utf-8")
    result = workshop.run("new", "n.txt", "--slug", "a")
    assert result.exit_code == 0
    assert "persona: none found" in result.output
    assert Shelf("a", workshop.root).book.persona == ""


@pytest.mark.parametrize("title", ['a "quoted" title', "back\\slash", "tab\there", "《书》"])
def test_odd_titles_are_written_so_that_they_are_read_back(workshop, title):
    (workshop.root / "n.html").write_text(
        f"<html><head><title>{title}</title></head><body><h1>第一章 雨</h1><p>雨。</p></body></html>", encoding="utf-8"
    )
    assert workshop.run("new", "n.html", "--slug", "a").exit_code == 0
    assert json.dumps(Shelf("a", workshop.root).book.title)


@pytest.mark.parametrize("title", ["", " ", "　", "***", "\ufffd\ufffd渡", "——"])
def test_a_title_that_says_nothing_gives_way_to_the_files_name(workshop, title):
    (workshop.root / "ferry.html").write_text(
        f"<html><head><title>{title}</title></head><body><h1>第一章 雨</h1><p>雨。</p></body></html>", encoding="utf-8"
    )
    (workshop.root / "boat.txt").write_text(f"《{title}》\n\n第一章 雨\n\n　　雨。\n", encoding="utf-8")
    for name in ("ferry.html", "boat.txt"):
        slug = name.partition(".")[0]
        result = workshop.run("new", name)
        assert result.exit_code == 0, result.output
        assert Shelf(slug, workshop.root).book.title == slug


def test_a_full_outputs_folder_of_another_book_is_no_matter(workshop):
    (workshop.root / "n.txt").write_text(ZH, encoding="utf-8")
    workshop.run("new", "n.txt", "--slug", "a")
    workshop.make("a")
    shutil.rmtree(workshop.root / "books/a")
    assert workshop.run("new", "n.txt", "--slug", "a").exit_code == 0


@pytest.mark.parametrize(
    ("text", "language"), [("雨下了一夜。", "zh"), ("It rained.", "en"), ("", "en"), ("OK，走吧。It is 三点。", "zh")]
)
def test_the_language_is_told_by_its_letters(text, language):
    assert guess_language(text) == language
