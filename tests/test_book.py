"""book.toml: what is accepted, and how each fault is said in one line."""

import pytest

from extractor.book import Shelf
from extractor.errors import BookError

GOOD = 'title = "渡"\nlanguage = "zh"\npersona = "沈砚"\n[[cast]]\nname = "沈砚"\naliases = ["阿砚"]\n'


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "books" / "ferry").mkdir(parents=True)
    return Shelf("ferry", tmp_path)


def write(shelf, text, *, encoding="utf-8"):
    (shelf.folder / "book.toml").write_text(text, encoding=encoding)


def test_a_good_file_is_read_with_its_defaults(shelf):
    write(shelf, GOOD)
    assert shelf.book.title == "渡"
    assert shelf.book.budget == 10.0
    assert shelf.book.main_name("阿砚") == "沈砚"
    assert shelf.book.main_name("路人") == "路人"


def test_a_byte_order_mark_does_no_harm(shelf):
    write(shelf, GOOD, encoding="utf-8-sig")
    assert shelf.book.title == "渡"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "渡"\ntitel = "x"\n', "titel is not a known key. Known are title, author"),
        ('title = "渡"\nbudget = "ten"\n', "budget = 'ten' does not do"),
        ('title = "渡"\nlanguage = "fr"\n', "language = 'fr' does not do"),
        ('author = "某"\n', "title is missing. Add it"),
        (GOOD.replace('persona = "沈砚"', 'persona = "Ahab"'), "persona 'Ahab' is not in the cast (沈砚)"),
        (GOOD + '[[cast]]\nname = "阿蛮"\naliases = ["阿砚"]\n', "'阿砚' names both 沈砚 and 阿蛮"),
        (GOOD + 'nick = "x"\n', "cast.1.nick is not a known key. Known are name, aliases"),
        (GOOD + 'since = { "阿呆" = 3 }\n', "since names '阿呆'"),
        ('title = "渡"\nchapter_pattern = "第(章"\n', "chapter_pattern '第(章' is no regular expression"),
        ('title = "渡"\nslug = "x"\n', "slug is the folder's name"),
        ("title = \n", "is not TOML"),
    ],
)
def test_each_fault_is_one_line_that_names_the_value(shelf, text, said):
    write(shelf, text)
    with pytest.raises(BookError) as raised:
        _ = shelf.book
    assert said in str(raised.value)
    assert "book.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_utf8_is_said(shelf):
    (shelf.folder / "book.toml").write_bytes('title = "渡"'.encode("gb18030"))
    with pytest.raises(BookError, match="is not UTF-8"):
        _ = shelf.book


def test_an_unknown_book_names_the_known_ones(shelf):
    write(shelf, GOOD)
    with pytest.raises(BookError, match="no book 'other' \\(there are: ferry\\)"):
        _ = Shelf("other", shelf.root).book


def test_a_missing_novel_says_where_to_put_it(shelf):
    write(shelf, GOOD)
    with pytest.raises(
        BookError, match=r"novel\.txt is missing: the text of 《渡》 is not shipped\. Put your own copy"
    ):
        shelf.novel_path()


@pytest.mark.parametrize("slug", ["../etc", "a/b", "", "书"])
def test_a_slug_cannot_leave_its_folder(slug):
    with pytest.raises(BookError, match="is no book name"):
        Shelf(slug)


def test_the_book_that_ships_filled_in_is_valid():
    from pathlib import Path

    book = Shelf("daogui", Path(__file__).resolve().parents[1]).book
    assert book.persona == "李火旺"
    assert book.main_name("红中") == "李火旺"
    assert book.main_name("二神") == "白灵淼"
    people = {name for world in book.worlds for name in world.people}
    assert people <= {entry.name for entry in book.cast}
    assert not book.greetings
