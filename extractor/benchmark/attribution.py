"""The benchmark of quotations, speakers and aliases: a folder of gold in, a table and figures out."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from extractor.benchmark.gold import GoldInstances, GoldText, find_instances, find_texts
from extractor.benchmark.names import NameTable
from extractor.benchmark.reader import CastSource, Reading, Terms, read_by_model, read_by_rules, read_instance
from extractor.benchmark.scoring import SPLIT, Judge, Outcome, Score, pool, score_text
from extractor.errors import BookError
from extractor.new import guess_language
from extractor.store import write_text

KEYS = ("P", "R", "F1", "cover", "acc", "expl", "anaph", "impl", "B3", "alias", "pairs")
HEAD = f"{'text':<32} {'quotes':>6} " + " ".join(f"{key:>5}" for key in KEYS) + f" {'seconds':>7} {'characters':>10}"


def measure(
    folder: Path,
    *,
    terms: Terms | None = None,
    characters: CastSource = "found",
    json_path: Path | None = None,
    predictions: Path | None = None,
) -> Iterator[str]:
    """Measure every text and file of instances of a folder; yield the table line by line, and write what is asked for.

    With `terms` a model labels the quotations; instances are always read by rules.

    Raises:
        BookError: there is no gold, or a file of it is missing or broken.
    """
    if not folder.is_dir():
        raise BookError(f"{folder} is no folder; --gold names one with <slug>.quotes.jsonl files.")
    texts, instances = find_texts(folder), find_instances(folder)
    if not texts and not instances:
        raise BookError(f"{folder} holds no <slug>.quotes.jsonl and no <slug>.instances.jsonl; name a folder of gold.")
    for text in texts:
        text.quotations  # noqa: B018  a broken line is said before the first text is read
    yield HEAD
    scores = []
    for text in texts:
        reading = _read(text, characters=characters, terms=terms)
        score = score_text(
            text.slug,
            text.text,
            gold=text.quotations,
            table=NameTable(text.characters, narrators=text.narrators),
            guesses=reading.guesses,
            cast=reading.cast,
        )
        scores.append(replace(score, seconds=reading.seconds))
        if predictions is not None:
            write_predictions(predictions, text.slug, reading)
        yield row(scores[-1])
    apart = []
    if instances and terms is not None:
        terms.say("Instances are read by rules; a model labels whole texts only.")
    for file in instances:
        apart.append(_measure_instances(file, predictions=predictions))
        yield row(apart[-1])
    pooled = pool(scores or apart)
    yield row(pooled)
    yield ""
    yield from mistakes(pooled)
    if json_path is not None:
        write_text(json_path, json.dumps(figures(pooled, [*scores, *apart]), ensure_ascii=False, indent=1) + "\n")


def _read(text: GoldText, *, characters: CastSource, terms: Terms | None) -> Reading:
    if terms is None:
        return read_by_rules(text, characters=characters)
    return read_by_model(text, characters=characters, terms=terms)


def _measure_instances(file: GoldInstances, *, predictions: Path | None) -> Score:
    """Attribute each instance among its candidates."""
    instances = file.instances
    language = guess_language("".join(sentence for instance in instances for sentence in instance.context[:1]))
    began = time.perf_counter()
    speakers = [read_instance(instance, language=language) for instance in instances]
    seconds = time.perf_counter() - began
    outcomes: list[Outcome] = []
    for instance, speaker in zip(instances, speakers, strict=True):
        judge = Judge(NameTable(instance.candidates), instance.candidates)
        outcomes.append(judge.outcome(instance.speaker, instance.type, Counter((speaker,))))
    if predictions is not None:
        rows = [{"id": i.id, "speaker": speaker} for i, speaker in zip(instances, speakers, strict=True)]
        write_text(predictions / f"{file.slug}.jsonl", _lines(rows))
    return Score(
        slug=file.slug,
        detection=None,
        outcomes=tuple(outcomes),
        b3=None,
        aliases=None,
        seconds=seconds,
        characters=sum(len(sentence) for instance in instances for sentence in instance.context),
    )


def write_predictions(folder: Path, slug: str, reading: Reading) -> None:
    """Write what was read: `<slug>.jsonl` with one quotation a line, and `<slug>.characters.json`."""
    rows = [
        {
            "start": guess.spans[0][0],
            "end": guess.spans[-1][1],
            "spans": guess.spans,
            "speaker": guess.speaker,
            "confidence": round(guess.confidence, 4),
        }
        for guess in reading.guesses
    ]
    write_text(folder / f"{slug}.jsonl", _lines(rows))
    cast = {name: list(aliases) for name, aliases in reading.cast.items()}
    write_text(folder / f"{slug}.characters.json", json.dumps(cast, ensure_ascii=False, indent=1) + "\n")


def _lines(rows: Sequence[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _shares(score: Score) -> tuple[float | None, ...]:
    """Return the figures of a score in the order of `KEYS`."""
    found, aliases = score.detection, score.aliases
    return (
        *((found.precision, found.recall, found.f1, found.cover_recall) if found else (None,) * 4),
        score.accuracy(),
        score.accuracy("explicit"),
        score.accuracy("anaphoric"),
        score.accuracy("implicit"),
        score.b3,
        *((aliases.recall, aliases.pair_f1) if aliases else (None,) * 2),
    )


def row(score: Score) -> str:
    """Return a score as a line of the table, shares in percent."""
    shares = " ".join(f"{'-':>5}" if share is None else f"{100 * share:5.1f}" for share in _shares(score))
    return f"{score.slug[:32]:<32} {len(score.outcomes):>6} {shares} {score.seconds:>7.1f} {score.characters:>10}"


def mistakes(score: Score) -> Iterator[str]:
    """Yield a table of what went wrong, by kind, and the pieces that were guessed or missed wrongly."""
    total = len(score.outcomes)
    yield f"{'mistake':<32} {'quotes':>6} {'share':>6}"
    for kind, count in sorted(score.mistakes().items(), key=lambda item: (-item[1], item[0])):
        yield f"{kind:<32} {count:>6} {100 * count / total:>5.1f}%"
    if total:
        yield f"{SPLIT + ' (right, under a second entry)':<39} {score.splits} of {total}"
    if score.detection is not None:
        detection = score.detection
        yield f"pieces guessed that are none {detection.guessed - detection.same} of {detection.guessed}"
        yield f"pieces not found as annotated {detection.annotated - detection.same} of {detection.annotated}"


def figures(pooled: Score, scores: Sequence[Score]) -> dict[str, object]:
    """Return the figures as plain values: of all texts together, and by slug."""
    return {"pooled": _figures(pooled), "texts": {score.slug: _figures(score) for score in scores}}


def _figures(score: Score) -> dict[str, object]:
    rounded = [None if share is None else round(share, 4) for share in _shares(score)]
    return {
        "detection": dict(zip(("precision", "recall", "f1", "cover_recall"), rounded[:4], strict=True)),
        "attribution": dict(zip(("accuracy", "explicit", "anaphoric", "implicit", "b3"), rounded[4:9], strict=True)),
        "aliases": dict(zip(("recall", "pair_f1"), rounded[9:], strict=True)),
        "seconds": round(score.seconds, 2),
        "characters": score.characters,
    }
