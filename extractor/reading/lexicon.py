"""Word lists as they are written in this package: words with white space between them."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words of a list in their order."""
    return text.split()
