"""Reading and writing the files of outputs/: one record a line, written whole or not at all.

A file whose content did not change keeps its time, so that Make sees nothing to redo behind it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from extractor.errors import StoreError
from extractor.records import Record

R = TypeVar("R", bound=Record)


def write_bytes(path: Path, content: bytes) -> bool:
    """Replace `path` in one step; return False when it held just that already.

    Raises:
        StoreError: the folder or the disk refuses.
    """
    try:
        if _holds(path, content):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}. Nothing was changed.") from error
    return True


def write_text(path: Path, content: str) -> bool:
    """Replace `path` by `content` in UTF-8 in one step; return False when nothing changed."""
    return write_bytes(path, content.encode("utf-8", errors="surrogatepass"))


def replace_together(files: Mapping[Path, bytes]) -> None:
    """Replace the files that changed, none before all are on the disk.

    Raises:
        StoreError: the folder or the disk refuses.
    """
    staged: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in files.items():
            if not _holds(path, content):
                staged[path] = path.with_name(f".{path.name}.new")
                write_bytes(staged[path], content)
        for path, new in staged.items():
            new.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        for new in staged.values():
            with suppress(OSError):
                new.unlink(missing_ok=True)


def lines_of(records: Iterable[Record]) -> bytes:
    """Return the content of a file of records, one a line."""
    return "".join(record.model_dump_json() + "\n" for record in records).encode("utf-8", errors="surrogatepass")


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def read_records(path: Path, kind: type[R], *, made_by: str) -> Iterator[R]:
    """Yield the records of a file in order.

    `made_by` is the command that writes the file, for the message when it is missing.

    Raises:
        StoreError: the file is missing, or a line is not a `kind` (names the line and the field).
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield kind.model_validate_json(line)
                except ValidationError as error:
                    first = error.errors()[0]
                    where = ".".join(str(part) for part in first["loc"]) or "line"
                    raise StoreError(
                        f"{path}:{number} is not a {kind.__name__} ({where}: {first['msg']}). "
                        f"Delete the file and run `{made_by}` again."
                    ) from error
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing; run `{made_by}` first.") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{path} is not UTF-8 ({error}). Delete it and run `{made_by}` again.") from error
