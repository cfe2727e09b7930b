"""One step of the chain: rows to ids, a run, a merged model in its folder with training.json beside it.

A step whose rows, recipe and starting model did not change is not run again; a killed one goes on where it was.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from extractor.book import Shelf
from extractor.records import Row
from extractor.training.checkpoints import (
    Step,
    Training,
    fresh_folder,
    hash_rows,
    key_of,
    model_folder,
    publish,
    read_training,
    work_folder,
)
from extractor.training.corpus import corpus_path, train_split, usual_system
from extractor.training.faults import require_space
from extractor.training.models import open_tokenizer
from extractor.training.progress import REHEARSAL_NOTE, say
from extractor.training.recipes import Profile, Recipe
from extractor.training.rows import RowCounts, tokenize_pairs, tokenize_rows
from extractor.training.runs import library_versions, planned_steps, require_rows, save_model
from extractor.training.sft import Run, TrainedModel, fine_tune

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

HELD_OUT_ROWS = 32


@dataclass(frozen=True)
class Plan:
    """What a step is made of: `source` is the model it starts from, `parent` that model's key, `corpus` a file."""

    shelf: Shelf
    profile: Profile
    step: Step
    recipe: Recipe
    source: str | Path
    parent: str
    rows: list[Row]
    corpus: str

    @property
    def folder(self) -> Path:
        """Where the model goes."""
        return model_folder(self.shelf, self.step)

    def draft(self, rows: list[Row]) -> Training:
        """Return what can be said of the model before it is trained on `rows`."""
        return Training(
            step=self.step,
            book=self.shelf.slug,
            profile=self.profile.name,
            base=self.profile.base,
            rehearsal=self.profile.rehearsal,
            key=key_of(self.step, hash_rows(rows), self.recipe, self.parent),
            parent=self.parent,
            corpus=hash_rows(rows),
            recipe=self.recipe,
            system=usual_system(rows),
        )


def train_supervised(plan: Plan) -> Path:
    """Fine-tune on documents, questions and dialogues; return the model's folder.

    Raises:
        TrainingError: too few rows, or the run cannot go on.
    """
    rows = [row for row in train_split(plan.rows) if row.kind != "pair"]
    draft = plan.draft(rows)
    if _is_done(plan, draft):
        return plan.folder
    tokenizer = open_tokenizer(plan.source)
    examples, counts = tokenize_rows(rows, tokenizer, max_length=plan.recipe.max_length)
    held_rows = [row for row in plan.rows if row.split == "dev" and row.kind != "pair"] or rows
    held, _ = tokenize_rows(held_rows[:HELD_OUT_ROWS], tokenizer, max_length=plan.recipe.max_length)

    def train(run: Run) -> TrainedModel:
        return fine_tune(run, examples, held_out=held[:HELD_OUT_ROWS], tokenizer=tokenizer)

    draft = draft.model_copy(update={"held_out": held_rows is not rows})
    return _run(plan, draft, counts, tokenizer=tokenizer, train=train)


def train_preferences(plan: Plan) -> Path:
    """Train on preference pairs; return the model's folder. The adapter stays in its folder `adapter`.

    Raises:
        TrainingError: too few pairs, or the run cannot go on.
    """
    rows = [row for row in train_split(plan.rows) if row.kind == "pair"]
    draft = plan.draft(rows)
    if _is_done(plan, draft):
        return plan.folder
    tokenizer = open_tokenizer(plan.source)
    pairs, counts = tokenize_pairs(rows, tokenizer, max_length=plan.recipe.max_length)

    def train(run: Run) -> TrainedModel:
        from extractor.training.dpo import prefer

        return prefer(run, pairs, tokenizer=tokenizer)

    return _run(plan, draft, counts, tokenizer=tokenizer, train=train)


def _is_done(plan: Plan, draft: Training) -> bool:
    """Tell whether the model is there already, made of just this; say so."""
    known = read_training(plan.folder)
    if known is None or known.key != draft.key:
        return False
    say(f"{plan.step}: {plan.folder} is up to date (same rows, recipe and starting model); nothing to do.")
    return True


def _run(
    plan: Plan,
    draft: Training,
    counts: RowCounts,
    *,
    tokenizer: PreTrainedTokenizerBase,
    train: Callable[[Run], TrainedModel],
) -> Path:
    """Train, save, publish, and say before and after what is done."""
    recipe, label = plan.recipe, plan.step
    source = corpus_path(plan.shelf, plan.corpus)
    require_rows(recipe, counts.examples, step=label, source=source, recipe_path=plan.profile.path)
    steps, epoch = planned_steps(recipe, counts.examples)
    say(f"{label}: {counts.sentence()}.")
    say(
        f"{label}: {steps} steps of {recipe.step_rows} rows, {epoch} steps an epoch ({steps / epoch:.1f} epochs), "
        f"{recipe.method} at {recipe.learning_rate:g}."
    )
    work = work_folder(plan.shelf, plan.step, key=draft.key)
    require_space(work, size=_size_on_disk(plan))
    started = time.monotonic()
    fresh = fresh_folder(plan.folder)
    run = Run(label, plan.source, work, fresh, steps=steps, recipe=recipe, recipe_path=plan.profile.path)
    trained = train(run)
    save_model(trained.model, tokenizer, fresh)
    finished = draft.model_copy(
        update={
            "rows": counts,
            "steps": steps,
            "steps_per_epoch": epoch,
            "losses": trained.losses,
            "margins": trained.margins,
            "accuracies": trained.accuracies,
            "before": trained.before,
            "after": trained.after,
            "parameters": trained.parameters,
            "seconds": round(time.monotonic() - started, 1),
            "versions": library_versions(),
        }
    )
    publish(fresh, plan.folder, finished)
    shutil.rmtree(work)
    _say_result(finished, plan.folder)
    return plan.folder


def _size_on_disk(plan: Plan) -> float:
    """Estimate the bytes a run writes: the merged model twice, and for full training two checkpoints with optimiser."""
    from transformers import AutoConfig

    if plan.profile.rehearsal:
        return 64e6
    try:
        config = AutoConfig.from_pretrained(str(plan.source))
    except (OSError, ValueError):
        return 0.0
    per_layer = 4 * config.hidden_size**2 + 3 * config.hidden_size * config.intermediate_size
    weights = config.num_hidden_layers * per_layer + 2 * config.vocab_size * config.hidden_size
    return float(weights * (4 if plan.recipe.method != "full" else 4 + 2 * 12))


def _say_result(training: Training, folder: Path) -> None:
    """Say in one line what the training did: means over the first and last tenth of the steps."""
    tenth = max(1, training.steps // 10)
    said = f"{training.step}: loss {fmean(training.losses[:tenth]):.3f} -> {fmean(training.losses[-tenth:]):.3f}"
    if training.before is not None and training.after is not None:
        rows = "held-out rows" if training.held_out else "a sample of the rows"
        said += f", on {rows} {training.before:.3f} -> {training.after:.3f}"
    if training.margins:
        last = training.margins[-max(1, training.steps // 4) :]
        said += f", reward margin {training.margins[0]:.3f} -> {fmean(last):.3f} (last quarter)"
    say(f"{said}; {training.seconds:.0f} s; {folder}")
    if training.rehearsal:
        say(f"{training.step}: {REHEARSAL_NOTE}.")
