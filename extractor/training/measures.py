"""What a figure is, how sure it is, and what makes a reply right or healthy; plain functions without a model."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from extractor.records import Record

if TYPE_CHECKING:
    from opencc import OpenCC

RESAMPLES = 1000
SHORT = 2  # characters; people in novels do answer with one word
FAULTS = ("empty", "too_short", "repetition", "wrong_script", "ai_self")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
AI_SELF = re.compile(
    r"作为(?:一个|一名)?(?:人工智能|AI|语言模型|智能助手)"
    r"|我(?:只|不过)?是(?:一个|一款|由)?(?:AI|人工智能|程序|机器人|语言模型|通义千问|阿里云)"
    r"|\bas an? (?:AI|artificial|language model)|\blanguage model\b|\bI am (?:just )?an? (?:AI|bot|program)\b"
    r"|created by Alibaba",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[。！？；，、,.!?;:：\n]")
NEGATION = re.compile(
    r"(?:不是|并非|而非|绝非|不叫|不在|不姓|没有|\bnot|n't|\bnever|\bno)(?:.{0,3}|\s+(?:the|a|an|in|at))\s*$"
)


class Figure(Record):
    """A measured value with its 95 % interval and the number of items behind it.

    Items are resampled, not tokens: the tokens of one row depend on each other.
    """

    value: float
    low: float
    high: float
    items: int

    def __str__(self) -> str:
        value, low, high = (f"{x:.0f}" if abs(x) >= 100 else f"{x:.2f}" for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}] n={self.items}"


def share(hits: Sequence[bool]) -> Figure | None:
    """Return the share of hits with Wilson's interval (1927), which stays honest at 0, at 1 and for few items."""
    number = len(hits)
    if not number:
        return None
    found, z = sum(hits) / number, 1.96
    middle = (found + z * z / (2 * number)) / (1 + z * z / number)
    half = z * math.sqrt(found * (1 - found) / number + z * z / (4 * number * number)) / (1 + z * z / number)
    return Figure(
        value=found, low=min(found, max(0.0, middle - half)), high=max(found, min(1.0, middle + half)), items=number
    )


def mean(values: Sequence[float]) -> Figure | None:
    """Return the mean with its bootstrap interval, None where there are no items."""
    return ratio(values, [1.0] * len(values))


def perplexity(losses: Sequence[float], tokens: Sequence[int]) -> Figure | None:
    """Return the perplexity per token from each item's summed loss in nats and its tokens, None without tokens."""
    figure = ratio(losses, [float(number) for number in tokens])
    if figure is None:
        return None
    value, low, high = (math.exp(min(part, 50.0)) for part in (figure.value, figure.low, figure.high))
    return Figure(value=value, low=low, high=high, items=figure.items)


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Figure | None:
    """Return the ratio of two sums over the same items with its bootstrap interval, None where it has no value."""
    import numpy

    if not len(numerators) or not sum(denominators):
        return None
    above, below = numpy.asarray(numerators, dtype=float), numpy.asarray(denominators, dtype=float)
    drawn = numpy.random.default_rng(0).integers(0, len(above), size=(RESAMPLES, len(above)))
    sums = below[drawn].sum(axis=1)
    values = above[drawn].sum(axis=1)[sums > 0] / sums[sums > 0]
    value = float(above.sum() / below.sum())
    low, high = (float(bound) for bound in numpy.percentile(values, [2.5, 97.5]))
    return Figure(value=value, low=min(low, value), high=max(high, value), items=len(above))


def plain(text: str) -> str:
    """Return a text for comparing: full width, case, script variant, space and punctuation do not count."""
    folded = _simplified(unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if letter.isalnum())


def is_exact(reply: str, answers: Sequence[str]) -> bool:
    """Tell whether a reply is one of the answers, but for width, case, script variant and punctuation."""
    return plain(reply) in {plain(answer) for answer in answers if plain(answer)}


def contains_answer(reply: str, answers: Sequence[str]) -> bool:
    """Tell whether a reply says one of the answers somewhere, not counting where it denies it ("不是李四，是王五")."""
    said = _simplified(unicodedata.normalize("NFKC", reply).casefold())
    for answer in answers:
        wanted = _simplified(unicodedata.normalize("NFKC", answer).casefold()).strip(" 。.!！?？")
        start = said.find(wanted) if wanted else -1
        while start >= 0:
            clause = CLAUSE.split(said[max(0, start - 40) : start])[-1]
            if not NEGATION.search(clause):
                return True
            start = said.find(wanted, start + 1)
    return False


def overlap(reply: str, answers: Sequence[str]) -> float:
    """Return the best F1 of shared words, of shared characters in Chinese (Rajpurkar et al. 2016), 0 to 1."""
    said = Counter(_units(reply))
    best = 0.0
    for answer in answers:
        wanted = Counter(_units(answer))
        common = sum((said & wanted).values())
        if common:
            best = max(best, 2 * common / (said.total() + wanted.total()))
    return best


def faults_of(reply: str, *, language: str) -> tuple[str, ...]:
    """Return what is wrong with a reply at first sight, of `FAULTS`, in that order."""
    text = reply.strip()
    if not text:
        return ("empty",)
    found = {
        "too_short": len(text) < SHORT,
        "repetition": _repeats(text),
        "wrong_script": _foreign_share(text, language) > 0.2,
        "ai_self": bool(AI_SELF.search(text)),
    }
    return tuple(name for name in FAULTS if found.get(name))


def _repeats(text: str) -> bool:
    """Tell whether the same four characters come four times or more, or one character more than eight times running."""
    if re.search(r"(.)\1{8,}", text):
        return True
    grams = Counter(text[start : start + 4] for start in range(len(text) - 3))
    return bool(grams) and max(grams.values()) >= 4


def _foreign_share(text: str, language: str) -> float:
    """Return the share of letters that are not of the language's script; U+FFFD counts as foreign."""
    han, latin, broken = len(HAN.findall(text)), len(LATIN.findall(text)), text.count("\ufffd")
    foreign = broken + (latin if language == "zh" else han)
    return foreign / (han + latin + broken) if han + latin + broken else 0.0


def _units(text: str) -> list[str]:
    """Return Han characters one by one and other words whole."""
    folded = _simplified(unicodedata.normalize("NFKC", text).casefold())
    return re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]|[^\W_\u3400-\u9fff]+", folded)


def _simplified(text: str) -> str:
    """Return Chinese text in simplified characters."""
    if not HAN.search(text):
        return text
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    """Open the conversion table once."""
    from opencc import OpenCC

    return OpenCC("t2s")
