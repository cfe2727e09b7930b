"""Files are written whole or not at all, keep their time when nothing changed, and name the line that is broken."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import StoreError
from extractor.records import Dropped, Summary
from extractor.store import lines_of, read_records, replace_together, write_bytes, write_text

ROW = Summary(id="c0001-s01", chapter="c0001", text="雨。", engine="rules")


def test_records_come_back_as_they_went(tmp_path):
    path = tmp_path / "deep" / "summaries.jsonl"
    write_bytes(path, lines_of([ROW, ROW]))
    assert list(read_records(path, Summary, made_by="x")) == [ROW, ROW]


@given(text=st.text())
def test_any_text_survives(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("store") / "dropped.jsonl"
    row = Dropped(stage="s", source="c0001", reason="r", detail=text.encode("utf-8", "replace").decode())
    write_bytes(path, lines_of([row]))
    assert list(read_records(path, Dropped, made_by="x")) == [row]


def test_an_unchanged_file_keeps_its_time(tmp_path):
    path = tmp_path / "a"
    assert write_text(path, "雨")
    os.utime(path, (1, 1))
    assert not write_text(path, "雨")
    assert path.stat().st_mtime == 1
    assert write_text(path, "雪")
    assert path.stat().st_mtime > 1


def test_files_are_replaced_together_or_not_at_all(tmp_path):
    first, second = tmp_path / "a", tmp_path / "below" / "b"
    replace_together({first: b"1", second: b"1"})
    os.utime(first, (1, 1))
    replace_together({first: b"1", second: b"2"})
    assert (first.stat().st_mtime, second.read_bytes()) == (1, b"2")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written"):
        replace_together({first: b"3", second: b"3", tmp_path / "file" / "c": b"3"})
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "b", "below", "file"]


def test_a_folder_that_refuses_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written"):
        write_bytes(tmp_path / "file" / "below", b"x")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    import tempfile

    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(**_):
        return os.open("/dev/full", os.O_WRONLY), str(tmp_path / "none")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(StoreError, match=r"No space left on device\. Nothing was changed"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_missing_file_names_the_command(tmp_path):
    with pytest.raises(StoreError, match="is missing; run `extractor summaries demo` first"):
        list(read_records(tmp_path / "none.jsonl", Summary, made_by="extractor summaries demo"))


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(ROW.model_dump_json() + '\n{"id": "x"}\n')
    with pytest.raises(StoreError, match=r"a\.jsonl:2 is not a Summary \(chapter: Field required\)"):
        list(read_records(path, Summary, made_by="x"))
