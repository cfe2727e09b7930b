"""The house rules that a command can check: sizes, names, words, and that Makefile, pipeline and prompts agree."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from extractor.words import ASKING, SENTENCES

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "extractor").rglob("*.py"))
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")


def functions():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path.relative_to(ROOT), node


def test_modules_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {path.name: n for path, n in lengths.items() if n > 450}
    assert statistics.median(lengths.values()) <= 200


def test_functions_fit_on_a_screen():
    long = {f"{path}:{node.name}": node.end_lineno - node.lineno + 1 for path, node in functions()}
    assert not {name: n for name, n in long.items() if n > 60}


def test_more_than_three_parameters_are_keyword_only():
    crowded = []
    for path, node in functions():
        if (
            any(
                isinstance(d, ast.Call | ast.Attribute | ast.Name) and "main.command" in ast.unparse(d)
                for d in node.decorator_list
            )
            or "cli.py" in path.name
        ):
            continue  # click passes by name
        names = [a.arg for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls")]
        if len(names) > 3:
            crowded.append(f"{path}:{node.name}({', '.join(names)})")
    assert not crowded


def test_print_and_broad_excepts_are_absent():
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{path}:{node.lineno} print")
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
                found.append(f"{path}:{node.lineno} broad except")
    assert not found


@pytest.mark.parametrize("stage", SENTENCES)
def test_a_stage_is_one_word_everywhere(stage):
    assert (ROOT / f"extractor/stages/{stage}.py").is_file()
    assert list((ROOT / "tests").glob(f"test_*{stage}*.py")), f"no test file is named after {stage}"
    for language in ("zh", "en"):
        assert (ROOT / f"prompts/{language}/{stage}").is_dir() == (stage in ASKING)
    for readme in ("README.md", "README.zh.md"):
        assert f"`{stage}`" in (ROOT / readme).read_text(encoding="utf-8")


def test_makefile_and_pipeline_agree_on_what_a_stage_reads():
    from extractor.pipeline import STAGES

    calls = re.findall(r"\$\(eval \$\(call stage,(\w+),([\w ]*)(,asks)?\)\)", (ROOT / "Makefile").read_text())
    assert {(name, tuple(reads.split()), bool(asks)) for name, reads, asks in calls} == {
        (stage.name, stage.reads, stage.asking is not None) for stage in STAGES
    }
    assert tuple(SENTENCES) == tuple(stage.name for stage in STAGES)
    assert tuple(stage.name for stage in STAGES if stage.asking) == ASKING


def test_prompts_exist_in_both_languages_with_the_same_variables():
    variables = {}
    for path in sorted((ROOT / "prompts").rglob("*.md")):
        language, *rest = path.relative_to(ROOT / "prompts").parts
        variables.setdefault("/".join(rest), {})[language] = set(re.findall(r"\$(\w+)", path.read_text("utf-8")))
    assert variables
    for name, languages in variables.items():
        assert set(languages) == {"zh", "en"}, name
        assert languages["zh"] == languages["en"], name


def test_help_answers_without_heavy_imports():
    code = (
        "import sys; from click.testing import CliRunner; from extractor.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'pydantic', 'openai', 'spacy', 'datasets', 'torch', 'jieba', 'numpy', 'aiohttp'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_command_has_help_and_stands_in_the_readme():
    from extractor.cli import main

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in main.commands.items():
        assert command.help, name
        shown = rf"extractor {name}\b|`{name}`|make book=\S+ (\w+ )*{name}\b"
        assert re.search(shown, readme), f"{name} is not in README.md"


def test_tracked_text_names_no_foreign_places():
    words = ["/" + "work/", "../" + "shared", "index" + "-url", "find" + "-links"]
    for name in filter(None, TRACKED):
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".txt", ".cfg", ""} and "LICENSE" not in name:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in text], name
