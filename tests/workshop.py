"""A project folder with books, the real command line in it, and an endpoint on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from extractor.asking.ledger import Ledger
from extractor.asking.mock_server import Behaviour, running
from extractor.cli import main
from extractor.words import ASKING, SENTENCES

ROOT = Path(__file__).resolve().parents[1]
KEY = "sk-test-0123456789abcdef"
CONFIGURED = ("EXTRACTOR_API_KEY", "EXTRACTOR_BASE_URL", "EXTRACTOR_MODEL", "DEEPSEEK_API_KEY", "OPENAI_API_KEY")
MODEL = "deepseek-flash"


class Workshop:
    """A folder in which commands run, as a user's would; without a key until `server` is set."""

    def __init__(self, root, server=None):
        self.root = Path(root)
        self.server = server

    def take(self, *slugs):
        """Copy demo books into it."""
        for slug in slugs:
            shutil.copytree(ROOT / "books" / slug, self.root / "books" / slug)
        return self

    def book(self, slug, text, toml='title = "小书"\n', name="novel.txt"):
        """Make a book of the test's own."""
        folder = self.root / "books" / slug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "book.toml").write_text(toml, encoding="utf-8")
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def copy(self, root):
        """The same folder again, elsewhere."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return Workshop(root, self.server)

    @property
    def environment(self):
        values = {} if self.server is None else {"EXTRACTOR_API_KEY": KEY, "EXTRACTOR_BASE_URL": self.server.url}
        return {**dict.fromkeys(CONFIGURED), **values, **({"EXTRACTOR_MODEL": MODEL} if values else {})}

    def run(self, *arguments, **environment):
        """Run a command in this process."""
        with self.inside():
            return CliRunner(env={**self.environment, **environment}).invoke(main, [str(a) for a in arguments])

    def make(self, slug, *stages, engine="rules"):
        """Run stages, all when none is named; each must succeed. Return the last result."""
        result = None
        for stage in stages or SENTENCES:
            options = ["--engine", engine, "--yes"] if stage in ASKING else []
            result = self.run(stage, slug, *options)
            assert result.exit_code == 0, f"{stage}: {result.output}{result.exception!r}"
        return result

    def start(self, *arguments, limits="", **options):
        """Start a command as a process of its own; `limits` is shell code that runs before it."""
        environment = {k: v for k, v in {**os.environ, **self.environment}.items() if v is not None}
        words = [sys.executable, "-m", "extractor.cli", *map(str, arguments)]
        if limits:
            words = ["bash", "-c", f'{limits}; exec "$@"', "bash", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(
            words,
            cwd=self.root,
            env={**environment, "PYTHONPATH": str(ROOT)},
            text=True,
            start_new_session=True,
            **pipes,
        )

    @contextmanager
    def inside(self):
        before = Path.cwd()
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(before)

    def outputs(self, slug):
        return self.root / "outputs" / slug

    def files(self, slug):
        """Everything made but what tells times and money: path -> bytes."""
        folder = self.outputs(slug)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.parent.name != "stages" and not path.name.startswith("ledger.")
        }

    def ledger(self, slug):
        return Ledger(self.outputs(slug) / "ledger.sqlite")


@contextmanager
def served(root, answer, **behaviour):
    """A workshop whose key and address are those of a running mock server."""
    with running(Behaviour(answer=answer, **behaviour)) as server:
        yield Workshop(root, server)


def error_line(result):
    """The one line that a failed command says, checked to be one line without a traceback."""
    assert result.exit_code != 0, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1, result.output
    assert result.stderr.rstrip().splitlines()[-1] == lines[0], result.output
    return lines[0]
