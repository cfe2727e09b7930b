"""The door: every command is its arguments, one call, and what it says. Heavy imports wait inside the commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click

from extractor import __version__
from extractor.words import ASKING, SENTENCES

if TYPE_CHECKING:
    from extractor.book import Shelf
    from extractor.pipeline import StageReport


class Door(click.Group):
    """Keeps the order of the commands and turns every expected error into one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are written."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  whatever the command returns
        """Run a command; an `ExtractorError` becomes `Error: …`, Ctrl-C says how to go on."""
        from extractor.errors import ExtractorError

        try:
            return super().invoke(ctx)
        except ExtractorError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("\nStopped. Nothing is lost: the same command goes on from here.", err=True)
            sys.exit(130)


def shelf_of(slug: str) -> Shelf:
    """Return the shelf of a book under the current directory."""
    from extractor.book import Shelf

    return Shelf(slug)


BOOK = click.argument("book", metavar="BOOK")
ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "api", "rules"]),
    default="auto",
    show_default=True,
    help="api asks a model (needs a key), rules uses code alone; auto takes api when a key is configured.",
)
MODEL = click.option("--model", default="", help="Model of the endpoint, instead of the one in book.toml.")
YES = click.option("--yes", is_flag=True, help="Agree to the estimate without being asked; the budget still holds.")


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="extractor")
def main() -> None:
    """Turn a novel into a corpus, and the corpus into a character.

    BOOK is the name of a folder in books/. `make book=demo all` runs the whole way.
    """


@main.command()
@click.argument("path", type=click.Path())
@click.option("--slug", default="", help="Name of the book's folder; made from the file's name when it is ASCII.")
@click.option("--persona", default="", help="The character to train; by default the one who talks most.")
def new(path: str, slug: str, persona: str) -> None:
    """Make books/SLUG/ from a novel (.txt, .epub, .html, .md) with a filled-in book.toml.

    Example: extractor new ~/novel.epub --slug daogui
    """
    from pathlib import Path

    from extractor.new import make_book

    for line in make_book(Path(path), slug=slug, persona=persona):
        click.echo(line)


@main.command()
def books() -> None:
    """List the books with what has been made of them."""
    from pathlib import Path

    from extractor.status import shelf_lines

    for line in shelf_lines(Path()):
        click.echo(line)


def _stage_command(name: str, sentence: str) -> None:
    """Add the command of one stage; those that may ask a model know the engine's options too."""

    def derive(book: str) -> None:
        from extractor.pipeline import run_stage

        _tell(run_stage(shelf_of(book), name))

    def ask(book: str, engine: Literal["auto", "api", "rules"], model: str, yes: bool) -> None:
        from extractor.engines import run_with_engine

        report = run_with_engine(
            shelf_of(book), name, option=engine, model=model, agreed=yes, say=_say, confirm=_confirm
        )
        _tell(report)
        if report.failed > 0.05 * max(1, report.written + report.failed):
            raise click.ClickException(
                f"{report.failed} answers of {name} failed; see `extractor status {book}`, then run the command again."
            )

    command: Callable[..., Any] = YES(MODEL(ENGINE(BOOK(ask)))) if name in ASKING else BOOK(derive)
    main.command(name, help=sentence)(command)


def _tell(report: StageReport) -> None:
    click.echo(report.line())
    if report.warning:
        _say(f"Warning: {report.warning}")


def _say(line: str) -> None:
    click.echo(line, err=True)


def _confirm(question: str) -> bool | None:
    """Ask a person; None where nobody can answer."""
    return click.confirm(question, err=True) if sys.stdin.isatty() else None


@main.command()
@BOOK
@click.option("--preview", is_flag=True, help="Only show the headings found and what is odd; write nothing.")
def chapters(book: str, preview: bool) -> None:
    """Decode the novel, split it into chapters, number the paragraphs."""
    from extractor.pipeline import run_stage

    shelf = shelf_of(book)
    if preview:
        from extractor.reading.chapters import preview as preview_lines
        from extractor.reading.decoding import read_novel

        book_, novel = shelf.book, read_novel(shelf.novel_path())
        for line in preview_lines(
            novel, pattern=book_.chapter_pattern, language=book_.language, max_tokens=book_.chapter_tokens
        ):
            click.echo(line)
        return
    _tell(run_stage(shelf, "chapters"))


for _name, _sentence in SENTENCES.items():
    if _name != "chapters":
        _stage_command(_name, _sentence)


@main.command()
@BOOK
def report(book: str) -> None:
    """Write outputs/BOOK/report.html: one page to look at, offline."""
    from extractor.report import write_report

    click.echo(f"wrote {write_report(shelf_of(book))}")


PROFILE = click.option(
    "--profile",
    default="auto",
    show_default=True,
    help="Recipe: auto (by the GPU's memory), rehearsal, a name, or a path to a .toml file.",
)


@main.command()
@BOOK
@PROFILE
def world(book: str, profile: str) -> None:
    """Train the world model: documents and questions in one run, then merge (extra `train`)."""
    from extractor.training.chain import train_world

    click.echo(f"wrote {train_world(shelf_of(book), profile=profile)}")


@main.command()
@BOOK
@PROFILE
@click.option("--any-world", is_flag=True, help="Train on the world model even if it comes from another corpus.")
def persona(book: str, profile: str, any_world: bool) -> None:
    """Train the persona on the world model: real lines, merge, then the pairs (extra `train`)."""
    from extractor.training.chain import train_persona

    click.echo(f"wrote {train_persona(shelf_of(book), profile=profile, any_world=any_world)}")


@main.command()
@BOOK
@PROFILE
def evaluate(book: str, profile: str) -> None:
    """Measure every stage of the training on held-out rows (extra `train`)."""
    from extractor.training.evaluation import evaluate as run

    click.echo(run(shelf_of(book), profile=profile).table())


@main.command()
@BOOK
@click.option(
    "--arm",
    type=click.Choice(["base", "world", "persona-sft", "persona"]),
    default="persona",
    show_default=True,
    help="Which model to talk to.",
)
def chat(book: str, arm: Literal["base", "world", "persona-sft", "persona"]) -> None:
    """Talk to a trained model; one line is one turn, /quit or Ctrl-D ends (extra `train`)."""
    from extractor.training.chat import Chat

    talk = Chat(shelf_of(book), step=arm)
    click.echo(talk.introduction(), err=True)
    while True:
        try:
            line = click.prompt("", prompt_suffix="> ") if sys.stdin.isatty() else sys.stdin.readline()
        except (click.Abort, EOFError):
            break
        if not line or line.strip() == "/quit":
            break
        if line.strip():
            for piece in talk.say(line.strip()):
                click.echo(piece, nl=False)
            click.echo()


@main.command()
@BOOK
@MODEL
def estimate(book: str, model: str) -> None:
    """Show what asking the model would cost, per stage, before anything is paid."""
    from extractor.engines import estimate_lines

    for line in estimate_lines(shelf_of(book), model=model):
        click.echo(line)


@main.command()
@BOOK
def status(book: str) -> None:
    """Show what is done, failed, refused and left, and what it cost."""
    from extractor.status import status_lines

    for line in status_lines(shelf_of(book)):
        click.echo(line)


@main.command()
@BOOK
def costs(book: str) -> None:
    """Show what was paid, by stage and model."""
    from extractor.status import cost_lines

    for line in cost_lines(shelf_of(book)):
        click.echo(line)


@main.command()
@BOOK
@ENGINE
@MODEL
@click.option("--write", "path", type=click.Path(), help="Also write it to this file, if it changed (for Make).")
def engine(book: str, engine: Literal["auto", "api", "rules"], model: str, path: str | None) -> None:
    """Say which engine a run would use, and why."""
    from extractor.engines import engine_line

    click.echo(engine_line(shelf_of(book), option=engine, model=model, path=path))


@main.command("mock-server")
@click.option("--port", default=8000, show_default=True)
@click.option("--latency", default=0.0, show_default=True, help="Seconds before each reply.")
def mock_server(port: int, latency: float) -> None:
    """Serve OpenAI's protocol on loopback with made-up answers, for rehearsals."""
    from extractor.rehearsal import serve_rehearsal

    serve_rehearsal(port=port, latency=latency, say=_say)


@main.group()
def benchmark() -> None:
    """Measure the reading against annotated novels."""


GOLD = click.option("--gold", required=True, type=click.Path(), help="Folder with the annotated texts.")
JSON = click.option("--json", "json_path", type=click.Path(), help="Also write the figures here, shares from 0 to 1.")


@benchmark.command("attribution")
@GOLD
@click.option("--engine", type=click.Choice(["rules", "api"]), default="rules", show_default=True)
@click.option(
    "--characters",
    type=click.Choice(["given", "found"]),
    default="found",
    show_default=True,
    help="given: the gold's characters are the cast of book.toml; found: the reading finds its own.",
)
@MODEL
@YES
@JSON
@click.option("--predictions", type=click.Path(), help="Also write each text's guesses and cast to this folder.")
def attribution(
    gold: str,
    engine: Literal["rules", "api"],
    characters: Literal["given", "found"],
    model: str,
    yes: bool,
    json_path: str | None,
    predictions: str | None,
) -> None:
    """Score quotations, speakers and aliases: <slug>.quotes.jsonl, .characters.json and .txt (or books/<slug>/)."""
    from pathlib import Path

    from extractor.benchmark.attribution import measure
    from extractor.benchmark.reader import Terms

    for line in measure(
        Path(gold),
        terms=Terms(model, yes, _say, _confirm) if engine == "api" else None,
        characters=characters,
        json_path=Path(json_path) if json_path else None,
        predictions=Path(predictions) if predictions else None,
    ):
        click.echo(line)


@benchmark.command("chapters")
@GOLD
@JSON
def chapter_headings(gold: str, json_path: str | None) -> None:
    """Count the headings found, missed and wrong in the books of MANIFEST.json, and the encodings."""
    from pathlib import Path

    from extractor.benchmark.chapters import measure

    for line in measure(Path(gold), json_path=Path(json_path) if json_path else None):
        click.echo(line)


if __name__ == "__main__":
    main()
