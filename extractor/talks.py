"""One talk per chapter: turns the questions of a stage into requests, and the answers into records.

The system message holds the rules of all tasks and is the same for all chapters. The first exchange is the numbered
chapter with its summary; every later question about that chapter repeats both word for word and adds a line that
names its task, so that a provider's prefix cache bills the rules once and the chapter once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from extractor.asking.prompts import Prompts
from extractor.asking.request import Answer, Request, Turn, request_key
from extractor.book import Book, Shelf
from extractor.records import Chapter, Character, Dropped, Quotation, Record, Summary
from extractor.stage import Inputs, Question, Render, Stage
from extractor.stages.summaries import first_turn

LISTED_CHARACTERS = 80
TASKS = ("summaries", "knowledge", "dialogues")
Found = list[Record | Dropped]
Ask = Callable[[Sequence[Request], Callable[[Request, str], Found]], Iterator[Answer[Found]]]


@dataclass(frozen=True)
class Asked:
    """A question with the request that carries it.

    None where its chapter has no summary to go on from, and for a question without words: code answers that one.
    """

    question: Question
    request: Request | None


class Talks:
    """The talks of one stage with a model: which requests to send, and what their replies mean."""

    def __init__(self, shelf: Shelf, stage: Stage, inputs: Inputs, *, model: str, place: str = "") -> None:
        self.book: Book = shelf.book
        self.stage = stage
        self.inputs = inputs
        self.model = model if not place else f"{model} at {place}"
        self.prompts = Prompts(self.book.language, overrides=shelf.folder / "prompts")

    def renderer(self, stage: str) -> Render:
        """Return the function that fills the prompts of a stage."""

        def render(name: str, **variables: str) -> str:
            return self.prompts.render(stage, name, **variables).rstrip("\n")

        return render

    @cached_property
    def system(self) -> str:
        """The first message of every talk: the rules of all tasks, the book, its cast. The same for all chapters."""
        people = self.inputs.all(Character)[:LISTED_CHARACTERS]
        cast = "\n".join(" / ".join((c.name, *c.aliases)) for c in people)
        return self.renderer("talk")(
            "system",
            title=self.book.title,
            author=self.book.author or "?",
            synopsis=self.book.synopsis,
            cast=cast,
            **{task: self.renderer(task)("rules") for task in TASKS},
        )

    @cached_property
    def _first_exchanges(self) -> dict[str, tuple[Turn, ...]]:
        """Per chapter the system message, the numbered text and its summary, for chapters that have one."""
        quotations: dict[str, list[Quotation]] = defaultdict(list)
        for quotation in self.inputs.all(Quotation):
            quotations[quotation.chapter].append(quotation)
        summaries = {summary.chapter: summary.text for summary in self.inputs.all(Summary)}
        render = self.renderer("summaries")
        return {
            chapter.id: (
                Turn(role="system", content=self.system),
                Turn(role="user", content=first_turn(chapter, quotations[chapter.id], render)),
                Turn(role="assistant", content=summaries[chapter.id]),
            )
            for chapter in self.inputs.all(Chapter)
            if chapter.id in summaries
        }

    @cached_property
    def asked(self) -> list[Asked]:
        """Every question of the stage with its request, in order."""
        if self.stage.asking is None:
            raise LookupError(f"stage {self.stage.name} asks nothing")
        found = []
        for question in self.stage.asking.questions(self.inputs, self.renderer(self.stage.name)):
            messages = self._messages(question)
            request = None if messages is None else self._request(question, messages)
            found.append(Asked(question, request))
        return found

    def _messages(self, question: Question) -> tuple[Turn, ...] | None:
        if not question.content:
            return None
        own = Turn(role="user", content=question.content)
        if question.chapter is None:
            return (Turn(role="system", content=question.system or self.system), own)
        exchange = self._first_exchanges.get(question.chapter)
        return None if exchange is None else (*exchange, own)

    @cached_property
    def _prompt_hashes(self) -> tuple[str, str]:
        """The prompts that an answer hangs on, outside of a talk and in one.

        The rules of the other tasks stand in the same system message but decide nothing for this one.
        """
        own = self.prompts.prompt_hash(self.stage.name)
        return own, request_key(self.prompts.prompt_hash("talk"), own)

    def _request(self, question: Question, messages: tuple[Turn, ...]) -> Request:
        prompt_hash = self._prompt_hashes[0 if question.system else 1]
        identity = question.identity or question.content
        key = request_key(self.stage.name, question.part, question.source, self.model, prompt_hash, identity)
        return Request(
            task=self.stage.name,
            chapter=question.source,
            part=question.part,
            key=key,
            prompt_hash=prompt_hash,
            messages=messages,
            max_tokens=question.max_tokens,
            json_mode=question.json,
            expected_output=question.expected_tokens,
        )

    def records(self, ask: Ask) -> Iterator[Record | Dropped]:
        """Ask every question and yield what the replies hold, in the order of the questions.

        A question whose answer failed or was refused becomes a `Dropped` with that reason, one whose chapter was
        not summarised a `Dropped` with `no_summary`.
        """
        asking = self.stage.asking
        if asking is None:
            raise LookupError(f"stage {self.stage.name} asks nothing")
        by_key = {item.request.key: item.question for item in self.asked if item.request}

        def parse(request: Request, reply: str) -> list[Record | Dropped]:
            return asking.records(by_key[request.key], reply, self.inputs)

        requests = [item.request for item in self.asked if item.request]
        answers = {answer.request.key: answer for answer in ask(requests, parse)}
        for item in self.asked:
            if not item.question.content:
                yield from asking.records(item.question, "", self.inputs)
                continue
            answer = answers.get(item.request.key) if item.request else None
            name = f"{item.question.source} {item.question.part}".strip()
            if answer is not None and answer.value is not None:
                yield from answer.value
            elif answer is not None:
                reason = answer.state if answer.state in ("refused", "truncated", "blank") else "failed"
                yield Dropped(stage=self.stage.name, source=name, reason=reason, detail=answer.reason)
            else:
                lost = "failed" if item.request else "no_summary"
                yield Dropped(stage=self.stage.name, source=name, reason=lost)
