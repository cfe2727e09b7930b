"""The likeliest row of speakers: second-order Viterbi over each quotation's candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Between = Callable[[int, tuple[int | None, int | None], int], float]


@dataclass(frozen=True, slots=True)
class Turn:
    """The chosen candidate of one quotation and its lead over the runner-up (infinite where it stood alone)."""

    candidate: int
    lead: float


def best_turns(
    candidates: Sequence[Sequence[int]],
    *,
    alone: Sequence[Sequence[float]],
    between: Between,
) -> list[Turn]:
    """Return one turn per quotation.

    `candidates[i]` are the possible speakers of quotation i (at least one), `alone[i]` their scores by themselves,
    `between(i, (speaker before the last, last speaker), speaker)` the score of a speaker given the two before.
    """
    if not candidates:
        return []
    forward: list[dict[tuple[int | None, int], float]] = []
    back: list[dict[tuple[int | None, int], tuple[int | None, int] | None]] = []
    for i, options in enumerate(candidates):
        scores: dict[tuple[int | None, int], float] = {}
        came: dict[tuple[int | None, int], tuple[int | None, int] | None] = {}
        previous = forward[-1] if i else {(None, -1): 0.0}
        for state, score in previous.items():
            before, last = (None, None) if i == 0 else state
            for k, option in enumerate(options):
                total = score + alone[i][k] + between(i, (before, last), option)
                pair = (last, option)
                if total > scores.get(pair, float("-inf")):
                    scores[pair] = total
                    came[pair] = None if i == 0 else state
        forward.append(scores)
        back.append(came)
    leads = _leads(candidates, forward=forward, alone=alone, between=between)
    key: tuple[int | None, int] | None = max(forward[-1], key=lambda k: forward[-1][k])
    chosen: list[int] = []
    for origin in reversed(back):
        if key is not None:
            chosen.append(key[1])
            key = origin[key]
    chosen.reverse()
    return [Turn(candidate, lead) for candidate, lead in zip(chosen, leads, strict=True)]


def _leads(
    candidates: Sequence[Sequence[int]],
    *,
    forward: Sequence[dict[tuple[int | None, int], float]],
    alone: Sequence[Sequence[float]],
    between: Between,
) -> list[float]:
    """Return for each quotation how far its best row lies above the best row with another candidate there."""
    count = len(candidates)
    backward: dict[tuple[int | None, int], float] = dict.fromkeys(forward[-1], 0.0)
    leads = [0.0] * count
    for i in range(count - 1, -1, -1):
        best: dict[int, float] = {}
        for key, score in forward[i].items():
            total = score + backward[key]
            if total > best.get(key[1], float("-inf")):
                best[key[1]] = total
        ranked = sorted(best.values(), reverse=True)
        leads[i] = ranked[0] - ranked[1] if len(ranked) > 1 else float("inf")
        if i == 0:
            break
        earlier: dict[tuple[int | None, int], float] = {}
        for key in forward[i - 1]:
            before, last = key
            top = float("-inf")
            for k, option in enumerate(candidates[i]):
                total = alone[i][k] + between(i, (before, last), option) + backward[(last, option)]
                top = max(top, total)
            earlier[key] = top
        backward = earlier
    return leads
