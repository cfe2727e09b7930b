"""Preferences: the reference is the model it starts from, so the first step is known in advance."""

import math
import os
import shutil
import subprocess
import sys
from functools import lru_cache

import pytest
import torch
from training_corpus import pair_rows, swift_town, trained_town

from extractor.training.checkpoints import model_folder, read_training
from extractor.training.dpo import prefer
from extractor.training.models import open_model, open_tokenizer, token_losses
from extractor.training.progress import quiet
from extractor.training.recipes import Recipe
from extractor.training.rows import IGNORED, Example, tokenize_pairs
from extractor.training.runs import merge_adapter
from extractor.training.sft import Run

RECIPE = Recipe(
    method="lora", rank=8, dropout=0.0, learning_rate=2e-3, batch_rows=12, max_length=192, warmup=0.0, save_steps=1000
)


@lru_cache(maxsize=1)
def start():
    folder = model_folder(trained_town(), "persona-sft")
    tokenizer = open_tokenizer(folder)
    pairs, _ = tokenize_pairs(pair_rows(12), tokenizer, max_length=192)
    return folder, tokenizer, pairs


def run_once(tmp_path, steps, **changes):
    folder, tokenizer, pairs = start()
    recipe = RECIPE.model_copy(update=changes)
    with quiet():
        return prefer(
            Run("test", folder, tmp_path / "work", tmp_path / "fresh", steps=steps, recipe=recipe),
            pairs,
            tokenizer=tokenizer,
        )


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_first_step_has_margin_zero_and_the_loss_that_follows_from_it(tmp_path, weight):
    folder, tokenizer, pairs = start()
    chosen = [Example(p.row, p.prompt + p.chosen, [IGNORED] * len(p.prompt) + p.chosen) for p in pairs]
    losses = token_losses(open_model(folder), chosen, pad=tokenizer.pad_token_id)
    expected = sum(loss.total for loss in losses) / sum(loss.tokens for loss in losses)
    trained = run_once(tmp_path, 1, sft_weight=weight)
    assert trained.margins == (0.0,)
    assert trained.accuracies == (0.0,)
    assert trained.losses[0] == pytest.approx(math.log(2) + weight * expected, abs=2e-3)


def test_the_margin_rises(tmp_path):
    trained = run_once(tmp_path, 8)
    assert trained.margins[0] == 0.0
    assert trained.margins[-1] > 0.1
    assert trained.accuracies[-1] > 0.9
    assert trained.losses[-1] < trained.losses[0]


@pytest.mark.slow
def test_all_weights_can_be_trained_against_the_same_reference(tmp_path):
    trained = run_once(tmp_path, 4, method="full", learning_rate=1e-3)
    assert trained.margins[0] == pytest.approx(0.0, abs=1e-5)
    assert trained.margins[-1] > 0


def test_the_same_seed_gives_the_same_losses(tmp_path):
    assert run_once(tmp_path / "1", 3, batch_rows=4).losses == run_once(tmp_path / "2", 3, batch_rows=4).losses


def test_the_kept_adapter_on_the_sft_model_is_the_merged_model():
    shelf = trained_town()
    persona = model_folder(shelf, "persona")
    merged = open_model(persona)
    again = merge_adapter(model_folder(shelf, "persona-sft"), persona / "adapter")
    ids = torch.tensor([start()[2][0].prompt])
    with torch.inference_mode():
        assert torch.allclose(merged(input_ids=ids).logits, again(input_ids=ids).logits, atol=1e-5)


def test_the_chain_starts_at_margin_zero_too():
    training = read_training(model_folder(trained_town(), "persona"))
    assert training.margins[0] == 0.0
    assert training.margins[-1] > 0
    assert len(training.margins) == len(training.losses) == training.steps


AGAIN = "import sys\nfrom pathlib import Path\nfrom extractor.book import Shelf\n" + (
    "from extractor.training.chain import train_persona\n"
    "train_persona(Shelf('town', Path(sys.argv[1])), profile='swift')\n"
)


def test_another_process_gives_the_same_losses_and_weights(tmp_path):
    first, shelf = trained_town(), swift_town(tmp_path)
    for step in ("base", "world", "persona-sft"):
        shutil.copytree(model_folder(first, step), model_folder(shelf, step))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", AGAIN, str(tmp_path)], env=environment, check=True, capture_output=True)
    one, two = (read_training(model_folder(town, "persona")) for town in (first, shelf))
    assert two.losses == pytest.approx(one.losses, abs=1e-6)
    assert two.margins == pytest.approx(one.margins, abs=1e-6)
    weights = [(model_folder(town, "persona") / "model.safetensors").read_bytes() for town in (first, shelf)]
    assert weights[0] == weights[1]
