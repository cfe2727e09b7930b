"""The role card: what the persona's system prompt may say, all of it from book.toml or from lines of the novel."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from extractor.book import Book
from extractor.records import Character, Conversation, Span
from extractor.shaping.lengths import HAN
from extractor.shaping.madness import madness

SAMPLES = 4
SOBER_SAMPLES = 2
SOBER = 0.2
SAMPLE_POOL = 240
PARTNERS = 5
FEWEST_MEETINGS = 2


@dataclass(frozen=True)
class Sample:
    """A line of the persona as it stands in the novel; spans count from the novel's start."""

    text: str
    quotation: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Partner:
    """Somebody the persona talks to, how often, and the names they call each other by (empty: never seen)."""

    name: str
    meetings: int
    calls_persona: str = ""
    called: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the persona's own scenes show."""

    partners: tuple[Partner, ...] = ()
    samples: tuple[Sample, ...] = ()


class Card:
    """The role card of one persona in several wordings.

    >>> Card(book, persona, evidence).prompt("c0012-d03-w01", without={"c0012-q031"})  # doctest: +SKIP
    '你是小说《…》中的…'
    """

    def __init__(self, book: Book, persona: Character, evidence: Evidence) -> None:
        self._book = book
        self._persona = persona
        self._evidence = evidence

    def prompt(self, source: str, *, without: Collection[str] = ()) -> str:
        """Return the card for one row: its wording hangs on the row's id, lines of the row itself are left out."""
        wordings = self.wordings(without=without)
        return wordings[crc32(source.encode()) % len(wordings)]

    def wordings(self, *, without: Collection[str] = ()) -> tuple[str, ...]:
        """Return every wording, the fullest first."""
        samples = [sample.text for sample in self._evidence.samples if sample.quotation not in without]
        write = _write_zh if self._book.language == "zh" else _write_en
        return write(self._book, self._persona, partners=self._evidence.partners, samples=samples)


def gather_evidence(persona: Character, cast: Sequence[Character], conversations: Iterable[Conversation]) -> Evidence:
    """Read from conversations who the persona talks to, what they call each other, and lines that show its style."""
    names = {character.name: (character.name, *character.aliases) for character in cast}
    own = (persona.name, *persona.aliases)
    meetings: Counter[str] = Counter()
    calls: dict[str, Counter[str]] = defaultdict(Counter)
    called: dict[str, Counter[str]] = defaultdict(Counter)
    lines: list[Sample] = []
    for conversation in conversations:
        partners: set[str] = set()
        for message in conversation.messages:
            if message.role == "assistant":
                if len(message.quotations) == len(message.names) == 1 and message.novel_spans:
                    lines.append(Sample(message.content, message.quotations[0], message.novel_spans))
                for partner in partners:
                    called[partner].update(_vocatives(message.content, names.get(partner, (partner,))))
                continue
            said = message.content.split("\n")
            for name, line in zip(message.names, said, strict=False):
                if name and name != persona.name:
                    partners.add(name)
                    calls[name].update(_vocatives(line, own))
        meetings.update(partners)
    people = {character.name for character in cast if character.kind == "person"}
    ranked = [(name, count) for name, count in meetings.most_common() if not people or name in people]
    return Evidence(
        partners=tuple(
            Partner(name, count, _first(calls[name], persona.name), _first(called[name], name))
            for name, count in ranked[:PARTNERS]
            if count >= FEWEST_MEETINGS
        ),
        samples=choose_samples(lines),
    )


def choose_samples(lines: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return a few lines unlike each other: the maddest, two sober ones, then whatever is least like those taken."""
    chinese = any(HAN.search(line.text) for line in lines[:20])
    low, high = (8, 50) if chinese else (20, 180)
    unique = list(
        {line.text: line for line in lines if low <= len(line.text) <= high and "\n" not in line.text}.values()
    )
    pool = unique[:: max(1, len(unique) // SAMPLE_POOL)]
    if not pool:
        return ()
    taken = [max(pool, key=lambda line: (madness(line.text), line.quotation))]
    grams = {line.quotation: _grams(line.text) for line in pool}
    while len(taken) < min(SAMPLES, len(pool)):
        rest = [line for line in pool if line not in taken]
        if len(taken) <= SOBER_SAMPLES:
            rest = [line for line in rest if madness(line.text) < SOBER] or rest
        taken.append(min(rest, key=lambda line: (round(_likeness(grams, line, taken), 1), -len(line.text))))
    return tuple(taken)


def _likeness(grams: dict[str, set[str]], line: Sample, taken: Sequence[Sample]) -> float:
    mine = grams[line.quotation]
    return max(len(mine & grams[other.quotation]) / max(1, len(mine | grams[other.quotation])) for other in taken)


def _grams(text: str) -> set[str]:
    return set(text) | {text[index : index + 2] for index in range(len(text) - 1)}


def _vocatives(line: str, names: Sequence[str]) -> list[str]:
    """Return the names by which somebody is called in a line: standing alone between marks or ends."""
    found = []
    for name in sorted(names, key=len, reverse=True):
        if name in line and re.search(rf"(?:^|[^\w\s]\s*){re.escape(name)}(?=$|\s*[^\w\s])", line):
            found.append(name)
    return found


def _first(counter: Counter[str], name: str) -> str:
    """Return the usual form of address, empty where it is only the main name."""
    usual = counter.most_common(1)[0][0] if counter else ""
    return "" if usual == name else usual


def _write_zh(
    book: Book, persona: Character, *, partners: Sequence[Partner], samples: Sequence[str]
) -> tuple[str, ...]:
    name = persona.name
    also = f"（又称{'、'.join(persona.aliases)}）" if persona.aliases else ""
    note = _stop(persona.note or _book_note(book, name), "。")
    story = _stop(book.synopsis, "。")
    worlds = [
        f"{world.name}{f'（{_unstop(world.note)}）' if world.note else ''}"
        + (f"：{'、'.join(world.people)}" if world.people else "")
        for world in book.worlds
    ]
    people = []
    for partner in partners:
        calls = [f"{partner.name}叫{name}“{partner.calls_persona}”"] if partner.calls_persona else []
        calls += [f"{name}叫{partner.name}“{partner.called}”"] if partner.called else []
        people.append(partner.name + (f"（{'，'.join(calls)}）" if calls else ""))
    spoken = "\n".join(f"- “{sample}”" for sample in samples)
    full = [
        f"你是小说《{book.title}》中的{name}{also}。{note}",
        f"故事：{story}" if story else "",
        f"世界：{'；'.join(worlds)}。" if worlds else "",
        f"常与{name}说话的人：{'、'.join(people)}。" if people else "",
        f"{name}这样说话：\n{spoken}" if spoken else "",
        f"请始终以{name}的身份和口吻回答。",
    ]
    table = [
        f"【角色】{name}{also}",
        f"【出处】《{book.title}》",
        f"【简介】{note}" if note else "",
        f"【故事】{story}" if story else "",
        f"【世界】{'；'.join(worlds)}" if worlds else "",
        f"【人物】{'、'.join(people)}" if people else "",
        f"【原话】\n{spoken}" if spoken else "",
        f"从现在起，你就是{name}，用{name}的方式说话。",
    ]
    scene = [
        f"以下是《{book.title}》里的对话，请你扮演{name}{also}。{note}",
        f"对话里常出现的人有{'、'.join(partner.name for partner in partners)}。" if partners else "",
        f"{name}说过：“{samples[0]}”" if samples else "",
    ]
    short = [f"你是{name}{also}，出自小说《{book.title}》。{note}只用{name}自己的话回答。"]
    return tuple("\n".join(filter(None, part)) for part in (full, table, scene, short))


def _write_en(
    book: Book, persona: Character, *, partners: Sequence[Partner], samples: Sequence[str]
) -> tuple[str, ...]:
    name = persona.name
    also = f" (also called {', '.join(persona.aliases)})" if persona.aliases else ""
    note = _stop(persona.note or _book_note(book, name), ".")
    story = _stop(book.synopsis, ".")
    worlds = [
        world.name
        + (f" ({_unstop(world.note)})" if world.note else "")
        + (f": {', '.join(world.people)}" if world.people else "")
        for world in book.worlds
    ]
    people = []
    for partner in partners:
        calls = [f"calls {name} “{partner.calls_persona}”"] if partner.calls_persona else []
        calls += [f"is called “{partner.called}” by {name}"] if partner.called else []
        people.append(partner.name + (f" ({', '.join(calls)})" if calls else ""))
    spoken = "\n".join(f"- “{sample}”" for sample in samples)
    full = [
        f"You are {name}{also} from the novel “{book.title}”. {note}".strip(),
        f"The story: {story}" if story else "",
        f"The world: {'; '.join(worlds)}." if worlds else "",
        f"People who often talk with {name}: {', '.join(people)}." if people else "",
        f"This is how {name} speaks:\n{spoken}" if spoken else "",
        f"Always answer as {name}, in the voice of {name}.",
    ]
    table = [
        f"Character: {name}{also}",
        f"Source: “{book.title}”",
        f"About: {note}" if note else "",
        f"Story: {story}" if story else "",
        f"World: {'; '.join(worlds)}" if worlds else "",
        f"People: {', '.join(people)}" if people else "",
        f"Own words:\n{spoken}" if spoken else "",
        f"From now on you are {name} and speak as {name} does.",
    ]
    scene = [
        f"This is a conversation in “{book.title}”; play {name}{also}. {note}".strip(),
        f"Often present: {', '.join(partner.name for partner in partners)}." if partners else "",
        f"{name} once said: “{samples[0]}”" if samples else "",
    ]
    short = [f"You are {name}{also} from “{book.title}”. {note} Answer only in the words of {name}.".replace("  ", " ")]
    return tuple("\n".join(filter(None, part)) for part in (full, table, scene, short))


def world_prompts(book: Book) -> tuple[str, ...]:
    """Return the system prompts under which questions about the book are answered."""
    if book.language == "zh":
        return (
            f"你熟读小说《{book.title}》，请根据小说内容准确回答问题。",
            f"以下问题都与小说《{book.title}》有关，请如实作答。",
            f"你了解《{book.title}》的人物、情节和设定。请直接回答。",
        )
    return (
        f"You know the novel “{book.title}” well. Answer from what the novel says.",
        f"The following questions are about the novel “{book.title}”. Answer truthfully.",
        f"You know the people, the events and the world of “{book.title}”. Answer directly.",
    )


def _book_note(book: Book, name: str) -> str:
    return next((entry.note for entry in book.cast if name in entry.names), "")


def _unstop(text: str) -> str:
    return text.strip().rstrip("。.")


def _stop(text: str, mark: str) -> str:
    """End a text with a full stop; empty stays empty."""
    text = text.strip()
    return text if not text or text[-1] in '。！？.!?…”"' else text + mark
