"""Guessed speakers against annotated ones: accuracy by type, B-cubed, and what kind of mistake each miss is.

Detection counts pieces, attribution counts quotations. A quotation is said by whoever the guesses that share most of
its characters name. B-cubed (Bagga and Baldwin 1998) compares the grouping by guessed name, whatever it means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from extractor.benchmark.gold import GoldQuotation, SpeakerType
from extractor.benchmark.names import AliasScore, NameTable, f1, normalize, score_aliases
from extractor.benchmark.spans import MARKS, Detection, Overlaps, bare, score_detection
from extractor.records import Span

MISSED = "missed quotation"
ABSENT = "speaker not in cast"
UNNAMED = "nobody named"
MERGED = "two people in one entry"
SHARED = "name of several people"
SPLIT = "alias split"


@dataclass(frozen=True)
class Guess:
    """A quotation that was found, with who is thought to say it (None: nobody was named)."""

    spans: tuple[Span, ...]
    speaker: str | None
    confidence: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How one annotated quotation was attributed.

    `credit` is 1 for the right speaker, 1/n for a name of n people, else 0. `mistake` is None at full credit.
    """

    speaker: str
    type: SpeakerType | None
    guess: str | None
    credit: float
    mistake: str | None = None


@dataclass(frozen=True)
class Score:
    """What was measured on one text, or on several together.

    `b3` and `aliases` are None where nothing can be said; `splits` counts the right guesses that name a second entry
    of the cast for one person. `seconds` is what the reading took, `characters` the length of the text.
    """

    slug: str
    detection: Detection | None
    outcomes: tuple[Outcome, ...]
    b3: float | None
    aliases: AliasScore | None
    splits: int = 0
    seconds: float = 0.0
    characters: int = 0

    def accuracy(self, kind: SpeakerType | None = None) -> float | None:
        """Return the share of right speakers, of one type or of all; None where there is no such quotation."""
        earned = [outcome.credit for outcome in self.outcomes if kind in (None, outcome.type)]
        return sum(earned) / len(earned) if earned else None

    def mistakes(self) -> Counter[str]:
        """Count the mistakes by kind."""
        return Counter(outcome.mistake for outcome in self.outcomes if outcome.mistake is not None)


def score_text(
    slug: str,
    text: str,
    *,
    gold: Sequence[GoldQuotation],
    table: NameTable,
    guesses: Sequence[Guess],
    cast: Mapping[str, Sequence[str]],
) -> Score:
    """Score the guesses and the cast (name -> aliases) for one text."""
    said: list[GoldQuotation] = []
    unknown: list[GoldQuotation] = []
    for quotation in gold:
        if quotation.ignore or not (quotation.negative or _can_be_found(quotation, text)):
            unknown.append(quotation)
        elif not quotation.negative:
            said.append(quotation)
    pieces = [(piece, guess.speaker) for guess in guesses for piece in _bare_pieces(text, guess.spans)]
    detection = score_detection(
        [piece for piece, _ in pieces],
        [piece for quotation in said for piece in _bare_pieces(text, quotation.pieces)],
        unknown=[piece for quotation in unknown for piece in _bare_pieces(text, quotation.pieces)],
    )
    judge = Judge(table, cast)
    overlaps = Overlaps([piece for piece, _ in pieces])
    outcomes = []
    for quotation in said:
        if quotation.speaker:
            votes: Counter[str | None] = Counter()
            for span in _bare_pieces(text, quotation.pieces):
                for number, shared in overlaps.of(span):
                    votes[pieces[number][1] or None] += shared
            outcomes.append(judge.outcome(quotation.speaker, quotation.type, votes))
    return Score(
        slug=slug,
        detection=detection,
        outcomes=tuple(outcomes),
        b3=score_groups(outcomes),
        aliases=score_aliases(table, cast, text) if cast else None,
        splits=count_splits(outcomes),
        characters=len(text),
    )


def _can_be_found(quotation: GoldQuotation, text: str) -> bool:
    """Tell whether a quotation is one: thoughts without marks are another kind and not scored."""
    start = quotation.pieces[0][0]
    marked = any(char in MARKS and char not in "_*" for char in text[max(0, start - 1) : start + 1])
    return marked or not quotation.thought


def _bare_pieces(text: str, spans: Iterable[Span]) -> list[Span]:
    return [piece for piece in (bare(text, span) for span in spans) if piece is not None]


class Judge:
    """Tells right from wrong speakers, given who bears which name and whom the cast holds."""

    def __init__(self, table: NameTable, cast: Mapping[str, Sequence[str]]) -> None:
        self._table = table
        self._aliases = {normalize(entry): tuple(aliases) for entry, aliases in cast.items()}
        meant = [table.resolve(entry, aliases) for entry, aliases in cast.items()]
        self._present = frozenset(person for people in meant for person in people)

    def outcome(self, speaker: str, kind: SpeakerType | None, votes: Counter[str | None]) -> Outcome:
        """Judge one quotation; `votes` counts the characters per guessed name (None: found, but nobody named)."""
        named = [(shared, name) for name, shared in votes.items() if name is not None]
        if not named:
            reason = MISSED if not votes else UNNAMED if speaker in self._present else ABSENT
            return Outcome(speaker, kind, None, 0.0, reason)
        guess = max(named)[1]
        aliases = self._aliases.get(normalize(guess), ())
        people = self._table.resolve(guess, aliases)
        credit = 1 / len(people) if speaker in people else 0.0
        mistake = None if credit == 1 else self._mistake(speaker, kind, credit=credit, aliases=aliases)
        return Outcome(speaker, kind, guess, credit, mistake)

    def _mistake(self, speaker: str, kind: SpeakerType | None, *, credit: float, aliases: Sequence[str]) -> str:
        if credit:
            return SHARED
        if speaker not in self._present:
            return ABSENT
        if any(self._table.owners(alias) == {speaker} for alias in aliases):
            return MERGED
        return f"wrong person, {kind or 'no type'}"


def _group(number: int, outcome: Outcome) -> str | int:
    """Return under which name a quotation is grouped; a number of its own where nobody was named."""
    return number if outcome.guess is None else normalize(outcome.guess)


def score_groups(outcomes: Sequence[Outcome]) -> float | None:
    """Return the B-cubed F1 of the grouping by guessed name; None where there is no quotation."""
    if not outcomes:
        return None
    groups = [_group(number, outcome) for number, outcome in enumerate(outcomes)]
    guessed = Counter(groups)
    annotated = Counter(outcome.speaker for outcome in outcomes)
    both = Counter((group, outcome.speaker) for group, outcome in zip(groups, outcomes, strict=True))
    precision = sum(count * count / guessed[group] for (group, _), count in both.items()) / len(outcomes)
    recall = sum(count * count / annotated[speaker] for (_, speaker), count in both.items()) / len(outcomes)
    return f1(precision, recall)


def count_splits(outcomes: Sequence[Outcome]) -> int:
    """Count the right guesses that name another entry than the one by which the person mostly goes."""
    entries: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.credit and outcome.guess is not None:
            entries.setdefault(outcome.speaker, Counter())[normalize(outcome.guess)] += 1
    return sum(names.total() - max(names.values()) for names in entries.values())


def pool(scores: Sequence[Score], *, slug: str = "pooled") -> Score:
    """Put texts together: counts and quotations add up, B-cubed is weighted by them, aliases count each text once."""
    detections = [score.detection for score in scores if score.detection is not None]
    grouped = [(score.b3, len(score.outcomes)) for score in scores if score.b3 is not None]
    weight = sum(count for _, count in grouped)
    aliases = [score.aliases for score in scores if score.aliases is not None]
    return Score(
        slug=slug,
        detection=sum(detections, Detection()) if detections else None,
        outcomes=tuple(outcome for score in scores for outcome in score.outcomes),
        b3=sum(b3 * count for b3, count in grouped) / weight if weight else None,
        aliases=AliasScore(
            recall=sum(score.recall for score in aliases) / len(aliases),
            pair_f1=sum(score.pair_f1 for score in aliases) / len(aliases),
        )
        if aliases
        else None,
        splits=sum(score.splits for score in scores),
        seconds=sum(score.seconds for score in scores),
        characters=sum(score.characters for score in scores),
    )
