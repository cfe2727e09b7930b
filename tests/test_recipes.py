"""Recipes: readable files, chosen by name, path or memory, with one clear line for each fault."""

import pytest

from extractor.errors import TrainingError
from extractor.training.recipes import SHIPPED, load_recipe, smaller_profile

NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_recipe_can_be_read(name):
    profile, reason = load_recipe(name)
    assert profile.name == name
    assert name in reason


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_recipe_gives_reasons(name):
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.count("#") >= 5


@pytest.mark.parametrize("name", NAMES)
def test_preferences_are_measured_without_dropout(name):
    assert load_recipe(name)[0].persona_dpo.dropout == 0


@pytest.mark.parametrize(
    ("gpu", "chosen"),
    [
        (0, "rehearsal"),
        (4, "rehearsal"),
        (7.7, "qwen2.5-0.5b"),
        (15.7, "qwen2.5-1.5b"),
        (23.6, "qwen2.5-7b"),
        (80, "qwen2.5-7b"),
    ],
)
def test_auto_takes_the_largest_that_fits(gpu, chosen):
    profile, reason = load_recipe("auto", gpu=gpu)
    assert profile.name == chosen
    assert chosen in reason


def test_auto_says_when_the_gpu_is_too_small():
    assert "4 GB" in load_recipe("auto", gpu=4)[1]
    assert "no CUDA GPU" in load_recipe("auto", gpu=0)[1]


def test_a_books_own_copy_wins(tmp_path):
    text = (SHIPPED / "rehearsal.toml").read_text(encoding="utf-8")
    (tmp_path / "rehearsal.toml").write_text(text.replace("max_steps = 200", "max_steps = 7"), encoding="utf-8")
    profile, reason = load_recipe("rehearsal", folders=[tmp_path])
    assert profile.world.max_steps == 7
    assert str(tmp_path) in reason


def test_a_path_is_read_as_it_stands(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text((SHIPPED / "rehearsal.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_recipe(str(path))[0].name == "mine"


def test_unknown_profile_names_the_known_ones():
    with pytest.raises(TrainingError, match=r"'qwen-9000'.*auto, .*qwen2\.5-7b.*rehearsal"):
        load_recipe("qwen-9000")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_steps = 200", "max_step = 200", r"world\.max_step is not a known key\. Known are .*max_steps"),
        ("max_steps = 200", 'max_steps = "many"', r"world\.max_steps = 'many' does not do"),
        ("max_steps = 200", "max_steps = -1", r"world\.max_steps = -1 does not do: input should be greater"),
        ('base = "tiny"', 'basis = "tiny"', r"(base is missing|basis is not a known key)"),
        ('method = "full"', 'method = "magic"', r"method = 'magic' does not do"),
        ("[world]", "[world", r"no readable TOML"),
    ],
)
def test_a_fault_is_said_in_one_line_with_key_and_value(tmp_path, old, new, said):
    text = (SHIPPED / "rehearsal.toml").read_text(encoding="utf-8")
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TrainingError, match=said) as caught:
        load_recipe(str(path))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_path_says_where_to_copy_from(tmp_path):
    with pytest.raises(TrainingError, match="Copy one from"):
        load_recipe(str(tmp_path / "nowhere.toml"))


@pytest.mark.parametrize(
    ("name", "smaller"),
    [
        ("qwen2.5-14b", "qwen2.5-7b"),
        ("qwen2.5-7b", "qwen2.5-7b-qlora"),
        ("qwen2.5-7b-qlora", "qwen2.5-0.5b"),
        ("qwen2.5-0.5b", "rehearsal"),
        ("rehearsal", None),
    ],
)
def test_the_next_smaller_recipe_is_known(name, smaller):
    assert smaller_profile(load_recipe(name)[0]) == smaller
