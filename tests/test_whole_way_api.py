"""The whole way with the api engine: the real command line, the real client, a server that knows the novel."""

import json
import re
from collections import Counter, defaultdict
from itertools import takewhile

import pytest
from gold_answers import GoldReader, gold_rows
from workshop import ROOT, served

from extractor import rehearsal
from extractor.asking.tokens import count_tokens, deepseek_encoding
from extractor.words import ASKING

pytestmark = pytest.mark.slow


class WholeWay:
    """One book made from chapters to corpus, and the records it left."""

    def __init__(self, workshop, slug, reader):
        self.workshop, self.slug, self.reader = workshop, slug, reader
        self.server = workshop.server
        self.usage = self.server.usage
        self.requests = self.server.counters["requests"]
        self.bodies = list(self.server.bodies)
        self.novel = (workshop.root / "books" / slug / "novel.txt").read_text(encoding="utf-8")

    def records(self, name):
        path = self.workshop.outputs(self.slug) / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def copy(self, folder):
        return WholeWay(self.workshop.copy(folder), self.slug, self.reader)

    def asked_by(self, act):
        """Which requests reach the server while `act` runs: stage -> count."""
        before = len(self.server.bodies)
        act()
        return Counter(stage_of(body) for body in self.server.bodies[before:])


def stage_of(body):
    """Which stage sent a request, told by the task that its last turn names."""
    return rehearsal.task_of(body["messages"][-1]["content"])


def letters(text):
    return re.sub(r"\W+", "", text)


@pytest.fixture(scope="module", params=["demo", "demo-en"])
def way(request, tmp_path_factory):
    reader = GoldReader(request.param)
    with served(tmp_path_factory.mktemp(request.param), reader) as workshop:
        workshop.take(request.param).make(request.param, engine="api")
        yield WholeWay(workshop, request.param, reader)


def speakers(way):
    """(id, gold speaker, speaker) of every quotation found; None where nobody says it."""
    starts = {chapter["id"]: chapter["start"] for chapter in way.records("chapters")}
    chapters = {row["id"]: way.reader.chapters[row["heading"]] for row in gold_rows(way.slug, "chapters")}
    said = {u["quotation"]: u["speaker"] for d in way.records("dialogues") for u in d["utterances"]}
    names = way.reader.names
    for quotation in way.records("quotations"):
        place = starts[quotation["chapter"]] + quotation["spans"][0][0]
        gold = chapters[quotation["chapter"]].at(place)
        speaker = said.get(quotation["id"])
        yield quotation["id"], gold and gold["speaker"], names.get(speaker, speaker)


def test_speakers_of_the_cast_are_those_of_the_gold(way):
    cast = {way.reader.names.get(character["name"], "") for character in way.records("cast")}
    found = [item for item in speakers(way) if item[1] is None or item[1] in cast]
    wrong = [item for item in found if item[1] != item[2]]
    assert len(found) > 400
    assert len(wrong) <= 0.01 * len(found), f"{len(wrong)} of {len(found)}: {wrong[:20]}"


def test_speakers_are_those_of_the_gold(way):
    found = list(speakers(way))
    wrong = [item for item in found if item[1] != item[2]]
    assert len(wrong) <= 0.03 * len(found), f"{len(wrong)} of {len(found)}: {wrong[:20]}"


def test_a_speaker_whom_the_cast_lacks_is_named_from_the_text_and_proposed(way):
    cast = {name for character in way.records("cast") for name in (character["name"], *character["aliases"])}
    strangers = {
        utterance["quotation"]: utterance["speaker"]
        for dialogue in way.records("dialogues")
        for utterance in dialogue["utterances"]
        if utterance["speaker"] and utterance["speaker"] not in cast
    }
    assert strangers
    dropped = way.records("dropped/dialogues")
    proposed = {(row["source"], row["detail"]) for row in dropped if row["reason"] == "proposed_character"}
    assert set(strangers.items()) <= proposed


def test_listeners_are_those_of_the_gold(way):
    starts = {chapter["id"]: chapter["start"] for chapter in way.records("chapters")}
    chapters = {row["id"]: way.reader.chapters[row["heading"]] for row in gold_rows(way.slug, "chapters")}
    names = way.reader.names
    wrong = []
    lines = [(d["chapter"], u) for d in way.records("dialogues") for u in d["utterances"] if u["kind"] == "speech"]
    for chapter, line in lines:
        gold = chapters[chapter].at(starts[chapter] + line["spans"][0][0])
        wanted = {names.get(name, name) for name in gold["addressees"]} if gold else set()
        if wanted != {names.get(name, name) for name in line["addressees"]}:
            wrong.append((line["quotation"], wanted, line["addressees"]))
    assert len(wrong) <= 0.03 * len(lines), f"{len(wrong)} of {len(lines)}: {wrong[:20]}"


def test_every_line_of_the_corpus_is_in_the_novel(way):
    lines = 0
    for row in way.records("corpus"):
        if row["kind"] not in ("dialogue", "pair"):
            continue
        for message in row["messages"]:
            spans = message["thought_spans"] + message["novel_spans"]
            pieces = "".join(way.novel[start:end] for start, end in spans)
            content = message["content"].replace("（心想：", "").replace("(thinks: ", "")
            assert letters(content) == letters(pieces), row["id"]
            lines += 1
    assert lines > 300


def test_every_published_line_stands_in_the_corpus(way):
    corpus = {m["content"] for row in way.records("corpus") for m in row["messages"]}
    seen = 0
    for path in (way.workshop.outputs(way.slug) / "datasets").glob("*-sharegpt*.json"):
        if re.search("-(qa|summary|origin)", path.name):
            continue
        for conversation in json.loads(path.read_text(encoding="utf-8")):
            turns = [turn for turn in conversation["conversations"] if turn["from"] != "system"]
            assert [turn["from"] for turn in turns] == ["human", "gpt"] * (len(turns) // 2)
            for turn in turns:
                assert turn["value"] in corpus
                seen += 1
    assert seen > 100


def test_gold_facts_arrive_with_their_paragraphs(way):
    wanted = {(row["question"], row["evidence"]) for row in gold_rows(way.slug, "facts")}
    found = {(fact["questions"][0], fact["evidence"][0]) for fact in way.records("knowledge")}
    assert found == wanted


def test_the_ledger_says_what_the_server_counted(way):
    with way.workshop.ledger(way.slug) as ledger:
        rows = ledger.costs()
        assert sum((row.usage for row in rows[1:]), rows[0].usage) == way.usage
        assert sum(row.attempts for row in rows) == way.requests == sum(row.count for row in ledger.status())
        spent = ledger.spent()
    assert spent.cny > 0
    assert spent.in_doubt_cny == 0
    assert not [row for row in rows if row.wasted_cny]
    assert f"¥{spent.cny:.4f}" in way.workshop.run("status", way.slug).output
    assert f"¥{spent.cny:.4f}" in way.workshop.run("costs", way.slug).output


def test_a_second_run_asks_nothing_and_writes_the_same(way, tmp_path):
    again = way.copy(tmp_path)
    before = way.workshop.files(way.slug)
    assert not again.asked_by(lambda: again.workshop.make(way.slug, engine="api"))
    assert again.workshop.files(way.slug) == before


def test_a_lost_stage_file_comes_back_without_asking(way, tmp_path):
    again = way.copy(tmp_path)
    before = way.workshop.files(way.slug)
    for stage in ASKING:
        (again.workshop.outputs(way.slug) / f"{stage}.jsonl").unlink()
    assert not again.asked_by(lambda: again.workshop.make(way.slug, *ASKING, engine="api"))
    assert again.workshop.files(way.slug) == before


@pytest.mark.parametrize("stage", ["summaries", "knowledge", "dialogues"])
def test_another_prompt_asks_its_own_stage_again_and_no_other(way, tmp_path, stage):
    again = way.copy(tmp_path)
    language = "en" if way.slug.endswith("-en") else "zh"
    own = again.workshop.root / "books" / way.slug / "prompts" / stage
    own.mkdir(parents=True)
    text = (ROOT / "prompts" / language / stage / "rules.md").read_text(encoding="utf-8")
    (own / "rules.md").write_text(f"{text}\n(…)\n", encoding="utf-8")
    before = Counter(map(stage_of, way.bodies))
    assert again.asked_by(lambda: again.workshop.make(way.slug, engine="api")) == {stage: before[stage]}


def test_a_corrected_name_asks_nothing_and_reaches_every_line(way, tmp_path):
    again = way.copy(tmp_path)
    old, new = ("温小筝", "温师妹") if way.slug == "demo" else ("Ambrose Ludd", "Master Ludd")
    path = again.workshop.root / "books" / way.slug / "book.toml"
    text = path.read_text(encoding="utf-8")
    swapped = text.replace(f'"{new}"', '"@"').replace(f'"{old}"', f'"{new}"').replace('"@"', f'"{old}"')
    path.write_text(swapped, encoding="utf-8")
    assert not again.asked_by(lambda: again.workshop.make(way.slug, engine="api"))
    names = {line["speaker"] for dialogue in again.records("dialogues") for line in dialogue["utterances"]}
    assert new in names
    assert old not in names


def test_another_cast_moves_nobodys_lines(way, tmp_path):
    again = way.copy(tmp_path)
    first, *others = sorted(again.records("cast"), key=lambda character: -character["lines"])
    lines = [json.dumps(character, ensure_ascii=False) for character in [*others, {**first, "lines": 0}]]
    (again.workshop.outputs(way.slug) / "cast.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = {item[0]: item[2] for item in speakers(way)}
    again.workshop.make(way.slug, "dialogues", engine="api")
    moved = [item for item in speakers(again) if before[item[0]] != item[2]]
    assert not moved, f"{len(moved)} lines changed their speaker: {moved[:5]}"


def talks(way):
    """The requests about each chapter: first user turn -> message lists in order of arrival."""
    found = defaultdict(list)
    for body in way.bodies:
        if stage_of(body) != "preferences":
            found[body["messages"][1]["content"]].append(body["messages"])
    return found


def test_all_requests_of_a_chapter_begin_with_the_same_bytes(way):
    summaries = {summary["text"] for summary in way.records("summaries")}
    for messages in talks(way).values():
        first, *later = messages
        assert len(first) == 2
        assert len(later) >= 5
        prefix = json.dumps(later[0][:3], ensure_ascii=False).encode()
        for one in later:
            assert json.dumps(one[:3], ensure_ascii=False).encode() == prefix
            assert one[:2] == first
            assert one[2]["content"] in summaries
            assert [turn["role"] for turn in one] == ["system", "user", "assistant", "user"]
    assert len({messages[0][0]["content"] for messages in talks(way).values()}) == 1


def test_most_input_is_read_from_the_cache(way):
    share = way.usage.hit / way.usage.prompt
    assert share >= 0.7, f"hit rate {share:.1%}"


def full_price(way):
    """Tokens of the talks about chapters at full price under two rules: whole units, and blocks of 64 tokens."""
    with way.workshop.ledger(way.slug) as ledger:
        units = sum(row.usage.miss for row in ledger.costs() if row.task != "preferences")
    return {"units": units, "blocks": sum(map(Blocks(), talk_bodies(way)))}


def talk_bodies(way):
    """The requests about chapters, each first one with its reply, in order of arrival."""
    replies = {messages[0][1]["content"]: messages[-1][2] for messages in talks(way).values()}
    for body in way.bodies:
        if stage_of(body) != "preferences":
            messages = body["messages"]
            yield messages, [replies[messages[1]["content"]]] if len(messages) == 2 else []


class Blocks:
    """A cache of token blocks: what began a request or its reply before is read again, in whole blocks of 64."""

    def __init__(self):
        self.known = set()
        self.encode = deepseek_encoding().encode_ordinary

    def __call__(self, exchange):
        asked, replied = map(self.tokens, exchange)
        hits = list(takewhile(self.known.__contains__, self.blocks(asked)))
        self.known.update(self.blocks(asked + replied))
        return len(asked) - 64 * len(hits)

    def tokens(self, messages):
        return [token for turn in messages for token in (turn["role"], *self.encode(turn["content"]))]

    def blocks(self, tokens):
        before = 0
        for start in range(0, len(tokens) - 63, 64):
            before = hash((before, tuple(tokens[start : start + 64])))
            yield before


@pytest.mark.parametrize("rule", ["units", "blocks"])
def test_a_chapter_is_paid_in_full_about_once(way, rule):
    text = count_tokens(way.novel, "deepseek-flash")
    paid = full_price(way)[rule]
    assert paid <= 1.25 * text, f"{paid} tokens at full price, {paid / text:.3f} times the text alone"


def test_a_plain_answer_costs_few_words_of_the_book(way):
    with way.workshop.ledger(way.slug) as ledger:
        asked = next(row.usage for row in ledger.costs() if row.task == "preferences")
    assert asked.miss <= 70 * len(way.records("preferences"))


def test_labels_are_far_shorter_than_the_words_they_label(way):
    words = [{"role": u["speaker"], "dialogue": u["text"]} for d in way.records("dialogues") for u in d["utterances"]]
    typed = count_tokens(json.dumps(words, ensure_ascii=False, separators=(",", ":")), "deepseek-flash")
    with way.workshop.ledger(way.slug) as ledger:
        output = next(row.usage.completion for row in ledger.costs() if row.task == "dialogues")
    assert output <= 0.25 * typed, f"{output} tokens for {typed} of the dialogues typed again: {output / typed:.0%}"
