"""What the narration beside a quotation says about who speaks: the cue, its subject and its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SubjectKind = Literal["name", "pronoun", "noun", "narrator", "group", "elided"]
Place = Literal["before", "between", "after"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a clause is about: a name of the cast (`character`), a pronoun, a noun, or nobody named.

    `start:end` are offsets into the chapter; `gender` is what the word tells.
    """

    kind: SubjectKind
    start: int
    end: int
    character: int = -1
    gender: str = "unknown"
    surface: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A clause beside a quotation. `speech` is true when a verb of speech or thought ties it to the quotation.

    `thought` tells a verb of thought. `mark` is a colon right before the quotation.
    """

    place: Place
    subject: Subject
    speech: bool
    start: int
    end: int
    thought: bool = False
    verb: str = ""
