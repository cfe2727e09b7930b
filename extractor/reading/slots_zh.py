"""What stands before the verbs of speech beside Chinese quotations: the places where names are looked for first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from extractor.reading.cues_zh import OPENERS
from extractor.reading.mentions import MARKS, Page
from extractor.reading.person_nouns import PERSON_NOUNS_ZH
from extractor.reading.speech_verbs import CHINESE_ADVERBS, CHINESE_VERB_AT_END, CHINESE_VERB_IN_CLAUSE
from extractor.reading.surnames import surname_of

SENTENCE = re.compile(r"[。！？!?\n…]+")


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands before a verb of speech beside a quotation.

    It is clean where nothing else stands between, and opens where nothing stands before it in its sentence.
    """

    head: str
    clean: bool = False
    opens: bool = False


def speech_slots(page: Page) -> Iterable[Slot]:
    """Yield what stands before the verbs of speech beside the quotations of a page."""
    text = page.text
    for position, (start, end, _) in enumerate(page.pieces):
        floor = page.pieces[position - 1][1] if position else 0
        front = text[max(floor, start - 60) : start].rstrip()
        yield from _slot(SENTENCE.split(front)[-1], CHINESE_VERB_AT_END.search(front), front)
        roof = page.pieces[position + 1][0] if position + 1 < len(page.pieces) else len(text)
        behind = text[end : min(roof, end + 30)].lstrip(MARKS + " \u3000")
        if behind[:1] == "\n" or "\n" in text[end : end + 1]:
            continue
        clause = re.split(r"[，。！？：；\n…]", behind, maxsplit=1)[0]
        for verb in CHINESE_VERB_IN_CLAUSE.finditer(clause):
            head = bare_subject(clause[: verb.start()]) if len(clause) - verb.end() <= 1 else ""
            if head:
                yield Slot(head, clean=True, opens=True)


def _slot(sentence: str, verb: re.Match[str] | None, front: str) -> Iterable[Slot]:
    if verb is None or not front.endswith(("：", ":", "，", ",")):
        return
    sentence = sentence[: len(sentence) - (len(front) - verb.start())]
    clauses = [c for c in re.split(r"[，,；;：:、]", sentence) if c]
    if not clauses:
        return
    head = bare_subject(clauses[-1])
    if head:
        yield Slot(head, clean=True, opens=len(clauses) == 1)
    for clause in clauses:
        yield Slot(bare_head(clause))


def bare_subject(clause: str) -> str:
    """Return a clause without opening words and without the adverbs at its end: 只见黛玉忙低声 -> 黛玉."""
    clause = bare_head(clause)
    changed = True
    while changed and len(clause) > 1 and not (len(clause) <= 4 and PERSON_NOUNS_ZH.get(clause[-2:])):
        changed = False
        for adverb in CHINESE_ADVERBS:
            if clause.endswith(adverb) and len(clause) - len(adverb) >= 2 and not clause.endswith("家的"):
                clause = clause[: -len(adverb)]
                changed = True
                break
    return clause


def bare_head(clause: str) -> str:
    """Return a clause without white space and opening words."""
    clause = clause.strip(" \u3000\n" + MARKS)
    opener = OPENERS.match(clause)
    if opener and len(clause) - opener.end() >= 2 and not surname_of(clause[opener.start() : opener.start() + 2]):
        clause = clause[opener.end() :]
    return clause
