"""Names in English narration: runs of capitalised words that stand where people stand, counted with their contexts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from extractor.reading.first_names import FEMALE_FIRST, MALE_FIRST, NICKNAMES
from extractor.reading.lexicon import words
from extractor.reading.mentions import MARKS, Page
from extractor.reading.person_nouns import FEMALE_TITLES, MALE_TITLES, NEUTRAL_TITLES, TITLES, english_gender
from extractor.reading.speech_verbs import ENGLISH_SPEECH

_WORD = r"[A-Z](?:[^\W_]|['’](?=\w)|-(?=\w))*"
_PARTICLE = r"of|de|van|von|du|la|le|di|del|da"
_SHORT_TITLE = r"Mr|Mrs|Ms|Dr|Messrs|St|Rev|Capt|Col|Prof|Mme|Mlle|Esq|Lieut|Sergt|M|Mons"
RUN = re.compile(
    rf"(?<![\w'’-])(?:(?:{_SHORT_TITLE})\.?(?=\s+[A-Z])|{_WORD}|[A-Z]\.)"
    rf"(?:(?:\s+(?:{_PARTICLE})(?=\s+[A-Z]))?\s+(?:(?:{_SHORT_TITLE})\.|[A-Z]\.(?=\s+[A-Z])|{_WORD}))*"
)
NO_NAME = frozenset(
    words(
        """
    i i'm i'll i've i'd the a an and but or if in on at he she it they we you his her their its my your this that
    these those there then when while with as of to for from by so not no yes oh well what why how where who whom
    whose which chapter volume book part contents god heaven heavens lord good dear christmas sunday monday
    tuesday wednesday thursday friday saturday january february march april may june july august september
    october november december english french german italian spanish american irish scotch scottish british
    european latin greek russian jewish christian indian chinese ah ha hey hullo hello
    holloa halloa hallo hush o eh hm hum now one
    two three four five six seven eight nine ten mr mrs miss sir madam ma'am ladies gentlemen lady gentleman once
    after before never ever always perhaps indeed still yet even some any all both each every many most more none
    nothing something everything anything nobody somebody everybody anybody everyone someone let come go look see
    do did does don don't didn't can can't could will won't would shall should must might is isn't was wasn't are
    were am be been being have has had here again just only also too very quite such thank thanks please mother
    father papa mamma mama dad mum uncle aunt sister brother grandmother grandfather son daughter doctor captain
    colonel nurse king queen prince princess duke duchess though although because since until unless than nor
    either neither however therefore thus hence meanwhile presently suddenly finally first second third last next
    another other others same it's that's there's what's he's she's they're you're we're let's poor old young
    little great               english.
    testament bible majesty excellency highness honour lordship ladyship which during under over into upon
    through against among between without within about above across along around behind below beneath beside
    besides beyond down near off out up round like unlike whether whatever whenever wherever having being seeing
    looking turning taking going coming saying thinking feeling hearing knowing making giving mine yours ours
    theirs himself herself itself themselves myself yourself nay aye ay pray alas bah pooh pshaw damn hell amen
    sirs quick stop wait listen get put take give tell say speak hold stay stand sit
    """
    )
)
PLACE_WORDS = frozenset(
    words(
        """
    street road square lane park house hall church avenue boulevard market stairs hotel inn college school river bridge
    city county station court place row gate hill end abbey castle grange farm island bay sea lake mount valley forest
    rue cafe café new north south east west fort port cape point town village tower towers heights tavern arms office
        """
    )
)
PLACE_BEFORE = frozenset(
    words(
        """
    in at from to near into of towards toward through across leave leaving reached
    """
    )
)
BEFORE_NAMES = frozenset(
    words(
        """
    poor old young little dear the great good
    """
    )
)
ALONE = frozenset(
    words(
        """
    king queen prince princess duke duchess doctor captain colonel professor count countess major general judge
    sergeant inspector
    """
    )
)
PERSON_VERBS = frozenset(
    words(
        """
    was had did could would came went took sat stood looked saw knew felt made gave got ran held kept left began
    told found fell rose thought heard turned shook drew led met won lay wore spoke is has does
    """
    )
)
FIRST = MALE_FIRST | FEMALE_FIRST | frozenset(NICKNAMES)


@dataclass
class NameCount:
    """How often a name stands in a book, and where: beside a verb of speech, called to, behind a preposition."""

    total: int = 0
    middle: int = 0
    subject: int = 0
    called: int = 0
    place: int = 0
    verbed: int = 0
    the: int = 0
    pronouns: Counter[str] = field(default_factory=Counter)
    narrated: int = 0


def count_names(pages: Iterable[Page]) -> dict[str, NameCount]:
    """Return the capitalised names of a book with their counts."""
    pages = list(pages)
    lower: Counter[str] = Counter()
    for page in pages:
        lower.update(re.findall(r"(?<![\w'’-])[a-z][a-z'’-]+", page.text))
    counts: dict[str, NameCount] = {}
    for page in pages:
        inside = bytearray(len(page.text) + 1)
        for start, end, _ in page.pieces:
            inside[start:end] = b"\1" * (end - start)
        start = page.chapter.paragraphs[0][0] if page.chapter.paragraphs else 0
        for match in RUN.finditer(page.text, start):
            for name, begin, end in _names_of(match, page.text, lower):
                _count(
                    counts.setdefault(name, NameCount()), page.text, begin=begin, end=end, spoken=bool(inside[begin])
                )
    known = {name for name, count in counts.items() if _is_person(name, count, lower)}
    known = {n for n in known if not _is_family(n, counts[n], known)}
    words = {word for name in known for word in name.split()}
    known |= {n for n, c in counts.items() if n not in known and _is_form(n, c, known=known, words=words, lower=lower)}
    return {name: counts[name] for name in known}


def _names_of(match: re.Match[str], text: str, lower: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """Return the names in a run of capitalised words: cut at titles and at words that are no names."""
    base = match.start()
    spans: list[list[re.Match[str]]] = [[]]
    for word in re.finditer(r"\S+", match[0]):
        bare = re.sub(r"['’]s?$", "", word[0]).strip(".").casefold()
        title = bare in TITLES
        led = bool(spans[-1]) and _bare(spans[-1][-1]) in TITLES and _bare(spans[-1][-1]) not in BEFORE_NAMES
        if re.fullmatch(r"[ivxlc]+", bare) and word[0].isupper() and len(bare) + (bare in "xv") > 1 and not title:
            spans.append([])
            continue
        if bare in NO_NAME and not title and not (led and bare not in ("and", "i")):
            month = bare in ("march", "may", "april", "june")
            if not (month and word.end() < len(match[0])):
                spans.append([])
                continue
        if title and spans[-1] and not all(_bare(w) in TITLES for w in spans[-1]):
            spans.append([])
        spans[-1].append(word)
        if word[0].endswith(("'s", "’s")):
            spans.append([])
    out = []
    for span in spans:
        while span and re.fullmatch(_PARTICLE, span[-1][0]):
            span.pop()
        while span and (
            re.fullmatch(_PARTICLE, span[0][0]) or (len(span) > 1 and _opens(span[0], base, text=text, lower=lower))
        ):
            span.pop(0)
        if not span or len(span) > 5 or (len(span) == 1 and _bare(span[0]) in TITLES - ALONE):
            continue
        name = re.sub(r"['’]s?$", "", " ".join(w[0] for w in span))
        begin = base + span[0].start()
        out.append((name, begin, base + span[-1].end()))
    return out


def _opens(word: re.Match[str], base: int, *, text: str, lower: Mapping[str, int]) -> bool:
    """Tell whether the first word of a run is no part of a name: Poor Tom, Sometimes Bill."""
    low = _bare(word)
    if low in BEFORE_NAMES:
        return True
    if low in TITLES or word[0] in (w.capitalize() for w in FIRST):
        return False
    before = text[: base + word.start()][-3:].rstrip()
    return lower.get(low, 0) > 0 and (not before or before[-1] in ".!?:" or before[-1] in MARKS or low in NO_NAME)


def _bare(word: re.Match[str]) -> str:
    return word[0].strip(".").casefold()


def _count(count: NameCount, text: str, *, begin: int, end: int, spoken: bool) -> None:
    """Add one occurrence with what stands around it."""
    count.total += 1
    words = text[max(0, begin - 24) : begin].split()
    back = text[end : end + 24]
    if back[:2] in ("'s", "’s"):
        back = ""
    last = words[-1].strip("\"'“”‘’(,;:—-").casefold() if words else ""
    ended = not words or words[-1][-1] in ".!?:\"”’'—" or words[-1][-1] in MARKS
    count.middle += not ended
    count.the += last == "the"
    count.place += last in PLACE_BEFORE and not ended
    if spoken:
        led = ended or words[-1][-1] in ",;-" or last in ("dear", "oh", "poor", "my")
        count.called += bool(led and re.match(r"\s*[,.!?;—\"”’-]", back))
        return
    count.narrated += 1
    following = re.match(r",?\s+(?:\w+ly\s+)?([a-z]+)", back)
    verb = following[1] if following else ""
    if verb in ENGLISH_SPEECH or last in ENGLISH_SPEECH:
        count.subject += 1
    elif verb.endswith("ed") or verb in PERSON_VERBS:
        count.verbed += 1
    tail = re.split(r"(?<=\s)[A-Z][a-z]|[\"“”]", text[end : end + 120], maxsplit=1)[0]
    for pronoun in re.findall(r"\b(he|his|him|himself|she|her|herself)\b", tail)[:1]:
        count.pronouns["female" if pronoun in ("she", "her", "herself") else "male"] += 1


def _is_person(name: str, count: NameCount, lower: Mapping[str, int]) -> bool:
    """Tell whether the counts speak for a person."""
    words = name.split()
    bare = [w.strip(".").casefold() for w in words]
    if len(words) > 2 and name.isupper():
        return False
    if bare[0] in TITLES and len(words) > 1:
        return count.place < 0.7 * count.total or count.subject > 0
    deeds = 3 * count.subject + count.called + count.verbed
    if len(words) == 1:
        low = bare[0].replace("’", "'")
        if low in ALONE:
            return count.subject >= 1 and count.middle >= 3
        if low in NO_NAME or len(low) < 2:
            return False
        if lower.get(low, 0) > 2 * count.total and count.subject < 3:
            return False
        if lower.get(low, 0) and (count.middle == 0 or low not in FIRST) and count.subject == 0:
            return False
    if name.isupper() and len(name) > 3 and (count.subject == 0 or len(words) > 1):
        return False
    if len(words) > 1 and {bare[0], bare[-1]} & PLACE_WORDS and count.subject < max(2, 0.2 * count.total):
        return False
    if len(words) > 1 and not (_first(words[0]) or count.total > 1):
        return False
    if count.place > 1 and 2.0 * count.place > deeds and count.place > 0.2 * count.total:
        return False
    if count.subject or count.called > 1:
        return count.narrated > 0 or count.called > 2 or bare[0] in FIRST
    return (count.middle >= 2 or len(words) > 1) and count.verbed >= 1


def _is_family(name: str, count: NameCount, known: set[str]) -> bool:
    """Tell whether a name is a family's plural: the Lucases, the Miss Bennets."""
    for ending in ("es", "s"):
        if name.endswith(ending):
            stem = name[: -len(ending)]
            last = stem.split()[-1]
            if any(n == stem or n.split()[-1] == last for n in known if n != name):
                return count.the >= 0.4 * count.total or len(name.split()) > 1
    return False


def _is_form(name: str, count: NameCount, *, known: set[str], words: set[str], lower: Mapping[str, int]) -> bool:
    """Tell whether a name is made of the words of known names: William Collins, Reynolds, Miss Lizzy."""
    place = name.split()[-1].casefold() in PLACE_WORDS
    if count.total > 2 and not has_title(name) and count.place > (0.3 if place else 0.5) * count.total:
        return False
    if count.the > 0.5 * count.total or name.isupper() or (name.endswith("s") and name[:-1] in words):
        return False
    parts = [w for w in name.split() if w.strip(".").casefold() not in TITLES]
    if not parts or parts[-1].casefold() in NO_NAME:
        return False
    if len(parts) == 1:
        return parts[0] in words and lower.get(parts[0].casefold(), 0) <= count.total and len(parts[0]) > 2
    surname = any(parts[-1] == n.split()[-1] and len(n.split()) > 1 for n in known)
    named = _first(parts[0]) or (surname and parts[0] in known)
    return len(parts) <= 3 and named and (surname or parts[0] in known)


def _first(word: str) -> bool:
    return word.casefold() in FIRST or (len(word) == 2 and word[1] == ".")


def gender_of(name: str, count: NameCount | None) -> str:
    """Return the gender a name tells by its title, else by the pronouns that follow it."""
    words = [w.strip(".").casefold() for w in name.split()]
    for word in words[:2]:
        if word in MALE_TITLES and word not in ("don", "m"):
            return "male"
        if word in FEMALE_TITLES:
            return "female"
    told = english_gender(words[-1]) if len(words) > 1 or words[-1] not in NEUTRAL_TITLES else "unknown"
    if told != "unknown" and words[-1] not in TITLES:
        return told
    first = words[0]
    if first in MALE_FIRST and first not in FEMALE_FIRST:
        return "male"
    if first in FEMALE_FIRST:
        return "female"
    if count is not None:
        male, female = count.pronouns["male"], count.pronouns["female"]
        if male + female >= 3 and max(male, female) >= 0.65 * (male + female):
            return "male" if male > female else "female"
    return "unknown"


def has_title(name: str) -> bool:
    """Tell whether a name begins with a title."""
    return name.split()[0].strip(".").casefold() in TITLES


def without_title(name: str) -> str:
    """Return a name without the titles in front: Mr. Harold Penn -> Harold Penn."""
    parts = name.split()
    while len(parts) > 2 and parts[0].strip(".").casefold() in TITLES and not re.fullmatch(_PARTICLE, parts[1]):
        parts.pop(0)
    return " ".join(parts)
