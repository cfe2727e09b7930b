"""What the terms of an English novel mean, from the sentences that say so, in narration and in speech."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from extractor.reading.facts import Found, Names, Pages
from extractor.reading.lexicon import words
from extractor.reading.sentences import Sentence

CAP = r"[A-Z][\w’'-]+(?: (?:(?:of|the) )*[A-Z][\w’'-]+){0,3}"
LOW = r"[a-z]{3,}(?:-[a-z]+)+|[a-z]{5,}"
IS = re.compile(
    rf"^(?P<article>The |A |An )?(?P<term>{CAP}|{LOW}|[A-Z][a-z]+(?:-[a-z]+)?|[a-z-]{{4,}}) (?P<verb>is|are|"
    rf"was|were|means) "
    rf"(?P<what>(?:an?|the|what|made|kept|called|not an?|one of) [^?!]{{6,}})\.?$"
)
WHICH = re.compile(
    rf"\b(?:(?P<article>[Tt]he|[Aa]n?) )?(?P<term>{CAP}|[a-z-]{{3,}}(?: [a-z-]{{3,}})?), which (?:is|are|means) "
    r"(?P<what>(?!not\b)[a-z][^,.;:?!]{3,100})"
)
CALLED = re.compile(
    rf"(?P<what>[^.;?!]{{8,120}}?)\b(?:is|are|was|were|been|be|they|people|men|we|sailors|whalemen|everybody) "
    rf"(?:commonly |usually |always |also |technically )?"
    rf"(?:called|call|named) (?:it )?(?:the |an? )?(?P<mark>[“‘_\"])?(?P<term>{CAP}|(?<=[“‘_\"])[a-z][a-z "
    rf"-]{{3,24}}|[a-z]+-[a-z]+)(?P<close>[”’_\"])?(?=[,.;:]|$| because| by| in| from| for)"
)
APPOSED = re.compile(rf"\b[Tt]he (?P<term>{CAP}), (?P<what>(?:an?|the) [a-z][^,.;:?!]{{6,90}})(?=[,.;])")
LAW = re.compile(
    r"^(?P<law>The (?:law|custom|rule|oath|code) of (?:the )?[\w’ -]{3,30}?|The [A-Z]\w+ (?:Rule|Law)) "
    r"(?P<verb>says|said|demands|demanded|forbids|forbade|requires|required) (?:that )?(?P<what>[^?:;]{8,})\.$"
)
COUNT = re.compile(
    r"^(?:In (?:all )?(?P<first>(?:the )?[A-Z][\w’ -]{2,30}) )?[Tt]here (?P<be>are|were) "
    r"(?P<number>(?:[a-z-]+ (?:hundred|thousand)(?: and [a-z-]+)?|[a-z]+ty-[a-z]+|two|three|four|five|six|"
    r"seven|eight|nine|ten|eleven|twelve|thirteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)) "
    r"(?P<noun>[a-z]+s) "
    r"(?P<where>(?:in|on|at|of) (?:the )?[A-Z][\w’-]+(?: [A-Z][\w’-]+)*)"
)
POINTS = re.compile(
    r"(?i:\b(?:he|him|his|she|her|they|them|their|this|that one|these|those|here|there|I|me|my|you|your|we|us|"
    r"our|such|so|same|it)\b)|\bI\b"
)
NO_MEANING = re.compile(
    r"^(?:now|only|always|still|so|more|most|fortunately|very|indeed|all|never|often|usually|generally|not|"
    r"lit|used|in|on|at|to|about|just|no|as|quite|rather|too|really|perhaps|certainly|"
    r"[a-z]+(?:ed|en)(?! of| from| in))\b"
)
NOT_TERMS = frozenset(
    words("""thing things book books story page world truth fact house night morning evening matter question
    answer reason result moment
    place people man woman men women child
    children hand hands voice light water heart room door window street time first second third whole best
    worst rest other others latter former
    only last next object point point business case story effect cause chance name word words life death love
    letter paper money business weather
    place table chair floor wall walls night winter summer silence trouble danger evidence chief nothing
    everything something someone
    anyone everyone everybody nobody there where these those which while what who whose whom that this here
    then such some many most more
    less much each every both either neither another having being seeing""")
)
BASE = dict(
    zip(
        words("says said demands demanded forbids forbade requires required"),
        words("say say demand demand forbid forbid require require"),
        strict=True,
    )
)
PRONOUNS = frozenset(words("He She It They We You I This That These Those There What Who All Both"))
LONGEST = 260


def term_facts(
    pages: Pages, terms: Mapping[str, int], *, names: Names, known: Collection[str]
) -> Iterator[tuple[str, Found]]:
    """Yield (term, fact) for each sentence of a chapter that explains a term; `known` are person names, never
    terms."""
    lower = {name.casefold().removeprefix("the ") for name in known}
    for sentence in [*pages.narration, *pages.speech]:
        if not 20 <= len(sentence.text) <= LONGEST:
            continue
        speaker = speaker_of(sentence, names)
        if speaker == "?":
            continue
        for kind, term, fields in _explained(sentence.text, terms, lower):
            if speaker:
                fields = {**fields, "name": speaker}
                kind += "_said"
            yield term, Found(kind, (sentence.paragraph,), fields)


def speaker_of(sentence: Sentence, names: Names) -> str:
    """Return who says a sentence: "" in narration, "?" where nobody is sure."""
    quotation = sentence.quotation
    if quotation is None:
        return ""
    sure = quotation.type == "explicit" and quotation.confidence >= 0.8 and quotation.speaker in names.shown
    return str(quotation.speaker) if sure else "?"


def _explained(
    text: str, terms: Mapping[str, int], known: Collection[str]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    law, count = LAW.match(text), COUNT.match(text)
    if law and not POINTS.search(law["what"].replace("that of these", "")):
        name = law["law"][0].lower() + law["law"][1:]
        yield "law", name, {"term": name, "what": law["what"], "verb": law["verb"], "base": BASE[law["verb"]]}
    if count:
        yield "count", count["noun"], {key: count[key] for key in ("be", "number", "noun", "where")}
    match = IS.match(text)
    if match and not POINTS.search(match["what"]) and not POINTS.search(match["term"]):
        term, generic = match["term"], match["verb"] in ("is", "are", "means")
        shown = term if match["article"] or term in terms else term[0].lower() + term[1:]
        own = terms.get(term, terms.get(shown, 0)) >= 3
        if _is_term(shown, known) and (own or (generic and _compound(shown))):
            article = "the " if match["article"] == "The " and term in terms else ""
            yield "definition", term, {"term": article + shown, "sentence": text.rstrip(".")}
            return
    for which in WHICH.finditer(text):
        yield from _described(which, text, terms=terms, known=known)
    for called in CALLED.finditer(text):
        term = called["term"]
        if (
            _is_term(term, known)
            and (called["mark"] or term in terms or _compound(term))
            and not POINTS.search(called["what"])
        ):
            yield "definition", term, {"term": term, "sentence": text.rstrip(".")}
    for apposed in APPOSED.finditer(text):
        term = apposed["term"]
        if (
            _is_term(term, known)
            and terms.get(term, 0) >= 2
            and not POINTS.search(apposed["what"])
            and len(apposed["what"].split()) <= 8
        ):
            yield "meaning", term, {"term": "the " + term, "what": apposed["what"], "sentence": text.rstrip(".")}


def _described(
    which: re.Match[str], text: str, *, terms: Mapping[str, int], known: Collection[str]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield what "the fork, which is of bronze" says of the fork."""
    term, article = which["term"], (which["article"] or "").lower()
    if " " in term and term.islower() and not (article and term.split()[0].endswith("ing")):
        term = term.split()[1]
    own = not term.islower() or " " in term or _compound(term) or term in terms
    if not own:
        return
    if len(which["what"].split()) < 3:
        return
    if _is_term(term, known) and not POINTS.search(which["what"]) and not NO_MEANING.match(which["what"]):
        article = "the " if article == "the" else ""
        yield "meaning", term, {"term": article + term, "what": which["what"], "sentence": text.rstrip(".")}


def _is_term(term: str, known: Collection[str]) -> bool:
    return (
        "--" not in term
        and term not in PRONOUNS
        and term.casefold() not in known
        and term.casefold() not in NOT_TERMS
        and not any(word.casefold() in NOT_TERMS for word in term.split())
    )


def _compound(term: str) -> bool:
    return "-" in term


def telling_sentences(
    pages: Pages, terms: Mapping[str, int], *, names: Names, known: Collection[str]
) -> Iterator[tuple[str, float, Found]]:
    """Yield (term, weight, fact) for sentences that tell something of a term and point at nobody."""
    lower = {name.casefold().removeprefix("the ") for name in known}
    for sentence in [*pages.narration, *pages.speech]:
        text, speaker = sentence.text, speaker_of(sentence, names)
        if speaker == "?" or not _stands_alone(text, shortest=40 if speaker else 60):
            continue
        lasting = bool(LASTING.search(text))
        for match in CAPITAL.finditer(text):
            term, opens = match["term"], match.start() == 0 or text[: match.start()] == "A "
            if not (lasting and (opens or (match["article"] and match.start() < 40))) and not (opens and not speaker):
                continue
            if terms.get(term, 0) < 3 or not _is_term(term, lower) or not AFTER_NOUN.match(text, match.end()):
                continue
            fields = {"term": ("the " if match["article"] else "") + term, "sentence": text.rstrip(".")}
            weight = opens * 2.0 + lasting + len(text) / 400 - bool(speaker)
            kind = "definition_said" if speaker else "about"
            yield term, weight, Found(kind, (sentence.paragraph,), {**fields, "name": speaker})


def _stands_alone(text: str, *, shortest: int) -> bool:
    """Tell whether a sentence is whole, of a fit length, and points at nobody outside of it."""
    whole = text.endswith(".") and text[0].isupper() and not LINKED.match(text)
    return whole and shortest <= len(text) <= 240 and not POINTS.search(text)


CAPITAL = re.compile(rf"(?:\b(?P<article>[Tt]he) )?\b(?P<term>{CAP})")
LASTING = re.compile(r"\b(?:is|are|has|have|says|lies|stands|runs|comes|gives|opens|takes|keeps|holds)\b")
AFTER_NOUN = re.compile(
    r"[,.;]| (?:of|in|at|on|and|from|with|to|where|is|are|has|have|had|was|were|lies|stands|runs|gives|takes)\b"
)
LINKED = re.compile(r"(?:But|And|So|Then|For|Or|Yet|Nor|Now)\b")
