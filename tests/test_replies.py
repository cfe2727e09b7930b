"""Replies: JSON in its usual disguises is read, what is cut or wrong is said so that the model can do better."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.asking.replies import parse_as, parse_json
from extractor.errors import ReplyError
from extractor.records import Record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner)
    ),
    max_leaves=8,
)


class Line(Record):
    id: str
    speaker: str | None
    confidence: float


class Lines(Record):
    lines: tuple[Line, ...]


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), JSON) | st.lists(JSON))
def test_what_is_json_is_read_as_it_is(value):
    assert parse_json(json.dumps(value, ensure_ascii=False)) == value
    assert parse_json(f"好的：\n```json\n{json.dumps(value)}\n```") == value


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"a": "甲"}\n```',
        '```\n{"a": "甲"}```',
        '好的，结果如下：\n{"a": "甲"}\n希望有帮助。',
        '<think>要不要 {"a": 1}？</think>{"a": "甲"}',
        '{"a": "甲",}',
        "{'a': '甲'}",
        '{a: "甲"}',
        '{"a": "甲"} // done',
        '\ufeff  {"a": "甲"}',
    ],
)
def test_disguises_and_small_damage_are_seen_through(text):
    assert parse_json(text) == {"a": "甲"}


def test_a_line_break_inside_a_string_is_kept():
    assert parse_json('{"a": "一\n二"}') == {"a": "一\n二"}


def test_unescaped_quotation_marks_do_not_cost_the_rest():
    value = parse_json('{"a": "他说"好"，就走了", "b": 2}')
    assert value["b"] == 2
    assert "走了" in value["a"]


@pytest.mark.parametrize("text", ["", "  \n", "<think>…</think>"])
def test_an_empty_reply_is_said(text):
    with pytest.raises(ReplyError, match="empty"):
        parse_json(text)


@pytest.mark.parametrize("text", ["抱歉，我不能。", '"text"', "42", "null"])
def test_a_reply_without_json_is_said(text):
    with pytest.raises(ReplyError, match="no JSON"):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"lines": [{"id": "q1"}, {"id": "q2"',
        '{"lines": [{"id": "q1"}',
        '{"a": {"b": 1}, "c": ',
        '[{"a": 1}, {"b": 2}, ',
        '{"a": "it stops in the mid',
    ],
)
def test_a_cut_reply_is_never_taken_for_a_whole_one(text):
    with pytest.raises(ReplyError, match="ends before it is closed"):
        parse_json(text)


def test_the_shape_is_checked_and_the_fields_are_named():
    text = '{"lines": [{"id": "q1", "speaker": null, "confidence": "high"}, {"id": 2, "confidence": 1, "x": 1}]}'
    with pytest.raises(ReplyError) as caught:
        parse_as(text, Lines)
    message = str(caught.value)
    assert (
        'lines.0.confidence: input should be a valid number, unable to parse string as a number (got "high")' in message
    )
    assert "lines.1.id" in message
    assert "(and 1 more)" in message
    assert "\n" not in message


def test_a_good_reply_becomes_records():
    text = '{"lines": [{"id": "q1", "speaker": "黛玉", "confidence": 0.9}]}'
    assert parse_as(text, Lines).lines[0] == Line(id="q1", speaker="黛玉", confidence=0.9)


def test_half_a_character_is_refused():
    with pytest.raises(ReplyError, match="broken"):
        parse_json('{"a": "\\ud83d"}')
    assert parse_json('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_nesting_without_end_is_refused():
    with pytest.raises(ReplyError):
        parse_json("[" * 100_000 + "]" * 100_000)


def test_a_large_damaged_reply_is_read_in_no_time():
    rows = ",".join(f'{{"id": "q{n}", "text": "雨下了一夜"}}' for n in range(3_000))
    begin = time.perf_counter()
    assert len(parse_json(f'{{"rows": [{rows},]}}')["rows"]) == 3_000
    assert time.perf_counter() - begin < 5
