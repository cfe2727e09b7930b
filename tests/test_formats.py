import json
import os
import re

import pytest
from gold_records import demo_desk, gold_rows, small_desk

from extractor.errors import StoreError
from extractor.records import Chapter, Conversation, Knowledge, Message, Preference, Row, Summary
from extractor.shaping.formats import describe, export, persona_name
from extractor.shaping.readback import read_back
from extractor.stages import conversations, corpus, dialogues, preferences

SCENES = """#c0001 第一章 渡口
“船呢？”{老丁>阿桑;e}
“我问船呢？”{小陆>阿桑;e}
⟦又来了。⟧{阿桑;t}
“沉了。”{阿桑>老丁;i}
“真沉了？”{老丁>阿桑;i}
“真沉了。”{阿桑>老丁;i}
＊＊＊
“船呢？”{老丁>小陆;e}
“没了。”{小陆>老丁;i}
"""


@pytest.fixture(scope="module")
def demo():
    """The rows of the Chinese demo with its gold facts and a summary for each chapter."""
    desk = demo_desk("demo")
    splits = {row.chapter: row.split for row in desk.of(Row)}
    facts = [
        Knowledge(
            id=f"{row['chapter']}-k{n:03d}",
            chapter=row["chapter"],
            angle="plot",
            fact=row["answer"],
            questions=(row["question"],),
            answer=row["answer"],
            evidence=(row["evidence"],),
            known_from=row["known_from"],
            engine="rules",
        )
        for n, row in enumerate(gold_rows("demo", "facts"))
    ] or [_fact()]
    told = Summary(id="c0001-s01", chapter="c0001", text="一条滑舟来到螺背镇。", engine="rules")
    world = [*corpus.questions(desk.book, facts, splits), *corpus.summaries(desk.book, desk.of(Chapter), found=[told])]
    return desk, [*desk.of(Row), *(row for row in world if isinstance(row, Row))]


def _fact():
    return Knowledge(
        id="c0001-k001",
        chapter="c0001",
        angle="plot",
        fact="滑舟在盐壳上跑。",
        questions=("滑舟在哪里跑？",),
        answer="在盐壳上。",
        evidence=("c0001-p002",),
        known_from="c0001",
        engine="rules",
    )


@pytest.fixture(scope="module")
def files(demo):
    desk, rows = demo
    return export(rows, desk.book)


def rows_of(files, name):
    text = files[f"datasets/{name}"].decode("ascii")
    return [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)


def small(**settings):
    desk = small_desk(SCENES, persona="阿桑", **settings).run(dialogues, conversations, preferences, corpus)
    return desk, export(desk.of(Row), desk.book)


def test_the_files_have_the_fields_names(files):
    assert set(files) == {
        "corpus/world.jsonl",
        "corpus/persona.jsonl",
        "corpus/preferences.jsonl",
        "datasets/dataset_info.json",
        "datasets/demo-summary.json",
        "datasets/demo-sharegpt-summary.json",
        "datasets/demo-sharegpt-qa.json",
        "datasets/demo-sharegpt-qa-test.json",
        "datasets/demo-pretrain.jsonl",
        "datasets/demo-messages.jsonl",
        "datasets/qiwenjiao-sharegpt-origin.json",
        "datasets/qiwenjiao-sharegpt.json",
        "datasets/qiwenjiao-sharegpt-test.json",
        "datasets/qiwenjiao-alpaca-dpo.json",
        "datasets/qiwenjiao-messages.jsonl",
        "datasets/qiwenjiao-trl-preference.jsonl",
    }


def test_dataset_info_names_every_column(files):
    found = json.loads(files["datasets/dataset_info.json"].decode("ascii"))
    assert found["qiwenjiao-sharegpt"] == {
        "file_name": "qiwenjiao-sharegpt.json",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system"},
    }
    assert found["qiwenjiao-messages"] == {
        "file_name": "qiwenjiao-messages.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }
    assert found["qiwenjiao-alpaca-dpo"] == {
        "file_name": "qiwenjiao-alpaca-dpo.json",
        "ranking": True,
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "system": "system",
            "history": "history",
            "chosen": "chosen",
            "rejected": "rejected",
        },
    }
    assert found["demo-pretrain"] == {"file_name": "demo-pretrain.jsonl", "columns": {"prompt": "text"}}
    assert {f"datasets/{entry['file_name']}" for entry in found.values()} <= set(files)


def test_canonical_rows_come_back_as_they_were(demo, files):
    _, rows = demo
    back = [
        Row.model_validate_json(line)
        for name in ("world", "persona", "preferences")
        for line in files[f"corpus/{name}.jsonl"].decode().splitlines()
    ]
    assert sorted(back, key=lambda row: row.id) == sorted(rows, key=lambda row: row.id)


def test_every_row_says_where_its_lines_stand(demo, files):
    desk, _ = demo
    for row in rows_of(files, "qiwenjiao-sharegpt.json"):
        assert (row["book"], row["chapter"]) == ("demo", row["id"].split("-")[0])
        said = "".join("".join(turn["value"].split()) for turn in row["conversations"])
        for start, end in row["spans"]:
            assert "".join(desk.text[start:end].split()) in said


def test_a_conversation_is_written_as_it_alternates():
    desk, files = small(persona_slug="asang")
    (row,) = rows_of(files, "asang-sharegpt.json")
    assert row["conversations"] == [
        {"from": "human", "value": "船呢？\n我问船呢？"},
        {"from": "gpt", "value": "（心想：又来了。）\n沉了。"},
        {"from": "human", "value": "真沉了？"},
        {"from": "gpt", "value": "真沉了。"},
    ]
    (openai,) = rows_of(files, "asang-messages.jsonl")
    assert [message["role"] for message in openai["messages"]] == ["system", "user", "assistant", "user", "assistant"]
    assert openai["messages"][0]["content"] == row["system"]
    assert json.loads(openai["meta"])["spans"] == row["spans"]
    assert desk.of(Conversation)[0].id == row["id"]


def test_origin_keeps_every_line_with_its_name():
    _, files = small(persona_slug="asang")
    (row,) = rows_of(files, "asang-sharegpt-origin.json")
    assert [(line["from"], line["value"]) for line in row["conversations"]] == [
        ("老丁", "船呢？"),
        ("小陆", "我问船呢？"),
        ("阿桑", "（心想：又来了。）"),
        ("阿桑", "沉了。"),
        ("老丁", "真沉了？"),
        ("阿桑", "真沉了。"),
    ]


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_each_line_of_origin_says_where_it_stands_and_what_it_is_for(slug):
    desk = demo_desk(slug)
    found = [row for row in desk.of(Row) if row.kind == "dialogue"]
    files = export(found, desk.book)
    views = rows_of(files, f"{persona_name(desk.book, found)}-sharegpt-origin.json")
    assert [(view["id"], view["split"]) for view in views] == [(row.id, row.split) for row in found]
    assert {view["split"] for view in views} >= {"train", "test"}
    several = 0
    for view in views:
        assert len(view["spans"]) == len(view["conversations"])
        for turn, places in zip(view["conversations"], view["spans"], strict=True):
            value = re.sub(r"^（心想：|^\(thinks: |[）)]$", "", turn["value"])
            said = "".join("".join(desk.text[start:end] for start, end in places).split())
            assert re.sub(r"[，,.]$|\W", "", said) == re.sub(r"[，,.]$|\W", "", value), (view["id"], turn)
            several += len(places) > 1
    assert several > 20


def test_a_summary_says_where_it_comes_from(files):
    (told,) = rows_of(files, "demo-summary.json")
    ((start, end),) = told["spans"]
    assert told["evidence"] == []
    assert end - start > 500


def test_a_dot_in_a_slug_keeps_every_set_its_own_entry():
    _, files = small(slug="my.book", persona_slug="a.sang")
    found = json.loads(files["datasets/dataset_info.json"])
    assert {"my.book-pretrain", "a.sang-sharegpt", "a.sang-messages"} <= set(found)
    assert all(entry["file_name"].rpartition(".")[0] == key for key, entry in found.items())


@pytest.mark.parametrize("names", [("a-b.json", "a-b.jsonl"), ("a.b.json", "a.b.json")])
def test_two_sets_of_one_name_are_an_error(names):
    assert set(describe((name, {"columns": {}}) for name in ("a.b.json", "a.c.json"))) == {"a.b", "a.c"}
    with pytest.raises(StoreError, match="one would replace the other"):
        describe((name, {"columns": {}}) for name in names)


@pytest.mark.parametrize(("slug", "persona_slug"), [("emma", "emma"), ("emma", "Emma"), ("persona", "")])
def test_a_book_called_like_its_persona_loses_no_file(slug, persona_slug):
    desk = small_desk(SCENES, persona="阿桑", slug=slug, persona_slug=persona_slug)
    desk.records.append(_fact())
    desk.run(dialogues, conversations, preferences, corpus)
    files = export(desk.of(Row), desk.book)
    assert len({path.casefold() for path in files}) == len(files) == 16
    assert [json.loads(row["meta"])["id"] for row in rows_of(files, f"{slug}-messages.jsonl")] == ["c0001-k001-q01"]
    role = f"{persona_slug or 'persona'}-persona"
    (talk,) = rows_of(files, f"{role}-messages.jsonl")
    assert json.loads(talk["meta"])["category"] == "dialogue"
    assert {f"{slug}-messages", f"{role}-messages"} <= set(json.loads(files["datasets/dataset_info.json"]))


def test_both_sides_of_a_pair_see_the_same_prompt_in_every_view(demo, files):
    desk, _ = demo
    alpaca, trl = rows_of(files, "qiwenjiao-alpaca-dpo.json"), rows_of(files, "qiwenjiao-trl-preference.jsonl")
    assert len(alpaca) == len(trl) == sum(r.kind == "pair" and r.split == "train" for r in demo[1])
    pairs = {pair.id: pair for pair in desk.of(Preference)}
    for one, other in zip(alpaca, trl, strict=True):
        turns = [text for exchange in one["history"] for text in exchange] + [one["instruction"]]
        assert [one["system"], *turns] == [message["content"] for message in other["prompt"]]
        assert other["chosen"][0]["content"] == one["chosen"] == pairs[one["id"]].chosen.content
        assert other["rejected"][0]["content"] == one["rejected"] == pairs[one["id"]].rejected.content


def test_test_rows_are_in_no_file_to_train_on(demo, files):
    _, rows = demo
    held = {row.id for row in rows if row.split != "train" and row.kind != "summary"}
    assert held
    for path in files:
        name = path.removeprefix("datasets/")
        if path == name or name == "dataset_info.json" or "-test" in name or "-origin" in name:
            continue
        for row in rows_of(files, name):
            assert (row.get("id") or json.loads(row["meta"])["id"]) not in held
    shown = {
        row["id"]
        for name in ("qiwenjiao-sharegpt-test.json", "demo-sharegpt-qa-test.json")
        for row in rows_of(files, name)
    }
    assert shown == {row.id for row in rows if row.split != "train" and row.kind in ("dialogue", "qa")}


def test_files_are_plain_ascii_and_the_same_every_time(demo, files):
    desk, rows = demo
    assert export(rows, desk.book) == files
    for path, content in files.items():
        assert path.startswith("corpus/") or content.isascii()


def test_rows_written_are_rows_read(files):
    counts = read_back(files)
    for name, count in counts.items():
        assert count == len(rows_of(files, name))
    assert counts["qiwenjiao-sharegpt.json"] > 10


@pytest.mark.parametrize(
    ("slug", "persona", "names", "wanted"),
    [
        ("ada", "Ada Hale", (), "ada"),
        ("", "Ada Hale", (), "Ada-Hale"),
        ("", "阿桑", (), "persona"),
        ("", "", ("Ada",), "Ada"),
        ("", "", ("../x y",), "x-y"),
        ("", "", (), "persona"),
        ("Small", "Ada Hale", (), "Small-persona"),
    ],
)
def test_files_are_named_after_the_persona_in_ascii(slug, persona, names, wanted):
    book = small_desk("#c0001 一\n无话。\n", persona=persona, persona_slug=slug).book
    row = Row(
        id="r", kind="dialogue", book="b", chapter="c", messages=(Message(role="assistant", content="x", names=names),)
    )
    assert persona_name(book, [row]) == wanted


def test_an_empty_corpus_is_written_and_described_as_nothing():
    book = small_desk("#c0001 一\n无话。\n").book
    files = export([], book)
    assert json.loads(files["datasets/dataset_info.json"]) == {}
    assert json.loads(files["datasets/persona-sharegpt.json"]) == []


def broken(files, name, change):
    rows = rows_of(files, name)
    change(rows[0])
    text = "".join(json.dumps(r) + "\n" for r in rows) if name.endswith("l") else json.dumps(rows)
    return {**files, f"datasets/{name}": text.encode()}


SHAREGPT, MESSAGES = "qiwenjiao-sharegpt.json", "qiwenjiao-messages.jsonl"
DPO, TRL = "qiwenjiao-alpaca-dpo.json", "qiwenjiao-trl-preference.jsonl"


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        (SHAREGPT, lambda row: row["conversations"].pop(0), "turns, not pairs"),
        (SHAREGPT, lambda row: row["conversations"][0].update({"from": "gpt"}), "turn 1 is 'gpt'"),
        (SHAREGPT, lambda row: row["conversations"][1].update({"value": " "}), "turn 2 is empty"),
        (SHAREGPT, lambda row: row.update({"system": ""}), "vendor's"),
        (MESSAGES, lambda row: row["messages"].pop(0), "vendor's"),
        (MESSAGES, lambda row: row["messages"].pop(), "turns, not pairs"),
        (DPO, lambda row: row.update({"instruction": ""}), "instruction is empty"),
        (DPO, lambda row: row.update({"chosen": ["x"]}), "one side is empty"),
        (DPO, lambda row: row.update({"rejected": row["chosen"]}), "both sides are the same"),
        (DPO, lambda row: row.update({"history": [["x"]]}), "history"),
        (DPO, lambda row: row.update({"system": " "}), "vendor's"),
        (TRL, lambda row: row["prompt"].pop(), "its prompt has the roles"),
        (TRL, lambda row: row["chosen"].append(row["chosen"][0]), "chosen is not one reply"),
        (TRL, lambda row: row.update({"rejected": row["chosen"]}), "both sides are the same"),
        ("demo-pretrain.jsonl", lambda row: row.update({"text": "\n"}), "text is empty"),
    ],
)
def test_a_row_that_its_reader_would_alter_or_skip_is_an_error(files, name, change, fault):
    with pytest.raises(StoreError, match=f"datasets/{name}: row 1 .*{fault}"):
        read_back(broken(files, name, change))


def test_a_system_column_that_is_not_named_is_an_error(files):
    info = json.loads(files["datasets/dataset_info.json"])
    del info["qiwenjiao-sharegpt"]["columns"]["system"]
    with pytest.raises(StoreError, match="vendor's"):
        read_back({**files, "datasets/dataset_info.json": json.dumps(info).encode()})


def test_a_file_that_is_not_ascii_or_not_json_is_an_error(files):
    for content in ('["雨"]'.encode(), b"[{]"):
        with pytest.raises(StoreError, match="cannot be read back"):
            read_back({**files, f"datasets/{SHAREGPT}": content})


@pytest.mark.slow
def test_datasets_and_trl_read_every_file_back(files, tmp_path):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset
    from transformers import PreTrainedTokenizerFast
    from trl.data_utils import is_conversational, maybe_apply_chat_template

    for path, content in files.items():
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    tokenizer = _tokenizer(PreTrainedTokenizerFast)
    counts = read_back(files)
    for name, count in counts.items():
        if not count:
            continue
        loaded = load_dataset(
            "json", data_files=str(tmp_path / "datasets" / name), split="train", cache_dir=str(tmp_path / "cache")
        )
        assert len(loaded) == count, name
        wanted = rows_of(files, name)
        assert [row.get("id") for row in loaded] == [row.get("id") for row in wanted]
        if "messages" in loaded.column_names or ("prompt" in loaded.column_names and "chosen" in loaded.column_names):
            assert is_conversational(loaded[0])
            applied = maybe_apply_chat_template(loaded[0], tokenizer)
            text = applied.get("text") or applied["prompt"] + applied["chosen"]
            for message in wanted[0].get("messages") or wanted[0]["prompt"] + wanted[0]["chosen"]:
                assert message["content"] in text


def _tokenizer(kind):
    """A word tokenizer made here: no download."""
    from tokenizers import Tokenizer, models

    tokenizer = kind(tokenizer_object=Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")), unk_token="<unk>")
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}</{{ m['role'] }}>{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    return tokenizer


def test_datasets_reads_the_files_with_one_type_per_column(files, tmp_path):
    pa_json = pytest.importorskip("pyarrow.json")
    for name in (MESSAGES, TRL, "demo-pretrain.jsonl", "demo-messages.jsonl"):
        target = tmp_path / name
        target.write_bytes(files[f"datasets/{name}"])
        assert pa_json.read_json(target).num_rows == len(rows_of(files, name))
