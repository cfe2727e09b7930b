"""Cues of Chinese novels: `黛玉笑道：`, `他低声说。`, `那老头把茶碗一放：`, and the elided `便问：`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.reading.cues import Cue, Place, Subject
from extractor.reading.mentions import MARKS, Mention, Page
from extractor.reading.person_nouns import GROUPS_ZH, PERSON_NOUNS_ZH
from extractor.reading.speech_verbs import (
    CHINESE_THOUGHT,
    CHINESE_VERB_AT_END,
    CHINESE_VERB_IN_CLAUSE,
    CHINESE_VERB_WITH_OBJECT,
    CHINESE_WEAK,
)

SENTENCE_END = re.compile(r"[。！？!?\n]|……|…")
CLAUSE_END = re.compile(r"[，,；;：:、]")
OPENERS = re.compile(
    r"(?:只见|忽见|但见|只听见|只听得|只听|忽听得|忽听|就听|却见|却听|却说|且说|话说|原来|谁知|于是|然后|接着|随后|这时候|这时|此时|那时|当下|便|又|但|而|可是|可|不过|"
    r"只有|连|还是|还|倒是|忽然|突然|终于|果然|早有|早见|早|一时|方才|刚才|正值|正|因|所以|急得|急的|吓得|吓的|慌得|慌的|喜得|唬的|唬得|恨得|气得|说着|一面|里面|外面|旁边|"
    r"此刻|坐在[^，。]{1,8}的|站在[^，。]{1,8}的|一旁的|一旁|旁边的|对面的|身后的|身边的|年轻的|年老的|最后|半晌|良久|那边|这边|就连|倒|却|对面|身后)+"
)
PRONOUN = re.compile(r"(?:他|她|它|我|咱)(?!们)|(?:他|她|它|我|咱)们(?:俩|几个|两个)?|对方|自己")
_NOUN_ALTERNATIVES = "|".join(
    sorted((n for n in PERSON_NOUNS_ZH if n not in ("他", "她", "氏")), key=len, reverse=True)
)
_PLAIN = (
    r"[^，。！？：；“”‘’、\s的了着在把向对他她我你它握拉扶抱看见问给叫骂打推抓捧端拿放转回走跑坐站想听说道是有使让和与]"
)
NOUN = re.compile(
    rf"(?:(?:那|这|此|另)(?:一|两|几)?|一)(?:个|位|名|对|边|头)?(?:{_PLAIN}{{0,6}}的)?{_PLAIN}{{0,4}}?(?:{_NOUN_ALTERNATIVES}|人|声音)(?!们|家|间)"
    rf"|(?:{_PLAIN}{{1,6}}的)?{_PLAIN}{{0,2}}?(?:{_NOUN_ALTERNATIVES})(?!们|家|间)"
    rf"|{_PLAIN}{{1,6}}的人(?!们|家|间)"
)
GROUP = re.compile("|".join(sorted(GROUPS_ZH, key=len, reverse=True)))
OBJECT_MARKS = "见向对把给与叫命看和同替被将问让请瞧听望朝跟着"
Span = tuple[int, int]


def chinese_cues(page: Page, *, before: Span | None, between: Sequence[Span], after: Span | None) -> list[Cue]:
    """Return the cues of one quotation from the narration in front of, inside and behind it, best first."""
    found: list[Cue] = []
    front = _in_front(page, *before) if before is not None else []
    if front and front[0].speech and front[0].subject.kind != "elided":
        found.append(front.pop(0))
    for start, end in between:
        _append(found, _behind(page, start, end, place="between"))
    if after is not None:
        _append(found, _behind(page, *after, place="after"))
    return found + front


def _append(found: list[Cue], cue: Cue | None) -> None:
    if cue is not None:
        found.append(cue)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in MARKS or text[start] in "，。,.；;—、！？"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in MARKS):
        end -= 1
    return start, end


def _clauses(text: str, start: int, end: int, *, pattern: re.Pattern[str]) -> list[Span]:
    """Return the non-empty stretches between the matches of `pattern`."""
    out = []
    position = start
    for match in pattern.finditer(text, start, end):
        if match.start() > position:
            out.append((position, match.start()))
        position = match.end()
    if position < end:
        out.append((position, end))
    return out


def _in_front(page: Page, start: int, end: int) -> list[Cue]:
    """Read the sentence in front of a quotation, going back clause by clause for its subject.

    Where the sentence has none, the subject of the sentence before it is a cue without a verb of speech.
    """
    text = page.text
    start, end = _trim(text, start, end)
    if start >= end:
        return []
    colon = text[end - 1] in "：:"
    leads = colon or text[end - 1] in "，,"
    sentences = _clauses(text, start, end, pattern=SENTENCE_END)
    if not sentences:
        return []
    begin, stop = sentences[-1]
    verb = CHINESE_VERB_AT_END.search(text, begin, stop) if leads or stop == end else None
    if verb is None and colon:
        verb = CHINESE_VERB_WITH_OBJECT.search(text, begin, stop)
    speech = verb is not None and (leads or verb["verb"] not in CHINESE_WEAK)
    thought = verb is not None and verb["verb"] in CHINESE_THOUGHT
    limit = verb.start() if verb is not None else stop
    word = verb["verb"] if verb is not None else (":" if colon else "")
    clauses = _clauses(text, begin, max(begin, limit), pattern=CLAUSE_END)
    for first, last in reversed(clauses):
        subject = clause_subject(page, first, last)
        if subject is not None:
            told = speech or (colon and subject.kind != "elided")
            return [Cue("before", subject, told, begin, end, thought, word)]
    earlier = page.narrated(begin, clauses[-1][0]) if len(clauses) > 1 else []
    mentions = [m for m in earlier if not m.possessive and text[m.start - 1] not in OBJECT_MARKS]
    if mentions:
        return [Cue("before", _named(text, mentions[0]), speech, begin, end, thought, word)]
    found = [Cue("before", Subject("elided", begin, begin), True, begin, end, thought, word)] if speech else []
    for begin_before, stop_before in reversed(sentences[:-1]):
        subject = _sentence_subject(page, begin_before, stop_before)
        if subject is not None:
            found.append(Cue("before", subject, False, begin_before, end, thought, word))
            break
    return found


def _behind(page: Page, start: int, end: int, *, place: Place) -> Cue | None:
    """Read the first sentence behind a quotation: a subject with a verb of speech, or the subject of an action."""
    text = page.text
    closed = start
    start, end = _trim(text, start, end)
    if start >= end:
        return None
    sentences = _clauses(text, start, end, pattern=SENTENCE_END)
    if not sentences:
        return None
    first, last = sentences[0]
    into_next = len(sentences) == 1 and place == "after" and text[end - 1] in "：:"
    clauses = _clauses(text, first, last, pattern=CLAUSE_END)
    for number, (low, high) in enumerate(clauses[:3]):
        verb = _verb_outside_names(page, low, high)
        if verb is not None and (high - verb.end() <= 2 or number == 0) and not into_next:
            weak = verb["verb"] in CHINESE_WEAK or high - verb.end() > 4
            subject = clause_subject(page, low, verb.start())
            if subject is None and number:
                subject = _sentence_subject(page, first, low)
            if subject is None and verb.start() - low <= 6 and not weak:
                subject = Subject("elided", low, low)
            if subject is not None:
                return Cue(place, subject, not weak, closed, high, verb["verb"] in CHINESE_THOUGHT, verb["verb"])
    if into_next:
        return None
    subject = _sentence_subject(page, first, last)
    return Cue(place, subject, False, first, last) if subject is not None else None


def _verb_outside_names(page: Page, start: int, end: int) -> re.Match[str] | None:
    """Return the first verb of speech that is no part of a name: not the 云 of 湘云."""
    names = page.narrated(start, end)
    for verb in CHINESE_VERB_IN_CLAUSE.finditer(page.text, start, end):
        if not any(name.start <= verb.start() < name.end for name in names):
            return verb
    return None


def _sentence_subject(page: Page, start: int, end: int) -> Subject | None:
    """Return the subject of the first clause that has one."""
    for first, last in _clauses(page.text, start, end, pattern=CLAUSE_END):
        subject = clause_subject(page, first, last)
        if subject is not None:
            return subject
    return None


def clause_subject(page: Page, start: int, end: int) -> Subject | None:
    """Return the subject at the head of a clause, behind words such as 只见 or 便; None where it is elided."""
    text = page.text
    while start < end and text[start].isspace():
        start += 1
    opener = OPENERS.match(text, start, end)
    for at in [start, opener.end()] if opener else [start]:
        subject = _subject_at(page, at, end)
        if subject is not None:
            return subject
    return None


def _subject_at(page: Page, at: int, end: int) -> Subject | None:
    text = page.text
    if at >= end:
        return None
    mentions = page.narrated(at, end)
    if mentions and mentions[0].start == at and not mentions[0].possessive:
        return _named(text, mentions[0])
    group = GROUP.match(text, at, end)
    if group:
        return Subject("group", at, group.end(), surface=group[0])
    pronoun = PRONOUN.match(text, at, end)
    if pronoun:
        return _pronoun(pronoun)
    noun = NOUN.match(text, at, min(end, at + 16))
    if noun:
        inside = [m for m in mentions if m.start < noun.end()]
        if inside and inside[-1].end >= noun.end() and not inside[-1].possessive:
            return _named(text, inside[-1])
        return Subject("noun", at, noun.end(), gender=_noun_gender(noun[0]), surface=noun[0])
    if mentions and mentions[0].start - at <= 4 and not mentions[0].possessive and text[at] in "那这大老小一":
        return _named(text, mentions[0])
    return None


def _pronoun(match: re.Match[str]) -> Subject:
    word = match[0]
    if "们" in word:
        return Subject("group", match.start(), match.end(), surface=word)
    if word in ("我", "咱"):
        return Subject("narrator", match.start(), match.end(), surface=word)
    gender = {"他": "male", "她": "female"}.get(word, "unknown")
    return Subject("pronoun" if word != "自己" else "elided", match.start(), match.end(), gender=gender, surface=word)


def _noun_gender(noun: str) -> str:
    for length in (3, 2, 1):
        gender = PERSON_NOUNS_ZH.get(noun[-length:])
        if gender is not None:
            return gender
    return "unknown"


def _named(text: str, mention: Mention) -> Subject:
    return Subject("name", mention.start, mention.end, mention.character, surface=text[mention.start : mention.end])
