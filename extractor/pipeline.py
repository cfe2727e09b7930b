"""The way of the data: the stages in order, and the one function that runs a stage.

chapters → cast → quotations → summaries → knowledge → dialogues → conversations → preferences → corpus
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from extractor.book import Shelf
from extractor.errors import BookError, StoreError
from extractor.reading.decoding import read_novel
from extractor.records import (
    Chapter,
    Character,
    Conversation,
    Dialogue,
    Dropped,
    Engine,
    Knowledge,
    Novel,
    Preference,
    Quotation,
    Record,
    Row,
    Summary,
)
from extractor.shaping.formats import export
from extractor.stage import Inputs, Stage
from extractor.stages import (
    cast,
    chapters,
    conversations,
    corpus,
    dialogues,
    knowledge,
    preferences,
    quotations,
    summaries,
)
from extractor.store import lines_of, read_records, replace_together, write_text

STAGES: tuple[Stage, ...] = (
    Stage("chapters", (), Chapter, chapters.derive),
    Stage("cast", ("chapters",), Character, cast.derive),
    Stage("quotations", ("chapters", "cast"), Quotation, quotations.derive),
    Stage("summaries", ("chapters", "cast", "quotations"), Summary, summaries.derive, summaries.ASKING),
    Stage("knowledge", ("chapters", "cast", "quotations", "summaries"), Knowledge, knowledge.derive, knowledge.ASKING),
    Stage("dialogues", ("chapters", "cast", "quotations", "summaries"), Dialogue, dialogues.derive, dialogues.ASKING),
    Stage("conversations", ("chapters", "cast", "dialogues"), Conversation, conversations.derive),
    Stage(
        "preferences",
        ("chapters", "cast", "dialogues", "conversations"),
        Preference,
        preferences.derive,
        preferences.ASKING,
    ),
    Stage(
        "corpus",
        ("chapters", "cast", "summaries", "knowledge", "conversations", "preferences"),
        Row,
        corpus.derive,
    ),
)


class StageReport(Record):
    """What one run of a stage did. `written` and `dropped` count records; `seconds` is wall time.

    `failed` counts the answers that are asked for again when the stage runs again; `warning` is for a person.
    """

    stage: str
    engine: Engine | None
    written: int
    dropped: dict[str, int]
    files: tuple[str, ...] = ()
    failed: int = 0
    seconds: float = 0.0
    warning: str = ""

    def line(self) -> str:
        """Say it in one line."""
        engine = f" by {self.engine}" if self.engine else ""
        dropped = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items())
        tail = f"; left out: {dropped}" if dropped else ""
        return f"{self.stage}: {self.written} records{engine} in {self.seconds:.1f} s{tail}"


@cache
def stage_named(name: str) -> Stage:
    """Return the stage of that name; a wrong name is a fault of the program."""
    return next(stage for stage in STAGES if stage.name == name)


Load = Callable[[Shelf, str], tuple[Record, ...]]


def load(shelf: Shelf, name: str) -> tuple[Record, ...]:
    """Return all records that a stage wrote.

    Raises:
        StoreError: the stage has not run yet, or its file is broken.
    """
    stage = stage_named(name)
    made_by = f"extractor {name} {shelf.slug}"
    return tuple(read_records(shelf.records_path(name), stage.writes, made_by=made_by))


def inputs_of(shelf: Shelf, stage: Stage, *, load: Load = load) -> Inputs:
    """Give a stage what its `reads` names, and nothing else."""
    kinds = {stage_named(name).writes: name for name in stage.reads}
    loaded: dict[type[Record], tuple[Record, ...]] = {}
    novel: list[Novel] = []

    def records(kind: type[Record]) -> tuple[Record, ...]:
        if kind not in kinds:
            raise LookupError(f"stage {stage.name} reads {kind.__name__}, which its `reads` does not name")
        if kind not in loaded:
            loaded[kind] = load(shelf, kinds[kind])
        return loaded[kind]

    def read() -> Novel:
        if not novel:
            novel.append(read_novel(shelf.novel_path()))
        return novel[0]

    return Inputs(shelf.book, novel=read, records=records)


def deriving() -> Load:
    """Return a loader that makes by rules, in memory, what has not been written yet; for estimates and new books."""
    made: dict[str, tuple[Record, ...]] = {}

    def load_or_derive(shelf: Shelf, name: str) -> tuple[Record, ...]:
        if shelf.records_path(name).is_file():
            return load(shelf, name)
        if name not in made:
            stage = stage_named(name)
            records = stage.derive(inputs_of(shelf, stage, load=load_or_derive))
            made[name] = tuple(record for record in records if not isinstance(record, Dropped))
        return made[name]

    return load_or_derive


Maker = Callable[[Stage, Inputs], Iterable[Record | Dropped]]


def by_rules(stage: Stage, inputs: Inputs) -> Iterator[Record | Dropped]:
    """Make a stage's records by code alone."""
    return stage.derive(inputs)


def run_stage(shelf: Shelf, name: str, *, engine: Engine = "rules", make: Maker = by_rules) -> StageReport:
    """Run one stage and write its records, what it dropped, its exports and its report.

    Files are replaced when all of the stage's records are there and all files are on the disk. `make` is how the
    records come about: by rules, or by asking a model.
    """
    began = time.monotonic()
    stage = stage_named(name)
    kept: list[Record] = []
    dropped: list[Dropped] = []
    inputs = inputs_of(shelf, stage)
    for reads in stage.reads:
        if not shelf.records_path(reads).is_file():
            raise StoreError(f"{shelf.records_path(reads)} is missing; run `extractor {reads} {shelf.slug}` first.")
    for record in make(stage, inputs):
        if isinstance(record, Dropped):
            dropped.append(record)
        else:
            kept.append(record)
    if not kept:
        _say_why_nothing(shelf, name, inputs)
    exports = export([row for row in kept if isinstance(row, Row)], shelf.book) if stage.writes is Row else {}
    files = {shelf.outputs / path: content for path, content in exports.items()}
    replace_together({**files, shelf.dropped_path(name): lines_of(dropped), shelf.records_path(name): lines_of(kept)})
    if exports:
        _remove_stale(shelf, set(files))
    report = StageReport(
        stage=name,
        engine=engine if stage.asking else None,
        written=len(kept),
        dropped=dict(sorted(Counter(item.reason for item in dropped).items())),
        files=tuple(sorted(exports)),
        failed=sum(item.reason in FAILURES for item in dropped),
        seconds=round(time.monotonic() - began, 2),
        warning=_warning(shelf, kept) if kept or name != "quotations" else _unspoken(shelf, len(inputs.all(Chapter))),
    )
    write_text(report_path(shelf, name), report.model_dump_json(indent=1) + "\n")
    return report


def _remove_stale(shelf: Shelf, files: set[Path]) -> None:
    """Remove data sets that an earlier persona or name left behind."""
    for folder in {path.parent for path in files}:
        for path in folder.glob("*.json*"):
            if path not in files:
                path.unlink()


def _say_why_nothing(shelf: Shelf, name: str, inputs: Inputs) -> None:
    """Stop where everything behind an empty file would be empty too.

    Raises:
        BookError: no chapter holds text, or others speak and the persona does not; says what to do.
    """
    toml = shelf.folder / "book.toml"
    if name == "chapters":
        raise BookError(f"{shelf.novel_path()} holds no text to read. Put the novel there.")
    if name == "conversations":
        lines = [u for dialogue in inputs.all(Dialogue) for u in dialogue.utterances]
        if not lines:
            return  # nobody speaks in the whole book, as `quotations` has said: the world can still be learnt
        said = Counter(line.speaker for line in lines if line.speaker and line.kind == "speech")
        most = ", ".join(f"{speaker} {count}" for speaker, count in said.most_common(5)) or "nobody"
        persona = shelf.book.main_name(shelf.book.persona) or "nobody"
        raise BookError(
            f"{toml}: the persona {persona} has {said[persona]} of {len(lines)} lines, which make no conversation. "
            f"Set persona to one who speaks ({most}), or add the missing names to its aliases."
        )


FAILURES = frozenset({"failed", "truncated", "blank"})
"""Reasons that go away, perhaps, when the same command is run again; a refusal does not."""


def _unspoken(shelf: Shelf, chapters: int) -> str:
    return (
        f"{shelf.novel_path()}: no quotation was found in {chapters} chapters, so nobody speaks and no persona can be "
        f"trained. Speech must stand in marks (“ ” 「」 ‘ ’ or a dash); check that, and language = "
        f"{shelf.book.language!r} in {shelf.folder / 'book.toml'}."
    )


def _warning(shelf: Shelf, kept: Iterable[Record]) -> str:
    """Say what deserves a look although the stage did its work."""
    parts = [record for record in kept if isinstance(record, Chapter) and record.kind != "front"]
    if not parts or any(chapter.heading for chapter in parts):
        return ""
    return (
        f"{shelf.novel_path()}: no chapter heading was found, so the text is cut by length into {len(parts)}. "
        f"See `extractor chapters {shelf.slug} --preview`, or set chapter_pattern in {shelf.folder / 'book.toml'}."
    )


def report_path(shelf: Shelf, name: str) -> Path:
    """Return where the report of a stage's last run stands."""
    return shelf.outputs / "stages" / f"{name}.json"


def reports(shelf: Shelf) -> dict[str, StageReport]:
    """Return the report of each stage that has run, in order of the stages."""
    found = {}
    for stage in STAGES:
        path = report_path(shelf, stage.name)
        if path.is_file():
            try:
                found[stage.name] = StageReport.model_validate_json(path.read_bytes())
            except ValueError as error:
                raise StoreError(
                    f"{path} is no report of a stage. Delete it and run `extractor {stage.name} {shelf.slug}` again."
                ) from error
    return found
