"""Tables of contents: runs of headings with nothing to read between them, which come again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from extractor.reading.headings import Candidate

MAX_GAP = 60  # characters between two entries, at most
MAX_LONG_GAP = 390  # the same where the entries tell what happens
Key = tuple[bool, int | None, str]  # is it a volume, its number, else its words


def find_contents(text: str, candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates that are entries of a table of contents, in order."""
    found: dict[int, Candidate] = {}
    solid = [c for c in candidates if c.weight > -1]
    for limit in (MAX_GAP, MAX_LONG_GAP):
        later: Counter[Key] = Counter()
        rest = [c for c in solid if c.start not in found]
        for run in reversed(list(_runs(text, rest, limit))):
            if len(run) >= 3 and _is_contents(text, run, later=later, long=limit == MAX_LONG_GAP):
                found.update((c.start, c) for c in run)
            later.update(_key(c) for c in run)
    return [found[start] for start in sorted(found)]


def _is_contents(
    text: str, run: list[Candidate], *, later: Counter[Key], long: bool
) -> bool:  # fmt: skip
    """Tell whether a run of candidates is a table of contents.

    Its numbers come again; or it has five entries with nothing between and all the book behind it. In one with `long`
    entries, what follows must be far longer for each of them.
    """
    keys = [_key(c) for c in run]
    gaps = [gap(text, a, b) for a, b in zip(run, run[1:], strict=False)]
    length, remaining = run[-1].end - run[0].start, len(text) - run[-1].end
    if long:
        again = sum(1 for key in keys if later[key]) >= 0.9 * len(run)
        return again and remaining > 8 * length
    if len(run) >= 5 and max(gaps) <= 2 and remaining > 20 * length:
        return True
    return sum(1 for key in keys if later[key]) >= 0.7 * len(run) and all(later[key] for key in keys if key[0])


def _key(candidate: Candidate) -> Key:
    """Return what an entry of the contents shares with its heading."""
    return (
        candidate.level == "volume",
        candidate.number,
        "" if candidate.number is not None else candidate.style.lower(),
    )


def _runs(text: str, candidates: list[Candidate], limit: int) -> Iterator[list[Candidate]]:
    """Yield the candidates in runs with little text between; the book's own first heading begins a new one."""
    run: list[Candidate] = []
    for candidate in candidates:
        if run and gap(text, run[-1], candidate) > limit:
            yield from _divided(run)
            run = []
        run.append(candidate)
    if run:
        yield from _divided(run)


def _divided(run: list[Candidate]) -> list[list[Candidate]]:
    """Cut a run where its first entry, or its first number, comes for the last time."""
    keys = [_key(c) for c in run]
    numbered = next((key for key in keys if not key[0] and key[1] is not None), None)
    last = {key: index for index, key in enumerate(keys)}
    cut = last[keys[0]]
    if not cut and numbered is not None and keys.index(numbered) != last[numbered]:
        cut = last[numbered]
        while (
            cut > 1 and (keys[cut - 1][0] or run[cut - 1].unit == "prologue") and keys[cut - 1] not in keys[: cut - 1]
        ):
            cut -= 1
    return [run[:cut], run[cut:]] if cut else [run]


def gap(text: str, before: Candidate, after: Candidate) -> int:
    """Return how many characters stand between two candidates, 400 at most."""
    return len(text[before.end : min(after.start, before.end + 400)].strip())
