"""A model of paper: answers every question of the stages by rules from the prompt alone, for rehearsals of the api.

What is asked is told by the name of the task in the last turn, so that prompts may be reworded.
"""

from __future__ import annotations

import itertools
import json
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from extractor.asking.mock_server import serve
from extractor.asking.request import Turn

FACTS_AT_MOST = 8
SENTENCES_OF_A_SUMMARY = 6
LETTERS = string.ascii_uppercase + string.ascii_lowercase
READY = "A rehearsal is served at {url}; its made-up prices count in the book's ledger. In another terminal:"
HOW = "  EXTRACTOR_API_KEY=rehearsal EXTRACTOR_BASE_URL={url} make book=demo engine=api yes=1 all"

PARAGRAPH = re.compile(r"^(\d+)(?:(:) ?| )(.*)$", re.M)
MARK = re.compile(r"#(\d+)")
SPOKEN = re.compile("[“「『][^”」』]*[”」』]?")
SENTENCE = re.compile(r"[^。！？!?.\n]+(?:[。！？!?]|\.(?=\s|$))+[”」』]?")
RANGES = re.compile(r"\d+(?:-\d+)?(?:, ?\d+(?:-\d+)?)+|\d+-\d+")
PROMPT = re.compile(r"^#(\d+) (\d+)-(\d+)$", re.M)
TASK = re.compile("summaries|knowledge|dialogues|preferences")
HAN = re.compile("[\u4e00-\u9fff]")

PLAIN_ZH = (
    "我知道了，先这样吧。",
    "好，我再想一想。",
    "这件事不急，慢慢来。",
    "你先坐下，有话好好说。",
    "我没什么意见，你决定就行。",
    "嗯，我听见了。",
    "这我不太清楚，你问问别人。",
)
PLAIN_EN = (
    "All right, I will think about it.",
    "Yes, that is fine with me.",
    "I am not sure, perhaps ask somebody else.",
    "There is no hurry, sit down first.",
    "I heard you, we can talk about it later.",
)


def serve_rehearsal(*, port: int, latency: float, say: Callable[[str], None]) -> None:
    """Serve `answer` on loopback until Ctrl-C; `say` hears where, and how to use it."""

    def ready(url: str) -> None:
        say(READY.format(url=url))
        say(HOW.format(url=url))

    serve(port=port, answer=answer, latency=latency, ready=ready)


def answer(messages: Sequence[Turn]) -> str:
    """Return a usable reply to any question of the stages, and a word to anything else."""
    for index in range(len(messages) - 1, -1, -1):
        content = messages[index]["content"]
        if messages[index]["role"] != "user":
            continue
        task = task_of(content)
        if task in ("knowledge", "dialogues"):
            chapter = next(turn["content"] for turn in messages if turn["role"] == "user")
            if task == "knowledge":
                return _json("facts", _facts(content, chapter))
            return label_reply(_labels(content, chapter, listed_cast(messages[0]["content"])))
        if task == "preferences":
            return _json("answers", _plain_answers(content))
        if task == "summaries":
            return _summary(content)
    return "ok"


def task_of(content: str) -> str:
    """Tell the task of a user turn by its name outside of the numbered lines; "" for none."""
    named = TASK.search(PARAGRAPH.sub("", content))
    return named[0] if named else ""


def _json(key: str, rows: Iterator[dict[str, object]]) -> str:
    return json.dumps({key: list(rows)}, ensure_ascii=False, separators=(",", ":"))


def paragraphs_of(chapter: str) -> dict[int, tuple[bool, str]]:
    """Return the numbered paragraphs of the first turn about a chapter, the marks of quotations still in them.

    True stands with those that hold one quotation under their own number.
    """
    return {int(match[1]): (bool(match[2]), match[3]) for match in PARAGRAPH.finditer(chapter)}


def _narration(chapter: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences outside of quotations with the number of their paragraph."""
    for number, (alone, text) in paragraphs_of(chapter).items():
        plain = MARK.sub("", text)
        if alone or SPOKEN.search(plain):
            continue
        for sentence in SENTENCE.findall(plain):
            if len(sentence.strip()) >= 8:
                yield number, sentence.strip()


def _summary(chapter: str) -> str:
    told = [sentence for _, sentence in _narration(chapter)]
    told = told or [MARK.sub("", text) for _, text in paragraphs_of(chapter).values()]
    chosen = told[:: max(1, len(told) // SENTENCES_OF_A_SUMMARY)][:SENTENCES_OF_A_SUMMARY]
    return ("" if HAN.search("".join(chosen)) else " ").join(chosen) or "…"


def _facts(content: str, chapter: str) -> Iterator[dict[str, object]]:
    """Yield facts that are sentences of the chapter, others for other wordings of the question."""
    told = list(_narration(chapter)) or [(n, MARK.sub("", t)) for n, (_, t) in paragraphs_of(chapter).items()]
    wanted = re.search(r"\d+", content)
    count = min(FACTS_AT_MOST, int(wanted[0]) if wanted else FACTS_AT_MOST, len(told))
    begin = crc32(content.encode("utf-8", "surrogatepass")) % max(1, len(told))
    for index in range(count):
        paragraph, sentence = told[(begin + index * max(1, len(told) // count)) % len(told)]
        opening = re.split("[，,；;：:]", sentence)[0][:24].strip()
        if HAN.search(sentence):
            questions = [f"“{opening}”是怎么回事？", f"关于“{opening}”，书里是怎么写的？", f"说说“{opening}”。"]
        else:
            questions = [f"What about “{opening}”?", f"How does “{opening}” go on?", f"Tell me of “{opening}”."]
        yield {"fact": sentence, "questions": questions, "answer": sentence, "paragraphs": [paragraph]}


def listed_cast(system: str) -> dict[str, list[str]]:
    """Return the cast as the system message lists it at its end: main name -> all names."""
    cast: dict[str, list[str]] = {}
    for block in system.split("\n\n"):
        head, *lines = block.strip().split("\n")
        if head.endswith((":", "：")):
            cast = {line.split(" / ")[0]: line.split(" / ") for line in lines}
    return cast


Labelled = tuple[int, str | None, tuple[str, ...], str, bool]
"""Number, speaker, listeners, kind, and whether a scene begins."""


def label_reply(labels: Iterable[Labelled]) -> str:
    """Write labels as the dialogues' rules ask for them; a listener is left out where the order of turns tells him."""
    labels = list(labels)
    names = dict.fromkeys(name for _, who, to, _, _ in labels for name in (who, *to) if name)
    letters = dict(zip(names, LETTERS, strict=False))
    usual = _usual_listeners(labels)
    items = []
    for place, (number, who, to, kind, opens) in enumerate(labels):
        item = f"{number}{'-' if kind == 'other' else letters.get(who or '', '?')}"
        if kind == "thought":
            item += "*"
        elif kind == "speech" and to != usual[place]:
            item += ">" + ("".join(letters.get(name, "") for name in to) or "?")
        items += ["|", item] if opens else [item]
    who_by_letter = {letter: name for name, letter in letters.items()}
    return json.dumps({"who": who_by_letter, "lines": " ".join(items)}, ensure_ascii=False, separators=(",", ":"))


def _usual_listeners(labels: Sequence[Labelled]) -> list[tuple[str, ...]]:
    """Return for each label the other person who spoke last in the scene, or who speaks next."""
    found: list[tuple[str, ...]] = []
    scenes = [0, *(place for place, label in enumerate(labels) if label[4]), len(labels)]
    for first, end in itertools.pairwise(scenes):
        speakers = [who if kind == "speech" else None for _, who, _, kind, _ in labels[first:end]]
        for place, who in enumerate(speakers):
            around = [*reversed(speakers[:place]), *speakers[place + 1 :]]
            other = next((name for name in around if name and name != who), None)
            found.append((other,) if other else ())
    return found


def _labels(content: str, chapter: str, cast: dict[str, list[str]]) -> Iterator[Labelled]:
    """Yield a label for every quotation asked: who is named nearest in its paragraph, else the two of before."""
    asked = asked_numbers(content)
    last, other = (*cast, "", "")[:2]
    seen: set[int] = set()
    for paragraph, (alone, text) in paragraphs_of(chapter).items():
        spoken = SPOKEN.search(text)
        places = [(paragraph, spoken.start() if spoken else 0)] if alone else []
        places += [] if alone else [(int(match[1]), match.start()) for match in MARK.finditer(text)]
        for number, place in places:
            if number in seen:
                continue
            seen.add(number)
            speaker = _nearest(text, place, cast) or other
            if speaker != last:
                last, other = speaker, last
            if not asked or number in asked:
                yield number, speaker or None, (other,) if other != speaker else (), "speech", False


def asked_numbers(content: str) -> set[int]:
    """Return the quotations to label: the longest list like `1-4, 7` of a turn; empty for all."""
    longest = max((match[0] for match in RANGES.finditer(content)), key=len, default="")
    asked: set[int] = set()
    for piece in filter(None, longest.split(",")):
        first, _, last = piece.strip().partition("-")
        asked.update(range(int(first), int(last or first) + 1))
    return asked


def _nearest(text: str, place: int, cast: dict[str, list[str]]) -> str:
    """Return who of the cast is named nearest to `place` outside of quotations, "" for none."""
    outside = SPOKEN.sub(lambda match: " " * len(match[0]), text)
    best, who = len(text) + 1, ""
    for key, names in cast.items():
        for name in names:
            for match in re.finditer(re.escape(name), outside):
                if (distance := abs(match.start() - place)) < best:
                    best, who = distance, key
    return who


def _plain_answers(content: str) -> Iterator[dict[str, object]]:
    """Yield a stock answer for each numbered prompt, as long as was asked."""
    for match in PROMPT.finditer(content):
        number, least, most = (int(group) for group in match.groups())
        following = content.find("\n#", match.end())
        stock = PLAIN_ZH if HAN.search(content[match.end() : following]) else PLAIN_EN
        joint = "" if stock is PLAIN_ZH else " "
        start = crc32(content[match.start() : following].encode("utf-8", "surrogatepass"))
        text = stock[start % len(stock)]
        turn = 0
        while len(text) < least:
            turn += 1
            text += joint + stock[(start + turn) % len(stock)]
        yield {"n": number, "text": text[:most].rstrip()}
