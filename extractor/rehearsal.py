"""A model of paper: answers every question of the stages by rules from the prompt alone, for rehearsals of the api.

What is asked is told by the JSON that the last turn asks for, so that prompts may be reworded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from extractor.asking.mock_server import serve
from extractor.asking.request import Turn

FACTS_AT_MOST = 8
SENTENCES_OF_A_SUMMARY = 6
READY = "A rehearsal is served at {url}; it costs nothing and answers by rules. In another terminal:"
HOW = "  EXTRACTOR_API_KEY=rehearsal EXTRACTOR_BASE_URL={url} make book=demo engine=api yes=1 all"

PARAGRAPH = re.compile(r"^\[(\d+)\] ?(.*)$", re.M)
MARK = re.compile(r"⟨(\d+)⟩")
SPOKEN = re.compile("[“「『][^”」』]*[”」』]?")
SENTENCE = re.compile(r"[^。！？!?.\n]+(?:[。！？!?]|\.(?=\s|$))+[”」』]?")
RANGES = re.compile(r"(?<![\d⟨\[{:])\d+(?:-\d+)?(?:, ?\d+(?:-\d+)?)*(?![\d⟩\]}])")
MEMBER = re.compile(r"^(\d+) (\S.*)$", re.M)
PROMPT = re.compile(r"^\[(\d+)\] \((\d+)-(\d+)\)$", re.M)
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
        task = _task(content)
        if task in ("labels", "facts"):
            chapter = next(turn["content"] for turn in messages if turn["role"] == "user")
            if task == "facts":
                return _json(task, _facts(content, chapter))
            return _json(task, _labels(content, chapter, listed_cast(content, messages[0]["content"])))
        if task == "answers":
            return _json(task, _plain_answers(content))
        if task == "summary":
            return _summary(content)
    return "ok"


def _task(content: str) -> str:
    """Tell what a user turn asks for by the JSON key below its last numbered line; "" for nothing known."""
    numbered = list(PARAGRAPH.finditer(content))
    words = content[numbered[-1].end() :] if numbered else content
    for key in ("facts", "labels", "answers"):
        if f'"{key}"' in words:
            return key
    return "summary" if numbered else ""


def _json(task: str, rows: Iterator[dict[str, object]]) -> str:
    return json.dumps({task: list(rows)}, ensure_ascii=False, separators=(",", ":"))


def paragraphs_of(chapter: str) -> dict[int, str]:
    """Return the numbered paragraphs of the first turn about a chapter, the marks of quotations still in them."""
    return {int(match[1]): match[2] for match in PARAGRAPH.finditer(chapter)}


def _narration(chapter: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences outside of quotations with the number of their paragraph."""
    for number, text in paragraphs_of(chapter).items():
        plain = MARK.sub("", text)
        if SPOKEN.search(plain):
            continue
        for sentence in SENTENCE.findall(plain):
            if len(sentence.strip()) >= 8:
                yield number, sentence.strip()


def _summary(chapter: str) -> str:
    told = [sentence for _, sentence in _narration(chapter)]
    told = told or [MARK.sub("", text) for text in paragraphs_of(chapter).values()]
    chosen = told[:: max(1, len(told) // SENTENCES_OF_A_SUMMARY)][:SENTENCES_OF_A_SUMMARY]
    return ("" if HAN.search("".join(chosen)) else " ").join(chosen) or "…"


def _facts(content: str, chapter: str) -> Iterator[dict[str, object]]:
    """Yield facts that are sentences of the chapter, others for other wordings of the question."""
    told = list(_narration(chapter)) or [(n, MARK.sub("", text)) for n, text in paragraphs_of(chapter).items()]
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


def listed_cast(content: str, system: str) -> dict[str, list[str]]:
    """Return the cast as it was listed, by the word that a label uses: by number in the turn, or by name before it."""
    cast = {match[1]: match[2].split(" / ") for match in MEMBER.finditer(content)}
    for block in system.split("\n\n"):
        head, *lines = block.strip().split("\n")
        if not cast and head.endswith((":", "：")) and not any(line[:1].isdigit() for line in lines):
            cast = {line.split(" / ")[0]: line.split(" / ") for line in lines}
    return cast


def _labels(content: str, chapter: str, cast: dict[str, list[str]]) -> Iterator[dict[str, object]]:
    """Yield a label for every quotation asked: who is named nearest in its paragraph, else the two of before."""
    asked = asked_numbers(content)
    last, other = (*cast, "?", "?")[:2]
    seen: set[int] = set()
    for text in paragraphs_of(chapter).values():
        for match in MARK.finditer(text):
            number = int(match[1])
            if number in seen:
                continue
            seen.add(number)
            speaker = _nearest(text, match.start(), cast) or other
            if speaker != last:
                last, other = speaker, last
            if not asked or number in asked:
                yield {"q": number, "who": speaker, "to": [other] if other != speaker else []}


def asked_numbers(content: str) -> set[int]:
    """Return the quotations to label: the longest list like `1-4, 7` of a turn, else its first number."""
    lists = [match[0] for match in RANGES.finditer(content)]
    longest = max((found for found in lists if "-" in found or "," in found), key=len, default="".join(lists[:1]))
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
        following = content.find("\n[", match.end())
        stock = PLAIN_ZH if HAN.search(content[match.end() : following]) else PLAIN_EN
        joint = "" if stock is PLAIN_ZH else " "
        start = crc32(content[match.start() : following].encode("utf-8", "surrogatepass"))
        text = stock[start % len(stock)]
        turn = 0
        while len(text) < least:
            turn += 1
            text += joint + stock[(start + turn) % len(stock)]
        yield {"n": number, "text": text[:most].rstrip()}
