"""A model that knows a demo novel: answers every question from its gold, and labels quotations as a reader would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from extractor import rehearsal

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
        prompts = ROOT / "prompts" / ("en" if slug.endswith("-en") else "zh") / "knowledge"
        self.angles = [(prompts / f"{angle}.md").read_text(encoding="utf-8").strip() for angle in ANGLES]

    def __call__(self, messages):
        question = messages[-1]["content"]
        if '"labels"' not in question and '"facts"' not in question:
            return rehearsal.answer(messages)
        first = next(turn["content"] for turn in messages if turn["role"] == "user")
        chapter = self.chapters[HEADING.search(first)[1]]
        if '"facts"' in question:
            return json.dumps({"facts": self.facts(chapter, question)}, ensure_ascii=False)
        cast = {}
        for key, names in rehearsal.listed_cast(question, messages[0]["content"]).items():
            for name in names:
                cast.setdefault(self.names.get(name, name), key)
        labels = self.labels(chapter, question, first, cast)
        return json.dumps({"labels": labels, "scenes": [labels[0]["q"]]}, ensure_ascii=False, separators=(",", ":"))

    def facts(self, chapter, question):
        """A quarter of the chapter's facts, another one for each angle."""
        turn = next(number for number, words in enumerate(self.angles) if question.startswith(words))
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
        """Speaker, addressees and kind of each quotation asked, by the place of its mark."""
        asked = rehearsal.asked_numbers(question)
        found = {}
        for number, shown in rehearsal.paragraphs_of(first).items():
            offset = self._offset(chapter, number, rehearsal.MARK.sub("", shown))
            removed = 0
            for mark in rehearsal.MARK.finditer(shown):
                place = offset + mark.start() - removed
                removed += len(mark[0])
                if int(mark[1]) in asked:
                    found.setdefault(int(mark[1]), self._label(chapter.at(place), int(mark[1]), cast))
        return list(found.values())

    def _offset(self, chapter, number, text):
        """Where a shown paragraph stands in the novel: its number, checked by its words."""
        if number <= len(chapter.paragraphs) and chapter.paragraphs[number - 1][1] == text:
            return chapter.paragraphs[number - 1][0]
        return next(start for start, words in chapter.paragraphs if words == text)

    def _label(self, quotation, number, cast):
        if quotation is None or quotation.get("negative"):
            return {"q": number, "who": "?", "to": [], "kind": "other"}
        label = {"q": number, "who": cast.get(quotation["speaker"], quotation["speaker"])}
        label["to"] = [cast.get(name, name) for name in quotation["addressees"]]
        if quotation.get("thought"):
            label["kind"] = "thought"
        return label
