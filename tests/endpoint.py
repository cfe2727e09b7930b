"""A loopback endpoint, requests and a ledger for tests that ask."""

import json
import sqlite3
from contextlib import closing

from extractor.asking.endpoints import Endpoint
from extractor.asking.ledger import Ledger
from extractor.asking.mock_server import Behaviour, running
from extractor.asking.replies import parse_json
from extractor.asking.request import Request
from extractor.asking.runner import ask

KEY = "sk-test-0123456789abcdef"
__all__ = ["KEY", "Behaviour", "Desk", "endpoint_at", "questions", "running", "turns"]


def endpoint_at(server, **changes):
    values = {"name": "deepseek", "base_url": server.url, "model": "deepseek-flash", "api_key": KEY}
    return Endpoint(**{**values, "key_variable": "EXTRACTOR_API_KEY", **changes})


def turns(*contents):
    """System, then user and assistant in turn."""
    roles = ["system", *["user", "assistant"] * len(contents)]
    return tuple({"role": role, "content": content} for role, content in zip(roles, contents, strict=False))


def questions(count, *, task="summaries", text="第{0}章：雨下了一夜，城门还没有开。", **fields):
    return [
        Request(
            task=task,
            chapter=f"c{number:04d}",
            key=f"{task}-{number}",
            messages=turns("你是编辑。", text.format(number)),
            **{"prompt_hash": "p1", "max_tokens": 200, **fields},
        )
        for number in range(1, count + 1)
    ]


def parse(request, reply):
    return parse_json(reply)


class Desk:
    """Asks a server with a ledger in a folder, quickly and quietly."""

    def __init__(self, server, folder):
        self.server = server
        self.path = folder / "ledger.sqlite"

    def ask(self, requests, *, endpoint=None, **options):
        with Ledger(self.path) as ledger:
            values = {"parse": parse, "progress": False, "least_timeout": 20.0, "patience": 20.0, **options}
            return list(ask(requests, endpoint=endpoint or endpoint_at(self.server), ledger=ledger, **values))

    def ledger(self):
        return Ledger(self.path)

    def attempts_in(self, state):
        """Return how many attempts, not requests, ended in a state."""
        with closing(sqlite3.connect(self.path)) as ledger:
            return ledger.execute("SELECT count(*) FROM attempts WHERE state = ?", (state,)).fetchone()[0]

    def states(self):
        with self.ledger() as ledger:
            return {row.state: row.count for row in ledger.status()}


def scripted(*replies):
    """An answerer that gives these replies in turn and then keeps to the last."""
    left = list(replies)

    def answer(messages):
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def good(messages):
    return json.dumps({"n": messages[-1]["content"][:8]}, ensure_ascii=False)
