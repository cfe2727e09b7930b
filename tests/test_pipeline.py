import json

import pytest
from workshop import Workshop

from extractor.asking.ledger import Ledger
from extractor.book import Shelf
from extractor.errors import BookError, StoreError
from extractor.pipeline import STAGES, deriving, inputs_of, load, report_path, reports, run_stage, stage_named
from extractor.records import Chapter, Dropped, Summary
from extractor.words import ASKING, SENTENCES

TEXT = (
    "第一章 渡口\n\n　　老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”阿桑问道。\n"
    "　　老丁说：“沉了三条，剩下的都漏水。”\n　　阿桑把篙插进泥里，抬头看了看天色，没有再说话。\n"
)
TOML = 'title = "渡口"\npersona = "老丁"\n\n[[cast]]\nname = "老丁"\n\n[[cast]]\nname = "阿桑"\n'


@pytest.fixture
def shelf(tmp_path):
    Workshop(tmp_path).book("small", TEXT, TOML)
    return Shelf("small", tmp_path)


def test_every_stage_reads_only_stages_before_it():
    seen = set()
    for stage in STAGES:
        assert set(stage.reads) <= seen
        seen.add(stage.name)
    assert tuple(stage.name for stage in STAGES) == tuple(SENTENCES)
    assert tuple(stage.name for stage in STAGES if stage.asking) == ASKING


def test_a_stage_sees_nothing_but_what_it_reads(shelf):
    run_stage(shelf, "chapters")
    inputs = inputs_of(shelf, stage_named("cast"))
    assert inputs.all(Chapter)
    with pytest.raises(LookupError):
        inputs.all(Summary)


def test_records_and_dropped_and_report_are_written(shelf):
    for stage in STAGES:
        report = run_stage(shelf, stage.name)
        assert report == reports(shelf)[stage.name]
        assert report.written == len(load(shelf, stage.name))
        dropped = shelf.dropped_path(stage.name).read_text(encoding="utf-8").splitlines()
        assert sum(report.dropped.values()) == len(dropped)
        assert (report.engine == "rules") == (stage.asking is not None)
    assert list(reports(shelf)) == list(SENTENCES)
    assert all((shelf.outputs / name).is_file() for name in reports(shelf)["corpus"].files)


def test_files_that_did_not_change_keep_their_time(shelf):
    for stage in STAGES:
        run_stage(shelf, stage.name)
    before = {p: p.stat().st_mtime_ns for p in shelf.outputs.rglob("*") if p.is_file() and p.parent.name != "stages"}
    for stage in STAGES:
        run_stage(shelf, stage.name)
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_a_stage_that_fails_midway_leaves_what_was_there(shelf):
    run_stage(shelf, "chapters")
    before = shelf.records_path("chapters").read_bytes()

    def make(stage, inputs):
        yield Dropped(stage=stage.name, source="c0001", reason="nothing")
        raise BookError("It ends here.")

    with pytest.raises(BookError, match="It ends here"):
        run_stage(shelf, "chapters", make=make)
    assert shelf.records_path("chapters").read_bytes() == before
    assert reports(shelf)["chapters"].dropped == {}
    assert [p for p in shelf.outputs.rglob(".*") if p.is_file()] == []


def test_a_folder_in_the_place_of_a_file_changes_none(shelf):
    for stage in STAGES:
        run_stage(shelf, stage.name)
    target = shelf.outputs / reports(shelf)["corpus"].files[-1]
    target.unlink()
    target.mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        run_stage(shelf, "corpus")
    assert [p for p in shelf.outputs.rglob(".*") if p.is_file()] == []


def test_failures_are_what_is_asked_again_and_a_refusal_is_none(shelf):
    run_stage(shelf, "chapters")
    reasons = ["failed", "truncated", "blank", "refused", "no_summary", "no_evidence"]

    def make(stage, inputs):
        yield from (Dropped(stage=stage.name, source="c0001", reason=reason) for reason in reasons)
        yield from stage.derive(inputs)

    report = run_stage(shelf, "cast", make=make)
    assert report.failed == 3
    assert report.dropped == dict.fromkeys(sorted(reasons), 1)
    assert "1 refused" in report.line()


def test_what_is_missing_is_derived_in_memory(shelf):
    rows = deriving()(shelf, "corpus")
    assert {row.kind for row in rows} >= {"document", "dialogue"}
    assert not shelf.outputs.exists()


def test_the_derived_agree_with_the_written(shelf):
    derived = {stage.name: deriving()(shelf, stage.name) for stage in STAGES}
    for stage in STAGES:
        run_stage(shelf, stage.name)
        assert load(shelf, stage.name) == derived[stage.name]


def test_a_report_on_disk_of_another_shape_is_said(shelf):
    run_stage(shelf, "chapters")
    report_path(shelf, "chapters").write_text(json.dumps({"stage": "chapters", "colour": 1}), encoding="utf-8")
    with pytest.raises(StoreError, match=r"chapters\.json is no report"):
        reports(shelf)


def test_rules_need_no_ledger(shelf):
    for stage in STAGES:
        run_stage(shelf, stage.name)
    assert not list(shelf.outputs.glob("ledger*"))
    with Ledger(shelf.outputs / "ledger.sqlite") as ledger:
        assert ledger.status() == []
