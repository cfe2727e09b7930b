"""Which leading messages of a request a provider's prefix cache knows already.

The rule is DeepSeek's since V4, by whole messages: a unit ends where the input or the output of an earlier request
ended; a beginning that two earlier requests had in common is a unit too, so that the third one profits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from extractor.asking.request import Turn


class PrefixCache:
    """A cache without end and without delay: the most that prefixes can save when requests run one after the other."""

    def __init__(self) -> None:
        self._ends: set[bytes] = set()
        self._seen: Counter[bytes] = Counter()

    def reused(self, messages: Sequence[Turn]) -> int:
        """Return how many leading messages need not be paid in full."""
        most = 0
        before = b""
        for number, prefix in enumerate(_prefixes(messages), start=1):
            after_reply = before in self._ends and messages[number - 1]["role"] == "assistant"
            if prefix in self._ends or after_reply or self._seen[prefix] >= 2:
                most = number
            before = prefix
        return most

    def add(self, messages: Sequence[Turn]) -> None:
        """Remember a request that was answered."""
        prefix = b""
        for prefix in _prefixes(messages):
            self._seen[prefix] += 1
        self._ends.add(prefix)


def _prefixes(messages: Sequence[Turn]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for turn in messages:
        digest.update(f"{turn['role']}\0{turn['content']}\0".encode("utf-8", "surrogatepass"))
        yield digest.digest()
