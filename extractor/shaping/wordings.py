"""How the rules engine words a fact: per language and kind, several questions, an answer and a statement.

A wording fills `$name`-like fields from code; at least three questions ask the same thing, and none says "this
chapter". The tables stand in `wordings_zh` and `wordings_en`; each kind has an angle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Literal

from extractor.shaping.wordings_en import EN
from extractor.shaping.wordings_zh import ZH

Angle = Literal["terms", "plot", "meaning", "depth", "people"]


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates of one kind of fact."""

    questions: tuple[str, ...]
    answer: str
    fact: str

    def fill(self, fields: Mapping[str, str]) -> tuple[tuple[str, ...], str, str]:
        """Return questions, answer and statement with their fields filled; English ones begin with a capital."""
        questions = tuple(_capital(Template(question).substitute(fields)) for question in self.questions)
        answer, fact = (Template(text).substitute(fields).strip() for text in (self.answer, self.fact))
        return questions, _capital(answer), _capital(fact)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


WORDINGS = {
    language: {kind: Wording(*templates) for kind, templates in table.items()}
    for language, table in (("zh", ZH), ("en", EN))
}

_KINDS: tuple[tuple[Angle, str], ...] = (
    (
        "terms",
        "definition definition_said rule rule_said meaning meaning_said law law_said count count_said about inscribed",
    ),
    ("plot", "plot title deed orders_what orders_whom gives_what gives_whom gives_who where post"),
    ("meaning", "said_by reply number_said age_said"),
    ("depth", "number carries alias_since present named_most talks_most"),
    ("people", "first_appearance who_is kin role style native age lives"),
)
ANGLES: dict[str, Angle] = {kind: angle for angle, kinds in _KINDS for kind in kinds.split()}
