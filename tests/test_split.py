from hypothesis import given
from hypothesis import strategies as st

from extractor.records import Chapter
from extractor.shaping.split import split_chapters


def book(number):
    return [
        Chapter(id=f"c{n:04d}", position=n, start=n, end=n + 1, text="x", paragraphs=((0, 1),))
        for n in range(1, number + 1)
    ]


def ids(number):
    return [chapter.id for chapter in book(number)]


def test_the_last_tenth_of_the_spoken_chapters_is_test_and_the_twentieth_before_is_dev():
    splits = split_chapters(book(100), ids(100))
    assert [splits[name] for name in ids(100)] == ["train"] * 85 + ["dev"] * 5 + ["test"] * 10


def test_silent_chapters_belong_to_the_block_they_stand_in():
    spoken = ids(40)[::2]
    splits = split_chapters(book(40), spoken)
    assert [name for name in spoken if splits[name] == "test"] == spoken[-2:]
    assert splits["c0038"] == splits["c0040"] == "test"
    assert splits["c0036"] == "dev"


def test_a_short_book_keeps_enough_to_train_on():
    assert set(split_chapters(book(3), ids(3)).values()) == {"train"}
    assert list(split_chapters(book(5), ids(5)).values()) == ["train"] * 4 + ["test"]
    assert set(split_chapters(book(8), []).values()) == {"train"}


def test_reading_order_decides_not_the_order_of_the_records():
    assert split_chapters(book(30)[::-1], ids(30)) == split_chapters(book(30), ids(30))


@given(st.integers(0, 80), st.sets(st.integers(1, 80)))
def test_blocks_never_mix(number, spoken):
    chapters = book(number)
    splits = split_chapters(chapters, {f"c{n:04d}" for n in spoken if n <= number})
    order = ["train", "dev", "test"]
    ranks = [order.index(splits[chapter.id]) for chapter in chapters]
    assert ranks == sorted(ranks)
    assert len(splits) == number
