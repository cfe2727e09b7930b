"""Summaries: what happens in each chapter; it is also the first turn of the talk about that chapter.

By rules: the chapter's own telling sentences, chosen by the weight of their words against the rest of the book
(TF-IDF with position, and maximal marginal relevance: Carbonell & Goldstein 1998).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from extractor.errors import ReplyError
from extractor.reading.sentences import Sentence, narration_sentences
from extractor.records import Chapter, Character, Dropped, Quotation, Record, Summary
from extractor.shaping.view import number_text
from extractor.stage import Asking, Inputs, Question, Render

CHARACTERS_PER_SENTENCE = 500
DANGLING_ZH = ("他", "她", "它", "这", "那", "但", "可", "于是", "然后", "因为", "所以", "而", "却", "不过", "其")
DANGLING_EN = ("He ", "She ", "It ", "They ", "But ", "And ", "This ", "That ", "These ", "Those ", "So ", "Then ")


def derive(inputs: Inputs) -> Iterator[Summary | Dropped]:
    """Yield one summary a chapter, made of its own sentences; a chapter without narration is dropped."""
    book = inputs.book
    by_chapter: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        by_chapter[quotation.chapter].append(quotation)
    chapters = [chapter for chapter in inputs.all(Chapter) if chapter.kind != "front"]
    sentences = {c.id: narration_sentences(c, by_chapter[c.id], language=book.language) for c in chapters}
    spread = Counter(word for found in sentences.values() for word in {w for s in found for w in s.words})
    names = [name for character in inputs.all(Character)[:60] for name in (character.name, *character.aliases)]
    for chapter in chapters:
        chosen = _choose(sentences[chapter.id], spread, chapters=len(chapters), chapter=chapter, names=names)
        if not chosen:
            yield Dropped(stage="summaries", source=chapter.id, reason="no_narration")
            continue
        joint = "" if book.language == "zh" else " "
        yield Summary(
            id=f"{chapter.id}-s01",
            chapter=chapter.id,
            text=joint.join(sentence.text for sentence in chosen),
            evidence=tuple(dict.fromkeys(chapter.paragraph_id(sentence.paragraph) for sentence in chosen)),
            engine="rules",
        )


def _choose(
    sentences: Sequence[Sentence], spread: Counter[str], *, chapters: int, chapter: Chapter, names: Sequence[str]
) -> list[Sentence]:
    """Pick the telling sentences, without saying a thing twice, in the order of the chapter."""
    limit = min(8, max(3, round(len(chapter.text) / CHARACTERS_PER_SENTENCE)))
    frequency = Counter(word for sentence in sentences for word in sentence.words)
    weights = {word: (1 + math.log(n)) * math.log(1 + chapters / spread[word]) for word, n in frequency.items()}
    scores: list[tuple[float, Sentence]] = []
    for sentence in sentences:
        if not sentence.words or not 10 <= len(sentence.text) <= 240:
            continue
        score = sum(weights[word] for word in set(sentence.words)) / math.sqrt(len(sentence.words) + 4)
        place = sentence.start / max(1, len(chapter.text))
        score *= 1.15 if place < 0.12 or place > 0.88 else 1.0
        score *= 1.3 if any(name in sentence.text for name in names) else 1.0
        score *= 0.55 if sentence.text.startswith(DANGLING_ZH + DANGLING_EN) else 1.0
        scores.append((score, sentence))
    chosen: list[Sentence] = []
    candidates = [s for _, s in sorted(scores, key=lambda pair: (-pair[0], pair[1].start))[: limit * 6]]
    worth = {id(sentence): score for score, sentence in scores}
    while candidates and len(chosen) < limit:
        best = max(candidates, key=lambda s: worth[id(s)] * (1 - 0.7 * _overlap(s, chosen)))
        candidates.remove(best)
        chosen.append(best)
    return sorted(chosen, key=lambda sentence: sentence.start)


def _overlap(sentence: Sentence, chosen: Sequence[Sentence]) -> float:
    words = set(sentence.words)
    return max((len(words & set(other.words)) / max(1, len(words)) for other in chosen), default=0.0)


def first_turn(chapter: Chapter, quotations: Iterable[Quotation], render: Render) -> str:
    """Return the first user turn of the talk about a chapter: its numbered text, then the request to summarise."""
    return render("ask", heading=chapter.heading or chapter.id, text=number_text(chapter, list(quotations)))


def _questions(inputs: Inputs, render: Render) -> Iterator[Question]:
    by_chapter: dict[str, list[Quotation]] = defaultdict(list)
    for quotation in inputs.all(Quotation):
        by_chapter[quotation.chapter].append(quotation)
    for chapter in inputs.all(Chapter):
        if chapter.kind != "front" and chapter.paragraphs:
            yield Question(
                source=chapter.id,
                part="summary",
                content=first_turn(chapter, by_chapter[chapter.id], render),
                identity=chapter.text,
                json=False,
                expected_tokens=300,
                max_tokens=1500,
            )


def _records(question: Question, reply: str, inputs: Inputs) -> list[Record | Dropped]:
    if len(reply.strip()) < 10:
        raise ReplyError("The summary is empty. Write it as plain text.")
    return [Summary(id=f"{question.source}-s01", chapter=question.source, text=reply, engine="api")]


ASKING = Asking(questions=_questions, records=_records)
