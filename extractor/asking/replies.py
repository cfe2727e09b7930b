"""From a model's text to a checked value; what cannot be used is said so that the model can do better."""

from __future__ import annotations

import json
import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from extractor.errors import ReplyError

M = TypeVar("M", bound=BaseModel)

THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
SHOWN_FAULTS = 3
CLOSING = {"{": "}", "[": "]"}


def parse_json(text: str) -> object:
    """Return the object or array in a reply: fences and words around it are dropped, small damage is repaired.

    Raises:
        ReplyError: there is none, it is cut off, or it cannot be read.
    """
    body = _body(text)
    try:
        value: object = json.loads(body, strict=False)
    except RecursionError:
        raise ReplyError("The JSON is nested too deeply.") from None
    except ValueError as error:
        value = _repair(body, error)
    if not isinstance(value, dict | list):
        raise ReplyError("The reply must be one JSON object.")
    if "\\u" in body:
        _check_characters(value)
    return value


def parse_as(text: str, model: type[M]) -> M:
    """Return a reply as `model`.

    Raises:
        ReplyError: no JSON, or JSON of another shape; names the fields, at most three.
    """
    value = parse_json(text)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        shown = "; ".join(_fault(f["loc"], f["msg"], f["input"]) for f in faults[:SHOWN_FAULTS])
        more = f" (and {len(faults) - SHOWN_FAULTS} more)" if len(faults) > SHOWN_FAULTS else ""
        raise ReplyError(f"The JSON does not have the asked shape: {shown}{more}.") from None


def _body(text: str) -> str:
    """Return what stands from the first bracket on, to the last one that closes it."""
    text = THINKING.sub("", text, count=1).strip().lstrip("\ufeff")
    if not text:
        raise ReplyError("The reply is empty.")
    starts = [start for bracket in CLOSING if (start := text.find(bracket)) >= 0]
    if not starts:
        raise ReplyError("The reply holds no JSON.")
    start = min(starts)
    end = text.rfind(CLOSING[text[start]])
    if end < start or _is_cut(text[end + 1 :]):
        raise ReplyError("The JSON ends before it is closed.")
    return text[start : end + 1]


def _is_cut(rest: str) -> bool:
    """Tell whether what follows the last closing bracket is more JSON, so that the end is missing."""
    return rest.lstrip()[:1] in (",", ":", '"', "[", "{")


def _repair(body: str, error: ValueError) -> object:
    """Return damaged JSON mended, unless its end is missing: what a repair would invent there is lost text."""
    if any(body.count(opening) > body.count(closing) for opening, closing in CLOSING.items()):
        raise ReplyError("The JSON ends before it is closed.") from None
    import json_repair

    try:
        value: object = json_repair.loads(body, skip_json_loads=True)
    except (ValueError, RecursionError):
        value = None
    if not value:
        raise ReplyError(f"The JSON cannot be read: {error}.") from None
    return value


def _check_characters(value: object) -> None:
    """Refuse escapes that are half a character: no file could hold them."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ReplyError("The JSON holds a broken \\u escape.") from None


def _fault(place: tuple[int | str, ...], message: str, value: object) -> str:
    where = ".".join(str(part) for part in place) or "the whole"
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f"{where}: {message[0].lower()}{message[1:]} (got {shown if len(shown) <= 60 else shown[:57] + '…'})"
