"""Direct preference optimisation (Rafailov et al. 2023): the persona's own line against the plain one.

A new adapter is trained on the merged SFT model, and the reference is that model with the adapter off. So the reward
margin is exactly 0 at step 1, and the loss is ln 2 plus the weighted loss of the chosen line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from extractor.training.models import open_model, parameters_of
from extractor.training.rows import Pair
from extractor.training.runs import ADAPTER, adapter_settings, free_memory, merge_adapter, run_settings, run_trainer
from extractor.training.sft import Run, TrainedModel

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


def prefer(run: Run, pairs: Sequence[Pair], *, tokenizer: PreTrainedTokenizerBase) -> TrainedModel:
    """Train on preference pairs and return the merged model; the adapter is kept in `run.fresh`."""
    from datasets import Dataset
    from transformers import set_seed
    from trl import DPOConfig, DPOTrainer

    class PairTrainer(DPOTrainer):  # type: ignore[misc, unused-ignore]
        """The pairs come as ids with the same mask as in SFT: no template, no cut and no line break is added."""

        def _prepare_dataset(self, dataset: Dataset, *_: object, **__: object) -> Dataset:
            return dataset

    recipe = run.recipe
    model = open_model(run.source, four_bit=recipe.method == "qlora", full=recipe.method == "full")
    parameters = parameters_of(model)
    set_seed(recipe.seed)
    rows = [asdict(pair) for pair in pairs]
    keys = {"prompt": "prompt_ids", "chosen": "chosen_ids", "rejected": "rejected_ids"}
    full = recipe.method == "full"
    trainer = PairTrainer(
        model=model,
        args=run_settings(
            recipe,
            DPOConfig,
            work=run.work,
            steps=run.steps,
            beta=recipe.beta,
            loss_type=["sigmoid", "sft"],
            loss_weights=[1.0, recipe.sft_weight],
            max_length=None,
            precompute_ref_log_probs=full,
        ),
        train_dataset=Dataset.from_list([{new: row[old] for old, new in keys.items()} for row in rows]),
        processing_class=tokenizer,
        peft_config=None if full else adapter_settings(recipe),
    )
    log = run_trainer(trainer, label=run.label, recipe_path=run.recipe_path, work=run.work)
    trainer.model.save_pretrained(str(run.fresh / ADAPTER))
    del model, trainer
    free_memory()
    if full:
        merged = open_model(run.fresh / ADAPTER)
    else:
        merged = merge_adapter(run.source, run.fresh / ADAPTER, on_cpu=recipe.method == "qlora")
    return TrainedModel(
        merged,
        losses=tuple(float(entry["loss"]) for entry in log),
        margins=tuple(float(entry["rewards/margins"]) for entry in log),
        accuracies=tuple(float(entry["rewards/accuracies"]) for entry in log),
        parameters=parameters,
    )
