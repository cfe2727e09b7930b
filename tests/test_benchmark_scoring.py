"""The scorer of the benchmark: hand-made cases whose figures are counted by hand, and laws that hold for all."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.benchmark.gold import GoldQuotation
from extractor.benchmark.names import NameTable, normalize, score_aliases
from extractor.benchmark.scoring import (
    ABSENT,
    MERGED,
    MISSED,
    SHARED,
    UNNAMED,
    Guess,
    Outcome,
    Score,
    pool,
    score_groups,
    score_text,
)
from extractor.benchmark.spans import bare, score_detection

TEXT = "“走吧。”沈砚说。“再等等，”阿蛮说，“雨还没停。”老卒道：“船来了！”墙上写着“慎独”二字。"
PEOPLE = {"沈砚": ["阿砚"], "阿蛮": ["蛮姑娘", "小蛮"], "老卒": []}


def quotation(text, words, speaker=None, **more):
    """Annotate the pieces of one quotation by their words."""
    spans = tuple((text.index(word), text.index(word) + len(word)) for word in words)
    return GoldQuotation(start=spans[0][0], end=spans[-1][1], spans=spans, speaker=speaker, **more)


GOLD = [
    quotation(TEXT, ["走吧。"], "沈砚", type="explicit"),
    quotation(TEXT, ["再等等，", "雨还没停。"], "阿蛮", type="explicit"),
    quotation(TEXT, ["船来了！"], "老卒", type="anaphoric"),
    quotation(TEXT, ["慎独"], negative=True),
]


def guess(words, speaker, text=TEXT):
    return Guess(quotation(text, words).spans, speaker)


RIGHT = [guess(["走吧。"], "沈砚"), guess(["再等等，", "雨还没停。"], "阿蛮"), guess(["船来了！"], "老卒")]


def scored(guesses, *, gold=GOLD, people=PEOPLE, cast=None, text=TEXT, narrators=()):
    table = NameTable(people, narrators=narrators)
    return score_text("t", text, gold=gold, table=table, guesses=guesses, cast=people if cast is None else cast)


def kinds(score):
    return dict(score.mistakes())


def test_perfect_guesses_score_one_everywhere():
    score = scored(RIGHT)
    assert score.detection.f1 == score.detection.cover_recall == score.accuracy() == score.b3 == 1.0
    assert score.accuracy("explicit") == score.accuracy("anaphoric") == 1.0
    assert score.accuracy("implicit") is None
    assert kinds(score) == {}


def test_marks_inside_or_outside_of_a_span_are_the_same():
    wider = [Guess(tuple((a - 1, b + 1) for a, b in one.spans), one.speaker) for one in RIGHT]
    assert scored(wider).detection == scored(RIGHT).detection
    assert bare(TEXT, (0, 5)) == (1, 4)
    assert bare("“”", (0, 2)) is None


def test_a_quotation_that_is_not_found_is_missed():
    score = scored(RIGHT[:2])
    assert score.detection.recall == pytest.approx(3 / 4)
    assert score.detection.precision == 1.0
    assert score.accuracy() == pytest.approx(2 / 3)
    assert kinds(score) == {MISSED: 1}


def test_marked_text_that_nobody_says_is_a_wrong_guess():
    assert scored([*RIGHT, guess(["慎独"], None)]).detection.precision == pytest.approx(4 / 5)


def test_a_guess_in_ignored_text_is_neither_right_nor_wrong():
    gold = [*GOLD[:3], quotation(TEXT, ["慎独"], ignore=True)]
    score = scored([*RIGHT, guess(["慎独"], None)], gold=gold)
    assert (score.detection.guessed, score.detection.annotated) == (4, 4)


def test_a_quotation_cut_in_two_is_covered_but_not_the_same():
    start = TEXT.index("雨还没停。")
    score = scored([RIGHT[0], Guess((GOLD[1].spans[0], (start, start + 2), (start + 2, start + 5)), "阿蛮"), RIGHT[2]])
    assert score.detection.recall == pytest.approx(3 / 4)
    assert score.detection.cover_recall == 1.0
    assert score.accuracy() == 1.0


def test_spans_are_the_same_from_four_fifths_on():
    assert score_detection([(0, 8)], [(0, 10)]).same == 1
    assert score_detection([(0, 79)], [(0, 100)]).same == 0
    assert score_detection([(0, 10), (0, 10)], [(0, 10)]).same == 1


def test_an_alias_of_the_right_speaker_is_right():
    assert scored([RIGHT[0], guess(["再等等，", "雨还没停。"], "小蛮"), RIGHT[2]]).accuracy() == 1.0


def test_an_unknown_name_means_whom_its_aliases_mean():
    guesses = [guess(["走吧。"], "沈公子"), *RIGHT[1:]]
    assert scored(guesses).accuracy() == pytest.approx(2 / 3)
    cast = {"沈公子": ["阿砚"], "阿蛮": [], "老卒": []}
    assert scored(guesses, cast=cast).accuracy() == 1.0


def test_a_name_of_two_people_earns_half():
    people = {"Jane": ["Miss B."], "Lizzy": ["Miss B."]}
    text = "“Go.”"
    score = scored([Guess(((1, 4),), "Miss B.")], gold=[quotation(text, ["Go."], "Jane")], people=people, text=text)
    assert score.accuracy() == 0.5
    assert kinds(score) == {SHARED: 1}


def test_the_narrator_who_says_i_is_found_by_that_word():
    text = "“Go,” I said."
    gold = [quotation(text, ["Go,"], "Pip")]
    for narrators, share in (((), 0.0), (("Pip",), 1.0)):
        score = scored([Guess(((1, 4),), "I")], gold=gold, people={"Pip": []}, text=text, narrators=narrators)
        assert score.accuracy() == share


def test_every_mistake_has_its_kind():
    wrong = [guess(["走吧。"], "阿蛮"), guess(["再等等，", "雨还没停。"], None), guess(["船来了！"], "沈砚")]
    assert kinds(scored(wrong)) == {"wrong person, explicit": 1, UNNAMED: 1, "wrong person, anaphoric": 1}
    assert kinds(scored(wrong, cast={"阿蛮": []})) == {ABSENT: 2, UNNAMED: 1}
    mixed = {"沈砚": [], "阿蛮": ["阿砚", "小蛮"], "老卒": []}
    assert kinds(scored([guess(["走吧。"], "阿蛮"), *RIGHT[1:]], cast=mixed)) == {MERGED: 1}


def test_a_right_guess_under_a_second_entry_splits_the_person():
    gold = [quotation(TEXT, ["走吧。"], "阿蛮"), GOLD[1], quotation(TEXT, ["船来了！"], "阿蛮")]
    guesses = [guess(["走吧。"], "小蛮"), RIGHT[1], guess(["船来了！"], "阿蛮")]
    score = scored(guesses, gold=gold)
    assert (score.accuracy(), score.splits) == (1.0, 1)
    assert score.b3 == pytest.approx(2 * (5 / 9) / (1 + 5 / 9))


def test_b_cubed_is_that_of_the_textbook():
    names = [("a", "x"), ("a", "x"), ("a", "y"), ("b", "y")]
    outcomes = [Outcome(speaker, None, name, 1.0) for name, speaker in names]
    precision = (2 * 2 / 3 + 1 / 3 + 1) / 4
    recall = (2 * 1 + 2 * 1 / 2) / 4
    assert score_groups(outcomes) == pytest.approx(2 * precision * recall / (precision + recall))


def test_those_whom_nobody_names_stand_alone():
    assert score_groups([Outcome("x", None, None, 0.0)] * 2) == pytest.approx(2 * 0.5 / 1.5)
    assert score_groups([]) is None


def test_thoughts_without_marks_are_not_scored():
    text = "他想，走了也好。“走吧。”沈砚说。"
    gold = [quotation(text, ["走了也好。"], "沈砚", thought=True), quotation(text, ["走吧。"], "沈砚")]
    score = scored([guess(["走吧。"], "沈砚", text)], gold=gold, text=text)
    assert (score.detection.annotated, len(score.outcomes)) == (1, 1)


def test_names_are_compared_without_case_width_and_points():
    for name in ("The Mr. Darcy", "mr darcy", "Mr. Darcy's", "Mr. Darcy’s ", "Mr Darcy"):
        assert normalize(name) == "mr darcy"
    assert normalize("亚瑟·潘") == "亚瑟 潘"


def test_aliases_are_scored_by_name_and_by_pair():
    table = NameTable({"Ann Lee": ["Ann", "Miss Lee"], "Bob": ["Robert", "Nobody Knows"]})
    text = "Ann Lee, or Ann, or Miss Lee, met Bob, called Robert."
    score = score_aliases(table, {"Ann Lee": ["Ann"], "Bob": ["Miss Lee"]}, text)
    assert score.recall == pytest.approx(3 / 5)  # Ann Lee, Ann, Bob
    precision, recall = 1 / 2, 1 / 4
    assert score.pair_f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert score_aliases(table, {"Cyril": []}, "Nobody here.") is None


def test_pooling_adds_quotations_and_counts_each_cast_once():
    one, two = scored(RIGHT), scored(RIGHT[:1], cast={"沈砚": []})
    both = pool([one, two])
    assert both.accuracy() == pytest.approx(4 / 6)
    assert both.detection.recall == pytest.approx(5 / 8)
    assert both.b3 == pytest.approx((one.b3 + two.b3) / 2)
    assert both.aliases.recall == pytest.approx((one.aliases.recall + two.aliases.recall) / 2)
    assert pool([]) == Score("pooled", None, (), None, None)


NAMES = st.sampled_from(["Ann", "Bob", "Cyril", None])
ROWS = st.lists(st.tuples(NAMES, NAMES, st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=25)


def annotated(rows):
    """Lay quotations out one behind the other: (gold speaker, guessed speaker, length, guessed length)."""
    gold, guesses, at = [], [], 0
    for speaker, named, length, found in rows:
        gold.append(GoldQuotation(start=at, end=at + length, speaker=speaker))
        if found:
            guesses.append(Guess(((at, at + found),), named))
        at += 10
    people = {"Ann": ["Annie"], "Bob": [], "Cyril": []}
    return "x" * at, gold, guesses, people


@given(ROWS)
def test_what_is_annotated_scores_one_against_itself(rows):
    text, gold, _, people = annotated(rows)
    guesses = [Guess(one.pieces, one.speaker) for one in gold]
    score = scored(guesses, gold=gold, people=people, text=text)
    assert score.detection.f1 == score.detection.cover_recall == 1.0
    assert score.accuracy() in (1.0, None)
    assert score.b3 is None or score.b3 == pytest.approx(1.0)


@given(ROWS, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows, chance):
    text, gold, guesses, people = annotated(rows)
    before = scored(guesses, gold=gold, people=people, text=text)
    chance.shuffle(gold)
    chance.shuffle(guesses)
    after = scored(guesses, gold=gold, people=people, text=text)
    assert after.detection == before.detection
    assert after.accuracy() == pytest.approx(before.accuracy()) if after.outcomes else before.accuracy() is None
    assert after.b3 == pytest.approx(before.b3) if after.outcomes else before.b3 is None
    assert after.mistakes() == before.mistakes()


@given(ROWS)
def test_every_share_lies_between_none_and_all(rows):
    text, gold, guesses, people = annotated(rows)
    score = scored(guesses, gold=gold, people=people, text=text)
    found = score.detection
    shares = [found.precision, found.recall, found.f1, found.cover_recall, score.accuracy() or 0.0, score.b3 or 0.0]
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
    assert sum(score.mistakes().values()) == sum(outcome.credit < 1 for outcome in score.outcomes)


def test_a_long_text_is_scored_in_linear_time():
    chance = random.Random(1)
    rows = [("Ann", chance.choice(["Ann", "Bob"]), 9, chance.randint(0, 9)) for _ in range(30_000)]
    text, gold, guesses, people = annotated(rows)
    began = time.process_time()
    assert len(scored(guesses, gold=gold, people=people, text=text).outcomes) == 30_000
    assert time.process_time() - began < 15
