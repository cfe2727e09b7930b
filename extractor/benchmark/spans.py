"""Spans of quotations compared: without marks and white space, matched one to one, or by what they cover."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extractor.benchmark.names import f1
from extractor.records import Span

MARKS = frozenset("\"'`“”‘’„‟«»‹›「」『』〝〞＂＇_*")
SAME = 0.8  # share of the longer span that two spans must have in common
ENOUGH = 0.8  # share of a span that must be covered
UNKNOWN = 0.5  # share in spans of unknown kind from which a guess does not count


def bare(text: str, span: Span) -> Span | None:
    """Return a span without the marks and white space at its ends; None where nothing is left."""
    start, end = max(0, span[0]), min(len(text), span[1])
    while start < end and (text[start] in MARKS or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] in MARKS or text[end - 1].isspace()):
        end -= 1
    return (start, end) if start < end else None


class Coverage:
    """The characters that lie in any of some spans."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        self._before = [0]
        for start, end in zip(self._starts, self._ends, strict=True):
            self._before.append(self._before[-1] + end - start)

    def share(self, span: Span) -> float:
        """Return which part of a span is covered."""
        return (self._until(span[1]) - self._until(span[0])) / (span[1] - span[0])

    def _until(self, offset: int) -> int:
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return 0
        return self._before[index] + min(offset, self._ends[index]) - self._starts[index]


class Overlaps:
    """Spans in order, to find those that share characters with another."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._order = sorted(range(len(spans)), key=lambda number: spans[number])
        self._spans = [spans[number] for number in self._order]
        self._longest = max((end - start for start, end in spans), default=0)

    def of(self, span: Span) -> Iterator[tuple[int, int]]:
        """Yield the number of each span that overlaps, with the count of shared characters."""
        start, end = span
        index = bisect_left(self._spans, (start - self._longest, 0))
        while index < len(self._spans) and self._spans[index][0] < end:
            shared = min(end, self._spans[index][1]) - max(start, self._spans[index][0])
            if shared > 0:
                yield self._order[index], shared
            index += 1


@dataclass(frozen=True)
class Detection:
    """Counts of pieces: guessed, annotated, the same in both, and annotated ones that guesses cover."""

    guessed: int = 0
    annotated: int = 0
    same: int = 0
    covered: int = 0

    def __add__(self, other: Detection) -> Detection:
        return Detection(
            self.guessed + other.guessed,
            self.annotated + other.annotated,
            self.same + other.same,
            self.covered + other.covered,
        )

    @property
    def precision(self) -> float:
        """Share of the guessed pieces that are annotated."""
        return self.same / self.guessed if self.guessed else 0.0

    @property
    def recall(self) -> float:
        """Share of the annotated pieces that were guessed."""
        return self.same / self.annotated if self.annotated else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)

    @property
    def cover_recall(self) -> float:
        """Share of the annotated pieces that guesses cover, however they are cut."""
        return self.covered / self.annotated if self.annotated else 0.0


def score_detection(guessed: Sequence[Span], annotated: Sequence[Span], *, unknown: Sequence[Span] = ()) -> Detection:
    """Compare bare pieces; a guess in `unknown` (speech or not, nobody knows) is neither right nor wrong."""
    partner = _match(guessed, annotated)
    gold, guesses, open_ = Coverage(annotated), Coverage(guessed), Coverage(unknown)

    def counts(number: int) -> bool:
        if number in partner or not unknown:
            return True
        inside = gold.share(guessed[number])
        return inside >= ENOUGH or inside + open_.share(guessed[number]) < UNKNOWN

    return Detection(
        guessed=sum(map(counts, range(len(guessed)))),
        annotated=len(annotated),
        same=len(partner),
        covered=sum(guesses.share(span) >= ENOUGH for span in annotated),
    )


def _match(guessed: Sequence[Span], annotated: Sequence[Span]) -> dict[int, int]:
    """Pair guesses with annotated pieces one to one, the likest first."""
    overlaps = Overlaps(annotated)
    pairs = []
    for number, span in enumerate(guessed):
        for other, shared in overlaps.of(span):
            likeness = shared / max(span[1] - span[0], annotated[other][1] - annotated[other][0])
            if likeness >= SAME:
                pairs.append((-likeness, span, annotated[other], number, other))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for *_, number, other in sorted(pairs):
        if number not in partner and other not in taken:
            partner[number] = other
            taken.add(other)
    return partner
