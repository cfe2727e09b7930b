import os
import resource
import statistics
import subprocess
import sys
import time
import tomllib
from importlib.metadata import entry_points

import pytest
from workshop import KEY, ROOT, Workshop, error_line

from extractor.cli import main
from extractor.words import ASKING, SENTENCES

TEXT = (
    "第一章 渡口\n\n　　老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”阿桑问道。\n"
    "　　老丁说：“沉了三条，剩下的都漏水。”\n　　阿桑把篙插进泥里，抬头看了看天色，没有再说话。\n"
)
TOML = 'title = "渡口"\npersona = "老丁"\n\n[[cast]]\nname = "老丁"\n\n[[cast]]\nname = "阿桑"\n'


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def tree(workshop):
    return sorted(path.relative_to(workshop.root) for path in workshop.root.rglob("*"))


@pytest.mark.parametrize("command", [*SENTENCES, "report", "status", "costs", "estimate", "engine"])
def test_an_unknown_book_is_said_with_the_way_to_make_one(workshop, command):
    workshop.book("small", TEXT, TOML)
    before = tree(workshop)
    line = error_line(workshop.run(command, "nobody"))
    assert line.startswith("Error: books/nobody/book.toml is missing")
    assert "(there are: small)" in line
    assert tree(workshop) == before


@pytest.mark.parametrize("slug", ["../outside", "a/b", ".hidden", "", "书"])
def test_a_name_that_is_no_folder_is_refused(workshop, slug):
    assert "is no book name" in error_line(workshop.run("chapters", slug))


@pytest.mark.parametrize("command", ["chapters", "estimate"])
def test_a_book_whose_text_is_not_shipped_says_where_to_put_it(workshop, command):
    workshop.book("small", None, TOML)
    line = error_line(workshop.run(command, "small"))
    assert line.startswith("Error: books/small/novel.txt is missing: the text of 《渡口》 is not shipped.")
    assert not workshop.outputs("small").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\r\n\t\n", "white space"),
        (b"\xef\xbb\xbf", "white space"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "not text"),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "novel.txt"),
        (os.urandom(20_000), "novel.txt"),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_name(workshop, content, said):
    workshop.book("small", content, TOML)
    line = error_line(workshop.run("chapters", "small"))
    assert "books/small/novel.txt" in line
    assert said in line
    assert not workshop.outputs("small").exists()


def test_a_folder_in_the_place_of_the_novel_is_no_novel(workshop):
    workshop.book("small", None, TOML)
    (workshop.root / "books/small/novel.txt").mkdir()
    assert "novel.txt" in error_line(workshop.run("chapters", "small"))


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "title is missing"),
        ("title = ", "is not TOML"),
        ('title = "x"\ncolour = 1\n', "colour is not a known key"),
        ('title = "x"\nbudget = "much"\n', "budget = 'much' does not do"),
        ('title = "x"\nbudget = -1\n', "budget = -1 does not do"),
        ('title = "x"\nlanguage = "fr"\n', "language = 'fr' does not do"),
        ('title = "x"\n[[cast]]\nname = "甲"\nage = 3\n', "cast.1.age is not a known key"),
        ('title = "x"\npersona = "乙"\n[[cast]]\nname = "甲"\n', "persona '乙' is not in the cast (甲)"),
        ('title = "x"\nchapter_pattern = "("\n', "chapter_pattern '(' is no regular expression"),
        ('title = "x"\nendpoint = "nowhere"\n', "endpoint 'nowhere'"),
    ],
)
@pytest.mark.parametrize("command", ["chapters", "engine"])
def test_a_faulty_book_toml_is_named_with_key_and_value(workshop, toml, said, command):
    if "endpoint" in toml and command == "chapters":
        pytest.skip("code alone needs no endpoint")
    workshop.book("small", TEXT, toml)
    line = error_line(workshop.run(command, "small"))
    assert said in line
    assert "book.toml" in line


def test_a_persona_who_is_not_in_the_text_is_said_with_those_who_are(workshop):
    workshop.book("small", TEXT, 'title = "渡口"\npersona = "老王"\n')
    workshop.make("small", "chapters")
    line = error_line(workshop.run("cast", "small"))
    assert "books/small/book.toml: persona '老王' does not occur in the novel" in line
    assert "老丁" in line
    assert not (workshop.outputs("small") / "cast.jsonl").exists()


def test_a_persona_who_never_speaks_is_said_with_those_who_do(workshop):
    workshop.book("small", TEXT, TOML.replace('persona = "老丁"', 'persona = "哑巴"') + '\n[[cast]]\nname = "哑巴"\n')
    workshop.make("small", "chapters", "cast", "quotations", "summaries", "knowledge", "dialogues")
    line = error_line(workshop.run("conversations", "small"))
    assert "books/small/book.toml: the persona 哑巴 has 0 of 2 lines" in line
    assert "老丁 1" in line
    assert not (workshop.outputs("small") / "conversations.jsonl").exists()


def test_a_novel_in_which_nobody_speaks_says_so_and_still_gives_its_world(workshop):
    workshop.book("small", "第一章 雨\n\n　　雨下了一夜。\n　　天亮了。\n", 'title = "雨"\n')
    workshop.make("small", "chapters", "cast")
    result = workshop.run("quotations", "small")
    assert result.exit_code == 0
    assert "Warning: books/small/novel.txt: no quotation was found in 1 chapters" in result.output
    workshop.make("small", "summaries", "knowledge", "dialogues", "conversations", "preferences", "corpus")
    assert (workshop.outputs("small") / "datasets/small-pretrain.jsonl").read_text(encoding="utf-8")
    assert workshop.run("report", "small").exit_code == 0


@pytest.mark.parametrize("stage", [stage for stage in SENTENCES if stage != "chapters"])
def test_a_stage_without_its_input_names_the_command_before_it(workshop, stage):
    workshop.book("small", TEXT, TOML)
    line = error_line(workshop.run(stage, "small", *(["--engine", "rules"] if stage in ASKING else [])))
    assert "outputs/small/chapters.jsonl is missing; run `extractor chapters small` first." in line
    assert not workshop.outputs("small").exists()


@pytest.mark.parametrize(
    "broken", ['{"id": 3}', "{", "[]", "null", "", '{"name": "x", "lines": "many"}', "\x00"], ids=repr
)
def test_a_broken_line_is_named_by_number(workshop, broken):
    workshop.book("small", TEXT, TOML).make("small", "chapters", "cast")
    path = workshop.outputs("small") / "cast.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + broken + "\n", encoding="utf-8")
    line = error_line(workshop.run("quotations", "small"))
    assert f"outputs/small/cast.jsonl:{text.count(chr(10)) + 1} is not a Character" in line
    assert not (workshop.outputs("small") / "quotations.jsonl").exists()


def test_a_file_that_is_not_utf8_is_said(workshop):
    workshop.book("small", TEXT, TOML).make("small", "chapters", "cast")
    (workshop.outputs("small") / "cast.jsonl").write_bytes(b"\xff\xfe\x00")
    assert "cast.jsonl is not UTF-8" in error_line(workshop.run("quotations", "small"))


@pytest.mark.parametrize("command", ["status", "books", "report"])
def test_a_broken_report_of_a_stage_is_said(workshop, command):
    workshop.book("small", TEXT, TOML).make("small")
    (workshop.outputs("small") / "stages/cast.json").write_text("{", encoding="utf-8")
    arguments = [command] if command == "books" else [command, "small"]
    assert "outputs/small/stages/cast.json is no report of a stage" in error_line(workshop.run(*arguments))


@pytest.mark.parametrize("command", ["status", "costs", "estimate"])
def test_a_ledger_that_is_none_is_said(workshop, command):
    workshop.book("small", TEXT, TOML).make("small", "chapters")
    (workshop.outputs("small") / "ledger.sqlite").write_bytes(b"no ledger at all, but long enough" * 40)
    line = error_line(workshop.run(command, "small"))
    assert "outputs/small/ledger.sqlite" in line
    assert "not a database" in line


def test_outputs_that_cannot_be_written_are_said(workshop):
    workshop.book("small", TEXT, TOML)
    (workshop.root / "outputs").write_text("a file where a folder should be", encoding="utf-8")
    line = error_line(workshop.run("chapters", "small"))
    assert line.startswith("Error: outputs/small")
    assert "cannot be written" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_said(workshop):
    workshop.book("small", TEXT, TOML)
    workshop.outputs("small").mkdir(parents=True)
    workshop.outputs("small").chmod(0o555)
    assert "cannot be written" in error_line(workshop.run("chapters", "small"))


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["chapters", "corpus"])
def test_a_full_disk_leaves_what_was_there(workshop, stage):
    workshop.book("small", TEXT * 40, TOML).make("small")
    before = workshop.files("small")
    (workshop.root / "books/small/novel.txt").write_text(TEXT * 41, encoding="utf-8")
    (workshop.root / "books/small/book.toml").write_text(TOML.replace("渡口", "雨"), encoding="utf-8")
    process = workshop.start(stage, "small", limits="ulimit -f 1")
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == ""
    [line] = [line for line in complaint.splitlines() if line.startswith("Error: ")]
    assert "cannot be written: File too large. Nothing was changed." in line
    assert "Traceback" not in complaint
    assert workshop.files("small") == before


@pytest.mark.slow
def test_a_pipe_that_closes_is_no_fault(workshop):
    workshop.book("small", TEXT, TOML)
    process = workshop.start("status", "small", stdout=subprocess.PIPE)
    process.stdout.close()
    process.wait(timeout=30)
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_a_book_without_headings_is_one_chapter_with_a_warning(workshop):
    workshop.book("small", TEXT.partition("\n")[2], TOML)
    result = workshop.run("chapters", "small")
    assert result.exit_code == 0
    assert result.stdout.startswith("chapters: 1 records")
    assert "no chapter heading was found" in result.stderr
    assert "chapter_pattern" in result.stderr
    assert "no chapter heading" not in workshop.book("other", TEXT, TOML).run("chapters", "other").output


def test_the_preview_writes_nothing(workshop):
    workshop.book("small", TEXT, TOML)
    result = workshop.run("chapters", "small", "--preview")
    assert result.exit_code == 0
    assert "渡口" in result.output
    assert not workshop.outputs("small").exists()


def test_every_stage_says_one_line(workshop):
    workshop.book("small", TEXT, TOML)
    for stage in SENTENCES:
        result = workshop.run(stage, "small")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) == 1
        assert result.stdout.startswith(f"{stage}: ")
    assert workshop.run("report", "small").output == "wrote outputs/small/report.html\n"


def test_a_key_is_never_shown(workshop):
    workshop.book("small", TEXT, TOML)
    for command in ("engine", "estimate", "status"):
        assert KEY not in workshop.run(command, "small", EXTRACTOR_API_KEY=KEY).output


@pytest.mark.parametrize("command", list(main.commands))
def test_help_of_every_command_fits_a_terminal(workshop, command):
    result = workshop.run(command, "--help")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 100


def test_help_answers_at_once():
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "extractor.cli", "--help"], check=True, capture_output=True)
        seconds.append(time.monotonic() - began)
    busy = max(1.0, os.getloadavg()[0] / max(1, os.cpu_count() or 1))
    assert min(seconds) < 0.3 * busy, f"{statistics.median(seconds):.2f} s"


@pytest.mark.parametrize("module", ["extractor", "extractor.cli"])
def test_the_module_is_a_command(module):
    result = subprocess.run([sys.executable, "-m", module, "--version"], check=True, capture_output=True, text=True)
    assert result.stdout.startswith("extractor, version")


def test_the_installed_command_is_the_guarded_one():
    (script,) = entry_points(group="console_scripts", name="extractor")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]["extractor"]
    assert declared == "extractor.__main__:entry"
    assert callable(script.load())


def test_ctrl_c_during_the_imports_is_one_line(tmp_path):
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from extractor.__main__ import entry; entry()"
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr == "\nStopped. Nothing is lost: the same command goes on from here.\n"


def test_help_needs_little_time_of_the_processor():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "extractor.cli", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3
