"""Prompts as plain files with $variables: prompts/<language>/<stage>/<name>.md, a book's own wording first."""

from __future__ import annotations

import hashlib
import re
import string
from functools import cached_property
from pathlib import Path

import extractor
from extractor.errors import PromptError


def prompts_folder() -> Path:
    """Return the project's prompts/: in the current directory, in the installed package, or beside it.

    Raises:
        PromptError: it is nowhere.
    """
    package = Path(extractor.__file__).resolve().parent
    candidates = (Path("prompts"), package / "prompts", package.parent / "prompts")
    for folder in candidates:
        if folder.is_dir():
            return folder
    places = " or ".join(str(folder) for folder in candidates)
    raise PromptError(f"No folder prompts/ at {places}. Run from the project's root.")


class Prompts:
    """The prompts of one language. `overrides` is a folder of the same shape whose files win, None for none."""

    def __init__(self, language: str, *, root: Path | None = None, overrides: Path | None = None) -> None:
        self.language = language
        self._root = root
        self._overrides = overrides

    @cached_property
    def root(self) -> Path:
        """The folder that holds the languages."""
        return self._root or prompts_folder()

    def path(self, stage: str, name: str) -> Path:
        """Return the file that is used for a prompt.

        Raises:
            PromptError: there is none.
        """
        for folder in self._folders(stage):
            if (folder / f"{name}.md").is_file():
                return folder / f"{name}.md"
        shipped = self.root / self.language / stage / f"{name}.md"
        raise PromptError(f"{shipped} is missing: the stage {stage} asks with it. Restore the file.")

    def render(self, stage: str, name: str, **variables: object) -> str:
        """Return a prompt with its $variables filled; a variable the file does not use is no fault.

        Raises:
            PromptError: no file, a `$` that begins no name, or a variable that this stage does not fill.
        """
        path = self.path(stage, name)
        template = _Template(_read(path))
        try:
            return template.substitute({key: str(value) for key, value in variables.items()})
        except KeyError as error:
            filled = ", ".join(f"${key}" for key in variables) or "none"
            raise PromptError(
                f"{path}: ${error.args[0]} is filled by nobody; {stage} fills {filled}. Correct the name, "
                f"or write $${error.args[0]} for a plain dollar."
            ) from None
        except ValueError as error:
            raise PromptError(f"{path}: a `$` begins no variable ({error}). Write $$ for a plain dollar.") from None

    def prompt_hash(self, stage: str) -> str:
        """Return a hash of all prompts of a stage as they are used: names and contents."""
        names = {path.stem for folder in self._folders(stage) for path in folder.glob("*.md")}
        digest = hashlib.sha256()
        for name in sorted(names):
            digest.update(f"{name}\0{_read(self.path(stage, name))}\0".encode())
        return digest.hexdigest()[:16]

    def _folders(self, stage: str) -> list[Path]:
        overrides = [self._overrides / stage] if self._overrides is not None else []
        return [*overrides, self.root / self.language / stage]


class _Template(string.Template):
    idpattern = r"(?a:[a-z][a-z0-9_]*)"
    flags = re.NOFLAG


def _read(path: Path) -> str:
    """Return a prompt without the white space around it; line ends are \\n whatever the editor wrote."""
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise PromptError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}). Save it as UTF-8.") from None
