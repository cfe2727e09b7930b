"""Supervised fine-tuning on tokenised rows: all of a document, only the replies of a talk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.training.models import collate, mean_loss, open_model, parameters_of, token_losses
from extractor.training.recipes import Recipe
from extractor.training.rows import Example
from extractor.training.runs import ADAPTER, adapter_settings, free_memory, merge_adapter, run_settings, run_trainer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A merged model and the curves of its training.

    `before` and `after` are losses per token on held-out rows, both in the precision of the training.
    """

    model: PreTrainedModel
    losses: tuple[float, ...]
    before: float | None = None
    after: float | None = None
    margins: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run starts and works: `source` is a model, `work` its own checkpoints, `fresh` takes the result."""

    label: str
    source: str | Path
    work: Path
    fresh: Path
    steps: int
    recipe: Recipe
    recipe_path: str = ""


def fine_tune(
    run: Run, examples: Sequence[Example], *, held_out: Sequence[Example], tokenizer: PreTrainedTokenizerBase
) -> TrainedModel:
    """Train on `examples`, mixed in one seeded order, and return the merged model."""
    from transformers import Trainer, TrainingArguments, set_seed

    recipe, pad = run.recipe, int(tokenizer.pad_token_id)
    model = open_model(run.source, four_bit=recipe.method == "qlora", full=recipe.method == "full")
    parameters = parameters_of(model)
    before = mean_loss(token_losses(model, held_out, pad=pad))
    set_seed(recipe.seed)
    if recipe.method != "full":
        model = _with_adapter(model, recipe)
    model.config.use_cache = False
    trainer = Trainer(
        model=model,
        args=run_settings(recipe, TrainingArguments, work=run.work, steps=run.steps),
        train_dataset=examples,
        data_collator=lambda batch: collate(batch, pad),
    )
    log = run_trainer(trainer, label=run.label, recipe_path=run.recipe_path, work=run.work)
    model = trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    after = mean_loss(token_losses(model, held_out, pad=pad))
    if recipe.method != "full":
        model.save_pretrained(str(run.fresh / ADAPTER))
        del model, trainer
        free_memory()
        model = merge_adapter(run.source, run.fresh / ADAPTER, on_cpu=recipe.method == "qlora")
    model.config.use_cache = True
    return TrainedModel(model, tuple(float(entry["loss"]) for entry in log), before, after, parameters=parameters)


def _with_adapter(model: PreTrainedModel, recipe: Recipe) -> PreTrainedModel:
    """Return the model with a new LoRA adapter; only that is trained."""
    from peft import get_peft_model, prepare_model_for_kbit_training

    if recipe.method == "qlora":
        model = prepare_model_for_kbit_training(model)
    model = get_peft_model(model, adapter_settings(recipe))
    model.enable_input_require_grads()
    return model
