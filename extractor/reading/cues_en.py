"""Cues of English novels: `said Mr. Darcy`, `she replied`, `Turning to him, the old man asked:`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.reading.cues import Cue, Place, Subject
from extractor.reading.lexicon import words
from extractor.reading.mentions import MARKS, Mention, Page
from extractor.reading.person_nouns import FEMALE_NOUNS, GROUP_NOUNS, MALE_NOUNS, NEUTRAL_NOUNS, TITLES, english_gender
from extractor.reading.speech_verbs import ENGLISH_SPEECH, ENGLISH_THOUGHT, ENGLISH_WEAK

WORD = re.compile(r"[A-Za-zÀ-ÿ][\w'’-]*")
PRONOUNS = {"he": "male", "she": "female", "i": "narrator", "they": "group", "we": "group", "it": "unknown"}
DETERMINERS = frozenset(
    words(
        """
    the a an his her my their our your this that another one each first second third last every some
    """
    )
)
PERSON = MALE_NOUNS | FEMALE_NOUNS | NEUTRAL_NOUNS
ROLE_TITLES = TITLES - frozenset(
    words(
        """
    old young little mr mrs ms miss dr m st saint mme don rev capt col esq prof lieut sergt cousin
    """
    )
)
SENTENCE_END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bMs)[.!?](?=[\s\"”'’)]|$)|[;:](?=\s)")
FULL_STOP = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bMs)[.!?](?=[\s\"”'’)]|$)")
SKIPPED = frozenset(
    words(
        """
    and but so then now at last again however presently suddenly once here there for yet or as when while if
    after before though although still meanwhile well thereupon accordingly therefore on in with
    """
    )
)
MAX_WORDS = 14
Cues = list[Cue]


def english_cues(
    page: Page, *, before: tuple[int, int] | None, between: Sequence[tuple[int, int]], after: tuple[int, int] | None
) -> Cues:
    """Return the cues of one quotation from the narration in front of, inside and behind it, best first."""
    found: Cues = []
    for start, end in between:
        _append(found, _behind(page, start, end, place="between"))
    if after is not None:
        _append(found, _behind(page, *after, place="after"))
    if before is not None:
        _append(found, _in_front(page, *before))
    return found


def _append(found: Cues, cue: Cue | None) -> None:
    if cue is not None:
        found.append(cue)


def _behind(page: Page, start: int, end: int, *, place: Place) -> Cue | None:
    """Read the first clause behind a piece: verb and subject in either order, or else the subject of an action."""
    text = page.text
    while start < end and (text[start].isspace() or text[start] in MARKS or text[start] in ",.;:—-–"):
        start += 1
    if start >= end:
        return None
    stop = SENTENCE_END.search(text, start, end)
    limit = stop.start() if stop else end
    mentions = {m.start: m for m in page.narrated(start, limit)}
    words = list(WORD.finditer(text, start, limit))[: MAX_WORDS + 6]
    if not words:
        return None
    first = words[0][0].casefold()
    if first in ENGLISH_SPEECH and text[words[0].start()].islower():
        at = 1
        while (
            at < len(words)
            and at < 4
            and (words[at][0].endswith("ly") or words[at][0] in ("out", "in", "back", "to", "again"))
        ):
            at += 1
        subject = subject_at(text, words, at, mentions=mentions) if at < len(words) else None
        if subject is None and at > 1:
            subject = subject_at(text, words, 1, mentions=mentions)
        if subject is not None:
            return Cue(place, subject, True, start, limit, first in ENGLISH_THOUGHT, first)
    for at in range(min(4, len(words))):
        subject = subject_at(text, words, at, mentions=mentions)
        if subject is not None:
            verb = _verb_behind(text, words, subject)
            speech = verb != ""
            lower = text[start].islower() or first in ("i",) or at == 0
            return Cue(place, subject, speech and lower, start, limit, verb in ENGLISH_THOUGHT, verb)
        if words[at][0].casefold() not in SKIPPED and not words[at][0].endswith("ly"):
            break
    if mentions:
        mention = next((m for m in mentions.values() if not m.possessive), None)
        if mention is not None:
            return Cue(place, _named(text, mention), False, start, limit)
    return None


def _verb_behind(text: str, words: Sequence[re.Match[str]], subject: Subject) -> str:
    """Return the verb of speech that the subject governs, "" where there is none."""
    seen = 0
    last = subject.end
    for word in words:
        if word.start() < subject.end:
            continue
        gap = text[last : word.start()]
        if seen and re.search(r"[;:.!?]", gap) and "," not in gap:
            return ""
        low = word[0].casefold()
        if low in ENGLISH_SPEECH and not (low.endswith("ing") and seen > 2):
            return "" if low in ENGLISH_WEAK and seen > 1 else low
        seen += 1
        last = word.end()
        if seen > 7:
            break
    return ""


def _in_front(page: Page, start: int, end: int) -> Cue | None:
    """Read the last sentence in front of a piece: its verb of speech and subject, or the subject of an action."""
    text = page.text
    tail = end
    while tail > start and (text[tail - 1].isspace() or text[tail - 1] in MARKS):
        tail -= 1
    if tail <= start:
        return None
    leads = text[tail - 1] in ",:—-"
    begin = start
    for stop in FULL_STOP.finditer(text, start, tail - 1):
        begin = stop.end()
    while begin < tail and (text[begin].isspace() or text[begin] in MARKS or text[begin] in ",.;:—-–"):
        begin += 1
    words = list(WORD.finditer(text, begin, tail))
    if not words:
        return None
    mentions = {m.start: m for m in page.narrated(begin, tail)}
    subjects = []
    at = 0
    while at < len(words):
        subject = subject_at(text, words, at, mentions=mentions)
        if subject is not None:
            subjects.append((at, subject))
            while at < len(words) and words[at].start() < subject.end:
                at += 1
        else:
            at += 1
    verb = next((k for k in range(len(words) - 1, -1, -1) if words[k][0].casefold() in ENGLISH_SPEECH), -1)
    if leads and verb >= 0 and subjects:
        low = words[verb][0].casefold()
        ahead = [(k, s) for k, s in subjects if k < verb and _clause_initial(text, words, k)]
        ahead = ahead or [(k, s) for k, s in subjects if k < verb]
        inverted = [(k, s) for k, s in subjects if k == verb + 1]
        pick = ahead[-1] if ahead else (inverted[0] if inverted else subjects[0])
        strong = low not in ENGLISH_WEAK or len(words) - verb <= 3
        return Cue("before", pick[1], strong, begin, tail, low in ENGLISH_THOUGHT, low)
    if subjects:
        initial = [(k, s) for k, s in subjects if _clause_initial(text, words, k) and s.kind != "elided"]
        pick = (initial or subjects)[0]
        return Cue("before", pick[1], False, begin, tail, False, ":" if text[tail - 1] == ":" else "")
    return None


def _clause_initial(text: str, words: Sequence[re.Match[str]], at: int) -> bool:
    """Tell whether word `at` opens a clause: nothing, a comma or a conjunction stands in front of it."""
    if at == 0:
        return True
    before = words[at - 1][0].casefold()
    gap = text[words[at - 1].end() : words[at].start()]
    return "," in gap or ";" in gap or ":" in gap or before in SKIPPED or before.endswith("ly")


def subject_at(text: str, words: Sequence[re.Match[str]], at: int, *, mentions: dict[int, Mention]) -> Subject | None:
    """Return the subject that begins at word `at`: a name, a pronoun, or a noun behind a determiner."""
    word = words[at]
    mention = mentions.get(word.start())
    if mention is not None:
        if not mention.possessive:
            return _named(text, mention)
        return _noun(text, words, at + 1, start=word.start()) if at + 1 < len(words) else None
    low = word[0].casefold()
    if low in PRONOUNS:
        gender = PRONOUNS[low]
        kind = gender if gender in ("narrator", "group") else "pronoun"
        return Subject(kind, word.start(), word.end(), gender=gender if kind == "pronoun" else "unknown", surface=low)  # type: ignore[arg-type]
    if low in DETERMINERS:
        following = mentions.get(words[at + 1].start()) if at + 1 < len(words) else None
        if following is not None and low == "the":
            return _named(text, following)
        return _noun(text, words, at + 1, start=word.start())
    if low in GROUP_NOUNS and low in ("everybody", "everyone", "all", "both"):
        return Subject("group", word.start(), word.end(), surface=low)
    return None


def _named(text: str, mention: Mention) -> Subject:
    return Subject("name", mention.start, mention.end, mention.character, surface=text[mention.start : mention.end])


def _noun(text: str, words: Sequence[re.Match[str]], at: int, *, start: int) -> Subject | None:
    """Return the noun phrase whose head is the last person noun of the next words."""
    head = -1
    for k in range(at, min(at + 5, len(words))):
        if k > at and re.search(r"[.;:!?]", text[words[k - 1].end() : words[k].start()]):
            break
        low = words[k][0].casefold()
        if low in PERSON or low in GROUP_NOUNS or low in ROLE_TITLES:
            head = k
            if k + 1 < len(words) and words[k + 1][0].casefold() not in PERSON:
                break
        elif low in DETERMINERS or low in ("of", "and", "who", "in", "with") or low in ENGLISH_SPEECH:
            break
    if head < 0:
        return None
    low = words[head][0].casefold()
    kind = "group" if low in GROUP_NOUNS else "noun"
    surface = " ".join(text[start : words[head].end()].split())
    return Subject(kind, start, words[head].end(), gender=english_gender(low), surface=surface)  # type: ignore[arg-type]
