"""What can stop a training run from outside, said in one line: memory, disk, a missing base model, losses gone wild."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.errors import TrainingError


@contextmanager
def in_one_line(what: str, *, smaller: str | None = None) -> Iterator[None]:
    """Turn the faults of a run into a TrainingError of one line.

    `what` says what was going on, as in "training world"; `smaller` is the next smaller profile, None where there is
    none.
    """
    try:
        from safetensors import SafetensorError

        errors: tuple[type[Exception], ...] = (SafetensorError,)
    except ImportError:
        errors = ()
    try:
        yield
    except ImportError as error:
        missing = error.name or str(error)
        raise TrainingError(
            f"{what} needs {missing}, which is not installed. Install the train extra: pip install 'extractor[train]'"
            + (" bitsandbytes." if missing == "bitsandbytes" else ".")
        ) from error
    except MemoryError as error:
        raise TrainingError(_out_of_memory(what, smaller)) from error
    except OSError as error:
        raise TrainingError(f"{what} stopped: {_disk_fault(error)}. What was finished before is untouched.") from error
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise TrainingError(_out_of_memory(what, smaller)) from error
    except errors as error:
        raise TrainingError(f"{what} stopped: {error}. What was finished before is untouched.") from error


def missing_base(base: str) -> TrainingError:
    """Return the error for a base model that is neither here nor to be had."""
    if "/" in base and not base.startswith((".", "/", "~")):
        way = (
            f"Fetch it once with `hf download {base}` where there is a network, "
            f"or set base in the recipe to a folder that holds it."
        )
    else:
        way = "Set base in the recipe to a folder with config.json, weights and tokenizer."
    return TrainingError(f"The base model {base} is not on this machine and could not be fetched. {way}")


def require_space(folder: Path, *, size: float) -> None:
    """Refuse a run whose checkpoints, `size` bytes, would not fit onto the disk of `folder`."""
    import shutil

    free = shutil.disk_usage(folder).free
    if free < size:
        raise TrainingError(
            f"{folder} has {free / 2**30:.1f} GB free and the run writes about {size / 2**30:.1f} GB. "
            f"Make room, or point outputs/ at another disk."
        )


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Tell an allocation that failed (GPU or CPU) from other runtime errors."""
    said = str(error).lower()
    return "out of memory" in said or "not enough memory" in said or "can't allocate memory" in said


def _out_of_memory(what: str, smaller: str | None) -> str:
    """Say that memory ran out and which recipe to take."""
    way = f"Use profile={smaller}" if smaller else "Lower max_length or batch_rows in the recipe"
    halve = " or halve batch_rows and double accumulation in the recipe" if smaller else ""
    return f"{what} ran out of memory. {way}{halve}."


def _disk_fault(error: OSError) -> str:
    """Say which file could not be written or read, and why."""
    where = f"{error.filename} cannot be used: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}the disk is full; make room and run the same command again"
    return f"{where}{error.strerror or error}"
