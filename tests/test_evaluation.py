"""Evaluation: honest figures with intervals, the same rows for every model, and plain words about a rehearsal."""

import random

import pytest
from training_corpus import pair_rows, persona_rows, swift_town, trained_town, turn, world_rows

from extractor.errors import TrainingError
from extractor.records import Row
from extractor.store import lines_of, write_bytes
from extractor.training.checkpoints import model_folder
from extractor.training.corpus import held_out
from extractor.training.evaluation import FIGURES, Evaluation, evaluate
from extractor.training.exam import Exam, set_exam, sit
from extractor.training.generation import generate_replies
from extractor.training.measures import (
    contains_answer,
    faults_of,
    is_exact,
    mean,
    overlap,
    perplexity,
    share,
)
from extractor.training.models import open_model, open_tokenizer
from extractor.training.progress import quiet
from extractor.training.rows import prompt_ids


@pytest.mark.parametrize(
    ("reply", "answers", "right"),
    [
        ("是王更夫。", ["王更夫"], True),
        ("那个人叫王更夫，住在东街。", ["王更夫"], True),
        ("王 更夫", ["王更夫"], False),
        ("是老王。", ["王更夫", "老王"], True),
        ("不是王更夫，是李船家。", ["王更夫"], False),
        ("不是王更夫，是李船家。", ["李船家"], True),
        ("并非王更夫。", ["王更夫"], False),
        ("王更夫？不，王更夫。", ["王更夫"], True),
        ("他不叫王更夫，叫老李。", ["老李"], True),
        ("不是李船家；是王更夫", ["王更夫"], True),
        ("是１２３号。", ["123号"], True),
        ("是東街。", ["东街"], True),
        ("是东街。", ["東街"], True),
        ("我没有见过他。", ["东街"], False),
        ("", ["东街"], False),
        ("东街", [""], False),
        ("It was Old Tom.", ["old tom"], True),
        ("It was not Old Tom, it was Ann.", ["Old Tom"], False),
        ("It was not Old Tom, it was Ann.", ["Ann"], True),
        ("She isn't in the mill.", ["the mill"], False),
    ],
)
def test_an_answer_counts_where_it_is_said_and_not_denied(reply, answers, right):
    assert contains_answer(reply, answers) is right


@pytest.mark.parametrize(
    ("reply", "right"), [("东街。", True), (" 東街 ！", True), ("Ｄong街", False), ("东街的灯", False), ("", False)]
)
def test_exact_ignores_width_script_and_punctuation_only(reply, right):
    assert is_exact(reply, ["东街"]) is right


def test_overlap_shares_characters_in_chinese_and_words_in_english():
    assert overlap("东街的灯", ["东街"]) == pytest.approx(2 * 2 / 6)
    assert overlap("the old mill", ["old mill"]) == pytest.approx(2 * 2 / 5)
    assert overlap("旧窑", ["东街"]) == 0


@pytest.mark.parametrize(
    ("reply", "language", "faults"),
    [
        ("  ", "zh", ("empty",)),
        ("嗯", "zh", ("too_short",)),
        ("嗯。", "zh", ()),
        ("不去！", "zh", ()),
        ("No.", "en", ()),
        ("好家伙好家伙好家伙好家伙好家伙", "zh", ("repetition",)),
        ("哈" * 9 + "，你来啦", "zh", ("repetition",)),
        ("I am the night watch.", "zh", ("wrong_script",)),
        ("这是东街的灯。", "en", ("wrong_script",)),
        ("作为一个人工智能，我没有感情。", "zh", ("ai_self",)),
        ("As an AI language model, I cannot drink.", "en", ("ai_self",)),
        ("锣响三更��天", "zh", ("wrong_script",)),
        ("好家伙，冻得我鼻子都要掉了！", "zh", ()),
        ("I am just a watchman, sir.", "en", ()),
        ("作为更夫，我夜夜敲锣。", "zh", ()),
        ("OK，东街的灯都灭了，回家吧。", "zh", ()),
    ],
)
def test_faults_are_seen_and_health_is_not_punished(reply, language, faults):
    assert faults_of(reply, language=language) == faults


def test_three_of_three_proves_little():
    figure = share([True] * 3)
    assert figure.value == 1.0
    assert figure.low < 0.5
    assert share([]) is None


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says():
    drawn = random.Random(1)
    hits = 0
    for _ in range(200):
        figure = mean([drawn.gauss(0.3, 1.0) for _ in range(60)])
        hits += figure.low <= 0.3 <= figure.high
    assert 180 <= hits <= 198


def test_perplexity_weighs_tokens_not_rows():
    assert perplexity([10.0, 0.0], [1, 9]).value == pytest.approx(2.718, abs=1e-3)
    assert perplexity([], []) is None


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(trained_town())


def test_every_model_is_measured_on_the_same_rows(evaluation):
    assert [arm.name for arm in evaluation.arms] == ["base", "world", "persona-sft", "persona", "real"]
    for arm in evaluation.arms[:4]:
        assert set(arm.figures) == set(FIGURES)
        assert arm.figures["qa_perplexity"].items == len(held_out(row for row in world_rows() if row.kind == "qa"))
        assert arm.figures["line_perplexity"].items == len(held_out(persona_rows()))
        assert arm.figures["preference_accuracy"].items == len(held_out(pair_rows()))


def test_every_figure_lies_in_its_interval(evaluation):
    for arm in evaluation.arms:
        for figure in arm.figures.values():
            assert figure.low <= figure.value <= figure.high


def test_training_shows_in_the_figures(evaluation):
    figures = {arm.name: arm.figures for arm in evaluation.arms}
    assert figures["world"]["qa_perplexity"].value < figures["base"]["qa_perplexity"].value / 10
    assert figures["persona"]["line_perplexity"].value < figures["base"]["line_perplexity"].value / 10
    assert figures["persona"]["preference_accuracy"].value > figures["base"]["preference_accuracy"].value


def test_a_rehearsal_says_so(evaluation):
    assert evaluation.rehearsal
    assert "cannot talk sense" in evaluation.note


def test_few_items_are_not_compared(evaluation):
    (verdict,) = [said for said in evaluation.verdicts if said.startswith(FIGURES["preference_accuracy"])]
    assert verdict.endswith("too few items to compare (10 are needed)")


def test_the_file_holds_what_was_returned(evaluation):
    path = trained_town().outputs / "evaluation.json"
    assert Evaluation.model_validate_json(path.read_bytes()) == evaluation


def test_the_table_has_a_row_for_each_figure(evaluation):
    table = evaluation.table()
    assert table.startswith("rehearsal: a tiny model made on the spot")
    assert "| | base | world | persona-sft | persona | real |" in table
    assert all(title in table for title in FIGURES.values())


def test_a_second_evaluation_measures_nothing_again(evaluation, capfd):
    assert evaluate(trained_town()) == evaluation
    assert capfd.readouterr().err.count("was measured before on the same rows") == 4


def test_the_prompt_is_closed_book(evaluation):
    persona = evaluation.arm("persona")
    by_row = {row.id: row for row in world_rows()}
    for reply in persona.replies:
        if reply.row in by_row:
            assert reply.prompt == by_row[reply.row].messages[-2].content
            assert reply.expected not in reply.prompt


def test_held_out_rows_are_never_trained_rows():
    exam, missing = set_exam(trained_town(), rehearsal=True)
    assert missing == []
    assert {row.split for row in exam.questions + exam.lines + exam.pairs} == {"test"}
    assert {row.split for row in exam.trained_questions} == {"train"}


def test_missing_models_and_rows_are_named(tmp_path):
    shelf = swift_town(tmp_path)
    (shelf.outputs / "models").mkdir()
    for step in ("base", "world"):
        (shelf.outputs / "models" / step).symlink_to(model_folder(trained_town(), step).resolve())
    write_bytes(
        shelf.outputs / "corpus" / "preferences.jsonl", lines_of([row for row in pair_rows() if row.split == "train"])
    )
    measured = evaluate(shelf)
    assert [arm.name for arm in measured.arms] == ["base", "world", "real"]
    assert measured.missing == (
        "preference pairs: no held-out rows in the corpus",
        "persona-sft: not trained",
        "persona: not trained",
    )
    assert "preference_accuracy" not in measured.arm("world").figures


def test_evaluation_without_a_world_names_the_command(tmp_path):
    with pytest.raises(TrainingError, match="run `make book=town world` first"):
        evaluate(swift_town(tmp_path))


def test_another_profile_is_refused():
    with pytest.raises(TrainingError, match=r"trained from tiny \(profile swift\), not from Qwen"):
        evaluate(trained_town(), profile="qwen2.5-7b")


def test_a_model_that_knows_an_answer_scores():
    """The world model of the town learnt some answers by heart; what it says greedily must count as right."""
    folder = model_folder(trained_town(), "world")
    tokenizer, model = open_tokenizer(folder), open_model(folder)
    question = [{"role": "user", "content": "周婆婆住在哪里？"}]
    with quiet():
        (said,) = generate_replies(model, tokenizer, [prompt_ids(question, tokenizer, max_length=512)], new_tokens=40)
    row = Row(
        id="x",
        kind="qa",
        book="town",
        chapter="c1",
        messages=(turn("user", "周婆婆住在哪里？"), turn("assistant", said)),
    )
    exam = Exam(questions=[row], trained_questions=[], lines=[], pairs=[], language="zh", new_tokens=40)
    with quiet():
        figures, (reply,) = sit(folder, exam)
    assert reply.reply == said
    assert figures["qa_exact"].value == figures["qa_contains"].value == 1.0


def test_batching_changes_no_reply():
    folder = model_folder(trained_town(), "persona")
    tokenizer, model = open_tokenizer(folder), open_model(folder)
    prompts = [
        prompt_ids([{"role": "user", "content": text}], tokenizer, max_length=512)
        for text in ("冷吗？", "你见过那只黑猫吗？", "酒还有没有？今晚谁敲更？")
    ]
    with quiet():
        together = generate_replies(model, tokenizer, prompts, new_tokens=24)
        alone = [generate_replies(model, tokenizer, [prompt], new_tokens=24)[0] for prompt in prompts]
    assert together == alone
