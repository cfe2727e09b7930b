"""Talking to a trained model: the same template and system prompt as in training, streaming, with history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.book import Shelf
from extractor.training.checkpoints import Step, model_folder, read_training, recover_models, require_model
from extractor.training.faults import in_one_line
from extractor.training.progress import REHEARSAL_NOTE, quiet
from extractor.training.rows import Turn, prompt_ids

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PROMPT_TOKENS = 4096


class Chat:
    """A talk with one model of a book; it remembers what was said.

    `step` is the model: "persona", "persona-sft", "world" or "base". `system` replaces the prompt of the training.

    Raises:
        TrainingError: the model is not there; names the command that makes it.
    """

    def __init__(
        self, shelf: Shelf, *, step: Step = "persona", system: str | None = None, seed: int | None = None
    ) -> None:
        recover_models(shelf)
        self.training = require_model(shelf, step)
        self.folder = model_folder(shelf, step)
        self.system = self.training.system if system is None else system
        self.history: list[Turn] = []
        self._seed = seed

    def introduction(self) -> str:
        """Say in one line which model this is."""
        training = self.training
        said = f"{self.folder}: {training.step} of {training.base}, profile {training.profile}, {training.steps} steps"
        return f"{said}\n{REHEARSAL_NOTE}" if training.rehearsal else said

    def say(self, message: str) -> Iterator[str]:
        """Yield the reply piece by piece; what was said is remembered when the reply is complete."""
        pieces: list[str] = []
        for piece in reply(self.folder, system=self.system, history=self.history, message=message, seed=self._seed):
            pieces.append(piece)
            yield piece
        self.history += [
            {"role": "user", "content": message},
            {"role": "assistant", "content": "".join(pieces).strip()},
        ]


def reply(
    folder: Path,
    *,
    system: str,
    history: Sequence[Turn],
    message: str,
    new_tokens: int = 256,
    temperature: float = 0.8,
    seed: int | None = None,
) -> Iterator[str]:
    """Yield a model's reply piece by piece. The oldest exchanges are left out where the talk is too long for it.

    `history` alternates user and assistant turns. `temperature` 0 gives always the same reply.

    Raises:
        TrainingError: the model cannot be opened, or memory runs out.
    """
    from extractor.training.generation import stream_reply

    with in_one_line("chat"), quiet():
        tokenizer, model = _opened(folder, (folder / "config.json").stat().st_mtime_ns)
        turns = [{"role": "system", "content": system}] if system else []
        turns += [*history, {"role": "user", "content": message}]
        room = min(PROMPT_TOKENS, int(model.config.max_position_embeddings) - new_tokens)
        prompt = prompt_ids(turns, tokenizer, max_length=room)
        yield from stream_reply(model, tokenizer, prompt, new_tokens=new_tokens, temperature=temperature, seed=seed)


@lru_cache(maxsize=1)
def _opened(folder: Path, changed: int) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Open a model once; `changed` is when its folder was written last."""
    from extractor.training.models import open_as_trained, open_tokenizer

    training = read_training(folder)
    return open_tokenizer(folder), open_as_trained(folder, four_bit=training is not None and training.four_bit)
