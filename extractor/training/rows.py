"""Rows of the corpus as token ids and labels: what is learnt, and what is only read.

Documents are learnt whole. Of a question or a dialogue only the assistant's replies are learnt, with the token that
ends the turn and without the line break behind it. The base model's own chat template writes the text; which part of
it is a reply is found by writing the conversation up to each reply, so no template needs special tags.

Nothing is cut off silently. A document that is too long becomes pieces, a dialogue windows of whole turns (each reply
is learnt once), a preference pair loses its oldest turns; what does not fit even so is counted as too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.errors import TrainingError
from extractor.records import Record, Row

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
Turn = dict[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of one training row; `labels` holds the id where it is learnt and -100 where it is only read."""

    row: str
    ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        """Number of tokens that carry loss (the very first token of a row never does)."""
        return sum(label != IGNORED for label in self.labels[1:])


@dataclass(frozen=True, slots=True)
class Pair:
    """A preference: ids of the prompt that both sides share, and of each side with its end of turn."""

    row: str
    prompt: list[int]
    chosen: list[int]
    rejected: list[int]


class RowCounts(Record):
    """What became of the rows of one step.

    `examples` are what the trainer sees. `pieces` and `windows` count the documents and dialogues that were divided,
    `trimmed` the pairs that lost their oldest turns, `too_long` the exchanges (a user's turn with its reply) that do
    not fit even alone and were left out. `tokens` and `learnt` are totals over the examples.
    """

    rows: int = 0
    examples: int = 0
    pieces: int = 0
    windows: int = 0
    trimmed: int = 0
    too_long: int = 0
    tokens: int = 0
    learnt: int = 0

    def sentence(self) -> str:
        """Say it in one line; what did not happen is left out."""
        said = [f"{self.rows} rows -> {self.examples} examples, {self.tokens} tokens, {self.learnt} of them learnt"]
        for number, what in (
            (self.pieces, "long documents cut into pieces"),
            (self.windows, "dialogues cut into windows of whole exchanges"),
            (self.trimmed, "pairs without their oldest turns"),
            (self.too_long, "exchanges too long and left out"),
        ):
            if number:
                said.append(f"{number} {what}")
        return "; ".join(said)


def tokenize_rows(
    rows: Iterable[Row], tokenizer: PreTrainedTokenizerBase, *, max_length: int
) -> tuple[list[Example], RowCounts]:
    """Return the examples of documents, summaries, questions and dialogues in order, and what became of the rows."""
    examples: list[Example] = []
    counted = dict.fromkeys(RowCounts.model_fields, 0)
    for row in rows:
        counted["rows"] += 1
        if _is_document(row):
            made = list(_document(row, tokenizer, max_length))
            counted["pieces"] += len(made) > 1
        else:
            made, lost = _windows(row, tokenizer, max_length)
            counted["windows"] += len(made) + lost > 1
            counted["too_long"] += lost
        examples += made
    counted["examples"] = len(examples)
    counted["tokens"] = sum(len(example.ids) for example in examples)
    counted["learnt"] = sum(example.learnt for example in examples)
    return examples, RowCounts.model_validate(counted)


def tokenize_pairs(
    rows: Iterable[Row], tokenizer: PreTrainedTokenizerBase, *, max_length: int
) -> tuple[list[Pair], RowCounts]:
    """Return the preference pairs in order, and what became of the rows. Rows of other kinds are passed over."""
    pairs: list[Pair] = []
    counted = dict.fromkeys(RowCounts.model_fields, 0)
    for row in rows:
        if row.kind != "pair" or row.rejected is None:
            continue
        counted["rows"] += 1
        pair, trimmed = _fitting_pair(row, tokenizer, max_length)
        if pair is None:
            counted["too_long"] += 1
            continue
        counted["trimmed"] += trimmed
        counted["tokens"] += 2 * len(pair.prompt) + len(pair.chosen) + len(pair.rejected)
        counted["learnt"] += len(pair.chosen) + len(pair.rejected)
        pairs.append(pair)
    counted["examples"] = len(pairs)
    return pairs, RowCounts.model_validate(counted)


def turns_of(row: Row) -> list[Turn]:
    """Return a row as the turns of a chat template, the system prompt first where there is one."""
    system = [{"role": "system", "content": row.system}] if row.system else []
    return system + [{"role": message.role, "content": message.content.strip()} for message in row.messages]


def prompt_ids(turns: Sequence[Turn], tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> list[int]:
    """Return the ids of a talk that the model shall answer, without its oldest exchanges where it is too long."""
    while True:
        ids: list[int] = tokenizer(_render(tokenizer, turns, reply=True), add_special_tokens=False)["input_ids"]
        shorter = _without_oldest(turns)
        if len(ids) <= max_length or shorter is None:
            return ids
        turns = shorter


def _is_document(row: Row) -> bool:
    """Tell whether all of a row is learnt: a document, or a summary without a question before it."""
    return row.kind == "document" or all(message.role == "assistant" for message in row.messages)


def _document(row: Row, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Iterator[Example]:
    """Yield a document in pieces that overlap by the one token which the next is predicted from."""
    text = "\n".join(message.content for message in row.messages)
    border = _document_border(tokenizer)
    ids = [border, *tokenizer(text, add_special_tokens=False)["input_ids"], border]
    for start in range(0, len(ids) - 1, max_length - 1):
        piece = ids[start : start + max_length]
        yield Example(row.id, piece, [IGNORED, *piece[1:]])


def _document_border(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the id that stands between documents: <|endoftext|> where it exists, else the end of a turn."""
    border = tokenizer.get_vocab().get("<|endoftext|>", tokenizer.eos_token_id)
    if border is None:
        raise TrainingError(f"The tokenizer of {tokenizer.name_or_path} has no end token; use another base model.")
    return int(border)


def _windows(row: Row, tokenizer: PreTrainedTokenizerBase, max_length: int) -> tuple[list[Example], int]:
    """Return a talk whole or in windows of whole exchanges, and how many exchanges are too long by themselves."""
    head, exchanges = _exchanges(turns_of(row))
    whole = _chat(row.id, turns_of(row), tokenizer)
    if whole is None:
        return _reply_by_reply(row, tokenizer, max_length)
    if len(whole.ids) <= max_length:
        return [whole], 0
    windows: list[Example] = []
    lost, end = 0, len(exchanges)
    while end:
        start, best = end, None
        while start:
            window = _chat(row.id, head + [turn for part in exchanges[start - 1 : end] for turn in part], tokenizer)
            if window is None or len(window.ids) > max_length:
                break
            start, best = start - 1, window
        if best is None:
            lost, end = lost + 1, end - 1
        else:
            windows.append(best)
            end = start
    return windows[::-1], lost


def _reply_by_reply(row: Row, tokenizer: PreTrainedTokenizerBase, max_length: int) -> tuple[list[Example], int]:
    """Return one example a reply, with its history only read: for templates that rewrite earlier replies (Qwen3)."""
    head, exchanges = _exchanges(turns_of(row))
    examples: list[Example] = []
    for end in range(1, len(exchanges) + 1):
        turns: list[Turn] | None = head + [turn for part in exchanges[:end] for turn in part]
        while turns is not None:
            example = _last_reply(row.id, turns, tokenizer)
            if len(example.ids) <= max_length:
                examples.append(example)
                break
            turns = _without_oldest(turns)
    return examples, len(exchanges) - len(examples)


def _chat(row: str, turns: Sequence[Turn], tokenizer: PreTrainedTokenizerBase) -> Example | None:
    """Return a conversation with labels on every reply, None where the template rewrites earlier replies."""
    text = _render(tokenizer, turns)
    spans: list[tuple[int, int]] = []
    for index, turn in enumerate(turns):
        if turn["role"] == "assistant":
            span = _reply_span(turns[: index + 1], text, tokenizer)
            if span is None:
                return None
            spans.append(span)
    return _labelled(row, text, spans=spans, tokenizer=tokenizer)


def _last_reply(row: str, turns: Sequence[Turn], tokenizer: PreTrainedTokenizerBase) -> Example:
    """Return a conversation with labels on its last reply alone."""
    text = _render(tokenizer, turns)
    span = _reply_span(turns, text, tokenizer)
    if span is None:
        raise TrainingError(
            f"The chat template of {tokenizer.name_or_path} writes a prompt differently once it is answered. "
            f"Use another instruct model as base, such as Qwen2.5 or Llama 3."
        )
    return _labelled(row, text, spans=[span], tokenizer=tokenizer)


def _reply_span(turns: Sequence[Turn], text: str, tokenizer: PreTrainedTokenizerBase) -> tuple[int, int] | None:
    """Return where the last of `turns` and its end of turn stand in `text`, None where they stand there differently."""
    before, through = _render(tokenizer, turns[:-1], reply=True), _render(tokenizer, turns)
    end = len(through.rstrip())
    if not (text.startswith(before) and text.startswith(through[:end])):
        return None
    if through[len(before) : end].endswith(turns[-1]["content"]):
        raise TrainingError(
            f"The chat template of {tokenizer.name_or_path} does not mark the end of a turn; "
            f"a model trained with it would never stop. Use an instruct model as base."
        )
    return len(before), end


def _labelled(row: str, text: str, *, spans: Sequence[tuple[int, int]], tokenizer: PreTrainedTokenizerBase) -> Example:
    """Return a text as ids, with labels inside the spans."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids: list[int] = encoded["input_ids"]
    labels = [IGNORED] * len(ids)
    position = 0
    for start, end in spans:
        while position < len(ids) and encoded["offset_mapping"][position][0] < start:
            position += 1
        while position < len(ids) and encoded["offset_mapping"][position][0] < end:
            labels[position] = ids[position]
            position += 1
    return Example(row, ids, labels)


def _render(tokenizer: PreTrainedTokenizerBase, turns: Sequence[Turn], *, reply: bool = False) -> str:
    """Write a talk with the model's own template; `reply` opens the assistant's turn."""
    from jinja2 import TemplateError

    try:
        return str(tokenizer.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=reply))
    except (TemplateError, ValueError) as error:
        raise TrainingError(
            f"The chat template of {tokenizer.name_or_path} refuses the rows ({error}). Use an instruct model as base."
        ) from None


def _exchanges(turns: Sequence[Turn]) -> tuple[list[Turn], list[list[Turn]]]:
    """Divide a talk into its system part and exchanges: what the user says with the replies that follow."""
    head = [turn for turn in turns if turn["role"] == "system"]
    exchanges: list[list[Turn]] = []
    for turn in turns[len(head) :]:
        if turn["role"] == "user" and (not exchanges or exchanges[-1][-1]["role"] == "assistant"):
            exchanges.append([])
        if not exchanges:
            exchanges.append([])
        exchanges[-1].append(turn)
    return head, exchanges


def _without_oldest(turns: Sequence[Turn]) -> list[Turn] | None:
    """Return a talk without its oldest exchange, None where only one is left."""
    head, exchanges = _exchanges(turns)
    return head + [turn for part in exchanges[1:] for turn in part] if len(exchanges) > 1 else None


def _fitting_pair(row: Row, tokenizer: PreTrainedTokenizerBase, max_length: int) -> tuple[Pair | None, bool]:
    """Return a pair whose longer side fits (None where it cannot) and whether it had to be trimmed for that."""
    rejected = [{"role": "assistant", "content": row.rejected.content.strip() if row.rejected else ""}]
    turns, trimmed = turns_of(row), False
    while True:
        chosen = _last_reply(row.id, turns, tokenizer)
        refused = _last_reply(row.id, turns[:-1] + rejected, tokenizer)
        if max(len(chosen.ids), len(refused.ids)) <= max_length:
            return _split_pair(chosen, refused, turns=turns, tokenizer=tokenizer), trimmed
        shorter = _without_oldest(turns)
        if shorter is None:
            return None, trimmed
        turns, trimmed = shorter, True


def _split_pair(
    chosen: Example, rejected: Example, *, turns: Sequence[Turn], tokenizer: PreTrainedTokenizerBase
) -> Pair:
    """Divide both sides where the last reply begins, and check that what stands before is the same."""
    prompt = tokenizer(_render(tokenizer, turns[:-1], reply=True), add_special_tokens=False)["input_ids"]
    size = len(prompt)
    if chosen.ids[:size] != prompt or rejected.ids[:size] != prompt:
        raise TrainingError(
            f"Row {chosen.row}: prompt and reply melt into one token; the reply must not begin with space."
        )
    return Pair(chosen.row, prompt, _reply(chosen, size), _reply(rejected, size))


def _reply(example: Example, size: int) -> list[int]:
    """Return the learnt ids behind a prompt of `size` tokens."""
    return [label for label in example.labels[size:] if label != IGNORED]
