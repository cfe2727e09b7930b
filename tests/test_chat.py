"""Talking to a model: streaming, with the prompt of its training, remembering what was said."""

import pytest
from training_corpus import SYSTEM, swift_town, trained_town

from extractor.errors import TrainingError
from extractor.training.chat import Chat, reply
from extractor.training.checkpoints import model_folder
from extractor.training.generation import generate_replies
from extractor.training.models import open_model, open_tokenizer
from extractor.training.progress import quiet
from extractor.training.rows import prompt_ids


def test_a_stream_is_the_greedy_reply_piece_by_piece():
    folder = model_folder(trained_town(), "persona")
    tokenizer, model = open_tokenizer(folder), open_model(folder)
    turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "今晚冷不冷？"}]
    with quiet():
        (whole,) = generate_replies(model, tokenizer, [prompt_ids(turns, tokenizer, max_length=512)], new_tokens=32)
    pieces = list(reply(folder, system=SYSTEM, history=[], message="今晚冷不冷？", new_tokens=32, temperature=0))
    assert len(pieces) > 1
    assert "".join(pieces).strip() == whole


def test_the_talk_is_remembered():
    chat = Chat(trained_town(), seed=1)
    first = "".join(chat.say("今晚冷不冷？")).strip()
    second = "".join(chat.say("酒还有没有？")).strip()
    assert [turn["content"] for turn in chat.history] == ["今晚冷不冷？", first, "酒还有没有？", second]
    assert [turn["role"] for turn in chat.history] == ["user", "assistant"] * 2


def test_history_changes_the_reply():
    folder = model_folder(trained_town(), "persona")
    history = [{"role": "user", "content": "鼓槌呢？"}, {"role": "assistant", "content": "好家伙！"}] * 3
    asked = {"system": SYSTEM, "message": "冷吗？", "new_tokens": 24, "temperature": 1.0}
    alone = ["".join(reply(folder, history=[], seed=seed, **asked)) for seed in range(4)]
    after = ["".join(reply(folder, history=history, seed=seed, **asked)) for seed in range(4)]
    assert alone != after


def test_the_same_seed_says_the_same():
    folder = model_folder(trained_town(), "persona")
    asked = {"system": SYSTEM, "history": [], "message": "冷吗？", "new_tokens": 16, "seed": 3}
    assert list(reply(folder, **asked)) == list(reply(folder, **asked))


def test_the_system_prompt_of_the_training_is_used():
    assert Chat(trained_town()).system == SYSTEM
    assert Chat(trained_town(), system="你是船家。").system == "你是船家。"


def test_it_says_which_model_it_is_and_that_it_is_a_rehearsal():
    said = Chat(trained_town(), step="world").introduction()
    assert "models/world: world of tiny, profile swift, 150 steps" in said
    assert "cannot talk sense" in said


def test_a_long_talk_loses_its_oldest_turns_not_its_last():
    tokenizer = open_tokenizer(model_folder(trained_town(), "persona"))
    turns = [{"role": "system", "content": SYSTEM}]
    for number in range(40):
        turns += [{"role": "user", "content": f"第{number}问"}, {"role": "assistant", "content": f"第{number}答"}]
    turns.append({"role": "user", "content": "最后一问"})
    ids = prompt_ids(turns, tokenizer, max_length=200)
    text = tokenizer.decode(ids)
    assert len(ids) <= 200
    assert text.startswith(f"<|im_start|>system\n{SYSTEM}")
    assert text.endswith("最后一问<|im_end|>\n<|im_start|>assistant\n")
    assert "第0问" not in text


def test_leaving_early_stops_the_model():
    pieces = reply(
        model_folder(trained_town(), "base"),
        system="",
        history=[],
        message="敲",
        new_tokens=1500,
        temperature=5.0,
        seed=1,
    )
    next(pieces)
    pieces.close()


@pytest.mark.parametrize(("step", "command"), [("persona", "persona"), ("world", "world")])
def test_a_missing_model_names_the_command(tmp_path, step, command):
    with pytest.raises(TrainingError, match=f"holds no finished model; run `make book=town {command}` first"):
        Chat(swift_town(tmp_path), step=step)
