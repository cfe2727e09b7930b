"""Opening tokenizers and models, on the GPU where there is one, and measuring their losses."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import TrainingError
from extractor.training.faults import missing_base
from extractor.training.rows import IGNORED, Example

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig, PreTrainedModel, PreTrainedTokenizerBase

LOGITS = 2**26
TINY_PARAMETERS = 10_000_000


@dataclass(frozen=True, slots=True)
class TokenLoss:
    """Loss of one example: `total` in nats over its `tokens` learnt tokens."""

    row: str
    total: float
    tokens: int


def open_tokenizer(source: str | Path) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a base model or folder.

    Raises:
        TrainingError: it is not to be had, or it has no chat template.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(source))
    except (OSError, ValueError) as error:
        raise missing_base(str(source)) from error
    if not tokenizer.chat_template:
        raise TrainingError(f"The tokenizer of {source} has no chat template. Use an instruct model as base.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def open_model(
    source: str | Path, *, four_bit: bool = False, full: bool = False, on_cpu: bool = False
) -> PreTrainedModel:
    """Return a causal language model, on the GPU in 16 bits where there is one, else on the CPU in 32.

    `full` loads 32-bit weights on the GPU too, for training all of them; `four_bit` quantises them to NF4. `on_cpu`
    leaves the GPU alone and opens 16-bit weights in RAM, for a model that is larger than the GPU.

    Raises:
        TrainingError: it is not to be had, or four bits were asked for without a GPU.
    """
    import torch
    from transformers import AutoModelForCausalLM

    settings: dict[str, Any] = {"dtype": torch.bfloat16 if on_cpu else torch.float32}
    if torch.cuda.is_available() and not on_cpu:
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        settings = {"dtype": torch.float32 if full else half, "device_map": {"": 0}}
    if four_bit:
        settings["quantization_config"] = _four_bits()
    try:
        model = AutoModelForCausalLM.from_pretrained(str(source), **settings)
    except (OSError, ValueError) as error:
        raise missing_base(str(source)) from error
    use_threads(parameters_of(model))
    return model


def open_as_trained(source: str | Path, *, four_bit: bool) -> PreTrainedModel:
    """Return a model for use: in four bits where it was trained so and there is a GPU, else as `open_model` does."""
    import torch

    return open_model(source, four_bit=four_bit and torch.cuda.is_available())


def use_threads(parameters: int) -> None:
    """Calculate a tiny model on one CPU thread, others on all cores.

    On a busy machine two threads wait for each other at every small operation: one was measured six times faster.
    It also gives the same sums, and so the same losses, on every machine.
    """
    import torch

    torch.set_num_threads(1 if parameters < TINY_PARAMETERS else os.cpu_count() or 1)


def parameters_of(model: PreTrainedModel) -> int:
    """Return the number of weights."""
    return sum(int(weight.numel()) for weight in model.parameters())


def token_losses(model: PreTrainedModel, examples: Sequence[Example], *, pad: int) -> list[TokenLoss]:
    """Return the loss of each example, in order; batches are made of examples of like length."""
    import torch

    measured: dict[int, TokenLoss] = {}
    model.eval()
    with torch.inference_mode():
        for chosen in _batches([len(example.ids) for example in examples], model.config.vocab_size):
            batch = {name: part.to(model.device) for name, part in collate([examples[i] for i in chosen], pad).items()}
            labels = batch.pop("labels")[:, 1:]
            logits = model(**batch).logits[:, :-1].float()
            losses = torch.nn.functional.cross_entropy(
                logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
            ).sum(dim=1)
            for index, loss in zip(chosen, losses.tolist(), strict=True):
                measured[index] = TokenLoss(examples[index].row, float(loss), examples[index].learnt)
    return [measured[index] for index in range(len(examples))]


def _batches(lengths: Sequence[int], vocabulary: int) -> Iterator[list[int]]:
    """Yield indices, shortest first, in batches whose logits stay within 256 MB (one row at least)."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] * vocabulary > LOGITS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def mean_loss(losses: Sequence[TokenLoss]) -> float | None:
    """Return the loss per learnt token, None where nothing is learnt."""
    tokens = sum(loss.tokens for loss in losses)
    return sum(loss.total for loss in losses) / tokens if tokens else None


def collate(examples: Sequence[Example], pad: int) -> dict[str, Any]:
    """Return a batch padded on the right: input_ids, attention_mask, labels."""
    import torch

    width = max(len(example.ids) for example in examples)
    return {
        "input_ids": torch.tensor([example.ids + [pad] * (width - len(example.ids)) for example in examples]),
        "attention_mask": torch.tensor(
            [[1] * len(example.ids) + [0] * (width - len(example.ids)) for example in examples]
        ),
        "labels": torch.tensor([example.labels + [IGNORED] * (width - len(example.ids)) for example in examples]),
    }


def _four_bits() -> BitsAndBytesConfig:
    """Return the quantisation of QLoRA (Dettmers et al. 2023): NF4, double quantisation, 16-bit arithmetic."""
    import torch
    from transformers import BitsAndBytesConfig

    if not torch.cuda.is_available():
        raise TrainingError("method = 'qlora' needs a CUDA GPU. Use method = 'lora', or profile=rehearsal on a CPU.")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ImportError("bitsandbytes", name="bitsandbytes")

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
