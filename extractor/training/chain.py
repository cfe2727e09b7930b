"""From corpus to persona: world, persona by examples, persona by preferences; each step ends as a whole model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from extractor.book import Shelf
from extractor.errors import TrainingError
from extractor.records import Row
from extractor.training.checkpoints import (
    Training,
    fresh_folder,
    hash_rows,
    key_of,
    model_folder,
    publish,
    read_training,
    recover_models,
    require_model,
)
from extractor.training.corpus import corpus_path, read_rows, train_split, with_replay
from extractor.training.faults import in_one_line
from extractor.training.progress import REHEARSAL_NOTE, quiet, say
from extractor.training.recipes import Profile, load_recipe, smaller_profile
from extractor.training.steps import Plan, train_preferences, train_supervised

FEW_LINES = 100
MANY_LINES = 300


def train_world(shelf: Shelf, *, profile: str = "auto") -> Path:
    """Train the world model (documents, summaries and questions mixed in one run) and return its folder.

    Raises:
        TrainingError: no such profile, too few rows, or the run cannot go on; each in one line.
        StoreError: the corpus is missing.
    """
    chosen = _announce(shelf, profile)
    rows = read_rows(shelf, "world")
    with in_one_line("world", smaller=smaller_profile(chosen, folders=(recipe_folder(shelf),))), quiet():
        base, key = open_base(shelf, chosen)
        return train_supervised(
            Plan(shelf, chosen, "world", chosen.world, source=base, parent=key, rows=rows, corpus="world")
        )


def train_persona(shelf: Shelf, *, profile: str = "auto", any_world: bool = False) -> Path:
    """Train the persona on the world model, first by examples, then by preferences, and return its folder.

    `any_world` allows a world model that was trained on another state of the corpus.

    Raises:
        TrainingError: no world model, one of another corpus or profile, too few rows, or the run cannot go on.
        StoreError: the corpus is missing.
    """
    chosen = _announce(shelf, profile)
    rows, pairs = read_rows(shelf, "persona"), read_rows(shelf, "preferences")
    world = require_model(shelf, "world")
    _check_world(shelf, chosen, world, any_corpus=any_world)
    _say_lines(rows)
    with in_one_line("persona", smaller=smaller_profile(chosen, folders=(recipe_folder(shelf),))), quiet():
        source = model_folder(shelf, "world")
        rows = with_replay(rows, read_rows(shelf, "world"), share=chosen.persona_sft.replay)
        sft = train_supervised(
            Plan(
                shelf,
                chosen,
                "persona-sft",
                chosen.persona_sft,
                source=source,
                parent=world.key,
                rows=rows,
                corpus="persona",
            )
        )
        key = require_model(shelf, "persona-sft").key
        return train_preferences(
            Plan(shelf, chosen, "persona", chosen.persona_dpo, source=sft, parent=key, rows=pairs, corpus="preferences")
        )


def recipe_folder(shelf: Shelf) -> Path:
    """Return where a book's own recipes lie."""
    return shelf.folder / "recipes"


def open_base(shelf: Shelf, profile: Profile) -> tuple[str | Path, str]:
    """Return the base model of a profile and its key; the rehearsal's is made of the world's training rows."""
    if not profile.rehearsal:
        return profile.base, key_of(profile.base)
    from extractor.training.tiny import make_tiny

    texts = [message.content for row in train_split(read_rows(shelf, "world")) for message in row.messages]
    folder = model_folder(shelf, "base")
    key = key_of("tiny", profile.world.seed, texts)
    known = read_training(folder)
    if known is None or known.key != key:
        if not texts:
            raise TrainingError(f"{corpus_path(shelf, 'world')} has no training rows to learn a tokenizer from.")
        fresh = fresh_folder(folder)
        make_tiny(fresh, texts, seed=profile.world.seed)
        made = Training(step="base", book=shelf.slug, profile=profile.name, base="tiny", rehearsal=True, key=key)
        publish(fresh, folder, made)
    return folder, key


def _announce(shelf: Shelf, profile: str) -> Profile:
    """Load the profile and say which it is and why; put right what a kill left."""
    recover_models(shelf)
    chosen, reason = load_recipe(profile, folders=(recipe_folder(shelf),))
    say(reason)
    if chosen.rehearsal:
        say(f"{REHEARSAL_NOTE}.")
    return chosen


def _say_lines(rows: Iterable[Row]) -> None:
    """Say what may be hoped for from so many lines of the persona."""
    lines = sum(
        message.role == "assistant" for row in train_split(rows) if row.kind == "dialogue" for message in row.messages
    )
    if lines < FEW_LINES:
        hope = "so few that the card as a system prompt alone may do as well"
    elif lines < MANY_LINES:
        hope = "enough for a first likeness; one or two epochs do"
    else:
        hope = "enough"
    say(f"persona: {lines} lines to learn from, {hope}.")


def _check_world(shelf: Shelf, profile: Profile, world: Training, *, any_corpus: bool) -> None:
    """Refuse a world model of another base model, or of another state of the corpus."""
    folder = model_folder(shelf, "world")
    if world.base != profile.base:
        raise TrainingError(
            f"{folder} was trained from {world.base} (profile {world.profile}), not from {profile.base}. "
            f"Run `make book={shelf.slug} world profile={profile.name}` first, or use profile={world.profile}."
        )
    if any_corpus or world.corpus == hash_rows(train_split(read_rows(shelf, "world"))):
        return
    raise TrainingError(
        f"{folder} was trained on another state of {corpus_path(shelf, 'world')}. "
        f"Run `make book={shelf.slug} world` again, or allow it with --any-world."
    )
