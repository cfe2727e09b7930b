"""Turns a novel into a corpus, and the corpus into a character."""

__version__ = "0.1.0"
