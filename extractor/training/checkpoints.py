"""Model folders: what they were made from, published whole or not at all, and read back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from extractor.book import Shelf
from extractor.errors import TrainingError
from extractor.records import Record, Row
from extractor.store import write_text
from extractor.training.recipes import Recipe
from extractor.training.rows import RowCounts

Step = Literal["base", "world", "persona-sft", "persona"]
TRAINING_FILE = "training.json"
VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json")
MADE_BY = {"base": "world", "world": "world", "persona-sft": "persona", "persona": "persona"}


class Training(Record):
    """What training.json says about the model beside it.

    `key` is the hash of all that decides the weights: rows, recipe and starting model. `corpus` is the hash of the
    rows, `parent` the key of the starting model. `before` and `after` are the loss per token on held-out rows, or on a
    sample of the trained ones where nothing is held out; `held_out` tells. `losses`, `margins` and `accuracies` have
    one entry a step; the latter two belong to preferences. `seconds` counts the last run only.
    """

    step: Step
    book: str
    profile: str
    base: str
    rehearsal: bool = False
    key: str
    corpus: str = ""
    parent: str = ""
    recipe: Recipe | None = None
    rows: RowCounts = RowCounts()
    steps: int = 0
    steps_per_epoch: float = 0.0
    losses: tuple[float, ...] = ()
    margins: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()
    held_out: bool = False
    before: float | None = None
    after: float | None = None
    parameters: int = 0
    seconds: float = 0.0
    system: str = ""
    versions: dict[str, str] = Field(default_factory=dict)

    @property
    def four_bit(self) -> bool:
        """Whether the weights were trained, and are used, in four bits."""
        return self.recipe is not None and self.recipe.method == "qlora"


def model_folder(shelf: Shelf, step: Step) -> Path:
    """Return where the model of a step lies."""
    return shelf.outputs / "models" / step


def hash_rows(rows: Iterable[Row]) -> str:
    """Return the sha256 of rows, in order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.model_dump_json().encode("utf-8", errors="surrogatepass") + b"\n")
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """Return the sha256 of what decides a model's weights; parts are records, strings or numbers."""
    plain = [part.model_dump(mode="json") if isinstance(part, Record) else part for part in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def read_training(folder: Path) -> Training | None:
    """Return what training.json says, None where there is no finished model or a part of it is missing.

    Raises:
        TrainingError: the file is there and cannot be understood.
    """
    path = folder / TRAINING_FILE
    try:
        training = Training.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise TrainingError(f"{path} cannot be understood ({said}). Delete {folder} and train again.") from error
    return training if _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    """Tell whether the configuration, every file of weights and the tokenizer of a model are there."""
    weights = ["model.safetensors"]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            weights = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        except (OSError, ValueError, KeyError):
            return False
    tokenizer = any((folder / name).is_file() for name in VOCABULARIES)
    needed = ("config.json", "tokenizer_config.json", *weights)
    return tokenizer and all((folder / name).is_file() and (folder / name).stat().st_size for name in needed)


def require_model(shelf: Shelf, step: Step) -> Training:
    """Return what training.json says about a model that has to be there.

    Raises:
        TrainingError: it is not; names the command that makes it.
    """
    training = read_training(model_folder(shelf, step))
    if training is None:
        raise TrainingError(
            f"{model_folder(shelf, step)} holds no finished model; run `make book={shelf.slug} {MADE_BY[step]}` first."
        )
    return training


def work_folder(shelf: Shelf, step: Step, *, key: str) -> Path:
    """Return the folder for a run's own checkpoints; those of a run with another key are deleted."""
    folder = shelf.outputs / "models" / f".work-{step}"
    mark = folder / "key"
    if folder.is_dir() and not (mark.is_file() and mark.read_text() == key):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(mark, key)
    return folder


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest complete checkpoint of a run; an incomplete one (a kill while writing) is deleted."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for path in found:
        try:
            json.loads((path / "trainer_state.json").read_text())
            return path
        except (OSError, ValueError):
            shutil.rmtree(path)
    return None


def publish(fresh: Path, folder: Path, training: Training) -> None:
    """Put a freshly saved model in the place of `folder` in one step, training.json included."""
    write_text(fresh / TRAINING_FILE, training.model_dump_json(indent=1) + "\n")
    old = _beside(folder, "old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def fresh_folder(folder: Path) -> Path:
    """Return an empty folder beside `folder`, where a model is saved before it takes that place."""
    fresh = _beside(folder, "new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def recover_models(shelf: Shelf) -> None:
    """Put back what a kill in the middle of `publish` left beside a model's place: the new model, or else the old."""
    for step in MADE_BY:
        folder = shelf.outputs / "models" / step
        old = _beside(folder, "old")
        for left in (_beside(folder, "new"), old):
            if not folder.exists() and (left / TRAINING_FILE).is_file() and _is_whole(left):
                left.rename(folder)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)


def _beside(folder: Path, age: Literal["new", "old"]) -> Path:
    """Return where a model lies before it takes its place, and after."""
    return folder.with_name(f".{age}-{folder.name}")
