"""Names in English narration: runs of capitalised words that stand where people stand, counted with their contexts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from extractor.reading.mentions import MARKS, Page
from extractor.reading.person_nouns import (
    FEMALE_TITLES,
    GROUP_NAMES_EN,
    MALE_TITLES,
    NEUTRAL_TITLES,
    TITLES,
    english_gender,
)
from extractor.reading.speech_verbs import ENGLISH_SPEECH

RUN = re.compile(
    r"(?<![\w'’-])((?:Mr|Mrs|Ms|Dr|Messrs|St|Rev|Capt|Col|Prof|Mme|Mlle|Esq|Lieut|Sergt|M)\.?(?=\s+[A-Z])|[A-Z][\w'’-]*)"
    r"((?:\s+(?:of|de|van|von|du|la|le|di|del|da)(?=\s+[A-Z]))?\s+(?:[A-Z][\w'’-]*))*"
)
NO_NAME = frozenset(
    """i i'm i'll i've i'd the a an and but or if in on at he she it they we you his her their its my your this that these
    those there then when while with as of to for from by so not no yes oh well what why how where who whom whose which
    chapter volume book part contents god heaven heavens lord good dear christmas sunday monday tuesday wednesday
    thursday friday saturday january february march april may june july august september october november december
    english french german italian spanish american irish scotch scottish british european latin greek russian jewish
    christian indian chinese ah ha hey hullo hello hush o eh hm hum now one two three four five six seven eight nine ten
    mr mrs miss sir madam ma'am ladies gentlemen lady gentleman once after before never ever always perhaps indeed
    still yet even some any all both each every many most more none nothing something everything anything nobody
    somebody everybody anybody everyone someone let come go look see do did does don don't didn't can can't could will
    won't would shall should must might is isn't was wasn't are were am be been being have has had here again just only
    also too very quite such thank thanks please mother father papa mamma mama dad mum uncle aunt sister brother
    grandmother grandfather son daughter doctor captain colonel nurse king queen prince princess duke duchess
    though although because since until unless than nor either neither however therefore thus hence meanwhile
    presently suddenly finally first second third last next another other others same it's that's there's what's he's
    she's they're you're we're let's poor old young little great new north south east west street road square lane
    park house hall church street. english. testament bible majesty excellency highness honour lordship ladyship
    which during under over into upon through against among between without within about above across along around
    behind below beneath beside besides beyond down near off out up round like unlike whether whatever whenever wherever
    having being seeing looking turning taking going coming saying thinking feeling hearing knowing making giving
    mine yours ours theirs himself herself itself themselves myself yourself nay aye ay pray alas bah pooh pshaw
    damn hell amen sirs quick stop wait listen get put take give tell say speak hold stay stand sit""".split()
)
PLACE_BEFORE = frozenset("in at from to near into of towards toward through across leave leaving reached".split())


@dataclass
class NameCount:
    """How often a name stands in a book, and where: as a subject of speech, in narration, called to, behind a place word."""

    total: int = 0
    middle: int = 0
    subject: int = 0
    called: int = 0
    place: int = 0
    verbed: int = 0
    the: int = 0
    pronouns: Counter[str] = field(default_factory=Counter)
    first: int = -1


def count_names(pages: Iterable[Page]) -> dict[str, NameCount]:
    """Return the capitalised names of a book with their counts. Text order decides `first` (a running number)."""
    counts: dict[str, NameCount] = {}
    lower: Counter[str] = Counter()
    offset = 0
    for page in pages:
        text = page.text
        lower.update(re.findall(r"(?<![\w'’-])[a-z][a-z'’-]+", text))
        inside = _inside(page)
        start = page.chapter.paragraphs[0][0] if page.chapter.paragraphs else 0
        for match in RUN.finditer(text, start):
            for name, begin, end in _names_of(match, text):
                _count(counts, name, text, begin=begin, end=end, offset=offset, spoken=bool(inside[begin]))
        offset += len(text)
    return {name: c for name, c in counts.items() if _is_name(name, c, lower)}


def _inside(page: Page) -> bytearray:
    inside = bytearray(len(page.text) + 1)
    for start, end, _ in page.pieces:
        inside[start:end] = b"\1" * (end - start)
    return inside


def _names_of(match: re.Match[str], text: str) -> list[tuple[str, int, int]]:
    """Return the names in a run of capitalised words: cut at sentence ends, without words that are no names."""
    words = list(re.finditer(r"\S+", match[0]))
    base = match.start()
    spans: list[list[re.Match[str]]] = [[]]
    for word in words:
        bare = re.sub(r"['’]s?$", "", word[0]).strip(".").casefold()
        title = bare in TITLES
        if bare in NO_NAME and not title:
            spans.append([])
            continue
        if title and spans[-1] and not all(_bare(w) in TITLES for w in spans[-1]):
            spans.append([])
        spans[-1].append(word)
        if word[0].endswith(("'s", "’s")):
            spans.append([])
    out = []
    for span in spans:
        while span and span[-1][0] in ("of", "de", "van", "von", "du", "la", "le", "di", "del", "da"):
            span.pop()
        while span and span[0][0] in ("of", "de", "van", "von", "du", "la", "le", "di", "del", "da"):
            span.pop(0)
        if not span:
            continue
        name = " ".join(w[0] for w in span)
        name = re.sub(r"['’]s?$", "", name)
        begin = base + span[0].start()
        if len(span) == 1 and _bare(span[0]) in ("mr", "mrs", "ms", "miss", "dr", "sir", "m", "st", "messrs"):
            continue
        out.append((name, begin, begin + (span[-1].end() - span[0].start())))
    return out


def _bare(word: re.Match[str]) -> str:
    return word[0].strip(".").casefold()


def _count(
    counts: dict[str, NameCount], name: str, text: str, *, begin: int, end: int, offset: int, spoken: bool
) -> None:
    count = counts.setdefault(name, NameCount())
    count.total += 1
    if count.first < 0:
        count.first = offset + begin
    front = text[max(0, begin - 24) : begin]
    back = text[end : end + 24]
    words = front.split()
    last = words[-1].strip("\"'“”‘’(,;:—-").casefold() if words else ""
    ended = not words or words[-1][-1] in ".!?:\"”’'—" or words[-1][-1] in MARKS
    if not ended:
        count.middle += 1
    if last == "the":
        count.the += 1
    if last in PLACE_BEFORE and not ended:
        count.place += 1
    if spoken:
        if (ended or words[-1][-1] in ",;-" or last in ("dear", "oh", "poor", "my")) and re.match(
            r"\s*[,.!?;—\"”’-]", back
        ):
            count.called += 1
        return
    following = re.match(r"\s+(?:\w+ly\s+)?([a-z]+)", back)
    verb = following[1] if following else ""
    if verb in ENGLISH_SPEECH or last in ENGLISH_SPEECH:
        count.subject += 1
    elif verb.endswith("ed") or verb in (
        "was",
        "had",
        "did",
        "could",
        "would",
        "came",
        "went",
        "took",
        "sat",
        "stood",
        "looked",
    ):
        count.verbed += 1
    tail = text[end : end + 90]
    for pronoun in re.findall(r"\b(he|his|him|himself|she|her|herself)\b", tail)[:1]:
        count.pronouns["male" if pronoun.startswith("h") and pronoun not in ("her", "herself") else "female"] += 1


def _is_name(name: str, count: NameCount, lower: Counter[str]) -> bool:
    """Tell whether the counts speak for a person."""
    words = name.split()
    bare = [w.strip(".").casefold() for w in words]
    if bare[0] in TITLES and len(words) > 1:
        return count.place < 0.7 * count.total or count.subject > 0
    if len(words) == 1:
        low = bare[0].replace("’", "'")
        if low in NO_NAME and count.subject < 2:
            return False
        if low in NO_NAME or (len(low) < 2):
            return False
        if lower[low] > 2 * count.total and count.subject < 3:
            return False
        if lower[low] and count.middle == 0 and count.subject == 0:
            return False
    if name.isupper() and len(name) > 3 and count.subject == 0:
        return False
    if count.subject or count.called > 1:
        return count.place < 0.6 * count.total or count.subject > 2
    return (count.middle >= 2 or len(words) > 1) and count.verbed >= 1 and count.place < 0.4 * count.total


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


def is_group_name(name: str) -> bool:
    """Tell whether a name means several people at once."""
    return name.split()[-1].casefold() in GROUP_NAMES_EN


MALE_FIRST = frozenset(
    """john william james george charles thomas henry robert edward joseph richard david peter paul mark luke matthew
    andrew philip stephen michael daniel samuel benjamin simon martin frank fred frederick harry jack tom tim bill will
    bob dick ned ted jim joe sam ben dan mike nick nicholas oliver arthur albert alfred walter ralph roger hugh leonard
    adam isaac jacob abraham noah christopher anthony antony francis patrick edmund edgar ernest eric harold herbert
    howard lawrence laurence lewis louis oscar percy philip sherlock sidney stanley theodore victor vincent jonathan
    nathaniel gilbert geoffrey godfrey gerald bertram basil cecil clarence clement cyril denis dominic duncan eugene
    felix giles guy horace humphrey jasper jerome jeremy julian kenneth leo lionel malcolm maurice miles neville nigel
    norman rupert silas solomon tobias toby ebenezer ambrose augustus barnaby bartholomew caleb cornelius elijah ezra
    gabriel hector hiram jonas joshua josiah marcus moses obadiah phineas reginald rufus seth timothy uriah zachary
    pedro juan carlos pablo luis jake kevin brian steve alan alex ryan jason eric sean scott gary""".split()
)
FEMALE_FIRST = frozenset(
    """mary elizabeth jane anne ann anna catherine katherine kate margaret sarah alice emily emma charlotte caroline
    helen ellen eleanor harriet louisa lucy lydia maria martha nancy rebecca rachel ruth susan sophia sophie victoria
    julia juliet laura lily rose dorothy dolly daisy edith ethel eva eve evelyn fanny florence frances georgiana
    gertrude grace hannah ida irene isabel isabella ivy janet jenny jessie joan josephine judith kitty lizzy eliza
    betsy bessie bess mabel madge maggie marian marianne marion matilda maud may mildred minnie miriam molly nell
    nellie nora olive olivia patience peggy penelope phoebe phyllis polly priscilla prudence rosalind rosamond rosa
    sally selina sylvia theresa ursula viola violet virginia winifred agnes amelia amy angela arabella audrey beatrice
    bertha blanche brett cecilia celia clara constance cordelia deborah diana dinah dora esther flora gladys henrietta
    hester hilda jemima leonora letitia lavinia mercy myrtle naomi tabitha jo beth meg jennifer linda jessica lisa
    michelle karen amanda stephanie nicole heather julie christine""".split()
)
NICKNAMES = {
    "lizzy": "elizabeth",
    "eliza": "elizabeth",
    "bess": "elizabeth",
    "beth": "elizabeth",
    "betsy": "elizabeth",
    "lizzie": "elizabeth",
    "betty": "elizabeth",
    "bill": "william",
    "will": "william",
    "billy": "william",
    "willie": "william",
    "tom": "thomas",
    "tommy": "thomas",
    "dick": "richard",
    "rick": "richard",
    "bob": "robert",
    "rob": "robert",
    "bobby": "robert",
    "jack": "john",
    "johnny": "john",
    "jim": "james",
    "jimmy": "james",
    "jem": "james",
    "joe": "joseph",
    "sam": "samuel",
    "ben": "benjamin",
    "dan": "daniel",
    "ned": "edward",
    "ted": "edward",
    "teddy": "edward",
    "ed": "edward",
    "harry": "henry",
    "hal": "henry",
    "charley": "charles",
    "charlie": "charles",
    "frank": "francis",
    "fred": "frederick",
    "freddy": "frederick",
    "kate": "catherine",
    "kitty": "catherine",
    "cathy": "catherine",
    "meg": "margaret",
    "maggie": "margaret",
    "peggy": "margaret",
    "molly": "mary",
    "polly": "mary",
    "nancy": "anne",
    "annie": "anne",
    "nell": "ellen",
    "nelly": "ellen",
    "nellie": "ellen",
    "sally": "sarah",
    "fanny": "frances",
    "kit": "christopher",
    "tony": "anthony",
    "nick": "nicholas",
    "pip": "philip",
    "phil": "philip",
    "steve": "stephen",
    "mike": "michael",
    "matt": "matthew",
    "alec": "alexander",
    "alex": "alexander",
    "sandy": "alexander",
    "gus": "augustus",
    "dora": "dorothea",
    "dolly": "dorothea",
    "dot": "dorothy",
    "jenny": "jane",
    "jenny wren": "jane",
    "janey": "jane",
    "susy": "susan",
    "sue": "susan",
    "becky": "rebecca",
    "vicky": "victoria",
    "mag": "magdalen",
    "tim": "timothy",
    "toby": "tobias",
    "josh": "joshua",
    "nat": "nathaniel",
    "wat": "walter",
    "walt": "walter",
    "bertie": "albert",
    "bert": "albert",
    "al": "albert",
    "archie": "archibald",
    "abe": "abraham",
    "ike": "isaac",
    "jake": "jacob",
    "jo": "josephine",
    "lottie": "charlotte",
    "milly": "mildred",
    "minnie": "wilhelmina",
    "nora": "eleanor",
    "nellie": "eleanor",
    "tess": "theresa",
    "winnie": "winifred",
}


def has_title(name: str) -> bool:
    """Tell whether a name begins with a title."""
    return name.split()[0].strip(".").casefold() in TITLES
