"""What is asked of a model and what comes back: the words that the rest of asking/ shares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sized
from dataclasses import dataclass
from typing import Generic, Literal, TypedDict, TypeVar

T = TypeVar("T")

State = Literal["pending", "done", "empty", "failed", "refused", "truncated", "blank", "in_doubt"]
"""pending: sent, no reply yet · done, empty: usable (empty: nothing was found) · failed: see the reason ·
refused: a content filter · truncated: longer than max_tokens · blank: no text · in_doubt: lost, perhaps paid."""


class Turn(TypedDict):
    """One message as the chat protocol has it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the endpoint counted them; hit + miss is the whole prompt, reasoning is in completion."""

    hit: int = 0
    miss: int = 0
    completion: int = 0
    reasoning: int = 0

    @property
    def prompt(self) -> int:
        """All input tokens."""
        return self.hit + self.miss

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.hit + other.hit,
            self.miss + other.miss,
            self.completion + other.completion,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `key` is its identity: what has been answered under a key is never asked again.

    `task` is the stage that asks; `part` tells requests of one task and chapter apart. `expected_output` is a guess in
    tokens, used by estimates alone. `temperature` None leaves it to the endpoint.
    """

    task: str
    chapter: str
    key: str
    messages: tuple[Turn, ...]
    part: str = ""
    prompt_hash: str = ""
    max_tokens: int = 4096
    json_mode: bool = True
    temperature: float | None = None
    expected_output: int = 800

    @property
    def name(self) -> str:
        """The request as a person finds it: task, chapter and part."""
        return f"{self.task} {self.chapter}" + (f" {self.part}" if self.part else "")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What became of a request: `value` is set when `state` is done or empty, `reason` when it is neither.

    `reply` is the model's text as it came, to be repeated word for word in later requests; `usage` is that of
    the last call, none where the answer stood in the ledger.
    """

    request: Request
    value: T | None
    state: State
    reason: str = ""
    reply: str = ""
    usage: Usage = Usage()


def settled_state(value: object) -> State:
    """Return done, or empty for a value without elements: the model looked and found nothing."""
    return "empty" if isinstance(value, Sized) and len(value) == 0 else "done"


def request_key(*parts: object) -> str:
    """Return a key from all that matters to an answer: model, prompt hash, messages, limits (JSON-serialisable)."""
    content = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=list)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
