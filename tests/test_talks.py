from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workshop import ROOT, Workshop

from extractor.asking.request import Answer
from extractor.book import Shelf
from extractor.pipeline import inputs_of, run_stage, stage_named
from extractor.records import Chapter, Dropped, Knowledge, Summary
from extractor.rehearsal import answer, asked_numbers
from extractor.stage import Asking, Question
from extractor.talks import Talks

TEXT = "".join(
    f"第{number}章 渡口\n\n　　老丁蹲在渡口抽烟，雨下了整整一夜还没有停。\n　　“船呢？”阿桑问道。\n"
    f"　　老丁说：“沉了{number}条，剩下的都漏水。”\n　　阿桑把篙插进泥里，抬头看了看天色，没有再说话。\n\n"
    for number in ("一", "二", "三")
)
TOML = 'title = "渡口"\npersona = "老丁"\nsynopsis = "一条河。"\n\n[[cast]]\nname = "老丁"\n\n[[cast]]\nname = "阿桑"\n'
EVERYTHING = ("chapters", "cast", "quotations", "summaries", "knowledge", "dialogues", "conversations")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A small book made by rules up to conversations."""
    root = tmp_path_factory.mktemp("talks")
    Workshop(root).book("small", TEXT, TOML)
    shelf = Shelf("small", root)
    for name in EVERYTHING:
        run_stage(shelf, name)
    return shelf


def talks(shelf, name, model="some-model"):
    stage = stage_named(name)
    return Talks(shelf, stage, inputs_of(shelf, stage), model=model)


def requests(shelf, name, **options):
    return [item.request for item in talks(shelf, name, **options).asked]


def replied(requests, parse):
    """Answer everything by rules, in reverse order."""
    for request in reversed(requests):
        reply = answer(request.messages)
        yield Answer(request, parse(request, reply), "done", "", reply)


def test_the_system_message_tells_book_synopsis_and_cast(shelf):
    system = talks(shelf, "summaries").system
    assert "渡口" in system
    assert "一条河。" in system
    assert "老丁" in system.splitlines()
    assert "阿桑" in system.splitlines()


def test_later_questions_repeat_the_first_exchange_and_add_one_turn(shelf):
    first = {r.chapter: r.messages for r in requests(shelf, "summaries")}
    summary = {s.chapter: s.text for s in inputs_of(shelf, stage_named("knowledge")).all(Summary)}
    for name in ("knowledge", "dialogues"):
        for request in requests(shelf, name):
            assert request.messages[:2] == first[request.chapter]
            assert request.messages[2] == {"role": "assistant", "content": summary[request.chapter]}
            assert [turn["role"] for turn in request.messages[3:]] == ["user"]


def test_questions_without_a_chapter_have_a_talk_of_their_own(shelf):
    for request in requests(shelf, "preferences"):
        assert [turn["role"] for turn in request.messages] == ["system", "user"]
        assert request.messages[0]["content"] != talks(shelf, "preferences").system


def test_every_question_has_a_key_of_its_own(shelf):
    found = [r.key for name in ("summaries", "knowledge", "dialogues", "preferences") for r in requests(shelf, name)]
    assert len(found) == len(set(found)) == 3 + 12 + 3 + 3


def test_a_server_on_this_machine_answers_for_itself_alone(shelf):
    stage = stage_named("summaries")
    keys = {
        place: [a.request.key for a in Talks(shelf, stage, inputs_of(shelf, stage), model="m", place=place).asked]
        for place in ("", "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1")
    }
    assert not set(keys[""]) & set(keys["http://127.0.0.1:1/v1"])
    assert not set(keys["http://127.0.0.1:1/v1"]) & set(keys["http://127.0.0.1:2/v1"])


def test_a_key_changes_with_the_model_and_stays_otherwise(shelf):
    assert [r.key for r in requests(shelf, "knowledge")] == [r.key for r in requests(shelf, "knowledge")]
    assert not {r.key for r in requests(shelf, "knowledge")} & {r.key for r in requests(shelf, "knowledge", model="x")}


def test_a_chapter_without_a_summary_is_dropped_by_name(shelf):
    stage = stage_named("knowledge")
    written = inputs_of(shelf, stage)
    kept = written.all(Summary)[1:]
    inputs = type(written)(
        shelf.book,
        novel=lambda: written.novel,
        records=lambda kind: kept if kind is Summary else written.all(kind),
    )
    made = list(Talks(shelf, stage, inputs, model="x").records(replied))
    lost = [record for record in made if isinstance(record, Dropped)]
    assert [(d.source, d.reason) for d in lost] == [
        (f"c0001 {angle}", "no_summary") for angle in ("terms", "plot", "meaning", "depth")
    ]
    assert {record.chapter for record in made if isinstance(record, Knowledge)} == {"c0002", "c0003"}


def test_records_come_in_the_order_of_the_questions(shelf):
    made = list(talks(shelf, "summaries").records(replied))
    chapters = [c.id for c in inputs_of(shelf, stage_named("summaries")).all(Chapter) if c.kind != "front"]
    assert [record.chapter for record in made] == chapters


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("failed", "failed"),
        ("refused", "refused"),
        ("truncated", "truncated"),
        ("blank", "blank"),
        ("in_doubt", "failed"),
    ],
)
def test_an_answer_that_is_none_is_dropped_with_its_state(shelf, state, reason):
    def ask(requests, parse):
        yield from (Answer(request, None, state, "because") for request in requests)

    made = list(talks(shelf, "summaries").records(ask))
    assert {(record.reason, record.detail) for record in made} == {(reason, "because")}


def test_what_was_not_answered_is_dropped_as_failed(shelf):
    made = list(talks(shelf, "summaries").records(lambda requests, parse: iter(())))
    assert [record.reason for record in made] == ["failed"] * 3


def test_the_rehearsal_answers_every_question_of_every_stage(shelf):
    for name in ("summaries", "knowledge", "dialogues", "preferences"):
        made = list(talks(shelf, name).records(replied))
        assert made
        assert not [record for record in made if isinstance(record, Dropped) and record.reason != "too_short"]


def test_the_rehearsal_answers_a_stranger_with_a_word():
    assert answer([{"role": "user", "content": "ping"}]) == "ok"
    assert answer([{"role": "system", "content": "x"}]) == "ok"
    assert answer([]) == "ok"


def test_the_rehearsal_answers_a_request_to_correct(shelf):
    [first, *_] = requests(shelf, "dialogues")
    again = [*first.messages, {"role": "assistant", "content": "{"}, {"role": "user", "content": "Reply again."}]
    assert answer(again) == answer(first.messages)


@given(st.sets(st.integers(1, 400), min_size=1))
def test_the_numbers_asked_for_are_read_back(numbers):
    from extractor.stages.dialogues import _ranges

    text = f"任务 dialogues：只标注编号为 {_ranges(sorted(numbers))} 的引文，共 {len(numbers)} 处。"
    assert asked_numbers(text) == (numbers if len(numbers) > 1 else set()), "one number alone is taken for a count"


@given(st.text())
def test_the_rehearsal_stands_any_text(text):
    assert isinstance(answer([{"role": "user", "content": f"1 {text}"}]), str)
    for task in ("summaries", "knowledge", "dialogues", "preferences"):
        assert answer([{"role": "user", "content": f"1:{text}\n{text}\n#3 4-5\n{task} {text}"}])


def rewritten(shelf, root, stage, name):
    """The same book with one prompt reworded."""
    copy = Workshop(shelf.root).copy(root)
    own = copy.root / "books/small/prompts" / stage
    own.mkdir(parents=True)
    text = (ROOT / f"prompts/zh/{stage}/{name}.md").read_text(encoding="utf-8")
    (own / f"{name}.md").write_text(f"{text}\n（别忘了。）\n", encoding="utf-8")
    return Shelf("small", copy.root)


@pytest.mark.parametrize(
    ("stage", "name", "asked"),
    [
        ("summaries", "rules", {"summaries"}),
        ("knowledge", "rules", {"knowledge"}),
        ("dialogues", "rules", {"dialogues"}),
        ("dialogues", "ask", {"dialogues"}),
        ("preferences", "system", {"preferences"}),
        ("talk", "system", {"summaries", "knowledge", "dialogues"}),
    ],
)
def test_a_reworded_prompt_asks_what_hangs_on_it(shelf, tmp_path, stage, name, asked):
    other = rewritten(shelf, tmp_path, stage, name)
    changed = {
        task
        for task in ("summaries", "knowledge", "dialogues", "preferences")
        if {r.key for r in requests(shelf, task)} != {r.key for r in requests(other, task)}
    }
    assert changed == asked


def test_the_system_message_holds_the_rules_of_every_task_once(shelf, tmp_path):
    system = talks(shelf, "summaries").system
    for task in ("summaries", "knowledge", "dialogues"):
        rules = (ROOT / f"prompts/zh/{task}/rules.md").read_text(encoding="utf-8").strip()
        assert system.count(rules) == 1
        assert all(request.messages[0]["content"] == system for request in requests(shelf, task))
    assert "（别忘了。）" in talks(rewritten(shelf, tmp_path, "dialogues", "rules"), "summaries").system


def test_a_question_without_words_is_answered_by_code_whatever_the_model_does(shelf):
    stage = stage_named("preferences")
    nobody = Dropped(stage="preferences", source="c0001", reason="too_short")
    question = Question(source="unasked", part="", content="")
    asking = Asking(questions=lambda inputs, render: [question], records=lambda asked, reply, inputs: [nobody])
    silent = Talks(shelf, replace(stage, asking=asking), inputs_of(shelf, stage), model="x")
    assert [item.request for item in silent.asked] == [None]
    assert list(silent.records(lambda requests, parse: iter(()))) == [nobody]
