"""Recipes: one readable file per profile says how the world and the persona model are trained, and why so.

A file of `books/<slug>/recipes/` wins over the shipped one of the same name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from extractor.errors import TrainingError
from extractor.records import Record

SHIPPED = Path(__file__).parent / "recipes"
TINY = "tiny"


class Recipe(Record):
    """How one step is trained.

    `epochs` counts passes over the rows; `max_steps`, where it is not 0, ends a longer run. A step is `batch_rows` ×
    `accumulation` rows. `warmup` is a share of the steps. `max_length` counts tokens of one row. `replay` is the share
    of world questions mixed into persona_sft, against forgetting. `beta` and `sft_weight` (the weight of the chosen
    side's own loss) are read by persona_dpo alone.
    A run of fewer than `minimum_steps` is refused: it would change nothing that anyone could notice.
    """

    method: Literal["full", "lora", "qlora"] = "lora"
    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int = Field(default=0, ge=0)
    minimum_steps: int = Field(default=20, ge=1)
    batch_rows: int = Field(default=1, ge=1)
    accumulation: int = Field(default=1, ge=1)
    max_length: int = Field(default=2048, ge=32)
    warmup: float = Field(default=0.05, ge=0, lt=1)
    replay: float = Field(default=0.0, ge=0, lt=1)
    beta: float = Field(default=0.1, gt=0)
    sft_weight: float = Field(default=0.1, ge=0)
    save_steps: int = Field(default=100, ge=1)
    seed: int = 42

    @property
    def step_rows(self) -> int:
        """Rows that one optimiser step sees."""
        return self.batch_rows * self.accumulation


class Profile(Record):
    """The content of one recipe file: the base model and a recipe for each step.

    `base` is a Hugging Face id, a folder, or "tiny" for a model made on the spot. `memory` is the GPU memory in GB
    that the steps fit into, 0 for none. `automatic` says whether the profile `auto` may choose it.
    """

    name: str
    path: str = ""
    base: str = Field(min_length=1)
    memory: float = Field(default=0.0, ge=0)
    automatic: bool = True
    world: Recipe
    persona_sft: Recipe
    persona_dpo: Recipe

    @property
    def rehearsal(self) -> bool:
        """Whether the base model is the tiny one that is made on the spot."""
        return self.base == TINY


def load_recipe(profile: str, *, folders: Sequence[Path] = (), gpu: float | None = None) -> tuple[Profile, str]:
    """Return a profile and the sentence that says why it is this one.

    `profile` is "auto", a name, or the path of a .toml file. `folders` are looked through before the shipped recipes.
    `gpu` is the memory of the GPU in GB, 0 for none; None measures it when `profile` is "auto".

    Raises:
        TrainingError: no such profile, or the file has a fault (named with its key and value).
    """
    if profile == "auto":
        return _fitting(_profiles(folders), _gpu_memory() if gpu is None else gpu)
    path = Path(profile)
    if path.suffix == ".toml":
        return _read(path), f"profile {path.stem}: read from {path}."
    for folder in (*folders, SHIPPED):
        if (folder / f"{profile}.toml").is_file():
            found = _read(folder / f"{profile}.toml")
            own = "" if folder == SHIPPED else f" (the book's own copy, {found.path})"
            return found, f"profile {profile}: chosen by name{own}."
    known = ", ".join(sorted(found.name for found in _profiles(folders)))
    raise TrainingError(f"There is no profile {profile!r}. Known are auto, {known}, or the path of a .toml file.")


def smaller_profile(profile: Profile, *, folders: Sequence[Path] = ()) -> str | None:
    """Return the name of the next profile that needs less memory, the same base first; None where there is none."""
    lesser = [
        other
        for other in _profiles(folders)
        if other.memory < profile.memory and (other.automatic or other.base == profile.base)
    ]
    return (
        max(lesser, key=lambda other: (other.base == profile.base, other.memory, other.name)).name if lesser else None
    )


def _fitting(profiles: list[Profile], gpu: float) -> tuple[Profile, str]:
    """Choose the largest automatic profile that fits into `gpu` GB."""
    fitting = [profile for profile in profiles if profile.automatic and profile.memory <= gpu]
    best = max(fitting, key=lambda profile: (profile.memory, profile.name))
    if not best.memory:
        found = f"the GPU has {gpu:.0f} GB, too little for any other" if gpu else "no CUDA GPU was found"
        return best, f"profile {best.name}: {found}."
    return best, f"profile {best.name}: it needs {best.memory:.0f} GB and the GPU has {gpu:.0f} GB."


def _profiles(folders: Sequence[Path]) -> list[Profile]:
    """Read every profile of the folders and of the package; the first of a name wins."""
    paths: dict[str, Path] = {}
    for folder in (*folders, SHIPPED):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            paths.setdefault(path.stem, path)
    return [_read(path) for path in paths.values()]


def _gpu_memory() -> float:
    """Return the memory of the first CUDA GPU in GB, 0 where there is none."""
    import torch

    if not torch.cuda.is_available():
        return 0.0
    return float(torch.cuda.get_device_properties(0).total_memory) / 2**30


def _read(path: Path) -> Profile:
    """Read and check one recipe file."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        return Profile.model_validate({**content, "name": path.stem, "path": str(path)})
    except FileNotFoundError:
        raise TrainingError(f"{path} is missing. Copy one from {SHIPPED} and change it.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"{path} is no readable TOML: {error}.") from None
    except ValidationError as error:
        raise TrainingError(f"{path}: {_first_fault(error)}.") from None


def _first_fault(error: ValidationError) -> str:
    """Say the first fault of a recipe file as one sentence without its full stop."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        model = Recipe if len(fault["loc"]) > 1 else Profile
        known = ", ".join(key for key in model.model_fields if key not in ("name", "path"))
        return f"{where} is not a known key. Known are {known}"
    if fault["type"] == "missing":
        return f"{where} is missing. Add it"
    return f"{where} = {fault['input']!r} does not do: {fault['msg'][0].lower()}{fault['msg'][1:]}"
