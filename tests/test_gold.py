"""The demo novels and their gold are what the annotated sources say, and hold what the tests rely on."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

GOLD = Path(__file__).resolve().parent / "gold"
spec = importlib.util.spec_from_file_location("build", GOLD / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def quotes(slug):
    return [json.loads(line) for line in (GOLD / slug / f"{slug}.quotes.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_every_derived_file_is_up_to_date(slug):
    for path, content in build.derive(slug).items():
        assert path.read_text(encoding="utf-8") == content, f"run python tests/gold/build.py {slug}: {path} differs"


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_the_gold_is_large_enough_to_test_with(slug):
    kinds = Counter(row["type"] for row in quotes(slug))
    assert min(kinds["explicit"], kinds["anaphoric"], kinds["implicit"]) >= 100
    facts = (GOLD / slug / f"{slug}.facts.jsonl").read_text("utf-8").splitlines()
    assert len(facts) >= 60
    assert all(json.loads(fact)["evidence"] for fact in facts)


def test_a_wrong_tag_names_its_line():
    with pytest.raises(build.AnnotationError, match="line 2: '王五' is not in"):
        build.parse("#c0001 第一章\n“走。”{王五;e}\n", {"李四"})
