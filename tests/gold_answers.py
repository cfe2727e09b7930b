"""A model that knows a demo novel: answers every question from its gold, and labels quotations as a reader would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from extractor import rehearsal
from extractor.shaping.scenes import is_separator

GOLD = Path(__file__).resolve().parent / "gold"
ROOT = GOLD.parents[1]
HEADING = re.compile(r"^[\[【](.+)[\]】]$", re.M)
ANGLES = ("terms", "plot", "meaning", "depth")


def gold_rows(slug, name):
    path = GOLD / slug / f"{slug}.{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gold_names(slug):
    """Main name -> all names."""
    path = GOLD / slug / f"{slug}.characters.json"
    return json.loads(path.read_text(encoding="utf-8"))


@dataclass
class GoldChapter:
    """`pieces` are (start, end, quotation) with offsets into the novel; `paragraphs` maps bare text to offsets."""

    heading: str
    paragraphs: list[tuple[int, str]]
    pieces: list[tuple[int, int, dict]] = field(default_factory=list)
    facts: list[dict] = field(default_factory=list)

    def at(self, offset):
        """The gold quotation whose piece holds this place of the novel, None for nobody's words."""
        return next((quotation for start, end, quotation in self.pieces if start <= offset < end), None)


class GoldReader:
    """The answer function of a mock server."""

    def __init__(self, slug):
        text = (ROOT / "books" / slug / "novel.txt").read_text(encoding="utf-8")
        self.names = {name: main for main, names in gold_names(slug).items() for name in names}
        self.chapters = {}
        by_id = {}
        for row in gold_rows(slug, "chapters"):
            paragraphs = []
            for start, end in row["paragraphs"]:
                bare = text[start:end]
                paragraphs.append((start + len(bare) - len(bare.lstrip()), bare.strip()))
            by_id[row["id"]] = self.chapters[row["heading"]] = GoldChapter(row["heading"], paragraphs)
        for row in gold_rows(slug, "quotes"):
            by_id[row["chapter"]].pieces += [(start, end, row) for start, end in row["spans"]]
        for row in gold_rows(slug, "facts"):
            by_id[row["chapter"]].facts.append(row)

    def __call__(self, messages):
        task = rehearsal.task_of(messages[-1]["content"])
        if task not in ("knowledge", "dialogues"):
            return rehearsal.answer(messages)
        question = messages[-1]["content"]
        first = next(turn["content"] for turn in messages if turn["role"] == "user")
        chapter = self.chapters[HEADING.search(first)[1]]
        if task == "knowledge":
            return json.dumps({"facts": self.facts(chapter, question)}, ensure_ascii=False)
        cast = {}
        for main, names in rehearsal.listed_cast(messages[0]["content"]).items():
            for name in names:
                cast.setdefault(self.names.get(name, name), main)
        return rehearsal.label_reply(self.labels(chapter, question, first, cast))

    def facts(self, chapter, question):
        """A quarter of the chapter's facts, another one for each angle."""
        turn = next(number for number, angle in enumerate(ANGLES) if re.search(rf"\b{angle}\b", question))
        found = chapter.facts[turn :: len(ANGLES)] or chapter.facts[:1]
        return [
            {
                "fact": f"{row['question']} {row['answer']}",
                "questions": [row["question"]],
                "answer": row["answer"],
                "paragraphs": [int(row["evidence"][-3:])],
            }
            for row in found
        ]

    def labels(self, chapter, question, first, cast):
        """Number, speaker, listeners, kind and whether a scene begins, for each quotation asked, by its place."""
        asked = rehearsal.asked_numbers(question)
        found = {}
        border = False
        for number, (alone, shown) in rehearsal.paragraphs_of(first).items():
            border = border or is_separator(shown)
            offset = self._offset(chapter, number, rehearsal.MARK.sub("", shown))
            places = [(number, self._spoken(chapter, offset, len(shown)))] if alone else []
            removed = 0
            for mark in [] if alone else rehearsal.MARK.finditer(shown):
                places.append((int(mark[1]), chapter.at(offset + mark.start() - removed)))
                removed += len(mark[0])
            for quotation, gold in places:
                if quotation not in found and (not asked or quotation in asked):
                    found[quotation] = (quotation, *self._label(gold, cast), border and bool(found))
                    border = False
        return list(found.values())

    def _spoken(self, chapter, offset, size):
        """The gold quotation in a paragraph that is said to hold one, rather a line than a sign."""
        here = [quotation for start, _, quotation in chapter.pieces if offset <= start < offset + size]
        return min(here, key=lambda quotation: bool(quotation.get("negative")), default=chapter.at(offset))

    def _offset(self, chapter, number, text):
        """Where a shown paragraph stands in the novel: its number, checked by its words."""
        if number <= len(chapter.paragraphs) and chapter.paragraphs[number - 1][1] == text:
            return chapter.paragraphs[number - 1][0]
        return next(start for start, words in chapter.paragraphs if words == text)

    def _label(self, quotation, cast):
        if quotation is None or quotation.get("negative"):
            return None, (), "other"
        listeners = tuple(cast.get(name, name) for name in quotation["addressees"])
        speaker = quotation["speaker"]
        return cast.get(speaker, speaker), listeners, "thought" if quotation.get("thought") else "speech"
