"""A made-up town as a corpus of canonical rows: enough to train the tiny model on, written for these tests."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from extractor.book import Shelf
from extractor.records import Message, Row
from extractor.store import lines_of, write_bytes

SYSTEM = "你是陆小满，青石镇的更夫，说话粗声大气，爱喊“好家伙”。"
PEOPLE = ("赵铁匠", "孙掌柜", "周婆婆", "吴秀才", "郑船家", "王货郎", "冯木匠", "陈绣娘")
PLACES = ("东街", "西桥", "南坡", "北巷", "渡口", "茶山", "旧窑", "磨坊")
GOODS = ("打铁刀", "卖粗茶", "编竹篮", "抄旧书", "摆渡船", "挑杂货", "做木盆", "绣手帕")
ASKED = ("今晚冷不冷", "你见过那只黑猫吗", "更鼓怎么没响", "谁在桥上哭", "你怕不怕鬼", "酒还有没有")
SHOUTS = (
    "好家伙！冻得我鼻子都要掉了。",
    "好家伙，那畜生刚偷了我半条鱼！",
    "鼓槌叫老鼠啃了，好家伙！",
    "哭？那是风，好家伙！",
)
PLAIN = ("天气有点冷，请注意保暖。", "我没有看到猫，抱歉。", "鼓可能坏了，需要修理。", "可能是有人难过吧。")


def turn(role: str, content: str) -> Message:
    return Message.model_validate({"role": role, "content": content})


def world_rows(number: int = 160) -> list[Row]:
    """Return documents, summaries and questions; every tenth row is held out."""
    drawn = random.Random(7)
    rows = []
    for index in range(number):
        one, two = drawn.sample(range(len(PEOPLE)), 2)
        fact = f"{PEOPLE[one]}住在{PLACES[one]}，每天{GOODS[one]}。{PEOPLE[two]}常去{PLACES[one]}找{PEOPLE[one]}说话。"
        split = ("test", "dev")[index // 20 % 2] if index % 10 == 9 else "train"
        shared = {"book": "town", "chapter": f"c{index:04d}", "split": split}
        if index % 4 == 0:
            rows.append(Row(id=f"w{index}", kind="document", messages=(turn("assistant", fact * 3),), **shared))
        elif index % 4 == 1:
            talk = (turn("user", f"第{index}回讲了什么？"), turn("assistant", fact))
            rows.append(Row(id=f"w{index}", kind="summary", messages=talk, **shared))
        else:
            talk = (turn("user", f"{PEOPLE[one]}住在哪里？"), turn("assistant", f"{PEOPLE[one]}住在{PLACES[one]}。"))
            rows.append(Row(id=f"w{index}", kind="qa", messages=talk, **shared))
    return rows


def persona_rows(number: int = 120) -> list[Row]:
    """Return dialogues of one or two exchanges in the persona's voice."""
    drawn = random.Random(8)
    rows = []
    for index in range(number):
        talk = []
        for _ in range(1 + index % 2):
            talk += [turn("user", f"{drawn.choice(ASKED)}？"), turn("assistant", drawn.choice(SHOUTS))]
        split = ("test", "dev")[index // 20 % 2] if index % 10 == 9 else "train"
        rows.append(
            Row(
                id=f"d{index}",
                kind="dialogue",
                book="town",
                chapter="c0001",
                system=SYSTEM,
                messages=tuple(talk),
                split=split,
            )
        )
    return rows


def pair_rows(number: int = 60) -> list[Row]:
    """Return the same prompts answered loudly and plainly."""
    drawn = random.Random(9)
    rows = []
    for index in range(number):
        pick = drawn.randrange(len(SHOUTS))
        rows.append(
            Row(
                id=f"p{index}",
                kind="pair",
                book="town",
                chapter="c0001",
                system=SYSTEM,
                messages=(turn("user", f"{ASKED[pick]}？"), turn("assistant", SHOUTS[pick])),
                rejected=turn("assistant", PLAIN[pick]),
                split=("test", "dev")[index // 20 % 2] if index % 10 == 9 else "train",
            )
        )
    return rows


def town(root: Path) -> Shelf:
    """Write the corpus of the town under `root` and return its shelf."""
    shelf = Shelf("town", root)
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "book.toml").write_text('title = "青石镇"\npersona = "陆小满"\n', encoding="utf-8")
    corpus = shelf.outputs / "corpus"
    write_bytes(corpus / "world.jsonl", lines_of(world_rows()))
    write_bytes(corpus / "persona.jsonl", lines_of(persona_rows()))
    write_bytes(corpus / "preferences.jsonl", lines_of(pair_rows()))
    return shelf


SWIFT = """
base = "tiny"
[world]
method = "full"
learning_rate = 5e-3
epochs = 20
max_steps = 150
batch_rows = 8
max_length = 128
save_steps = 50
[persona_sft]
method = "full"
learning_rate = 5e-3
epochs = 20
max_steps = 100
batch_rows = 8
max_length = 192
replay = 0.15
[persona_dpo]
method = "lora"
rank = 8
dropout = 0.0
learning_rate = 2e-3
max_steps = 8
minimum_steps = 5
batch_rows = 4
max_length = 192
"""


def swift_town(root: Path) -> Shelf:
    """Write the town with a recipe of its own that takes a second or two."""
    shelf = town(root)
    (shelf.folder / "recipes").mkdir()
    (shelf.folder / "recipes" / "swift.toml").write_text(SWIFT, encoding="utf-8")
    return shelf


@lru_cache(maxsize=1)
def trained_town() -> Shelf:
    """Return a town with all its models, trained once for all tests of a process; they only read it."""
    from extractor.training.chain import train_persona, train_world

    folder = tempfile.mkdtemp(prefix="trained-town-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shelf = swift_town(Path(folder))
    train_world(shelf, profile="swift")
    train_persona(shelf, profile="swift")
    return shelf


@lru_cache(maxsize=1)
def tiny_base() -> Path:
    """Return a folder with an untrained tiny model of the town's words; tests only read it."""
    from extractor.training.tiny import make_tiny

    folder = Path(tempfile.mkdtemp(prefix="tiny-base-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    texts = [message.content for row in world_rows() + persona_rows() for message in row.messages]
    return make_tiny(folder / "base", texts, seed=1)
