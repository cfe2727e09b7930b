"""How mad a line sounds, by its form alone: cries, repetitions, laughter, broken sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

CRY = re.compile("[！!]")
MIXED = re.compile("[？?][！!]|[！!][？?]")
RUN = re.compile(r"([^\W\d_])\1\1+")
ECHO = re.compile(
    "([\u3400-\u9fff]{2,8})[，、。！？；…—,.!?\\s]{0,4}\\1"
    r"|\b(\w)[，、。！？；…—,.!?\s]{1,4}\2[，、。！？；…—,.!?\s]{1,4}\2\b"
    r"|\b([a-z’']+(?: [a-z’']+){0,3})[,.!?;…—\s]{1,4}\3\b",
    re.IGNORECASE,
)
LAUGHTER = re.compile(r"[哈嘻嘿呵桀嗬咯]{2,}|\b(?:ha|he|hee){2,}h?\b|\bha(?:\W{1,3}ha)+\b", re.IGNORECASE)
ELLIPSIS = re.compile(r"…+|\.{3,}")
DASH = re.compile(r"—+|--+")
SHOUTED = re.compile(r"\b[A-Z]{2,}\b")
STUTTER = re.compile(r"\b(\w{1,3})[-—–](?=\1)", re.IGNORECASE)
CLAUSE = re.compile(r"[，。！？；、,.!?;…—\s]+")
QUIET = 0.3
LONG = {False: 80, True: 240}
LOUDEST_SHARE = 0.15


def madness(text: str) -> float:
    """Return how mad a line sounds, from 0 (sober) to 1; a long line needs more of everything."""
    long = max(1.0, len(text) / LONG[" " in text])
    cries = len(CRY.findall(text))
    marks = 0.2 * min(cries, 1) + 0.2 * min(max(cries - 1, 0), 4) + 0.3 * bool(MIXED.search(text))
    repeats = 0.5 * min(len(RUN.findall(text)), 2) + 0.45 * min(len(ECHO.findall(text)), 3)
    broken = 0.12 * min(len(ELLIPSIS.findall(text)), 4) + 0.12 * min(len(DASH.findall(text)), 4)
    shouted = 0.3 * min(len([word for word in SHOUTED.findall(text) if word != "II"]), 3)
    stutter = 0.3 * min(len(STUTTER.findall(text)), 2)
    laughter = 0.6 * bool(LAUGHTER.search(text))
    return 1 - math.exp(-(marks + repeats + broken + shouted + stutter + laughter + _gasps(text)) / long)


def mad_threshold(others: Iterable[str]) -> float:
    """Return the madness above which a line stands out among what the book's other speakers say."""
    scores = sorted(madness(text) for text in others)
    if not scores:
        return QUIET
    return max(QUIET, scores[min(len(scores) - 1, int((1 - LOUDEST_SHARE) * len(scores)))])


def _gasps(text: str) -> float:
    """Weigh a line that falls into four or more bits of hardly a word."""
    if " " in text.strip() and text.isascii():
        bits = [bit for bit in re.split(r"[.!?…—]+\s*", text) if bit]
        short = [bit for bit in bits if len(bit.split()) <= 2]
    else:
        bits = [bit for bit in CLAUSE.split(text) if bit]
        short = [bit for bit in bits if len(bit) <= 3]
    return 0.4 if len(short) >= 4 and 2 * len(short) > len(bits) else 0.0
