"""The two things a newcomer does, by the Makefile itself: the whole way, and the whole way again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset

ROOT = Path(__file__).resolve().parents[1]
VENV = Path(sys.prefix)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of what git tracks, with this environment instead of a new one."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, folder / name)
    for name in ("extractor", "prompts", "books/demo", "books/daogui"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def make(folder, *words):
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
    environment["MAKEFLAGS"] = ""
    return subprocess.run(
        ["make", f"venv={VENV}", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def times(folder):
    return {p: p.stat().st_mtime_ns for p in (folder / "outputs/demo").rglob("*") if p.is_file()}


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (VENV / ".dev").exists(), reason="runs in the environment that `make test` sets up"),
]


def test_one_command_from_a_novel_to_two_models(clone):
    result = make(clone, "book=demo", "profile=rehearsal", "all")
    assert result.returncode == 0, result.stdout + result.stderr
    out = clone / "outputs/demo"
    assert "Engine rules" in result.stdout + result.stderr
    for name in ("world", "persona-sft", "persona"):
        training = json.loads((out / "models" / name / "training.json").read_text())
        assert training["rehearsal"]
        assert training["losses"][0] > training["losses"][-1]
    assert training["margins"][0] == 0
    assert sum(training["margins"][-5:]) > 0
    assert (out / "report.html").stat().st_size > 10_000
    for name in (
        "demo-sharegpt-qa.json",
        "qiwenjiao-sharegpt.json",
        "qiwenjiao-alpaca-dpo.json",
        "demo-pretrain.jsonl",
    ):
        assert load_dataset("json", data_files=str(out / "datasets" / name), split="train").num_rows > 20
    novel = (clone / "books/demo/novel.txt").read_text(encoding="utf-8")
    for row in json.loads((out / "datasets/qiwenjiao-sharegpt-origin.json").read_text(encoding="utf-8")):
        for places, turn in zip(row["spans"], row["conversations"], strict=True):
            assert places
            assert turn["value"].strip("（）")
            assert all(0 <= start < end <= len(novel) for start, end in places)


def test_the_same_command_again_does_nothing(clone):
    before = times(clone)
    result = make(clone, "book=demo", "profile=rehearsal", "all")
    assert result.returncode == 0
    assert "up to date" in result.stdout
    assert times(clone) == before


def test_an_edited_dialogue_prompt_trains_no_world_model(clone):
    before = times(clone)
    with (clone / "prompts/zh/dialogues/ask.md").open("a", encoding="utf-8") as file:
        file.write("\n")
    result = make(clone, "book=demo", "profile=rehearsal", "all")
    assert result.returncode == 0, result.stderr
    assert "dialogues:" in result.stdout
    assert "knowledge:" not in result.stdout
    changed = {str(p.relative_to(clone)) for p, t in times(clone).items() if before.get(p) != t}
    assert not [name for name in changed if "/models/" in name]


def test_another_profile_is_another_training_and_the_last_one_is_kept(clone):
    result = make(clone, "book=demo", "profile=nowhere", "world")
    assert result.returncode != 0
    assert "nowhere" in result.stderr
    weights = (clone / "outputs/demo/models/persona/model.safetensors").stat().st_mtime_ns
    assert make(clone, "book=demo", "profile=rehearsal", "all").returncode == 0
    assert (clone / "outputs/demo/models/persona/model.safetensors").stat().st_mtime_ns == weights
    before = times(clone)
    assert make(clone, "book=demo", "all").returncode == 0  # no profile named: the last one
    assert times(clone) == before


def test_lost_files_are_made_again(clone):
    info = clone / "outputs/demo/datasets/dataset_info.json"
    content = info.read_bytes()
    info.unlink()
    assert make(clone, "book=demo", "profile=rehearsal", "all").returncode == 0
    assert info.read_bytes() == content


def test_a_book_whose_text_is_not_shipped_says_where_to_put_it(clone):
    result = make(clone, "book=daogui", "all")
    assert result.returncode != 0
    assert "books/daogui/novel.txt is missing" in result.stderr
    assert not (clone / "outputs/daogui/chapters.jsonl").exists()


def test_an_unknown_book_is_one_line(clone):
    result = make(clone, "book=nowhere", "all")
    assert result.returncode != 0
    assert "there is no book 'nowhere'" in result.stderr
    assert "Traceback" not in result.stderr
