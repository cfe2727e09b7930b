"""The rehearsal's model: made of the book's words, the same each time, small, and a checkpoint like any other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_corpus import persona_rows, tiny_base

from extractor.training.models import open_model, open_tokenizer, parameters_of
from extractor.training.rows import tokenize_rows, turns_of
from extractor.training.tiny import make_tiny


def test_same_seed_makes_the_same_files(tmp_path):
    texts = ["更夫敲了三下锣。", "东街的灯还亮着。"] * 20
    one, two = make_tiny(tmp_path / "one", texts, seed=3), make_tiny(tmp_path / "two", texts, seed=3)
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_other_seed_makes_other_weights(tmp_path):
    one, two = make_tiny(tmp_path / "one", ["锣"], seed=3), make_tiny(tmp_path / "two", ["锣"], seed=4)
    assert (one / "model.safetensors").read_bytes() != (two / "model.safetensors").read_bytes()


def test_it_has_a_few_hundred_thousand_weights():
    assert 100_000 < parameters_of(open_model(tiny_base())) < 400_000


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_comes_back_from_its_ids(text):
    tokenizer = open_tokenizer(tiny_base())
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == text


def test_labels_agree_with_the_templates_own_generation_marks():
    tokenizer = open_tokenizer(tiny_base())
    for row in persona_rows(10):
        marked = tokenizer.apply_chat_template(
            turns_of(row), tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        (example,), _ = tokenize_rows([row], tokenizer, max_length=512)
        assert example.ids == marked["input_ids"]
        assert [label != -100 for label in example.labels] == [bool(mark) for mark in marked["assistant_masks"]]


def test_it_stops_at_the_end_of_a_turn():
    tokenizer, model = open_tokenizer(tiny_base()), open_model(tiny_base())
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.eos_token_id in model.generation_config.eos_token_id


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "generation_config.json"])
def test_it_is_saved_like_any_checkpoint(name):
    assert (tiny_base() / name).is_file()
