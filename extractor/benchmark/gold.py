"""Annotated novels: a folder of `<slug>.quotes.jsonl` with text and characters, read and checked line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from extractor.errors import BookError
from extractor.records import Span

QUOTES, INSTANCES = ".quotes.jsonl", ".instances.jsonl"
SpeakerType = Literal["explicit", "anaphoric", "implicit"]
Characters = dict[str, tuple[str, ...]]
CHARACTERS: TypeAdapter[Characters] = TypeAdapter(Characters)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class GoldQuotation(BaseModel):
    """One annotated quotation; `spans` count from the start of the text, with or without their marks.

    `speaker` None means undecidable. `ignore` says that nobody knows whether it is speech, `negative` that it is not;
    `thought` that it is thought, perhaps without marks.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    start: int
    end: int
    spans: tuple[Span, ...] = ()
    speaker: str | None = None
    type: SpeakerType | None = None
    ignore: bool = False
    negative: bool = False
    thought: bool = False

    @property
    def pieces(self) -> tuple[Span, ...]:
        """The contiguous pieces, or the whole where none are given."""
        return self.spans or ((self.start, self.end),)


class GoldInstance(BaseModel):
    """A quotation among the sentences around it, who says it, and who else could (name -> aliases)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    context: tuple[str, ...]
    quote_index: int
    speaker: str
    aliases: Characters = {}
    all_aliases: Characters = {}
    type: SpeakerType | None = None

    @property
    def candidates(self) -> Characters:
        """Everybody who could be the speaker, with aliases."""
        return self.all_aliases or {self.speaker: (), **self.aliases}


@dataclass(frozen=True)
class GoldText:
    """An annotated text; `narrators` are the characters who say "I" in the narration."""

    slug: str
    path: Path
    quotes_path: Path
    characters: Characters
    narrators: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The text as the offsets count it: line ends as in the file.

        Raises:
            BookError: the file cannot be read or is not UTF-8.
        """
        try:
            return self.path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise BookError(f"{self.path} is not UTF-8 ({error.reason} at byte {error.start}). Save it so.") from None
        except OSError as error:
            raise BookError(f"{self.path} cannot be read: {error.strerror or error}.") from None

    @cached_property
    def quotations(self) -> tuple[GoldQuotation, ...]:
        """The annotated quotations.

        Raises:
            BookError: a line is no quotation or points outside of the text; names file and line.
        """
        found = []
        length = len(self.text)
        for number, quotation in _read_lines(self.quotes_path, GoldQuotation):
            for start, end in quotation.pieces:
                if not 0 <= start <= end <= length:
                    raise BookError(
                        f"{self.quotes_path}:{number}: {start}-{end} lies outside of {self.path}, which has {length} "
                        f"characters. Annotate that text, or correct the line."
                    )
            found.append(quotation)
        return tuple(found)


@dataclass(frozen=True)
class GoldInstances:
    """A file of instances."""

    slug: str
    path: Path

    @cached_property
    def instances(self) -> tuple[GoldInstance, ...]:
        """The instances.

        Raises:
            BookError: a line is no instance, or its quotation stands outside of its context; names file and line.
        """
        found = []
        for number, instance in _read_lines(self.path, GoldInstance):
            if not 0 <= instance.quote_index < len(instance.context):
                raise BookError(
                    f"{self.path}:{number}: quote_index {instance.quote_index} lies outside of the "
                    f"{len(instance.context)} sentences of context. Correct the line."
                )
            found.append(instance)
        return tuple(found)


def find_texts(folder: Path) -> list[GoldText]:
    """Return the annotated texts of a folder and of the folders in it, by slug.

    Raises:
        BookError: a text or its characters are missing or broken.
    """
    return [_gold_text(path) for path in _files(folder, QUOTES)]


def find_instances(folder: Path) -> list[GoldInstances]:
    """Return the files of instances of a folder and of the folders in it, by slug."""
    return [GoldInstances(path.name.removesuffix(".jsonl"), path) for path in _files(folder, INSTANCES)]


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted((*folder.glob(f"*{suffix}"), *folder.glob(f"*/*{suffix}")), key=lambda path: path.name)


def _gold_text(quotes: Path) -> GoldText:
    slug = quotes.name.removesuffix(QUOTES)
    return GoldText(
        slug=slug,
        path=_text_path(quotes.parent, slug),
        quotes_path=quotes,
        characters=read_json(quotes.with_name(f"{slug}.characters.json"), CHARACTERS, "name -> list of aliases"),
        narrators=_narrators(quotes.with_name("narrators.json")).get(slug, ()),
    )


def _text_path(folder: Path, slug: str) -> Path:
    """Return the text beside the gold, or that of the book with the same name, here or above the gold."""
    roots = (Path(), *folder.resolve().parents)
    places = [folder / f"{slug}.txt", *(root / "books" / slug / "novel.txt" for root in roots)]
    for place in places:
        if place.is_file():
            return place
    raise BookError(f"{places[0]} is missing, and so is {places[1]}; the offsets of {slug}{QUOTES} need their text.")


def _narrators(path: Path) -> Characters:
    return read_json(path, CHARACTERS, "slug -> list of characters") if path.is_file() else {}


def read_json(path: Path, kind: TypeAdapter[T], shape: str) -> T:
    """Read a JSON file of a known shape.

    Raises:
        BookError: the file is missing or holds something else.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BookError(f"{path} is missing; it holds {shape}.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be read: {error.strerror or error}.") from None
    except ValidationError as error:
        where, message = _fault(error)
        raise BookError(f"{path} is not {shape} ({where}: {message}). Correct it.") from None


def _read_lines(path: Path, kind: type[M]) -> Iterator[tuple[int, M]]:
    """Yield the rows of a file with their line numbers; blank lines are passed over."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BookError(f"{path} cannot be read: {error.strerror or error}.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, kind.model_validate(json.loads(line))
        except ValidationError as error:
            where, message = _fault(error)
            raise BookError(f"{path}:{number}: {where}: {message}. Correct the line.") from None
        except ValueError as error:
            raise BookError(f"{path}:{number} is not JSON ({error}). Correct the line.") from None


def _fault(error: ValidationError) -> tuple[str, str]:
    fault = error.errors(include_url=False)[0]
    return ".".join(map(str, fault["loc"])) or "file", fault["msg"]
