"""The report: one self-contained page over all that was made of a book, readable from disk without a network."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.book import Shelf
from extractor.errors import StoreError
from extractor.pipeline import STAGES, load, reports
from extractor.records import Chapter, Character, Dialogue, Knowledge, Preference, Quotation, Row
from extractor.store import write_text

SAMPLES = 30
SHOWN_CHARACTERS = 20
PLOT_WIDTH, PLOT_HEIGHT = 560, 120
BOUNDS = ("value", "low", "high")


@dataclass(frozen=True)
class Curve:
    """One line of a plot: its name and `points`, an SVG path in a PLOT_WIDTH × PLOT_HEIGHT box."""

    name: str
    first: float
    last: float
    points: str


@dataclass
class Page:
    """All that the template shows. `warnings` come first on the page."""

    title: str
    language: str
    persona: str
    stages: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    cast: list[dict[str, Any]] = field(default_factory=list)
    lines_per_chapter: list[dict[str, Any]] = field(default_factory=list)
    datasets: list[dict[str, Any]] = field(default_factory=list)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    trainings: list[dict[str, Any]] = field(default_factory=list)
    evaluation: list[list[str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)


def write_report(shelf: Shelf) -> Path:
    """Write outputs/<slug>/report.html from what has been made so far, and return its path.

    Raises:
        StoreError: no corpus yet.
    """
    from jinja2 import Environment, PackageLoader, select_autoescape

    environment = Environment(
        loader=PackageLoader("extractor", "templates"), autoescape=select_autoescape(["html", "j2"]), trim_blocks=True
    )
    path = shelf.outputs / "report.html"
    write_text(path, environment.get_template("report.html.j2").render(page=gather(shelf)))
    return path


def gather(shelf: Shelf) -> Page:
    """Collect what the page shows from the files in outputs/<slug>/."""
    book = shelf.book
    rows = _loaded(shelf, "corpus", Row)
    chapters = {chapter.id: chapter for chapter in _loaded(shelf, "chapters", Chapter)}
    quotations = _loaded(shelf, "quotations", Quotation)
    page = Page(title=book.title, language=book.language, persona=book.persona or _persona(shelf))
    page.stages = [
        report.model_dump() | {"left_out": sum(report.dropped.values())} for report in reports(shelf).values()
    ]
    page.cast = [c.model_dump() for c in _loaded(shelf, "cast", Character)[:SHOWN_CHARACTERS]]
    page.lines_per_chapter = _lines_per_chapter(shelf, list(chapters.values()), page.persona)
    page.datasets = _datasets(shelf)
    page.samples = _samples(rows, _loaded(shelf, "knowledge", Knowledge), _loaded(shelf, "preferences", Preference))
    page.trainings = _trainings(shelf)
    evaluation = _json(shelf.outputs / "evaluation.json")
    page.evaluation = evaluation_table(evaluation) if evaluation else []
    page.verdicts = list(evaluation.get("verdicts", ()))
    page.warnings = list(_warnings(page, quotations, rows))
    return page


def _loaded(shelf: Shelf, name: str, kind: type[Any]) -> list[Any]:
    return [record for record in load(shelf, name) if isinstance(record, kind)]


def _persona(shelf: Shelf) -> str:
    people = [c for c in _loaded(shelf, "cast", Character) if c.kind == "person"]
    return str(people[0].name) if people else ""


def _lines_per_chapter(shelf: Shelf, chapters: list[Chapter], persona: str) -> list[dict[str, Any]]:
    """Count per chapter the utterances of everyone, the persona's, and the persona's thoughts."""
    counts: Counter[tuple[str, str]] = Counter()
    for dialogue in _loaded(shelf, "dialogues", Dialogue):
        for utterance in dialogue.utterances:
            counts[dialogue.chapter, "thought" if utterance.kind == "thought" else "all"] += 1
            if utterance.speaker == persona and utterance.kind == "speech":
                counts[dialogue.chapter, "persona"] += 1
    most = max((counts[c.id, "all"] for c in chapters), default=0) or 1
    return [
        {
            "heading": chapter.heading or chapter.id,
            "all": counts[chapter.id, "all"],
            "persona": counts[chapter.id, "persona"],
            "thoughts": counts[chapter.id, "thought"],
            "all_share": 100 * counts[chapter.id, "all"] / most,
            "persona_share": 100 * counts[chapter.id, "persona"] / most,
        }
        for chapter in chapters
        if chapter.kind != "front"
    ]


def _datasets(shelf: Shelf) -> list[dict[str, Any]]:
    found = []
    for path in sorted((shelf.outputs / "datasets").glob("*.json*")):
        if path.name == "dataset_info.json":
            continue
        text = path.read_text(encoding="utf-8")
        count = text.count("\n") if path.suffix == ".jsonl" else len(json.loads(text))
        found.append({"name": path.name, "rows": count, "bytes": path.stat().st_size})
    return found


def _samples(
    rows: list[Row], knowledge: list[Knowledge], preferences: list[Preference]
) -> dict[str, list[dict[str, Any]]]:
    """Take evenly spread samples of each kind of row."""
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    return {kind: [row.model_dump() for row in _spread(found)] for kind, found in by_kind.items()}


def _spread(found: list[Any]) -> list[Any]:
    step = max(1, len(found) // SAMPLES)
    return found[::step][:SAMPLES]


def evaluation_table(evaluation: dict[str, Any]) -> list[list[str]]:
    """Return evaluation.json as a table: a head row of arms, then a row a figure with its 95 % interval."""
    arms = evaluation.get("arms", [])
    names = list(dict.fromkeys(name for arm in arms for name in arm["figures"]))

    def cell(arm: dict[str, Any], name: str) -> str:
        figure = arm["figures"].get(name)
        if figure is None:
            return "–"
        value, low, high = (f"{figure[key]:.0f}" if figure[key] >= 100 else f"{figure[key]:.2f}" for key in BOUNDS)
        return f"{value} [{low}, {high}] n={figure['items']}"

    head = ["", *(str(arm["name"]) for arm in arms)]
    return [head, *([name.replace("_", " "), *(cell(arm, name) for arm in arms)] for name in names)]


def _trainings(shelf: Shelf) -> list[dict[str, Any]]:
    trainings = []
    for step in ("world", "persona-sft", "persona"):
        training = _json(shelf.outputs / "models" / step / "training.json")
        if training:
            curves = [curve(key, training.get(key, ())) for key in ("losses", "margins", "accuracies")]
            trainings.append(training | {"curves": [c for c in curves if c is not None]})
    return trainings


def curve(name: str, values: list[float]) -> Curve | None:
    """Return the values as one line of a plot, None for fewer than two."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    height = (high - low) or 1.0
    points = " ".join(
        f"{PLOT_WIDTH * index / (len(values) - 1):.1f},{PLOT_HEIGHT * (1 - (value - low) / height):.1f}"
        for index, value in enumerate(values)
    )
    return Curve(name=name, first=values[0], last=values[-1], points=points)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise StoreError(f"{path} is broken ({error}). Delete it and make it again.") from error


def _warnings(page: Page, quotations: list[Quotation], rows: list[Row]) -> list[str]:
    """Say what a reader should know before trusting the rest."""
    found = []
    made = {stage["stage"] for stage in page.stages}
    missing = [stage.name for stage in STAGES if stage.name not in made]
    if missing:
        found.append(f"Not made yet: {', '.join(missing)}.")
    failed = {stage["stage"]: stage["failed"] for stage in page.stages if stage["failed"]}
    for name, count in failed.items():
        found.append(f"{count} answers of {name} failed; run the stage again.")
    if any(stage["engine"] == "rules" for stage in page.stages):
        found.append("Made by rules: nobody but code has read this book. A model labels speakers and facts better.")
    speech = [q for q in quotations if q.kind == "speech"]
    unsure = sum(q.confidence < 0.5 for q in speech)
    if speech and unsure > 0.2 * len(speech):
        found.append(f"{unsure} of {len(speech)} quotations have no sure speaker.")
    lines = sum(len(row.messages) // 2 for row in rows if row.kind == "dialogue")
    if lines < 300:
        found.append(f"{page.persona} has {lines} replies in the corpus; below 300 a style is learnt badly.")
    if any(training.get("rehearsal") for training in page.trainings):
        found.append("The models are a rehearsal: tiny, made on the spot; they prove the way and cannot talk sense.")
    return found
