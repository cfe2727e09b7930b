"""The benchmark as a command: tables, figures as JSON, predictions, and what it says of gold that cannot be used."""

from __future__ import annotations

import json

import pytest
from gold_answers import GoldReader
from workshop import ROOT, Workshop, error_line, served

GOLD = ROOT / "tests" / "gold"
TEXT = "第一章 雨\n\n“走吧。”沈砚说。\n\n“再等等。”阿蛮道，“雨还没停。”\n\n沈砚道：“那就等。”\n\n阿蛮笑道：“好。”\n"
QUOTES = (("走吧。", "沈砚"), ("再等等。", "阿蛮"), ("雨还没停。", "阿蛮"), ("那就等。", "沈砚"), ("好。", "阿蛮"))
SHARES = {
    "detection": ["precision", "recall", "f1", "cover_recall"],
    "attribution": ["accuracy", "explicit", "anaphoric", "implicit", "b3"],
    "aliases": ["recall", "pair_f1"],
}


def quote_lines(text=TEXT, quotes=QUOTES):
    rows = []
    for words, speaker in quotes:
        start = text.index(words)
        rows.append({"start": start, "end": start + len(words), "speaker": speaker, "type": "explicit"})
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def gold(root, *, lines=None, text=TEXT, characters='{"沈砚": ["沈砚"], "阿蛮": ["小蛮"]}'):
    folder = root / "gold"
    folder.mkdir()
    (folder / "rain.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "rain.quotes.jsonl").write_text("\n".join(lines or quote_lines()) + "\n", encoding="utf-8")
    (folder / "rain.characters.json").write_text(characters, encoding="utf-8")
    return folder


@pytest.fixture
def shop(tmp_path):
    return Workshop(tmp_path)


def measured(shop, folder, *options):
    result = shop.run("benchmark", "attribution", "--gold", folder, "--json", shop.root / "f.json", *options)
    assert result.exit_code == 0, result.output
    return json.loads((shop.root / "f.json").read_text(encoding="utf-8")), result


def test_the_demo_novels_are_attributed_well(shop):
    figures, result = measured(shop, GOLD)
    assert set(figures["texts"]) == {"demo", "demo-en"}
    for figure in (figures["pooled"], *figures["texts"].values()):
        assert figure["attribution"]["accuracy"] > 0.7
        assert figure["detection"]["f1"] > 0.98
        assert {key: list(figure[key]) for key in SHARES} == SHARES
        assert set(figure) == {*SHARES, "seconds", "characters"}
    lines = result.output.splitlines()
    assert lines[0].split()[:2] == ["text", "quotes"]
    assert [line.split()[0] for line in lines[1:4]] == ["demo-en", "demo", "pooled"]
    assert any(line.startswith("wrong person, implicit") for line in lines)


def test_given_characters_are_all_known(shop):
    found, _ = measured(shop, GOLD / "demo")
    given, _ = measured(shop, GOLD / "demo", "--characters", "given")
    assert given["pooled"]["aliases"]["recall"] > found["pooled"]["aliases"]["recall"]
    assert given["pooled"]["aliases"]["pair_f1"] > 0.95


def test_a_small_text_is_read_whole_and_its_guesses_are_written(shop):
    figures, _ = measured(shop, gold(shop.root), "--characters", "given", "--predictions", shop.root / "out")
    assert figures["pooled"]["detection"]["f1"] == 1.0
    assert figures["pooled"]["attribution"]["accuracy"] == 1.0
    assert figures["pooled"]["characters"] == len(TEXT)
    rows = [json.loads(line) for line in (shop.root / "out/rain.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [[TEXT[a:b] for a, b in row["spans"]] for row in rows][1] == ["再等等。", "雨还没停。"]
    assert all(set(row) == {"start", "end", "spans", "speaker", "confidence"} for row in rows)
    cast = json.loads((shop.root / "out/rain.characters.json").read_text(encoding="utf-8"))
    assert "小蛮" in cast["阿蛮"]


def test_offsets_count_a_byte_order_mark_and_line_ends(shop):
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    figures, _ = measured(shop, gold(shop.root, text=text, lines=quote_lines(text)))
    assert figures["pooled"]["detection"]["f1"] == 1.0


def test_instances_are_attributed_among_their_candidates(shop):
    folder = shop.root / "gold"
    folder.mkdir()
    context = ["沈砚站在檐下。", "阿蛮说：", "“雨停了。”", "沈砚点头，说：", "“走吧。”"]
    row = {"id": "i", "context": context, "quote_index": 4, "speaker": "沈砚", "type": "explicit"}
    people = {"沈砚": ["沈砚"], "阿蛮": ["阿蛮"]}
    lines = [row | {"aliases": people}, row | {"quote_index": 2, "speaker": "阿蛮", "id": "j", "aliases": people}]
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "w.instances.jsonl").write_text(content, encoding="utf-8")
    figures, _ = measured(shop, folder, "--predictions", shop.root / "out")
    assert figures["pooled"]["attribution"]["accuracy"] == 1.0
    assert figures["texts"]["w.instances"]["detection"]["f1"] is None
    guesses = (shop.root / "out/w.instances.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(guesses[0]) == {"id": "i", "speaker": "沈砚"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"start": 1', "is not JSON"),
        ('{"start": 1}', "end"),
        ('{"start": 1, "end": 99999}', "lies outside"),
        ('{"start": 1, "end": 3, "type": "guessed"}', "type"),
    ],
)
def test_a_broken_line_is_named_with_file_and_line(shop, line, said):
    folder = gold(shop.root, lines=[*quote_lines()[:2], line])
    message = error_line(shop.run("benchmark", "attribution", "--gold", folder))
    assert "rain.quotes.jsonl:3" in message
    assert said in message


def test_gold_that_cannot_be_used_is_one_line(shop):
    empty = shop.root / "empty"
    empty.mkdir()
    assert "holds no <slug>.quotes.jsonl" in error_line(shop.run("benchmark", "attribution", "--gold", empty))
    assert "is no folder" in error_line(shop.run("benchmark", "attribution", "--gold", empty / "x"))
    folder = gold(shop.root, characters='{"沈砚": 3}')
    assert "rain.characters.json" in error_line(shop.run("benchmark", "attribution", "--gold", folder))
    (folder / "rain.characters.json").unlink()
    assert "rain.characters.json is missing" in error_line(shop.run("benchmark", "attribution", "--gold", folder))
    (folder / "rain.txt").unlink()
    assert "rain.txt is missing" in error_line(shop.run("benchmark", "attribution", "--gold", folder))


def test_the_api_needs_a_key(shop):
    message = error_line(shop.run("benchmark", "attribution", "--gold", gold(shop.root), "--engine", "api"))
    assert "EXTRACTOR_API_KEY" in message


@pytest.mark.slow
def test_a_model_that_knows_the_novel_beats_the_rules_and_is_asked_once(tmp_path):
    reader = GoldReader("demo-en")
    with served(tmp_path, reader) as shop:
        options = ("--engine", "api", "--characters", "given", "--yes")
        figures, _ = measured(shop, GOLD / "demo-en", *options)
        asked = shop.server.counters["requests"]
        again, _ = measured(shop, GOLD / "demo-en", *options)
        assert shop.server.counters["requests"] == asked
    assert figures["pooled"]["attribution"]["accuracy"] > 0.97
    assert again["pooled"]["attribution"] == figures["pooled"]["attribution"]
    assert (tmp_path / "outputs/benchmark/given/demo-en/ledger.sqlite").is_file()
    assert not (tmp_path / "books").exists()
