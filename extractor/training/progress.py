"""One line on stderr that lives while a model trains, and sentences between."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from extractor.errors import TrainingError

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

REHEARSAL_NOTE = "rehearsal: a tiny model made on the spot; it proves the way, it cannot talk sense"


def say(sentence: str) -> None:
    """Write one line to stderr, above a progress line if there is one."""
    tqdm.write(sentence, file=sys.stderr)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own warnings and bars off the screen."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    import datasets
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def progress_callback(label: str, *, recipe_path: str) -> TrainerCallback:
    """Return a trainer callback: a bar with rate, time left and loss; a loss that is no number stops the run.

    The stop comes before anything is saved, so the last good checkpoint stays.
    """
    from transformers import TrainerCallback

    class Progress(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            self.bar: tqdm[Any] | None = None

        def on_train_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            self.bar = tqdm(
                total=state.max_steps,
                initial=state.global_step,
                desc=label,
                unit="step",
                file=sys.stderr,
                mininterval=0.2 if sys.stderr.isatty() else 10,
            )

        def on_log(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: dict[str, float]
        ) -> None:
            loss = (more.get("logs") or {}).get("loss")
            if loss is None:
                return
            if not math.isfinite(float(loss)):
                raise TrainingError(
                    f"{label}: the loss became {loss} at step {state.global_step}. "
                    f"Lower learning_rate in {recipe_path or 'the recipe'}; earlier models are untouched."
                )
            if self.bar is not None:
                self.bar.set_postfix_str(f"loss {float(loss):.3f}", refresh=False)

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            if self.bar is not None:
                self.bar.update(state.global_step - self.bar.n)

        def close(self) -> None:
            if self.bar is not None:
                self.bar.close()

    return Progress()
