"""Every format is a pure view of canonical rows; nothing is decided here but how a row is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from extractor.book import Book
from extractor.errors import StoreError
from extractor.records import Message, Row, Span
from extractor.shaping.readback import read_back

View = dict[str, Any]
SHAREGPT_ROLES = {"user": "human", "assistant": "gpt"}
SHAREGPT_COLUMNS = {"messages": "conversations", "system": "system"}
MESSAGE_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
DPO_COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "system": "system",
    "history": "history",
    "chosen": "chosen",
    "rejected": "rejected",
}
SHAREGPT: View = {"formatting": "sharegpt", "columns": SHAREGPT_COLUMNS}
MESSAGES: View = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": MESSAGE_TAGS}
DPO: View = {"ranking": True, "columns": DPO_COLUMNS}
PRETRAIN: View = {"columns": {"prompt": "text"}}


def export(rows: Sequence[Row], book: Book) -> dict[str, bytes]:
    """Return every file of the corpus by its path below outputs/<slug>/: canonical rows and all data sets.

    The data sets hold the train rows; `*-test` files hold what is kept for measuring (dev and test). Files for
    LLaMA-Factory are pure ASCII (it opens them in the locale's encoding).

    Raises:
        StoreError: a file would not be read as it was written (a fault of the rows), or two would share a name.
    """
    world = [row for row in rows if row.kind in ("document", "summary", "qa")]
    persona = [row for row in rows if row.kind == "dialogue"]
    pairs = [row for row in rows if row.kind == "pair"]
    files = {
        "corpus/world.jsonl": _canonical(world),
        "corpus/persona.jsonl": _canonical(persona),
        "corpus/preferences.jsonl": _canonical(pairs),
    }
    sets = _data_sets(world, persona, pairs, book=book)
    described = describe((name, entry if views else {}) for name, views, entry in sets)
    for name, views, _ in sets:
        files[f"datasets/{name}"] = _write(views, lines=name.endswith(".jsonl"))
    files["datasets/dataset_info.json"] = (json.dumps(described, indent=1) + "\n").encode("ascii")
    read_back(files)
    return files


def describe(entries: Iterable[tuple[str, View]]) -> dict[str, View]:
    """Return dataset_info.json for files and their entries (empty: none), by file name without its ending.

    Raises:
        StoreError: two files, or their entries, have one name; the later would replace the earlier.
    """
    described: dict[str, View] = {}
    names: set[str] = set()
    for name, entry in entries:
        key = name.removesuffix(".jsonl").removesuffix(".json")
        if name in names or (entry and key in described):
            raise StoreError(
                f"datasets/{name}: two data sets would be called {key!r}, and one would replace the other. Nothing was "
                f"written; give the book or the persona another slug in book.toml."
            )
        names.add(name)
        if entry:
            described[key] = {"file_name": name, **entry}
    return described


def _data_sets(
    world: Sequence[Row], persona: Sequence[Row], pairs: Sequence[Row], *, book: Book
) -> list[tuple[str, list[View], View]]:
    """Return the name of each data set's file, its views and its entry in dataset_info.json (empty: none)."""
    novel, role = novel_name(book), persona_name(book, persona)
    summaries = [row for row in world if row.kind == "summary"]
    facts = [row for row in world if row.kind == "qa"]
    texts = [row for row in world if row.kind == "document"]

    def of(view: Callable[[Row], View], rows: Iterable[Row], *, held_out: bool = False) -> list[View]:
        return [view(row) for row in rows if (row.split != "train") is held_out]

    return [
        (f"{novel}-summary.json", [to_summary(row) for row in summaries], {}),
        (f"{novel}-sharegpt-summary.json", of(to_sharegpt, summaries), SHAREGPT),
        (f"{novel}-sharegpt-qa.json", of(to_sharegpt, facts), SHAREGPT),
        (f"{novel}-sharegpt-qa-test.json", of(to_sharegpt, facts, held_out=True), SHAREGPT),
        (f"{novel}-pretrain.jsonl", of(to_pretrain, texts), PRETRAIN),
        (f"{novel}-messages.jsonl", of(to_openai, facts), MESSAGES),
        (f"{role}-sharegpt-origin.json", [to_origin(row) for row in persona], {}),
        (f"{role}-sharegpt.json", of(to_sharegpt, persona), SHAREGPT),
        (f"{role}-sharegpt-test.json", of(to_sharegpt, persona, held_out=True), SHAREGPT),
        (f"{role}-messages.jsonl", of(to_openai, persona), MESSAGES),
        (f"{role}-alpaca-dpo.json", of(to_alpaca_ranking, pairs), DPO),
        (f"{role}-trl-preference.jsonl", of(to_trl_preference, pairs), {}),
    ]


def novel_name(book: Book) -> str:
    """Return the novel's part of file names: its slug in ASCII, else `book`."""
    return _file_name(book.slug) or "book"


def persona_name(book: Book, rows: Sequence[Row] = ()) -> str:
    """Return the persona's part of file names: its slug, else its name in ASCII, else `persona`.

    It ends in `-persona` where it would be the novel's own; case does not tell files apart everywhere.
    """
    found = (name for row in rows for message in row.messages if message.role == "assistant" for name in message.names)
    name = book.main_name(book.persona) or next(found, "")
    role = _file_name(book.persona_slug) or (_file_name(name) if name.isascii() else "") or "persona"
    return f"{role}-persona" if role.casefold() == novel_name(book).casefold() else role


def to_sharegpt(row: Row) -> View:
    """Return a row as ShareGPT: conversations of human and gpt, with the system prompt in its own column."""
    turns = [{"from": SHAREGPT_ROLES[message.role], "value": message.content} for message in row.messages]
    return {"conversations": turns, "system": row.system, **provenance(row)}


def to_origin(row: Row) -> View:
    """Return a dialogue as it stood before its turns were merged and opened: one named line each.

    `spans` has the spans of each line, in order; `split` says what the row is for, as this file holds all of them.
    """
    lines: list[View] = []
    spans: list[list[Span]] = []
    for message in row.messages:
        if message.quotations:
            named = list(named_lines(message, persona=_speaker(row)))
            lines += [{"from": name, "value": value} for name, value in named]
            spans += line_spans(message, [value for _, value in named])
    return {
        "conversations": lines,
        "system": row.system,
        **provenance(row),
        "spans": [[list(span) for span in places] for places in spans],
        "split": row.split,
    }


def to_alpaca_ranking(row: Row) -> View:
    """Return a pair as LLaMA-Factory reads preferences from Alpaca rows."""
    return {
        **_instruction(row.messages[:-1]),
        "system": row.system,
        "chosen": row.messages[-1].content,
        "rejected": row.rejected.content if row.rejected else "",
        "category": row.category,
        **provenance(row),
    }


def to_openai(row: Row) -> View:
    """Return a row as OpenAI messages, the system prompt first; TRL reads it as it is."""
    return {"messages": _messages(row, row.messages), "meta": _meta(row)}


def to_trl_preference(row: Row) -> View:
    """Return a pair as TRL's preference type with an explicit prompt."""
    return {
        "prompt": _messages(row, row.messages[:-1]),
        "chosen": [_message(row.messages[-1])],
        "rejected": [_message(row.rejected)] if row.rejected else [],
        "meta": _meta(row),
    }


def to_pretrain(row: Row) -> View:
    """Return a document as plain text."""
    return {"text": row.messages[-1].content, "meta": _meta(row)}


def to_summary(row: Row) -> View:
    """Return a summary as a plain row."""
    return {
        "id": row.id,
        "book": row.book,
        "chapter": row.chapter,
        "title": row.category,
        "summary": row.messages[-1].content,
        "evidence": list(row.evidence),
        "spans": provenance(row)["spans"],
    }


def provenance(row: Row) -> View:
    """Return where a row comes from; `spans` are half-open character offsets in the novel's text."""
    return {"id": row.id, "book": row.book, "chapter": row.chapter, "spans": [list(span) for span in row.novel_spans]}


def named_lines(message: Message, *, persona: str) -> Iterator[tuple[str, str]]:
    """Yield each line of a merged turn with who says it; lines before the first name are the persona's thoughts."""
    lines = message.content.split("\n")
    unnamed = max(0, len(lines) - len(message.names))
    for line in lines[:unnamed]:
        yield persona, line
    yield from zip((name or "?" for name in message.names), lines[unnamed:], strict=False)


def line_spans(message: Message, lines: Sequence[str]) -> list[list[Span]]:
    """Return the spans in the novel of each line of a merged turn: of its thoughts, then as many as a line is long.

    White space between spans is written anew in a line, so lengths are compared to the nearest end of a span.
    """
    unnamed = max(0, len(lines) - len(message.names))
    found: list[list[Span]] = [[] for _ in lines]
    if unnamed:
        found[0] = list(message.thought_spans)
    rest = list(message.novel_spans)
    for number in range(unnamed, len(lines)):
        after = len(lines) - number - 1
        take, length, wanted = 0, 0, len(lines[number])
        while take < len(rest) - after:
            size = length + rest[take][1] - rest[take][0]
            if take and size - wanted > wanted - length:
                break
            take, length = take + 1, size
        take = take if after else len(rest)
        found[number], rest = rest[:take], rest[take:]
    return found


def _speaker(row: Row) -> str:
    return next((name for message in row.messages if message.role == "assistant" for name in message.names), "?")


def _instruction(prompt: Sequence[Message]) -> View:
    contents = [message.content for message in prompt]
    history = [[user, reply] for user, reply in zip(contents[:-1:2], contents[1::2], strict=True)]
    return {"instruction": contents[-1], "input": "", "history": history}


def _messages(row: Row, messages: Iterable[Message]) -> list[View]:
    system = [{"role": "system", "content": row.system}] if row.system else []
    return system + [_message(message) for message in messages]


def _message(message: Message) -> View:
    return {"role": message.role, "content": message.content}


def _meta(row: Row) -> str:
    """Return the provenance as one JSON string: free keys in columns would be merged with nulls."""
    return json.dumps({**provenance(row), "split": row.split, "category": row.category}, ensure_ascii=False)


def _canonical(rows: Iterable[Row]) -> bytes:
    return "".join(row.model_dump_json() + "\n" for row in rows).encode("utf-8", errors="replace")


def _write(views: Sequence[View], *, lines: bool) -> bytes:
    if lines:
        return "".join(json.dumps(view) + "\n" for view in views).encode("ascii")
    if not views:
        return b"[]\n"
    return ("[\n" + ",\n".join(json.dumps(view) for view in views) + "\n]\n").encode("ascii")


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
