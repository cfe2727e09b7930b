"""Facts that an English sentence proves by itself: deeds toward others, gifts, errands, kin, offices, ages, places.

Only a sentence or clause that begins with a name counts, and only where no pronoun in it points to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.reading.facts import Found, Names, Pages
from extractor.reading.lexicon import words
from extractor.reading.person_nouns import FEMALE_NOUNS, MALE_NOUNS, NEUTRAL_NOUNS
from extractor.reading.sentences import Sentence

POINTS_OUTSIDE = re.compile(
    r"\b(?:he|him|she|they|them|it|its|this|that|these|those|here|there|then|now|I|me|my|we|us|our|you|your|"
    r"such|so|one|other|another|"
    r"would|could|should|might|may|must|if|not|never|n[’']t|nothing|perhaps|probably|as though|as if|like|"
    r"almost|seemed|too|also|again|still)\b|[“”\"‘_:;()!?—]|--"
)
OWN = re.compile(r"\b(?:his|her|himself|herself|their)\b")
PAST = (
    "gave|handed|lent|sold|sent|offered|showed|passed|brought|threw|left|paid|promised|took|led|drove|carried|"
    "struck|killed|murdered|shot|stabbed|"
    "married|loved|followed|met|saved|rescued|helped|caught|arrested|robbed|cheated|betrayed|buried|found|"
    "visited|kissed|hit|seized|"
    "pulled|pushed|dragged|lifted|guarded|hid|chased|attacked|defeated|freed|warned|served|taught|succeeded|"
    "replaced|accompanied|joined|"
    "poured|wrote|read|stole|opened|broke|built|bought|kept|lost|sealed|locked|unlocked|climbed|crossed|wore|"
    "hired|engaged|employed|trusted|"
    "hated|despised|feared|nursed|raised|adopted|named|invited|recognised|recognized|pursued|captured|"
    "harpooned|commanded|hunted|fought"
)
DEED = re.compile(
    rf"^(?:(?:had|has|also|once|suddenly|quietly|slowly|at last|finally) )?(?P<verb>{PAST}) (?P<rest>.+)$"
)
GIVES = re.compile(r"^(?:had )?(?P<verb>gave|handed|lent|sold|sent|offered|showed|brought|paid|left) $")
THING = re.compile(
    r"^ (?P<thing>(?:a|an|the|his|her|some|two|three|four|five|six|seven|ten|twelve) [a-z][\w’' "
    r"-]{2,40}?)(?=[.,]|$| and | with | to | for | on | at | in )"
)
GIVES_TO = re.compile(
    r"^(?:had )?(?P<verb>gave|handed|lent|sold|sent|offered|showed|brought|left) (?P<thing>(?:a|an|the|his|"
    r"her|some) [a-z][\w’' -]{2,40}) to $"
)
ERRAND = re.compile(
    r"^(?:had )?(?P<verb>told|asked|ordered|begged|bade|sent|commanded|invited|persuaded|forced|urged|advised|"
    r"implored|hired|allowed) $"
)
ERRAND_END = re.compile(r"^ (?P<deed>to [a-z][^,.;:!?“”\"—]{6,80})(?=[.,;]|$)")
AGE = re.compile(
    r"^ (?:is|was)(?: now| then| only| but| just| about)? (?P<age>[a-z]+(?:-[a-z]+)?) years old\b|^, (?:aged "
    r")?(?P<aged>[a-z]+(?:-[a-z]+)?) years old,|^, aged (?P<bare>[a-z]+(?:-[a-z]+)?),"
)
KIN = words("""daughter stepdaughter son stepson brother sister half-brother half-sister father mother
    stepmother stepfather
    wife husband widow widower uncle aunt nephew niece cousin grandfather grandmother grandson granddaughter
    servant maid housekeeper clerk secretary apprentice pupil teacher master partner friend neighbour neighbor
    landlady landlord employer assistant butler nurse governess captain mate""")
KINS = "|".join(sorted(KIN, key=len, reverse=True))
KIN_OF = re.compile(rf"^(?:,| was| is) (?:the |an? )?(?:[a-z]+ )?(?P<kin>{KINS}) of $")
KIN_AFTER = re.compile(rf"^[’']s (?:[a-z]+ )?(?P<kin>{KINS})(?:,? )$")
KIN_IS = re.compile(r"^(?:,| was| is) $")
KIN_TAIL = re.compile(rf"^[’']s (?P<what>(?:[a-z]+ )?(?P<kin>{KINS}))(?=[.,;]|$| and )")
NOUNS = (
    MALE_NOUNS
    | FEMALE_NOUNS
    | NEUTRAL_NOUNS
    | frozenset(
        words("""keeper warden harpooneer harpooner mate cook carpenter blacksmith pawnbroker banker engineer
    typist solicitor
    sailor whaler squire king queen detective coachman lascar governor mayor commissioner chandler glazier
    printer baker miller ferryman""")
    )
)
ROLE = re.compile(
    r"^(?:,| was| is) (?P<role>(?:the|an?) (?:[A-Za-z][\w’'-]* ){0,4}?(?P<head>[A-Za-z][\w’'-]*)(?: (?:of|at|"
    r"in|to|from) (?:the |a |an )?[\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+){0,3})?)(?=[.,;]|$)"
)
LIVES = re.compile(
    r"^(?:had )?(?P<verb>lived|lodged|was born|died|was buried|arrived|sailed|landed|settled|grew up|returned|"
    r"came|went|rode|travelled|drove) "
    r"(?P<place>(?:in|at|to|on|from|near) (?:the )?[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+){0,3}|(?:in|"
    r"at) (?:a|an|the) [a-z]+ (?:house|room|hotel|cottage|inn) [^,.;]{3,40})(?=[.,;]|$| and | with | to | for "
    r"| by | on | in )"
)
WEARS = re.compile(
    r"^(?:always |still )?(?P<verb>wore|carried|was wearing|was carrying|held) (?P<thing>(?:an?|the|his|her|"
    r"two|grey|gray|black|white|red|blue|green|brown) [a-z][a-z’' -]{3,50})(?=[.,;]|$| and )"
)
INSCRIBED = re.compile(
    r"\b(?P<thing>board|sign|plate|stone|label|placard|tombstone|card|slip|tablet|banner|flag|ring|"
    r"bottle)\b[^.“”]{0,80}?"
    r"(?:\b(?:bore|read|reading|bearing|said|saying|inscribed|written|engraved|painted|marked)\b[^.“”]{0,20}[ ,:]“"
    r"(?P<what>[^“”]{3,80})|[ ,:]“(?P<capitals>[A-Z][A-Z ’',]{6,70}))”"
)


def clause_facts(pages: Pages, names: Names) -> Iterator[Found]:
    """Yield the facts of a chapter's narration, in order."""
    for sentence in pages.narration:
        written = INSCRIBED.search(sentence.text)
        if written:
            what = (written["what"] or written["capitals"]).strip(" ,.")
            yield Found("inscribed", (sentence.paragraph,), {"thing": written["thing"], "what": what})
        for at, name in names.all(sentence.text):
            before = sentence.text[max(0, at - 2) : at]
            tail = sentence.text[at + len(name) :]
            if before.endswith(("’", "'")) or not tail:
                continue
            here = (sentence.paragraph,)
            yield from _relations(tail, name, names, here=here, opens=at == 0)
            if at == 0 and tail[0] == " ":
                yield from _of_clause(tail[1:], name, names, sentence=sentence)


def _of_clause(tail: str, name: str, names: Names, *, sentence: Sentence) -> Iterator[Found]:
    here, shown = (sentence.paragraph,), names.shown[name]
    clause = re.split(
        r"[,;:.!?—]|--| and (?=\w+ed |then )| but | when | while | as (?=he|she|they|it|I)| until ", tail, maxsplit=1
    )[0].strip()
    place = LIVES.match(tail)
    if place and not POINTS_OUTSIDE.search(place["place"]) and not OWN.search(place["place"]):
        kind = "lives" if place["verb"] in ("lived", "lodged") else "where"
        yield Found(
            kind, here, {"name": shown, "verb": place["verb"], "place": place["place"], "where": place["place"]}
        )
    worn = WEARS.match(tail)
    if worn and not POINTS_OUTSIDE.search(worn["thing"]):
        yield Found("carries", here, {"name": shown, "verb": worn["verb"], "thing": worn["thing"]})
    others = [(at, n) for at, n in names.all(tail[: len(clause) + 90]) if names.shown[n] != shown]
    if others:
        yield from _toward_another(tail, clause, others, name=shown, names=names, here=here)


def _toward_another(
    tail: str, clause: str, others: list[tuple[int, str]], *, name: str, names: Names, here: tuple[int, ...]
) -> Iterator[Found]:
    at, person = others[0]
    before, behind, shown = tail[:at], tail[at + len(person) :], names.shown[person]
    errand, deed = ERRAND.match(before), ERRAND_END.match(behind)
    if errand and deed and not POINTS_OUTSIDE.search(deed["deed"]) and not OWN.search(deed["deed"]):
        fields = {"name": name, "verb": errand["verb"], "other": shown, "deed": deed["deed"]}
        yield Found("orders_what", here, fields)
        yield Found("orders_whom", here, fields)
        return
    gives, thing, to = GIVES.match(before), THING.match(behind), GIVES_TO.match(before)
    if gives and thing and not POINTS_OUTSIDE.search(thing["thing"]):
        yield from _gift(thing["thing"], gives["verb"], giver=name, taker=shown, here=here)
        return
    if to and not POINTS_OUTSIDE.search(to["thing"]) and not behind.startswith(("’s", "'s")):
        yield from _gift(to["thing"], to["verb"], giver=name, taker=shown, here=here)
        return
    if at >= len(clause) or POINTS_OUTSIDE.search(clause) or OWN.search(clause):
        return
    if DEED.match(clause) and 3 <= len(clause.split()) <= 18 and not UNFINISHED.search(clause):
        yield Found("deed", here, {"name": name, "deed": clause})


def _gift(thing: str, verb: str, *, giver: str, taker: str, here: tuple[int, ...]) -> Iterator[Found]:
    fields = {"giver": giver, "thing": thing.strip(), "verb": verb, "taker": taker, "base": BASE.get(verb, verb)}
    yield Found("gives_what", here, fields)
    if not OWN.search(thing):
        for kind in ("gives_whom", "gives_who"):
            yield Found(kind, here, fields)


UNFINISHED = re.compile(
    r"\b(?:of|to|the|a|with|and|in|at|by|for|from|into)$|\b(?:asking|saying|telling|calling|crying)\b"
)
BASE = dict(
    zip(
        words("gave handed lent sold sent offered showed brought paid left"),
        words("give hand lend sell send offer show bring pay leave"),
        strict=True,
    )
)


def _relations(tail: str, name: str, names: Names, *, here: tuple[int, ...], opens: bool) -> Iterator[Found]:
    """Yield what a person is: of an age, someone's kin, something by office."""
    shown = names.shown[name]
    age = AGE.match(tail)
    if age:
        number = age["age"] or age["aged"] or age["bare"]
        yield Found("age", here, {"name": shown, "age": number})
    near = [(at, n) for at, n in names.all(tail[:70]) if names.shown[n] != shown]
    if near:
        at, person = near[0]
        before, behind, other = tail[:at], tail[at + len(person) :], names.shown[person]
        of, after, end = KIN_OF.match(before), KIN_AFTER.match(before), KIN_TAIL.match(behind)
        possessive = behind.startswith(("’s", "'s"))
        if of and not possessive:
            yield Found("kin", here, {"name": shown, "other": other, "kin": of["kin"]})
        elif after and not possessive:
            yield Found("kin", here, {"name": other, "other": shown, "kin": after["kin"]})
        elif KIN_IS.match(before) and end:
            yield Found("kin", here, {"name": shown, "other": other, "kin": end["kin"]})
        if of or after or (KIN_IS.match(before) and end):
            return
    role = ROLE.match(tail)
    listed = role and tail[0] == "," and re.match(r",? and\b|,? [^,.;]{3,30} and\b|, [A-Z]", tail[role.end() :])
    if (
        role
        and not listed
        and (tail[0] == "," or opens)
        and _office(role["role"], role["head"])
        and not OWN.search(role["role"])
    ):
        yield Found("role", here, {"name": shown, "role": role["role"]})


def _office(role: str, head: str) -> bool:
    """Tell whether a phrase names an office or trade: its head noun means a person."""
    if POINTS_OUTSIDE.search(role) or head.casefold() in (
        "other",
        "one",
        "first",
        "last",
        "voice",
        "man",
        "person",
        "creature",
        "woman",
        "girl",
        "boy",
        "fellow",
        "lady",
        "gentleman",
        "child",
    ):
        return False
    return head.casefold().rsplit("-", 1)[-1] in NOUNS
