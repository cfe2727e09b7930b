"""Facts about what is said: who says a line, who answers a question how, and what people say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from extractor.reading.facts import Found, Names, Pages
from extractor.reading.sentences import Sentence
from extractor.reading.terms import count_terms
from extractor.records import Quotation

SURE = 0.85
LINES, REPLIES = 4, 3
LONGEST_ZH, LONGEST_EN = 40, 30
QUESTION = ("？", "?")
WEAK_LINE_ZH = re.compile(
    r"^(?:是|好|不|嗯|哦|啊|哎|唉|什么|怎么|谁|快|来|走|喂|呸|罢)[^，]{0,5}$|^[^，]{0,7}$|[—…]$|[`*]"
)
SELF_ZH = re.compile(
    r"^(?:我)(?P<before>[^，。？！我你他她它这那]{0,8}?)(?P<number>[二两三四五六七八九十百千]{1,4}|"
    r"一[百千十][二三四五六七八九十]*)"
    r"(?P<unit>岁|年|个月|口井|根|座|头|匹)(?P<after>[^，。？！我你他她它这那]{0,10})[。，！]"
)
OPENING_ZH = re.compile(r"^[\s，,：:]*(?:那|这|只见|忽见|忽听|却说|且说|话说|谁知|因|于是|当下|这时|一旁的?|旁边的?)?")
OTHERS_ZH = re.compile(r"忽[听闻见]?[^道说]{0,6}报|有人|一人|只听|听得|听见|人报")
AGE_ZH = re.compile(r"^我?(?:今年)(?:已经?|都|才|刚)?(?P<age>[一二三四五六七八九十百]{1,4})岁?(?:了|整)?[。！，]")


def speech_facts(pages: Pages, names: Names, weights: Mapping[str, float] | None = None) -> Iterator[Found]:
    """Yield the facts of a chapter's talk, in order. `weights` are the terms of the book: lines that hold one win."""
    yield from _lines(pages, names, weights or {})
    yield from _replies(pages, names)
    if names.language == "zh":
        for sentence in pages.speech:
            yield from _of_oneself(sentence, names)


def is_sure(quotation: Quotation, names: Names) -> bool:
    """Tell whether the novel itself names who speaks, by a name that a question can use."""
    named = quotation.kind == "speech" and quotation.type == "explicit" and quotation.confidence >= SURE
    if not named or quotation.speaker is None or quotation.speaker not in names.shown:
        return False
    return _leads(quotation.cue, quotation.speaker, names)


def _leads(cue: str, speaker: str, names: Names) -> bool:
    """Tell whether the narration that decided is about the speaker: its last sentence begins with that name.

    English allows the name further in (cried Ann), if it is the first name and nobody's possessive. A speaker known
    without narration stands as it is.
    """
    if not cue.strip():
        return True
    if names.language == "zh":
        last = [piece for piece in re.split(r"[。．！？!?…”」』]+", cue) if piece.strip(" ，,：:")]
        opening = OPENING_ZH.sub("", last[-1].strip()) if last else ""
        told = re.split(r"[，,；;]", opening.strip("：: "))[-1]
        addressed = re.search(rf"(?:谓|对|向|与|问|令|命|报)(?:{re.escape(speaker)})", told) or OTHERS_ZH.search(told)
        return names.shown.get(names.at(opening), "") == speaker and not addressed
    found = names.all(cue)
    if not found or len(cue) > 160:
        return False
    at, name = found[0]
    return names.shown[name] == speaker and not cue[at + len(name) :].startswith(("’s", "'s"))


def _lines(pages: Pages, names: Names, weights: Mapping[str, float]) -> Iterator[Found]:
    """Take the most telling sentences of sure speakers, at most two of one speaker."""
    scored: list[tuple[float, Sentence]] = []
    seen: set[str] = set()
    for sentence in pages.speech:
        quotation = sentence.quotation
        if quotation is None or not is_sure(quotation, names):
            continue
        speaker = str(quotation.speaker)
        own = count_terms(sentence.text, weights, language=names.language)
        if not _fits(sentence.text, names.language, telling=own > 0 or bool(names.all(sentence.text))):
            continue
        if any(names.shown[n] == speaker for _, n in names.all(sentence.text)) or sentence.text in seen:
            continue
        seen.add(sentence.text)
        length = len(sentence.text) if names.language == "zh" else len(sentence.text.split()) * 1.6
        scored.append((length / 10 + 2 * min(own, 2) + len(names.all(sentence.text)), sentence))
    chosen: list[Sentence] = []
    for _, sentence in sorted(scored, key=lambda pair: (-pair[0], pair[1].start)):
        said_by = sentence.quotation.speaker if sentence.quotation else None
        if len(chosen) < LINES and sum(s.quotation.speaker == said_by for s in chosen if s.quotation) < 2:
            chosen.append(sentence)
    for sentence in sorted(chosen, key=lambda s: s.start):
        fields = {"line": sentence.text, "name": str(sentence.quotation.speaker if sentence.quotation else "")}
        yield Found("said_by", (sentence.paragraph,), fields)


def _fits(line: str, language: str, *, telling: bool) -> bool:
    if language == "zh":
        return (
            (12 if telling else 18) <= len(line) <= LONGEST_ZH
            and not WEAK_LINE_ZH.search(line)
            and line[-1] in "。！？．!?"
        )
    return (
        (8 if telling else 13) <= len(line.split()) <= LONGEST_EN
        and not re.search(r"[-—,;:]$", line)
        and line[0].isupper()
    )


def _short(text: str, language: str, limit: tuple[int, int]) -> bool:
    return (
        limit[0] <= len(text)
        if language == "zh" and len(text) <= limit[1]
        else (language == "en" and limit[0] <= len(text.split()) * 2 and len(text.split()) * 1.4 <= limit[1])
    )


def _replies(pages: Pages, names: Names) -> Iterator[Found]:
    speech = [q for q in pages.quotations if q.kind == "speech"]
    count, gap = 0, 30 if names.language == "zh" else 120
    for first, second in pairwise(speech):
        if count >= REPLIES or not (is_sure(first, names) and is_sure(second, names)):
            continue
        question, reply = " ".join(first.text.split()), " ".join(second.text.split())
        apart = (
            first.speaker != second.speaker
            and 0 <= second.paragraph - first.paragraph <= 1
            and second.spans[0][0] - first.spans[-1][1] <= gap
        )
        addressed = any(names.shown[n] == first.speaker for _, n in names.all(question))
        fits = _short(question, names.language, (6, 36)) and _short(reply, names.language, (4, 60))
        open_end = reply.endswith((*QUESTION, "—", "…", ",", "，", "-"))
        if apart and fits and question.endswith(QUESTION) and not open_end and not addressed and "`" not in question:
            count += 1
            paragraphs = tuple(dict.fromkeys((first.paragraph, second.paragraph)))
            fields = {"asker": str(first.speaker), "line": question, "name": str(second.speaker), "reply": reply}
            yield Found("reply", paragraphs, fields)


def _of_oneself(sentence: Sentence, names: Names) -> Iterator[Found]:
    quotation = sentence.quotation
    if quotation is None or not is_sure(quotation, names):
        return
    here, name = (sentence.paragraph,), str(quotation.speaker)
    age = AGE_ZH.match(sentence.text)
    if age:
        yield Found("age_said", here, {"name": name, "age": age["age"] + "岁"})
        return
    match = SELF_ZH.match(sentence.text)
    if match and not re.search(r"[一几数不没]$", match["before"]) and not match["after"].startswith(("前", "后", "的")):
        asked = f"{match['before']}多少{match['unit']}{match['after']}"
        fact = f"{match['before']}{match['number']}{match['unit']}{match['after']}"
        if len(fact) >= 6:
            yield Found(
                "number_said",
                here,
                {"name": name, "asked": asked, "answer": match["number"] + match["unit"], "fact": fact},
            )


def distinct(found: Sequence[Found]) -> list[Found]:
    """Return facts without those that repeat the kind and words of an earlier one."""
    return list({(fact.kind, tuple(sorted(fact.fields.items()))): fact for fact in reversed(found)}.values())[::-1]
