"""One model sits the exam: losses on held-out rows, likelihoods of pairs, greedy answers and replies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.book import Shelf
from extractor.records import Record, Row
from extractor.training.checkpoints import hash_rows, key_of
from extractor.training.corpus import held_out, read_rows, spread, train_split
from extractor.training.generation import generate_replies
from extractor.training.measures import (
    FAULTS,
    Figure,
    contains_answer,
    faults_of,
    is_exact,
    mean,
    overlap,
    perplexity,
    share,
)
from extractor.training.models import TokenLoss, open_as_trained, open_tokenizer, token_losses
from extractor.training.rows import IGNORED, Example, prompt_ids, tokenize_pairs, tokenize_rows, turns_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

CONTEXT = 2048


class Reply(Record):
    """One generated reply, kept for reading. `expected` is the answer or the real line."""

    row: str
    prompt: str
    reply: str
    expected: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exam:
    """The rows that every model is measured on; `new_tokens` bounds a reply."""

    questions: list[Row]
    trained_questions: list[Row]
    lines: list[Row]
    pairs: list[Row]
    language: str
    new_tokens: int

    @property
    def key(self) -> str:
        """Hash of all that decides the figures but the model."""
        rows = [hash_rows(part) for part in (self.questions, self.trained_questions, self.lines, self.pairs)]
        return key_of(rows, self.language, self.new_tokens)


def set_exam(shelf: Shelf, *, rehearsal: bool) -> tuple[Exam, list[str]]:
    """Return the rows to measure on and what is missing; a rehearsal takes fewer."""
    world, persona, pairs = (read_rows(shelf, name) for name in ("world", "persona", "preferences"))
    size, lines = (24, 16) if rehearsal else (200, 60)
    questions = [row for row in world if row.kind == "qa"]
    exam = Exam(
        questions=spread(held_out(questions), size),
        trained_questions=spread(train_split(questions), size),
        lines=spread(held_out(row for row in persona if row.kind == "dialogue"), lines),
        pairs=spread(held_out(row for row in pairs if row.kind == "pair"), size),
        language=shelf.book.language,
        new_tokens=40 if rehearsal else 128,
    )
    found = {"questions": exam.questions, "real lines": exam.lines, "preference pairs": exam.pairs}
    return exam, [f"{name}: no held-out rows in the corpus" for name, rows in found.items() if not rows]


def sit(source: str | Path, exam: Exam, *, four_bit: bool = False) -> tuple[dict[str, Figure], list[Reply]]:
    """Return a model's figures and its replies to held-out lines and questions; `four_bit` as it was trained."""
    tokenizer, model = open_tokenizer(source), open_as_trained(source, four_bit=four_bit)
    figures: dict[str, Figure | None] = {
        "qa_perplexity": _perplexity(model, tokenizer, exam.questions),
        "line_perplexity": _perplexity(model, tokenizer, exam.lines),
        "preference_accuracy": _preference_accuracy(model, tokenizer, exam.pairs),
    }
    kept: list[Reply] = []
    for prefix, rows in (("qa", exam.questions), ("trained_qa", exam.trained_questions)):
        answered = _replies(model, tokenizer, rows, exam=exam)
        figures[f"{prefix}_exact"] = share([is_exact(one.reply, [one.expected]) for one in answered])
        figures[f"{prefix}_contains"] = share([contains_answer(one.reply, [one.expected]) for one in answered])
        figures[f"{prefix}_overlap"] = mean([overlap(one.reply, [one.expected]) for one in answered])
        kept += answered
    spoken = _replies(model, tokenizer, exam.lines, exam=exam)
    figures.update(health(spoken, language=exam.language))
    return {name: figure for name, figure in figures.items() if figure is not None}, kept + spoken


def _perplexity(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row]) -> Figure | None:
    """Return the perplexity of the replies in rows, one item a row."""
    examples, _ = tokenize_rows(rows, tokenizer, max_length=CONTEXT)
    by_row: dict[str, list[TokenLoss]] = defaultdict(list)
    for loss in token_losses(model, examples, pad=int(tokenizer.pad_token_id)):
        by_row[loss.row].append(loss)
    totals = [sum(loss.total for loss in losses) for losses in by_row.values()]
    return perplexity(totals, [sum(loss.tokens for loss in losses) for losses in by_row.values()])


def _preference_accuracy(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row]
) -> Figure | None:
    """Return how often the chosen side has the greater log-probability, end of turn included."""
    pairs, _ = tokenize_pairs(rows, tokenizer, max_length=CONTEXT)
    sides = [
        Example(pair.row, pair.prompt + side, [IGNORED] * len(pair.prompt) + side)
        for pair in pairs
        for side in (pair.chosen, pair.rejected)
    ]
    losses = token_losses(model, sides, pad=int(tokenizer.pad_token_id))
    return share([chosen.total < rejected.total for chosen, rejected in zip(losses[::2], losses[1::2], strict=True)])


def _replies(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row], *, exam: Exam
) -> list[Reply]:
    """Return the greedy reply to the last user turn of each row."""
    talks = [turns_of(row)[:-1] for row in rows]
    prompts = [prompt_ids(talk, tokenizer, max_length=CONTEXT - exam.new_tokens) for talk in talks]
    made = generate_replies(model, tokenizer, prompts, new_tokens=exam.new_tokens)
    return [
        Reply(
            row=row.id,
            prompt=talk[-1]["content"],
            reply=reply,
            expected=row.messages[-1].content,
            faults=faults_of(reply, language=exam.language),
        )
        for row, talk, reply in zip(rows, talks, made, strict=True)
    ]


def health(replies: Sequence[Reply], *, language: str) -> dict[str, Figure]:
    """Return the share of replies without a fault and the share of each fault."""
    found = [faults_of(reply.reply, language=language) for reply in replies]
    measured = {"healthy": share([not faults for faults in found])}
    for fault in FAULTS:
        measured[fault] = share([fault in faults for faults in found])
    return {name: figure for name, figure in measured.items() if figure is not None}
