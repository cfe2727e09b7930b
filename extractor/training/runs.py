"""What every training run shares: its settings, its adapters, going on after a kill, merging, saving."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import TrainingError
from extractor.training.checkpoints import last_checkpoint
from extractor.training.models import open_model
from extractor.training.progress import progress_callback, say
from extractor.training.recipes import Recipe

if TYPE_CHECKING:
    from peft import LoraConfig
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, Trainer, TrainingArguments

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "tokenizers")
ADAPTER = "adapter"


def planned_steps(recipe: Recipe, rows: int) -> tuple[int, int]:
    """Return the steps of the whole run and of one pass over the rows."""
    epoch = max(1, math.ceil(rows / recipe.step_rows))
    steps = math.ceil(epoch * recipe.epochs)
    return min(steps, recipe.max_steps) if recipe.max_steps else steps, epoch


def require_rows(recipe: Recipe, rows: int, *, step: str, source: Path, recipe_path: str) -> None:
    """Refuse a run that has fewer rows than one step takes, or too few for the recipe's minimum of steps.

    Raises:
        TrainingError: says how many rows are needed and where they come from.
    """
    steps, _ = planned_steps(recipe, rows)
    least = min(recipe.minimum_steps, recipe.max_steps or recipe.minimum_steps)
    if rows >= recipe.step_rows and steps >= least:
        return
    wanted = max(1, math.ceil(least / recipe.epochs)) * recipe.step_rows
    raise TrainingError(
        f"{source} gives {rows} rows for {step}, which needs about {wanted} ({least} steps of {recipe.step_rows} rows, "
        f"{recipe.epochs:g} epochs). Make a larger corpus, or lower minimum_steps, batch_rows or accumulation in "
        f"{recipe_path or 'the recipe'}."
    )


def run_settings(
    recipe: Recipe, kind: type[TrainingArguments], *, work: Path, steps: int, **more: object
) -> TrainingArguments:
    """Return the trainer's settings, a `kind` (TrainingArguments or DPOConfig), for the machine at hand."""
    import torch

    gpu = torch.cuda.is_available()
    names = {field.name for field in dataclasses.fields(kind)}
    checkpointing = "activation_checkpointing" if "activation_checkpointing" in names else "gradient_checkpointing"
    brain = gpu and torch.cuda.is_bf16_supported()
    return kind(
        output_dir=str(work),
        per_device_train_batch_size=recipe.batch_rows,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        max_steps=steps,
        warmup_steps=round(recipe.warmup * steps),
        lr_scheduler_type="cosine",
        save_strategy="steps",
        save_steps=recipe.save_steps,
        save_total_limit=2,
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to=[],
        disable_tqdm=True,
        use_cpu=not gpu,
        bf16=brain,
        fp16=gpu and not brain,
        seed=recipe.seed,
        data_seed=recipe.seed,
        dataloader_pin_memory=gpu,
        remove_unused_columns=False,
        **{checkpointing: gpu},
        **more,
    )


def adapter_settings(recipe: Recipe) -> LoraConfig:
    """Return the LoRA settings of a recipe: every linear layer but the head."""
    from peft import LoraConfig

    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def run_trainer(trainer: Trainer, *, label: str, recipe_path: str, work: Path) -> list[dict[str, float]]:
    """Train to the end, from the last whole checkpoint where there is one, and return the log, one entry a step.

    Raises:
        TrainingError: a loss was no number.
    """
    from transformers.trainer_callback import PrinterCallback

    callback = progress_callback(label, recipe_path=recipe_path)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(callback)
    start = last_checkpoint(work)
    if start is not None:
        say(f"{label}: goes on from step {start.name.rpartition('-')[2]}.")
    try:
        trainer.train(resume_from_checkpoint=str(start) if start else None)
    finally:
        callback.close()
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def merge_adapter(source: Path | str, adapter: Path, *, on_cpu: bool = False) -> PreTrainedModel:
    """Return the model of `source` with an adapter melted into its weights.

    The source is opened anew in 16 or 32 bits, so that a run on 4-bit weights merges into whole ones. `on_cpu` merges
    in RAM, for a GPU that holds the model in four bits alone.
    """
    from peft import PeftModel

    model = open_model(source, on_cpu=on_cpu)
    return PeftModel.from_pretrained(model, str(adapter), torch_device=str(model.device)).merge_and_unload()


def save_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Save a merged model and its tokenizer as a checkpoint that transformers, vLLM and others can open.

    Raises:
        TrainingError: a weight is not a finite number.
    """
    import torch

    for name, weight in model.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise TrainingError(f"{folder.name}: the weight {name} is not finite after training; nothing was saved.")
    if model.device.type == "cuda" and model.dtype == torch.float32:
        model = model.to(torch.bfloat16)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def free_memory() -> None:
    """Give back what a finished run held on the GPU."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that decide a run."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}
