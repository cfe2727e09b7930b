"""Fit the weights and measure the precision of extractor/reading/speaker_weights.py on annotated novels.

    python tests/gold/fit_speakers.py en DIR ... > weights.txt      # a language, then folders with gold

A folder holds, per novel, `<slug>.quotes.jsonl` (`spans` into the text, `speaker`), `<slug>.characters.json`
(name -> aliases), the text as `<slug>.txt` or books/<slug>/novel.txt, and may hold `<slug>.characters_meta.json`
(name -> {"gender": ...}). Weights by an averaged structured perceptron with a margin (Collins 2002).
"""

from __future__ import annotations

import json
import random
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from pathlib import Path

from extractor.reading.paragraphs import find_paragraphs
from extractor.reading.person_nouns import GROUPS_ZH
from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.speakers import Scorer, evidence_kind, read_talks
from extractor.reading.turns import best_turns
from extractor.records import Chapter, Character

ROOT = Path(__file__).resolve().parents[2]
EPOCHS, MARGIN, LARGEST_STEP, SCENE = 5, 1.0, 0.05, 60
GENDERS = {"m": "male", "male": "male", "f": "female", "female": "female"}


class Example:
    """A scene: candidates with their features, and the annotated speaker (an index into the cast, or None)."""

    def __init__(self, scorer, positions, gold):
        self.scorer = scorer
        self.positions = positions
        self.candidates = [scorer.talk.candidates[i] for i in positions]
        self.gold = [g if g in c else None for g, c in zip(gold, self.candidates, strict=True)]
        self.features = [[scorer.features(i, c) for c in scorer.talk.candidates[i]] for i in positions]
        self._moves = {}

    def move(self, k, earlier, option):
        key = (k, earlier, option)
        if key not in self._moves:
            self._moves[key] = self.scorer.transition(self.positions[k], earlier, option)
        return self._moves[key]

    def best(self, weights, candidates, extra):
        alone = [
            [
                sum(weights.get(f, 0.0) for f in self.features[k][self.candidates[k].index(c)]) + extra(k, c)
                for c in options
            ]
            for k, options in enumerate(candidates)
        ]
        return best_turns(
            candidates,
            alone=alone,
            between=lambda k, earlier, option: sum(weights.get(f, 0.0) for f in self.move(k, earlier, option)),
        )

    def count(self, row, sign, change):
        for k, option in enumerate(row):
            features = list(self.features[k][self.candidates[k].index(option)])
            if k:
                features += self.move(k, (row[k - 2] if k > 1 else None, row[k - 1]), option)
            for feature in features:
                change[feature] += sign


def read_examples(folder, language):
    for path in sorted(Path(folder).glob("*.quotes.jsonl")):
        slug = path.name.removesuffix(".quotes.jsonl")
        text_path = path.with_name(f"{slug}.txt")
        if not text_path.is_file():
            text_path = ROOT / "books" / slug / "novel.txt"
        text = text_path.read_bytes().decode("utf-8")
        cast = read_cast(path, slug)
        chapter = Chapter(
            id="c0001", position=1, start=0, end=len(text), text=text, paragraphs=find_paragraphs(text, 0, len(text))
        )
        quotations = find_quotations(chapter, language=language, style=detect_style([chapter]))
        pieces = sorted(
            (start, end, row["speaker"])
            for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
            if row.get("speaker") and not row.get("ignore") and not row.get("negative")
            for start, end in row["spans"]
        )
        for talk in read_talks([chapter], quotations, cast, language=language):
            yield from scenes(Scorer(talk, cast, {}), {c.name: n for n, c in enumerate(cast)}, pieces)


def read_cast(path, slug):
    names = json.loads(path.with_name(f"{slug}.characters.json").read_text(encoding="utf-8"))
    meta_path = path.with_name(f"{slug}.characters_meta.json")
    if not meta_path.is_file():
        meta_path = path.with_name("characters.json")
    meta = json.loads(meta_path.read_text(encoding="utf-8")) if meta_path.is_file() else {}
    return [
        Character(
            name=name,
            aliases=tuple(a for a in aliases if a != name),
            gender=GENDERS.get(str((meta.get(name) or {}).get("gender", "")).lower(), "unknown"),
            kind="group" if name in GROUPS_ZH else "person",
        )
        for name, aliases in names.items()
        if not name.startswith("_")
    ]


def scenes(scorer, numbers, pieces):
    scene, gold = [], []
    for i in scorer.asked:
        moment = scorer.talk.moments[i]
        if len(scene) >= SCENE and moment.link in ("far", "near"):
            yield Example(scorer, scene, gold)
            scene, gold = [], []
        scene.append(i)
        gold.append(numbers.get(annotated(scorer.talk.page.quotations[moment.number].spans, pieces)))
    if scene:
        yield Example(scorer, scene, gold)


def annotated(spans, pieces):
    votes = Counter()
    for start, end in spans:
        k = max(0, bisect_left(pieces, (start,)) - 3)
        while k < len(pieces) and pieces[k][0] < end:
            shared = min(end, pieces[k][1]) - max(start, pieces[k][0])
            if shared > 0:
                votes[pieces[k][2]] += shared
            k += 1
    return votes.most_common(1)[0][0] if votes else None


def fit(examples):
    """Return averaged weights: each scene whose best row is wrong pulls them towards the annotated row."""
    chance = random.Random(0)
    weights, total, step = defaultdict(float), defaultdict(float), 1
    for _ in range(EPOCHS):
        chance.shuffle(examples)
        for example in examples:
            step += 1
            gold = example.gold
            known = [k for k, g in enumerate(gold) if g is not None and len(example.candidates[k]) > 1]
            harder = example.best(
                weights,
                example.candidates,
                lambda k, c, gold=gold: MARGIN if gold[k] is not None and c != gold[k] else 0.0,
            )
            wrong = sum(harder[k].candidate != gold[k] for k in known)
            if not wrong:
                continue
            allowed = [[g] if g is not None else c for g, c in zip(gold, example.candidates, strict=True)]
            wanted = example.best(weights, allowed, lambda k, c: 0.0)
            change = defaultdict(float)
            example.count([t.candidate for t in wanted], 1.0, change)
            example.count([t.candidate for t in harder], -1.0, change)
            length = sum(v * v for v in change.values())
            if not length:
                continue
            loss = wrong * MARGIN - sum(v * weights[f] for f, v in change.items())
            size = min(LARGEST_STEP, max(0.0, loss) / length)
            for feature, value in change.items():
                weights[feature] += size * value
                total[feature] += size * value * step
    return {f: weights[f] - total[f] / step for f in weights}


def precision(examples, weights):
    """Return rows (evidence, lead) -> right or wrong, as shares per band of leads."""
    bands = (0.15, 0.4, 0.8, 1.5, 3.0, float("inf"))
    right, seen = Counter(), Counter()
    for example in examples:
        for k, turn in enumerate(example.best(weights, example.candidates, lambda k, c: 0.0)):
            if example.gold[k] is None:
                continue
            i = example.positions[k]
            talk = example.scorer.talk
            kind = evidence_kind(talk.moments[i], talk.fixed[i])
            band = next(b for b in bands if turn.lead <= b)
            seen[kind, band] += 1
            right[kind, band] += turn.candidate == example.gold[k]
    return {key: round(right[key] / seen[key], 2) for key in sorted(seen) if seen[key] >= 15}


def main():
    language, *folders = sys.argv[1:]
    examples = [example for folder in folders for example in read_examples(folder, language)]
    weights = fit(examples)
    sys.stdout.write("; ".join(f"{f} {w:.2f}" for f, w in sorted(weights.items()) if abs(w) >= 0.03) + "\n")
    for key, share in precision(examples, weights).items():
        sys.stdout.write(f"{key} {share}\n")


if __name__ == "__main__":
    main()
