"""Text to read: the novel in pieces with their headings, and its facts told again in several wordings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from random import Random

from extractor.book import Book
from extractor.records import Chapter, Knowledge, Span
from extractor.shaping.lengths import estimate_tokens

SENTENCE = re.compile(r"[^。！？!?….]*[。！？!?….]+[”’」』\"']*|[^。！？!?….]+")
FACTS_PER_DOCUMENT = 24


def cut_chapter(chapter: Chapter, book: Book, *, skip: Sequence[Span] = ()) -> Iterator[tuple[str, tuple[Span, ...]]]:
    """Yield a chapter in pieces of at most `book.max_tokens`, each under its heading, with its spans in the novel.

    Pieces end between paragraphs; only a paragraph that is too long by itself is cut, between sentences if it can
    be. Paragraphs that touch a span of `skip` are left out.
    """
    heading = " ".join((chapter.heading or chapter.title).split())
    title = f"# {heading}\n" if heading else ""
    budget = book.max_tokens - estimate_tokens(title)
    piece: list[str] = []
    spans: list[Span] = []
    size = 0
    for start, end in _lines(chapter, budget, skip):
        text = chapter.text[start:end]
        tokens = estimate_tokens(text) + 1
        if piece and size + tokens > budget:
            yield title + "\n".join(piece), tuple(spans)
            piece, spans, size = [], [], 0
        piece.append(text)
        spans.append((start + chapter.start, end + chapter.start))
        size += tokens
    if piece:
        yield title + "\n".join(piece), tuple(spans)


def restate(
    book: Book, chapters: Sequence[Chapter], *, knowledge: Sequence[Knowledge], held_out: Collection[str] = ()
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (chapter id, text, evidence): the facts of each chapter told in three ways and orders.

    Told once, a fact can be recited; told in several wordings and orders, it can be answered (Allen-Zhu and Li 2023).
    Chapters of `held_out`, by id, are told in statements only: their questions are kept for measuring.
    """
    by_chapter: dict[str, list[Knowledge]] = defaultdict(list)
    for fact in knowledge:
        by_chapter[fact.chapter].append(fact)
    for chapter in chapters:
        facts = by_chapter.get(chapter.id, [])
        for start in range(0, len(facts), FACTS_PER_DOCUMENT):
            group = facts[start : start + FACTS_PER_DOCUMENT]
            evidence = tuple(dict.fromkeys(paragraph for fact in group for paragraph in fact.evidence))
            for text in _tell(book, group, asked=chapter.id not in held_out, seed=f"{chapter.id}-{start}"):
                yield chapter.id, text, evidence


def _tell(book: Book, facts: Sequence[Knowledge], *, asked: bool, seed: str) -> Iterator[str]:
    """Yield the facts as a text, as a list and, if they may be `asked`, as questions with their answers."""
    random = Random(seed)
    told = [_sentence(fact.fact, book) for fact in facts]
    if book.language == "zh":
        yield f"《{book.title}》：" + "".join(told)
        random.shuffle(told)
        yield f"关于小说《{book.title}》，可以知道这些：\n" + "\n".join(f"- {fact}" for fact in told)
    else:
        yield f"“{book.title}”: " + " ".join(told)
        random.shuffle(told)
        yield f"What is known of the novel “{book.title}”:\n" + "\n".join(f"- {fact}" for fact in told)
    if asked:
        joint = "" if book.language == "zh" else " "
        answered = [f"{_pick(fact, random)}{joint}{_sentence(fact.answer, book)}" for fact in facts]
        random.shuffle(answered)
        yield f"# {book.title}\n" + "\n".join(answered)


def _pick(fact: Knowledge, random: Random) -> str:
    return random.choice(fact.questions).strip() if fact.questions else fact.fact.strip()


def _sentence(text: str, book: Book) -> str:
    text = text.strip()
    return text if text[-1:] in '。！？.!?…”"' else text + ("。" if book.language == "zh" else ".")


def _lines(chapter: Chapter, budget: int, skip: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans of the paragraphs without outer white space; too long ones in parts."""
    for first, last in chapter.paragraphs:
        if any(first + chapter.start < end and start < last + chapter.start for start, end in skip):
            continue
        text = chapter.text[first:last]
        start = first + len(text) - len(text.lstrip())
        end = start + len(text.strip())
        if start == end:
            continue
        if estimate_tokens(chapter.text[start:end]) + 1 <= budget:
            yield start, end
        else:
            yield from _parts(chapter.text, (start, end), budget)


def _parts(text: str, span: Span, budget: int) -> Iterator[Span]:
    limit = max(1, budget - 1)
    begin = position = span[0]
    size = 0.0
    for match in SENTENCE.finditer(text, span[0], span[1]):
        tokens = estimate_tokens(match[0]) + 1
        if position > begin and size + tokens > limit:
            yield begin, position
            begin, size = position, 0.0
        if tokens > limit:
            step = max(1, limit)
            for cut in range(match.start(), match.end(), step):
                yield cut, min(cut + step, match.end())
            begin, size = match.end(), 0.0
        else:
            size += tokens
        position = match.end()
    if position > begin:
        yield begin, position
