"""Supervised fine-tuning: what carries loss, what happens to rows that are too long, and that a run learns."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from training_corpus import SYSTEM, pair_rows, persona_rows, tiny_base, turn, world_rows

from extractor.errors import TrainingError
from extractor.records import Row
from extractor.training.models import mean_loss, open_model, open_tokenizer, token_losses
from extractor.training.progress import quiet
from extractor.training.recipes import Recipe
from extractor.training.rows import IGNORED, tokenize_pairs, tokenize_rows
from extractor.training.runs import merge_adapter
from extractor.training.sft import Run, fine_tune

# The templates of well-known families, without generation marks: what comes after a reply differs in each.
QWEN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n\n' + m['content'] + '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n\n' }}{% endif %}"
)
MISTRAL = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ m['content'] + '<|im_end|>' }}"
    "{% else %}{{ '[INST]' + m['content'] + '[/INST]' }}{% endif %}{% endfor %}"
)
NO_END = (
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
STRIPS_HISTORY = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{% if m['role'] == 'assistant' and loop.last %}{{ '<think></think>' }}{% endif %}"
    "{{ m['content'] + '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tokenizer_with(template=None):
    tokenizer = open_tokenizer(tiny_base())
    if template:
        tokenizer.chat_template = template
    return tokenizer


def learnt_text(tokenizer, example):
    return tokenizer.decode([label for label in example.labels if label != IGNORED])


def talk(*contents, system=""):
    messages = tuple(turn(("user", "assistant")[index % 2], content) for index, content in enumerate(contents))
    return Row(id="t", kind="dialogue", book="town", chapter="c1", system=system, messages=messages)


@pytest.mark.parametrize("template", [None, QWEN, LLAMA, MISTRAL])
def test_loss_is_on_the_replies_and_their_end_alone(template):
    tokenizer = tokenizer_with(template)
    row = talk("更鼓怎么没响？", "老鼠啃了。", "那怎么办？", "用锅盖敲！", system=SYSTEM)
    (example,), counts = tokenize_rows([row], tokenizer, max_length=512)
    assert learnt_text(tokenizer, example) == "老鼠啃了。<|im_end|>用锅盖敲！<|im_end|>"
    assert counts.learnt == example.learnt


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(alphabet="更夫敲锣！a b。\n", min_size=1, max_size=12).map(str.strip).filter(bool),
        min_size=2,
        max_size=6,
    )
)
def test_loss_is_on_the_replies_whatever_they_are(contents):
    contents = contents[: len(contents) // 2 * 2]
    tokenizer = tokenizer_with()
    (example,), _ = tokenize_rows([talk(*contents)], tokenizer, max_length=512)
    assert learnt_text(tokenizer, example) == "".join(reply + "<|im_end|>" for reply in contents[1::2])


def test_a_template_that_never_ends_a_turn_is_refused():
    with pytest.raises(TrainingError, match="does not mark the end of a turn"):
        tokenize_rows([talk("在吗？", "在。")], tokenizer_with(NO_END), max_length=64)


def test_a_template_that_rewrites_history_learns_reply_by_reply():
    tokenizer = tokenizer_with(STRIPS_HISTORY)
    examples, counts = tokenize_rows([talk("在吗？", "在。", "冷吗？", "冷。")], tokenizer, max_length=256)
    assert [learnt_text(tokenizer, example) for example in examples] == [
        "<think></think>在。<|im_end|>",
        "<think></think>冷。<|im_end|>",
    ]
    assert "在。<|im_end|>" in tokenizer.decode(examples[1].ids)
    assert counts.too_long == 0


def test_a_template_that_rewrites_the_prompt_is_refused():
    rewrites = "{% for m in messages %}{{ m['content'] + '<|im_end|>' }}{% endfor %}{{ messages | length }}"
    with pytest.raises(TrainingError, match="writes a prompt differently once it is answered"):
        tokenize_rows([talk("在吗？", "在。")], tokenizer_with(rewrites), max_length=64)


def test_every_token_of_a_long_document_is_learnt_once():
    tokenizer = tokenizer_with()
    text = "".join(f"第{number}更，东街的灯灭了。" for number in range(60))
    row = Row(id="d", kind="document", book="town", chapter="c1", messages=(turn("assistant", text),))
    pieces, counts = tokenize_rows([row], tokenizer, max_length=64)
    learnt = [label for piece in pieces for label in piece.labels[1:] if label != IGNORED]
    assert tokenizer.decode(learnt) == text + "<|endoftext|>"
    assert all(len(piece.ids) <= 64 for piece in pieces)
    assert counts.pieces == 1
    assert "1 long documents cut into pieces" in counts.sentence()


def test_a_summary_without_a_question_is_learnt_whole():
    row = Row(id="s", kind="summary", book="town", chapter="c1", messages=(turn("assistant", "更夫丢了鼓槌。"),))
    tokenizer = tokenizer_with()
    (example,), _ = tokenize_rows([row], tokenizer, max_length=64)
    assert learnt_text(tokenizer, example) == "更夫丢了鼓槌。<|endoftext|>"


def test_every_reply_of_a_long_dialogue_is_learnt_once():
    tokenizer = tokenizer_with()
    contents = [f"第{index}句，今晚冷不冷？" for index in range(30)]
    windows, counts = tokenize_rows([talk(*contents, system=SYSTEM)], tokenizer, max_length=128)
    assert "".join(learnt_text(tokenizer, window) for window in windows) == "".join(
        reply + "<|im_end|>" for reply in contents[1::2]
    )
    assert all(len(window.ids) <= 128 for window in windows)
    assert all(tokenizer.decode(window.ids).startswith(f"<|im_start|>system\n{SYSTEM}") for window in windows)
    assert counts.windows == 1


def test_an_exchange_that_cannot_fit_is_counted_and_its_neighbours_stay():
    tokenizer = tokenizer_with()
    row = talk("冷吗？", "冷。", "说说看。", "好家伙，" * 200, "然后呢？", "没了。")
    windows, counts = tokenize_rows([row], tokenizer, max_length=64)
    assert "".join(learnt_text(tokenizer, window) for window in windows) == "冷。<|im_end|>没了。<|im_end|>"
    assert counts.too_long == 1
    assert "1 exchanges too long and left out" in counts.sentence()


def test_a_pair_loses_its_oldest_turns_first():
    tokenizer = tokenizer_with()
    base = pair_rows(1)[0]
    long = base.model_copy(update={"messages": (turn("user", "旧话" * 80), turn("assistant", "嗯。"), *base.messages)})
    (pair,), counts = tokenize_pairs([long], tokenizer, max_length=160)
    assert counts.trimmed == 1
    prompt = tokenizer.decode(pair.prompt)
    assert "旧话" not in prompt
    assert base.messages[0].content in prompt
    assert SYSTEM in prompt
    assert prompt.endswith("<|im_start|>assistant\n")
    assert tokenizer.decode(pair.chosen) == base.messages[-1].content + "<|im_end|>"
    assert tokenizer.decode(pair.rejected) == base.rejected.content + "<|im_end|>"


def test_a_pair_that_cannot_fit_is_counted():
    pairs, counts = tokenize_pairs(pair_rows(3), tokenizer_with(), max_length=32)
    assert (pairs, counts.rows, counts.too_long) == ([], 3, 3)


def run_once(tmp_path, recipe, steps):
    tokenizer = tokenizer_with()
    examples, _ = tokenize_rows(world_rows(60), tokenizer, max_length=128)
    run = Run("test", tiny_base(), tmp_path / "work", tmp_path / "fresh", steps=steps, recipe=recipe)
    with quiet():
        return fine_tune(run, examples, held_out=examples[:8], tokenizer=tokenizer), examples


FULL = Recipe(method="full", learning_rate=5e-3, batch_rows=8, max_length=128, save_steps=1000)


def test_loss_falls(tmp_path):
    trained, _ = run_once(tmp_path, FULL, steps=20)
    assert trained.losses[-1] < 0.6 * trained.losses[0]
    assert trained.after < 0.6 * trained.before
    assert len(trained.losses) == 20


def test_the_same_seed_gives_the_same_losses_and_another_gives_others(tmp_path):
    one = run_once(tmp_path / "1", FULL, steps=5)[0].losses
    two = run_once(tmp_path / "2", FULL, steps=5)[0].losses
    other = run_once(tmp_path / "3", FULL.model_copy(update={"seed": 5}), steps=5)[0].losses
    assert one == two
    assert one != other


def test_an_adapter_learns_and_is_merged(tmp_path):
    recipe = FULL.model_copy(update={"method": "lora", "learning_rate": 2e-2, "dropout": 0.0})
    trained, _ = run_once(tmp_path, recipe, steps=20)
    assert trained.after < trained.before - 0.2
    assert (tmp_path / "fresh" / "adapter" / "adapter_model.safetensors").is_file()
    assert not any("lora" in name for name, _ in trained.model.named_parameters())


def test_padding_changes_no_loss():
    tokenizer, model = tokenizer_with(), open_model(tiny_base())
    examples, _ = tokenize_rows(persona_rows(12), tokenizer, max_length=256)
    pad = tokenizer.pad_token_id
    together = token_losses(model, examples, pad=pad)
    alone = [token_losses(model, [example], pad=pad)[0] for example in examples]
    assert [loss.total for loss in together] == pytest.approx([loss.total for loss in alone], rel=1e-4)
    assert [loss.row for loss in together] == [row.id for row in persona_rows(12)]
    assert mean_loss(alone) == pytest.approx(math.log(model.config.vocab_size), abs=1.0)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    wild = FULL.model_copy(update={"learning_rate": 1e30, "warmup": 0.0})
    with pytest.raises(TrainingError, match=r"the loss became nan at step \d+. Lower learning_rate"):
        run_once(tmp_path, wild, steps=10)


def test_four_bits_without_a_gpu_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="needs a CUDA GPU"):
        run_once(tmp_path, FULL.model_copy(update={"method": "qlora"}), steps=2)


def test_the_loss_after_an_adapters_training_is_that_of_the_merged_model(tmp_path):
    recipe = FULL.model_copy(update={"method": "lora", "learning_rate": 2e-2, "dropout": 0.1})
    trained, examples = run_once(tmp_path, recipe, steps=5)
    losses = token_losses(trained.model, examples[:8], pad=tokenizer_with().pad_token_id)
    assert trained.after == pytest.approx(mean_loss(losses), abs=1e-4)


def test_a_merge_on_the_cpu_never_touches_the_gpu(tmp_path, monkeypatch):
    recipe = FULL.model_copy(update={"method": "lora"})
    run_once(tmp_path, recipe, steps=2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    merged = merge_adapter(tiny_base(), tmp_path / "fresh" / "adapter", on_cpu=True)
    assert {(weight.device.type, weight.dtype) for weight in merged.parameters()} == {("cpu", torch.bfloat16)}
