"""The benchmark of headings: whole books with their true headings, each fault counted where it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workshop import Workshop, error_line

from extractor.benchmark.chapters import compare, encoding_is_right

BODY = "这一天风很大，船都靠了岸，谁也没有出门。" * 12
HEADINGS = ("第一章 靠岸", "第二章 起风", "第三章 修船")
BOOK = "风与船\n\n" + "".join(f"{heading}\n\n　　{BODY}\n\n" for heading in HEADINGS)


@pytest.fixture
def shop(tmp_path):
    return Workshop(tmp_path)


def gold(shop, *, encoding="utf-8", said=None, headings=None, text=BOOK):
    folder = shop.root / "novels"
    folder.mkdir(exist_ok=True)
    (folder / "wind.txt").write_bytes(text.encode(encoding))
    true = [[text.index(heading), heading] for heading in HEADINGS] if headings is None else headings
    (folder / "MANIFEST.json").write_text(json.dumps([{"file": "wind.txt", "encoding": said or encoding}]))
    (folder / "headings.json").write_text(json.dumps({"wind.txt": true}))
    return folder


def measured(shop, folder):
    result = shop.run("benchmark", "chapters", "--gold", folder, "--json", shop.root / "f.json")
    assert result.exit_code == 0, result.output
    return json.loads((shop.root / "f.json").read_text(encoding="utf-8")), result.output


def test_all_headings_of_a_plain_book_are_found(shop):
    figures, output = measured(shop, gold(shop))
    pooled = figures["pooled"]
    assert (pooled["headings"], pooled["found"], pooled["missed"], pooled["wrong"]) == (3, 3, 0, 0)
    assert (pooled["perfect"], pooled["encodings_right"], pooled["books"]) == (1, 1, 1)
    assert output.splitlines()[1].split()[:5] == ["wind.txt", "3", "3", "0", "0"]


def test_an_imperfect_reading_is_measured_not_an_error(shop):
    second = BOOK.index(HEADINGS[1])
    true = [[BOOK.index("风与船"), "风与船"], [second, HEADINGS[1]]]
    figures, output = measured(shop, gold(shop, headings=true))
    book = figures["books"]["wind.txt"]
    assert (book["found"], book["missed"], book["wrong"]) == (1, 1, 2)
    assert book["missed_headings"] == [[0, "风与船"]]
    assert "missed at 0: 风与船" in output


def test_indentation_before_a_heading_is_forgiven(shop):
    text = BOOK.replace("第二章", "　　第二章")
    true = [[text.index(h) - 2 * h.startswith("第二章"), h] for h in HEADINGS]
    figures, _ = measured(shop, gold(shop, text=text, headings=true))
    assert figures["pooled"]["found"] == 3


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_the_character_set_is_judged(shop, encoding):
    said = {"utf-16": "utf-16 (LE, BOM)"}.get(encoding)
    figures, _ = measured(shop, gold(shop, encoding=encoding, said=said))
    assert figures["pooled"]["encodings_right"] == figures["pooled"]["perfect"] == 1


def test_a_wrong_character_set_is_said(shop):
    figures, output = measured(shop, gold(shop, encoding="gb18030", said="big5"))
    assert figures["books"]["wind.txt"]["encoding_right"] is False
    assert "gb18030 WRONG" in output


def test_a_set_that_holds_another_is_right(tmp_path):
    path = tmp_path / "a.txt"
    assert encoding_is_right("utf-8", "ascii", path=path)
    assert encoding_is_right("gb18030", "GBK", path=path)
    assert not encoding_is_right("utf-16-le", "utf-8", path=path)
    assert encoding_is_right("utf-8", None, path=path) is None


def test_gold_of_headings_that_cannot_be_used_is_one_line(shop):
    def said(folder):
        return error_line(shop.run("benchmark", "chapters", "--gold", folder))

    folder = gold(shop, headings=[[2, "第九章"]])
    assert "headings.json belongs to another text" in said(folder)
    gold(shop, said="klingon")
    assert "klingon" in said(folder)
    (folder / "headings.json").write_text("{}")
    assert "wind.txt" in said(folder)
    (folder / "headings.json").write_text('{"wind.txt": [[1]]}')
    assert "headings.json is not" in said(folder)
    (folder / "MANIFEST.json").unlink()
    assert "MANIFEST.json is missing" in said(folder)


@given(st.sets(st.integers(0, 500)), st.sets(st.integers(0, 500)))
def test_every_heading_is_found_missed_or_wrong(guessed, annotated):
    found, missed, wrong = compare([(g, "x") for g in guessed], [(a, "x") for a in annotated])
    assert len(found) + len(missed) == len(annotated)
    assert len(found) + len(wrong) == len(guessed)
    assert {at for at, _ in found} == guessed & annotated
