"""Whether a marked piece of an English novel is said, thought, or neither (a title, a sign, a word held apart).

Only the piece and the narration beside it are looked at. English printers lead speech in with a comma, a colon or a
new sentence, so a piece in the run of a sentence needs a verb that says it.
"""

from __future__ import annotations

import re

from extractor.reading.speech_verbs import ENGLISH_SPEECH, ENGLISH_THOUGHT, ENGLISH_WEAK
from extractor.records import QuotationKind

_MORE_SAYING = """says saying announcing began begun added adding cries cry exclamation exclamations shouting words
muttering murmuring whispering chant chorus quoting calling singing say answer answers"""
_NOT_SAYING = "call calls read joked signed quoted noted"
_SAYING = frozenset(ENGLISH_SPEECH) - frozenset(ENGLISH_WEAK) - frozenset(_NOT_SAYING.split()) | set(
    _MORE_SAYING.split()
)
_SHOWING_WORDS = """name title titled entitled headed heading marked label labelled labeled sign board notice card
placard inscription inscribed motto poster headline epithet epithets"""
_NAMING_WORDS = """named names called calling termed styled nicknamed signs written wrote writing word term phrase
bill bills envelope novel book paper story play song poem tune known"""
_SHOWING = frozenset(_SHOWING_WORDS.split())
_NAMING = _SHOWING | frozenset(_NAMING_WORDS.split())

_WORD = re.compile(r"[A-Za-z’']+")
_CLAUSE_BREAK = re.compile(r"[.!?;”\"]")
_VERB = "|".join(sorted(ENGLISH_SPEECH))
_PERSON = r"(?:he|she|I|they|it|we|you|[A-Z][\w.’'-]*|(?:the|a|an|my|his|her|their|one|some)\s[\w’'-]+)"
_TAG = re.compile(rf"^\W{{0,3}}(?:(?:[a-z]+\s+){{0,2}}?(?:{_VERB})\b|{_PERSON}\s(?:[\w.’'-]+\s){{0,3}}?(?:{_VERB})\b)")
_THINK = "|".join(sorted(frozenset(ENGLISH_THOUGHT)))
_TOLD = r"\btold\s(?:him|her|my|them)sel(?:f|ves)\b"
_ENDS = r"(?=\s*(?:[.,;:!?—-]|$|to\s(?:him|her|my)self|as\s|while\s|when\s|with\s))"
_THINKING_BEHIND = re.compile(
    rf"^\W{{0,3}}(?:(?:{_THINK})\s(?!aloud\b|out\b|of\b|about\b|that\b|it\b){_PERSON}"
    rf"|{_PERSON}\s(?:\w+ly\s)?(?:{_THINK})(?:\s\w+ly)?{_ENDS}|{_PERSON}\s{_TOLD})"
)
_THINKING_BEFORE = re.compile(
    rf"(?:\b(?:{_THINK})\b(?:\s(?:to\s)?(?:him|her|my)self|\s[A-Z]\w+|\she|\sshe|\sI)*|{_TOLD})\s*[,:—-]*\s*$"
)
_NEAR, _CLAUSE, _SENTENCE = 3, 8, 14


def english_kind(text: str, *, before: str, behind: str) -> QuotationKind:
    """Return what a piece is; `before` and `behind` are the narration beside it, "" at the paragraph's edge."""
    if _THINKING_BEHIND.match(behind) or _THINKING_BEFORE.search(before[-60:]):
        return "thought"
    lead = before.rstrip()
    if text.isupper() and _is_lettering(text, lead=lead, behind=behind):
        return "other"
    if not lead or lead[-1] in '.!?"”’)]_*':
        titled = text[-1].isalnum() and len(text.split()) <= 6 and behind.lstrip()[:1].islower()
        return "other" if titled and not _TAG.match(behind) else "speech"
    clause = [word.lower() for word in _WORD.findall(_CLAUSE_BREAK.split(before)[-1])[-_CLAUSE:]]
    if lead[-1] in ",:;-—–(…":
        shown = lead[-1] in ",:" and _SHOWING.intersection(clause) and not _SAYING.intersection(clause)
        return "other" if shown else "speech"
    if not lead[-1].isalnum() and lead[-1] not in "’'":
        return "speech"
    return _run_on_kind(text, clause=clause, behind=behind, after='"' in before or "”" in before)


def _is_lettering(text: str, *, lead: str, behind: str) -> bool:
    """Tell whether a piece in capitals stands on a sign or a page."""
    if _NAMING.intersection(word.lower() for word in _WORD.findall(lead)[-_SENTENCE:]):
        return True
    return bool(lead) and text[-1] not in "!?" and len(text) > 4 and not _TAG.match(behind)


def _run_on_kind(text: str, *, clause: list[str], behind: str, after: bool) -> QuotationKind:
    """Return what a piece in the run of a sentence is; `after` tells that other marks stand before it."""
    if _NAMING.intersection(clause[-_NEAR:]) and not _SAYING.intersection(clause[-2:]):
        return "other"
    begins = text.lstrip("_-—(‘'")[:1].isupper()
    size = len(text.split())
    if _SAYING.intersection(clause if begins else clause[-_NEAR:]) or (begins and clause[-1:] == ["out"]):
        return "speech"
    if text[-1] in ".!?—-…" and (begins or after):
        return "speech" if size >= (3 if after or _TAG.match(behind) else 5) else "other"
    return "speech" if size > 25 else "other"
