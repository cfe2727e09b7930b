import json
import re

import pytest
from workshop import Workshop, served

from extractor import rehearsal

TEXT = "".join(
    f"第{number}章 渡口\n\n　　老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”阿桑问道。\n"
    f"　　老丁说：“沉了{number}条，剩下的都漏水。”\n　　阿桑把篙插进泥里，抬头看了看天色，没有再说话。\n\n"
    for number in ("一", "二", "三")
)
TOML = 'title = "渡口"\npersona = "老丁"\n\n[[cast]]\nname = "老丁"\n\n[[cast]]\nname = "阿桑"\n'


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path).book("small", TEXT, TOML)


def test_nothing_made_yet(workshop):
    lines = workshop.run("status", "small").output.splitlines()
    assert lines[0] == "small: 《渡口》, persona 老丁"
    assert lines[1].split() == ["chapters", "–"]
    assert lines[-2].split(maxsplit=1) == ["paid", "nothing (no model was asked)"]
    assert lines[-1] == "next: `make book=small all`"
    assert workshop.run("costs", "small").output == "small: nothing was paid; no model was asked.\n"
    assert not workshop.outputs("small").exists()


def test_the_way_by_rules(workshop):
    workshop.make("small")
    output = workshop.run("status", "small").output
    assert re.search(r"^  chapters +3 records$", output, re.M)
    assert re.search(r"^  summaries +3 records by rules", output, re.M)
    assert re.search(r"^  world +–$", output, re.M)


def test_trained_models_are_named(workshop):
    folder = workshop.outputs("small") / "models/persona"
    folder.mkdir(parents=True)
    (folder / "training.json").write_text('{"base": "tiny", "rehearsal": true, "steps": 7}', encoding="utf-8")
    assert "persona        trained on tiny (rehearsal), 7 steps" in workshop.run("status", "small").output
    assert "models: persona" in workshop.run("books").output


@pytest.mark.parametrize("content", ["{", "[3]", ""])
def test_a_broken_note_of_a_training_is_named(workshop, content):
    folder = workshop.outputs("small") / "models/persona"
    folder.mkdir(parents=True)
    (folder / "training.json").write_text(content, encoding="utf-8")
    output = workshop.run("status", "small").output
    assert re.search(r"^  persona +broken: .*training.json", output, re.M)


def test_the_books_are_listed_with_what_is_made_of_them(workshop):
    workshop.book("other", None, 'title = "别处"\n').book("broken", TEXT, "title = 3\n")
    workshop.make("small", "chapters")
    lines = {line.split()[0]: line for line in workshop.run("books").output.splitlines()}
    assert "《渡口》 zh, persona 老丁, 3 chapters, 1 of 9 stages, models: none" in lines["small"]
    assert "no text yet: put it at books/other/novel.txt" in lines["other"]
    assert "broken: books/broken/book.toml: title = 3 does not do" in lines["broken"]


def test_no_books_at_all_is_said(tmp_path):
    assert "extractor new" in Workshop(tmp_path).run("books").output


def test_what_was_paid_stands_in_status_and_costs(tmp_path):
    with served(tmp_path, rehearsal.answer) as workshop:
        workshop.book("small", TEXT, TOML).make("small", engine="api")
        usage = workshop.server.usage
        lines = workshop.run("costs", "small").output.splitlines()
        figures = [line.replace(",", "").split() for line in lines[1:-1]]
        assert [row[0] for row in figures] == ["dialogues", "knowledge", "preferences", "summaries"]
        assert {row[1] for row in figures} == {"deepseek-flash"}
        assert sum(int(row[2]) for row in figures) == workshop.server.counters["requests"]
        assert [sum(int(row[n]) for row in figures) for n in (3, 4, 5)] == [usage.hit, usage.miss, usage.completion]
        with workshop.ledger("small") as ledger:
            assert lines[-1] == f"in all ¥{ledger.spent().cny:.4f} of a budget of ¥10.00"
        assert "knowledge           12 done" in workshop.run("status", "small").output


def test_holes_are_named_and_the_next_command_fills_them(tmp_path):
    with served(tmp_path, rehearsal.answer) as workshop:
        workshop.book("small", TEXT, TOML).make("small", "chapters", "cast", "quotations", "summaries", engine="api")
        workshop.server.behaviour.answer = lambda messages: "{}"
        workshop.run("knowledge", "small", "--engine", "api", "--yes")
        output = workshop.run("status", "small").output
        assert "hole: knowledge c0002 terms failed" in output
        assert "FAILED" in output
        assert output.splitlines()[-1] == "next: `extractor knowledge small` asks again for what failed"
        assert "bought no usable reply" in workshop.run("costs", "small").output
        dropped = (workshop.outputs("small") / "dropped/knowledge.jsonl").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["reason"] for line in dropped} == {"failed"}
        workshop.server.behaviour.answer = rehearsal.answer
        assert workshop.run("knowledge", "small", "--engine", "api", "--yes").exit_code == 0
        assert "hole" not in workshop.run("status", "small").output
