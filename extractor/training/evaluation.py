"""Evaluation without a judge: what the models know, how they like the persona's own lines, whether they speak sanely.

Every model (base, world, persona-sft, persona) gets the same held-out rows and the same system prompts, so the base
model is the prompt-only arm: a persona that does not beat it was not worth training. `real` is the novel's own lines.
Replies are greedy. All figures carry an interval by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from extractor.book import Shelf
from extractor.errors import TrainingError
from extractor.records import Record
from extractor.store import write_text
from extractor.training.checkpoints import Step, key_of, model_folder, read_training, recover_models, require_model
from extractor.training.exam import Exam, Reply, health, set_exam, sit
from extractor.training.faults import in_one_line
from extractor.training.measures import FAULTS, Figure
from extractor.training.progress import REHEARSAL_NOTE, quiet, say
from extractor.training.recipes import load_recipe

STEPS: tuple[Step, ...] = ("base", "world", "persona-sft", "persona")
FIGURES = {
    "qa_perplexity": "held-out questions: perplexity of the answer",
    "qa_exact": "held-out questions: answered exactly",
    "qa_contains": "held-out questions: answer in the reply",
    "qa_overlap": "held-out questions: F1 with the answer",
    "trained_qa_exact": "trained questions: answered exactly",
    "trained_qa_contains": "trained questions: answer in the reply",
    "trained_qa_overlap": "trained questions: F1 with the answer",
    "line_perplexity": "held-out real lines: perplexity",
    "preference_accuracy": "held-out pairs: persona's line likelier than the plain one",
    "healthy": "replies without a fault",
    **{fault: f"replies: {fault.replace('_', ' ')}" for fault in FAULTS},
}
COMPARED = (
    ("qa_perplexity", "world", "base"),
    ("trained_qa_contains", "world", "base"),
    ("line_perplexity", "persona", "base"),
    ("preference_accuracy", "persona", "base"),
    ("healthy", "persona", "base"),
    ("healthy", "persona", "real"),
    ("qa_perplexity", "persona", "world"),
    ("trained_qa_contains", "persona", "world"),
)
CALLED = {"base": "the base model with the same prompt", "real": "the novel's own lines"}
FEWEST_ITEMS = 10
MEASURED_AS = 2  # raised when a figure changes its meaning: models measured before are measured again
LOWER_IS_BETTER = {"qa_perplexity", "line_perplexity", *FAULTS}


class Arm(Record):
    """One model's figures by name (see `FIGURES`); a figure without rows is missing. `key` says what was measured."""

    name: str
    key: str
    model: str = ""
    figures: dict[str, Figure] = Field(default_factory=dict)
    replies: tuple[Reply, ...] = ()


class Evaluation(Record):
    """The content of evaluation.json. `missing` names models that are not trained and rows that are not there."""

    book: str
    profile: str
    rehearsal: bool
    note: str = ""
    arms: tuple[Arm, ...] = ()
    missing: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()

    def arm(self, name: str) -> Arm | None:
        """Return an arm by its name, None where it was not measured."""
        return next((arm for arm in self.arms if arm.name == name), None)

    def table(self) -> str:
        """Return the figures as a Markdown table, one column an arm, with what follows from them below."""
        head = "| | " + " | ".join(arm.name for arm in self.arms) + " |"
        lines = [f"{self.note}\n"] if self.note else []
        lines += [head, "|---" * (len(self.arms) + 1) + "|"]
        for name, title in FIGURES.items():
            cells = [str(arm.figures[name]) if name in arm.figures else "–" for arm in self.arms]
            if set(cells) != {"–"}:
                lines.append(f"| {title} | " + " | ".join(cells) + " |")
        return "\n".join([*lines, "", *self.verdicts, *(f"missing: {what}" for what in self.missing)])


def evaluate(shelf: Shelf, *, profile: str = "auto") -> Evaluation:
    """Measure every model of a book and write evaluation.json; a model measured before on the same rows is kept.

    Raises:
        TrainingError: there is no world model, or it comes from another profile than the named one.
        StoreError: the corpus is missing.
    """
    recover_models(shelf)
    world = require_model(shelf, "world")
    if profile != "auto":
        chosen, _ = load_recipe(profile, folders=(shelf.folder / "recipes",))
        if chosen.base != world.base:
            raise TrainingError(
                f"The models of {shelf.slug} were trained from {world.base} (profile {world.profile}), not from "
                f"{chosen.base}. Use profile={world.profile}, or train with profile={chosen.name}."
            )
    exam, missing = set_exam(shelf, rehearsal=world.rehearsal)
    path = shelf.outputs / "evaluation.json"
    known = {arm.key: arm for arm in _known(path)}
    arms: list[Arm] = []
    with in_one_line("evaluation"), quiet():
        for step in STEPS:
            training = read_training(model_folder(shelf, step))
            source: str | Path = model_folder(shelf, step)
            if step == "base" and not world.rehearsal:
                training, source = world, world.base
            if training is None:
                missing.append(f"{step}: not trained")
                continue
            model_key = world.parent if step == "base" else training.key
            key = key_of(step, model_key, exam.key, MEASURED_AS, training.four_bit)
            if key in known:
                say(f"evaluation: {step} was measured before on the same rows.")
            else:
                say(f"evaluation: {step} …")
            arms.append(known.get(key) or _measure(step, source, exam, key=key, four_bit=training.four_bit))
    arms.append(_real_arm(exam))
    evaluation = Evaluation(
        book=shelf.slug,
        profile=world.profile,
        rehearsal=world.rehearsal,
        note=REHEARSAL_NOTE if world.rehearsal else "",
        arms=tuple(arms),
        missing=tuple(missing),
        verdicts=tuple(_verdicts(arms)),
    )
    write_text(path, evaluation.model_dump_json(indent=1) + "\n")
    return evaluation


def _measure(name: str, source: str | Path, exam: Exam, *, key: str, four_bit: bool) -> Arm:
    """Measure one model."""
    figures, replies = sit(source, exam, four_bit=four_bit)
    return Arm(name=name, key=key, model=str(source), figures=figures, replies=tuple(replies))


def _real_arm(exam: Exam) -> Arm:
    """Return the novel's own held-out lines as an arm: what healthy looks like in this book."""
    replies = [
        Reply(row=row.id, prompt="", reply=row.messages[-1].content, expected=row.messages[-1].content)
        for row in exam.lines
    ]
    return Arm(name="real", key=key_of("real", exam.key), figures=health(replies, language=exam.language))


def _verdicts(arms: Sequence[Arm]) -> list[str]:
    """Say what training gained over the prompt alone, and what the persona step made the model forget."""
    by_name = {arm.name: arm.figures for arm in arms}
    said = []
    for name, new_arm, old_arm in COMPARED:
        new, old = by_name.get(new_arm, {}).get(name), by_name.get(old_arm, {}).get(name)
        if new is not None and old is not None:
            called = CALLED.get(old_arm, old_arm)
            said.append(f"{FIGURES[name]}: {new_arm} {new} against {called} {old}: {_comparison(name, new, old)}")
    return said


def _comparison(name: str, new: Figure, old: Figure) -> str:
    """Compare two figures by their intervals; a handful of items compares nothing."""
    if min(new.items, old.items) < FEWEST_ITEMS:
        return f"too few items to compare ({FEWEST_ITEMS} are needed)"
    better, worse = new.low > old.high, new.high < old.low
    if name in LOWER_IS_BETTER:
        better, worse = worse, better
    return "better" if better else "worse" if worse else "no clear difference"


def _known(path: Path) -> tuple[Arm, ...]:
    """Return the arms measured before; none where the file is missing or of another form."""
    try:
        return Evaluation.model_validate_json(path.read_bytes()).arms
    except (OSError, ValidationError):
        return ()
