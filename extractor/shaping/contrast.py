"""The plain side of a pair by retrieval: what someone else really said when spoken to in a similar way."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from extractor.records import Dialogue, Message, Span, Utterance
from extractor.shaping.lengths import bare, is_blank
from extractor.shaping.madness import madness

SURE = 0.5
SHORTEST, LONGEST = 0.5, 2.0
POSTINGS = 96
RARE_GRAMS = 10
COMPARED = 24
NEIGHBOURS = 16
NEAR_BEST = 8.0
USES = 3


@dataclass(frozen=True)
class Answer:
    """A line that somebody gave in answer to `prompt`; spans count from the start of the novel."""

    chapter: str
    prompt: str
    text: str
    speaker: str
    quotations: tuple[str, ...]
    spans: tuple[Span, ...]

    def as_message(self) -> Message:
        """Return the line as the rejected side of a pair."""
        return Message(
            role="assistant",
            content=self.text,
            names=(self.speaker,),
            quotations=self.quotations,
            novel_spans=self.spans,
        )


def collect_answers(dialogues: Iterable[Dialogue], starts: dict[str, int], *, without: str) -> list[Answer]:
    """Return what people other than `without` say right after someone else; `starts` are the chapters' offsets."""
    answers = []
    for dialogue in dialogues:
        lines = [u for u in dialogue.utterances if u.kind == "speech" and not is_blank(u.text)]
        for before, line in itertools.pairwise(lines):
            if line.speaker in (None, without, before.speaker) or line.confidence < SURE:
                continue
            if without in line.addressees and before.speaker is None:
                continue
            answers.append(_answer(before, line, chapter=dialogue.chapter, start=starts[dialogue.chapter]))
    return answers


class Contrast:
    """Finds, for a prompt, a real answer of matched length; remembers what it gave so that no line wears out.

    `never` are texts without marks (`bare`) that are no answer for anyone: the persona says them too.
    """

    def __init__(self, answers: Iterable[Answer], *, never: Collection[str] = ()) -> None:
        self._answers = [answer for answer in answers if bare(answer.text) not in never]
        self._bare = [bare(answer.text) for answer in self._answers]
        self._uses: Counter[str] = Counter()
        self._drift = 0.0
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._madness: dict[str, float] = {}
        for index, answer in enumerate(self._answers):
            for gram in _grams(answer.prompt):
                self._postings[gram].append(index)
        self._by_length = sorted(range(len(self._bare)), key=lambda index: (len(self._answers[index].text), index))

    def find(
        self, prompt: str, chosen: str, *, avoid: Collection[str] = (), calmer_than: float = math.inf
    ) -> Answer | None:
        """Return the answer to the most similar prompt whose length is between half and twice the chosen line's.

        Among nearly equal ones it takes the one that keeps both sides equally long over all pairs. None where no
        line fits. `avoid` are texts without marks that must not come back, `calmer_than` bounds their madness.
        """
        scored = [
            (fuzz.ratio(prompt, self._answers[index].prompt), index)
            for index in dict.fromkeys(self._candidates(prompt, len(chosen)))
            if self._fits(index, chosen, avoid) and self._calm(index, calmer_than)
        ]
        if not scored:
            return None
        best = max(score for score, _ in scored)
        near = [(score, index) for score, index in scored if score >= best - NEAR_BEST]
        _, index = min(near, key=lambda pair: (self._balance(pair[1], chosen), -pair[0], pair[1]))
        answer = self._answers[index]
        self._drift += math.log(len(chosen) / len(answer.text))
        self._uses[answer.text] += 1
        return answer

    def _balance(self, index: int, chosen: str) -> float:
        return abs(self._drift + math.log(len(chosen) / len(self._answers[index].text)))

    def _fits(self, index: int, chosen: str, avoid: Collection[str]) -> bool:
        text = self._answers[index].text
        if not SHORTEST <= len(chosen) / len(text) <= LONGEST or self._uses[text] >= USES:
            return False
        return self._bare[index] not in avoid and self._bare[index] != bare(chosen)

    def _calm(self, index: int, limit: float) -> bool:
        if limit == math.inf:
            return True
        text = self._answers[index].text
        if text not in self._madness:
            self._madness[text] = madness(text)
        return self._madness[text] < limit

    def _candidates(self, prompt: str, length: int) -> list[int]:
        """Return answers whose prompts share rare character pairs with this one, and some of the same length."""
        lists = sorted((self._postings[gram] for gram in sorted(_grams(prompt)) if gram in self._postings), key=len)
        shared: Counter[int] = Counter()
        for posting in lists[:RARE_GRAMS]:
            weight = 1000 // len(posting)
            for index in posting[:POSTINGS]:
                shared[index] += weight
        found = [index for index, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:COMPARED]]
        return found + self._of_length(length)

    def _of_length(self, length: int) -> list[int]:
        low, high = 0, len(self._by_length)
        while low < high:
            middle = (low + high) // 2
            if len(self._answers[self._by_length[middle]].text) < length:
                low = middle + 1
            else:
                high = middle
        return self._by_length[max(0, low - NEIGHBOURS) : low + NEIGHBOURS]


def length_ratio(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the mean logarithm of chosen over rejected length; 0 is balance, above .1 either way teaches length."""
    logs = [math.log(len(chosen) / len(rejected)) for chosen, rejected in pairs]
    return sum(logs) / len(logs) if logs else 0.0


def _answer(before: Utterance, line: Utterance, *, chapter: str, start: int) -> Answer:
    return Answer(
        chapter=chapter,
        prompt=before.text,
        text=" ".join(line.text.split("\n")).strip(),
        speaker=line.speaker or "",
        quotations=(line.quotation,),
        spans=tuple((first + start, last + start) for first, last in line.spans),
    )


def _grams(text: str) -> set[str]:
    letters = bare(text)
    return {letters[index : index + 2] for index in range(len(letters) - 1)} or ({letters} if letters else set())
