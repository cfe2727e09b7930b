"""The data sets read back by their consumers' rules: rows written = rows the trainer will use, else an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from extractor.errors import StoreError

View = Mapping[str, Any]
FOLDER = "datasets/"


def read_back(files: Mapping[str, bytes]) -> dict[str, int]:
    """Return how many rows of each data set its reader will use: all of them.

    LLaMA-Factory's loader skips a row with broken alternation with a warning only, takes the vendor's system prompt
    where the column is not named, and learns silence from an empty reply. All of these are errors here.

    Raises:
        StoreError: names the file, the row and what its reader would do to it.
    """
    entries: dict[str, View] = json.loads(files[f"{FOLDER}dataset_info.json"])
    described = {entry["file_name"]: entry for entry in entries.values()}
    counts = {}
    for path, content in files.items():
        name = path.removeprefix(FOLDER)
        if not path.startswith(FOLDER) or name == "dataset_info.json":
            continue
        rows = _rows(path, content)
        fault = _fault_of(name, described.get(name))
        for number, row in enumerate(rows, start=1):
            wrong = fault(row)
            if wrong:
                raise StoreError(
                    f"{path}: row {number} ({_name(row)}) would not be read as written: {wrong}. Nothing was written; "
                    f"this is a fault of the program, tell its authors."
                )
        counts[name] = len(rows)
    return counts


def _fault_of(name: str, entry: View | None) -> Callable[[View], str]:
    """Return the function that says what is wrong with a row of a file, empty if nothing is."""
    if entry is None:
        return trl_preference_fault if name.endswith("-trl-preference.jsonl") else lambda row: ""
    if entry.get("formatting") == "sharegpt":
        return lambda row: sharegpt_fault(row, entry)
    return lambda row: alpaca_fault(row, entry)


def sharegpt_fault(row: View, entry: View) -> str:
    """Say what LLaMA-Factory's sharegpt converter would make of a row that its writer did not mean."""
    columns, tags = entry["columns"], entry.get("tags", {})
    role, content = tags.get("role_tag", "from"), tags.get("content_tag", "value")
    expected = (tags.get("user_tag", "human"), tags.get("assistant_tag", "gpt"))
    turns = list(row[columns["messages"]])
    system_tag = tags.get("system_tag") if tags else "system"
    if turns and system_tag and turns[0][role] == system_tag:
        system = turns.pop(0)[content]
    else:
        system = row.get(columns["system"], "") if "system" in columns else ""
    if not system.strip():
        return "it has no system prompt that the loader sees, so the vendor's is used"
    if not turns or len(turns) % 2:
        return f"it has {len(turns)} turns, not pairs of question and reply"
    for number, turn in enumerate(turns):
        if turn[role] != expected[number % 2]:
            return f"turn {number + 1} is {turn[role]!r} where {expected[number % 2]!r} must stand"
        if not turn[content].strip():
            return f"turn {number + 1} is empty"
    return ""


def alpaca_fault(row: View, entry: View) -> str:
    """Say what LLaMA-Factory's alpaca converter would make of a row that its writer did not mean."""
    columns = entry["columns"]
    if not str(row[columns["prompt"]]).strip():
        return f"its {columns['prompt']} is empty"
    if not entry.get("ranking"):
        return ""
    if not row[columns["system"]].strip():
        return "it has no system prompt, so the vendor's is used"
    if any(len(exchange) != 2 or not all(text.strip() for text in exchange) for exchange in row[columns["history"]]):
        return "its history is not made of pairs of question and reply"
    sides = [row[columns[side]] for side in ("chosen", "rejected")]
    if not all(isinstance(side, str) and side.strip() for side in sides):
        return "one side is empty"
    return "both sides are the same" if sides[0] == sides[1] else ""


def trl_preference_fault(row: View) -> str:
    """Say what is wrong with a row of TRL's preference type."""
    roles = [message["role"] for message in row["prompt"]]
    if roles[:1] != ["system"] or roles[1:] != ["user", "assistant"] * ((len(roles) - 1) // 2) + ["user"]:
        return f"its prompt has the roles {', '.join(roles)}"
    for side in ("chosen", "rejected"):
        if len(row[side]) != 1 or row[side][0]["role"] != "assistant" or not row[side][0]["content"].strip():
            return f"{side} is not one reply"
    return "both sides are the same" if row["chosen"] == row["rejected"] else ""


def _rows(path: str, content: bytes) -> list[View]:
    try:
        text = content.decode("ascii")
        rows: Iterable[View] = map(json.loads, text.splitlines()) if path.endswith(".jsonl") else json.loads(text)
        return list(rows)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StoreError(f"{path} cannot be read back: {error}. Nothing was written.") from error


def _name(row: View) -> str:
    if "id" in row:
        return str(row["id"])
    return str(json.loads(row["meta"])["id"]) if "meta" in row else "no id"
