"""corpus: everything made so far in, canonical rows out; each line is looked up in the novel once more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from zlib import crc32

from extractor.book import Book
from extractor.records import (
    Chapter,
    Character,
    Conversation,
    Dropped,
    Knowledge,
    Message,
    Preference,
    Row,
    Span,
    Summary,
)
from extractor.shaping.card import Card, gather_evidence, world_prompts
from extractor.shaping.documents import cut_chapter, restate
from extractor.shaping.lengths import bare
from extractor.shaping.persona import choose_persona
from extractor.shaping.split import Split, split_chapters
from extractor.shaping.verbatim import Pages, is_verbatim, settle_commas
from extractor.stage import Inputs

STAGE = "corpus"


def derive(inputs: Inputs) -> Iterator[Row | Dropped]:
    """Yield documents, summaries, questions, dialogues and pairs as rows, each in its split."""
    book, chapters, conversations = inputs.book, inputs.all(Chapter), inputs.all(Conversation)
    splits = split_chapters(chapters, {conversation.chapter for conversation in conversations})
    knowledge = inputs.all(Knowledge)
    places = paragraph_places(chapters)
    held_out = {chapter for chapter, split in splits.items() if split != "train"}
    told = chain(
        documents(book, chapters, knowledge=knowledge, splits=splits, skip=inputs.novel.advertisements),
        summaries(book, chapters, found=inputs.all(Summary), held_out=held_out),
        questions(book, knowledge, splits),
    )
    for row in told:
        yield locate(row, places) if isinstance(row, Row) else row
    cast = inputs.all(Character)
    persona = choose_persona(book, cast)
    if persona is None:
        return
    seen = [conversation for conversation in conversations if splits[conversation.chapter] == "train"]
    card = Card(book, persona, gather_evidence(persona, cast, seen))
    pages = Pages(chapters)
    yield from dialogues(book, conversations, card=card, pages=pages, splits=splits)
    yield from pairs(book, inputs.all(Preference), card=card, pages=pages, splits=splits)


def paragraph_places(chapters: Iterable[Chapter]) -> dict[str, Span]:
    """Return the novel span of each paragraph by its id; paragraph 0 is the heading's line."""
    places: dict[str, Span] = {}
    for chapter in chapters:
        places[chapter.paragraph_id(0)] = (chapter.start, chapter.start + len(chapter.heading))
        for number, (start, end) in enumerate(chapter.paragraphs, start=1):
            places[chapter.paragraph_id(number)] = (chapter.start + start, chapter.start + end)
    return places


def locate(row: Row, places: dict[str, Span]) -> Row:
    """Return the row with the novel spans of the paragraphs that prove it, where it has none of its own."""
    if row.novel_spans or not row.evidence:
        return row
    return row.model_copy(update={"novel_spans": tuple(places[name] for name in row.evidence if name in places)})


def documents(
    book: Book,
    chapters: Sequence[Chapter],
    *,
    knowledge: Sequence[Knowledge],
    splits: dict[str, Split],
    skip: Sequence[Span] = (),
) -> Iterator[Row | Dropped]:
    """Yield the novel's own text in pieces with their heading, then its facts in several wordings.

    `skip` are spans of the novel that are not the author's. Facts are train in every chapter: what the corpus asks
    of the test block must be learnable from somewhere, but never in the words of the question.
    """
    held_out = {chapter for chapter, split in splits.items() if split != "train"}
    for chapter in chapters:
        if chapter.kind == "front":
            yield Dropped(stage=STAGE, source=chapter.id, reason="front_matter", detail=chapter.text[:80].strip())
            continue
        for number, (text, spans) in enumerate(cut_chapter(chapter, book, skip=skip), start=1):
            yield Row(
                id=f"{chapter.id}-t{number:02d}",
                kind="document",
                book=book.slug,
                chapter=chapter.id,
                messages=(Message(role="assistant", content=text, novel_spans=spans),),
                novel_spans=spans,
                category="text",
                split=splits[chapter.id],
            )
    told = restate(book, chapters, knowledge=knowledge, held_out=held_out)
    for number, (chapter_id, text, evidence) in enumerate(told, start=1):
        yield Row(
            id=f"{chapter_id}-r{number:04d}",
            kind="document",
            book=book.slug,
            chapter=chapter_id,
            messages=(Message(role="assistant", content=text),),
            evidence=evidence,
            origin="rewrite",
            category="facts",
        )


def summaries(
    book: Book, chapters: Sequence[Chapter], *, found: Iterable[Summary], held_out: Collection[str] = ()
) -> Iterator[Row]:
    """Yield one row for each summary: what happens in the chapter, asked by its heading.

    A summary that names no paragraphs stands for its chapter from the first to the last. All are train; those of
    the chapters of `held_out`, by id, are asked for in words that no question of fact uses.
    """
    by_id = {chapter.id: chapter for chapter in chapters}
    for summary in found:
        chapter = by_id.get(summary.chapter)
        heading = " ".join((chapter.heading or chapter.title).split()) if chapter else ""
        heading = heading or summary.chapter
        if book.language == "zh":
            question = f"小说《{book.title}》的“{heading}”讲了什么？"
            request = f"请写出小说《{book.title}》中“{heading}”的梗概。"
        else:
            question = f"What happens in “{heading}” of the novel “{book.title}”?"
            request = f"Write a synopsis of “{heading}” from the novel “{book.title}”."
        asked = request if summary.chapter in held_out else question
        yield Row(
            id=f"{summary.id}-row",
            kind="summary",
            book=book.slug,
            chapter=summary.chapter,
            system=_world_prompt(book, summary.id),
            messages=(Message(role="user", content=asked), Message(role="assistant", content=summary.text.strip())),
            novel_spans=_whole(chapter) if chapter and not summary.evidence else (),
            evidence=summary.evidence,
            origin="rewrite",
            category=heading,
        )


def questions(book: Book, knowledge: Iterable[Knowledge], splits: dict[str, Split]) -> Iterator[Row | Dropped]:
    """Yield one row for each wording of each question; an exact repetition is dropped.

    So is a question kept for measuring that training asks as well, about another chapter.
    """
    seen: dict[tuple[str, str], str] = {}
    trained: dict[str, str] = {}
    for fact in sorted(knowledge, key=lambda fact: splits.get(fact.chapter, "train") != "train"):
        split = splits.get(fact.chapter, "train")
        for number, question in enumerate(fact.questions, start=1):
            row_id = f"{fact.id}-q{number:02d}"
            if not question.strip() or not fact.answer.strip():
                yield Dropped(stage=STAGE, source=row_id, reason="empty")
                continue
            key = (bare(question), bare(fact.answer))
            if key in seen:
                yield Dropped(stage=STAGE, source=row_id, reason="duplicate", detail=seen[key])
                continue
            if split != "train" and key[0] in trained:
                yield Dropped(stage=STAGE, source=row_id, reason="asked_in_training", detail=trained[key[0]])
                continue
            seen[key] = row_id
            if split == "train":
                trained[key[0]] = row_id
            yield Row(
                id=row_id,
                kind="qa",
                book=book.slug,
                chapter=fact.chapter,
                system=_world_prompt(book, row_id),
                messages=(
                    Message(role="user", content=question.strip()),
                    Message(role="assistant", content=fact.answer.strip()),
                ),
                evidence=fact.evidence,
                origin="rewrite",
                category=fact.angle,
                split=split,
            )


def dialogues(
    book: Book, conversations: Iterable[Conversation], *, card: Card, pages: Pages, splits: dict[str, Split]
) -> Iterator[Row | Dropped]:
    """Yield one row for each conversation under the role card, with thoughts as the book wants them."""
    seen: dict[tuple[str, ...], str] = {}
    for conversation in conversations:
        stray = _stray(conversation.messages, pages, book)
        key = tuple(bare(message.content + message.thought) for message in conversation.messages)
        messages = tuple(finish(message, book=book, pages=pages) for message in conversation.messages)
        if stray:
            yield Dropped(stage=STAGE, source=conversation.id, reason="not_in_text", detail=stray)
        elif any(not message.content.strip() for message in messages):
            yield Dropped(stage=STAGE, source=conversation.id, reason="empty")
        elif key in seen:
            yield Dropped(stage=STAGE, source=conversation.id, reason="duplicate", detail=seen[key])
        else:
            seen[key] = conversation.id
            yield Row(
                id=conversation.id,
                kind="dialogue",
                book=book.slug,
                chapter=conversation.chapter,
                system=card.prompt(conversation.id, without=_quoted(messages)),
                messages=messages,
                novel_spans=_spans(conversation.messages),
                category="dialogue" if len(messages) > 2 else "exchange",
                split=splits[conversation.chapter],
            )


def pairs(
    book: Book, preferences: Iterable[Preference], *, card: Card, pages: Pages, splits: dict[str, Split]
) -> Iterator[Row | Dropped]:
    """Yield one row for each preference under the role card; both sides see the same prompt."""
    seen: dict[tuple[str, ...], str] = {}
    for preference in preferences:
        chosen, rejected = preference.chosen, preference.rejected
        grounded = [*preference.prompt, *([chosen] if preference.origin == "gold" else [])]
        grounded += [rejected] if rejected.novel_spans else []
        stray = _stray(grounded, pages, book)
        key = tuple(bare(message.content) for message in (*preference.prompt, chosen, rejected))
        reason = ""
        if stray:
            reason, detail = "not_in_text", stray
        elif not chosen.content.strip() or not rejected.content.strip():
            reason, detail = "empty", ""
        elif key[-1] == key[-2]:
            reason, detail = "same_text", chosen.content[:80]
        elif key in seen:
            reason, detail = "duplicate", seen[key]
        if reason:
            yield Dropped(stage=STAGE, source=preference.id, reason=reason, detail=detail)
            continue
        seen[key] = preference.id
        messages = tuple(finish(message, book=book, pages=pages) for message in (*preference.prompt, chosen))
        yield Row(
            id=preference.id,
            kind="pair",
            book=book.slug,
            chapter=preference.chapter,
            system=card.prompt(preference.id, without=_quoted(messages)),
            messages=messages,
            rejected=finish(rejected, book=book, pages=pages),
            novel_spans=_spans(messages),
            origin=preference.origin,
            category=preference.category,
            split=splits[preference.chapter],
        )


def finish(message: Message, *, book: Book, pages: Pages) -> Message:
    """Return a turn whose content is what is trained: the thought before it as （心想：…） if the book shows thoughts.

    `thought` is empty afterwards, so that nobody shows it twice; `thought_spans` still say where it stands. English
    lines that narration cut off end in a full stop.
    """
    if book.language == "en":
        message = settle_commas(message, pages)
    if not message.thought:
        return message
    content = message.content
    if book.thoughts == "show":
        thought = " ".join(message.thought.split())
        shown = f"（心想：{thought}）" if book.language == "zh" else f"(thinks: {thought})"
        content = "\n".join(filter(None, (shown, content)))
    return message.model_copy(update={"content": content, "thought": ""})


def _stray(messages: Iterable[Message], pages: Pages, book: Book) -> str:
    """Return the first turn that is not in the novel, empty if all are; the user's own greetings may be invented."""
    for message in messages:
        if message.role == "user" and not message.novel_spans and message.content in book.greetings:
            continue
        if not is_verbatim(message, pages):
            return (message.content or message.thought)[:80]
    return ""


def _whole(chapter: Chapter) -> tuple[Span, ...]:
    """Return the span of a chapter's body in the novel, from its first to its last paragraph."""
    if not chapter.paragraphs:
        return ()
    return ((chapter.start + chapter.paragraphs[0][0], chapter.start + chapter.paragraphs[-1][1]),)


def _world_prompt(book: Book, source: str) -> str:
    prompts = world_prompts(book)
    return prompts[crc32(source.encode()) % len(prompts)]


def _quoted(messages: Iterable[Message]) -> set[str]:
    return {quotation for message in messages for quotation in message.quotations}


def _spans(messages: Iterable[Message]) -> tuple[Span, ...]:
    return tuple(span for message in messages for span in (*message.novel_spans, *message.thought_spans))
