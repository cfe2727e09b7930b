"""Who says each quotation: candidates from the scene, weighed by their evidence, chosen as one likeliest row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from extractor.reading.mentions import Language, NameIndex, Page, lay_out, with_full_stops
from extractor.reading.moments import Moment, read_moments
from extractor.reading.person_nouns import is_description
from extractor.reading.speaker_weights import PRECISION, WEIGHTS
from extractor.reading.turns import Turn, best_turns
from extractor.records import Chapter, Character, Quotation

WIDEST, LEADING = 8, 3
ALONE = 0.5


@dataclass
class Talk:
    """The moments of one chapter with their candidates; `fixed[i]` tells that the narration names the speaker."""

    page: Page
    moments: list[Moment]
    candidates: list[list[int]] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)


def attribute(
    chapters: Sequence[Chapter], quotations: Sequence[Quotation], cast: Sequence[Character], *, language: Language
) -> list[Quotation]:
    """Return the quotations with speaker, confidence, type, addressees and cue, in the order they came.

    Quotations of kind "other" stay without a speaker, and so does what no member of the cast fits.
    """
    filled: dict[str, Quotation] = {}
    for talk in read_talks(chapters, quotations, cast, language=language):
        scorer = Scorer(talk, cast, WEIGHTS[language])
        turns = scorer.turns()
        for i in range(len(turns)):
            quotation = talk.page.quotations[talk.moments[i].number]
            filled[quotation.id] = _filled(quotation, talk, i, turns=turns, cast=cast)
    return [filled.get(quotation.id, quotation) for quotation in quotations]


def read_talks(
    chapters: Sequence[Chapter], quotations: Sequence[Quotation], cast: Sequence[Character], *, language: Language
) -> Iterator[Talk]:
    """Yield the talk of each chapter that has quotations."""
    names = NameIndex(cast, language=language, order={chapter.id: chapter.position for chapter in chapters})
    by_chapter: dict[str, list[Quotation]] = {}
    for quotation in quotations:
        by_chapter.setdefault(quotation.chapter, []).append(quotation)
    narrator = next((n for n, c in enumerate(cast) if c.kind == "narrator"), -1)
    for chapter in with_full_stops(chapters) if language == "zh" else chapters:
        mine = by_chapter.get(chapter.id)
        if not mine:
            continue
        page = lay_out(chapter, mine, names)
        talk = Talk(page, read_moments(page, cast, language=language))
        _choose_candidates(talk, cast, narrator)
        yield talk


def _choose_candidates(talk: Talk, cast: Sequence[Character], narrator: int) -> None:
    """Fill in who can have said each quotation; an empty list means nobody known."""
    groups = {name: n for n, c in enumerate(cast) if c.kind == "group" for name in (c.name, *c.aliases)}
    told = Counter(m.character for m in talk.page.narration if not _is_faint(cast[m.character], near=False))
    leading = [c for c, _ in told.most_common(LEADING)]
    active: list[int] = []
    for i, moment in enumerate(talk.moments):
        cue = moment.cue
        options: list[int] = []
        fixed = False
        if cue is not None:
            subject = cue.subject
            if subject.kind == "name":
                options, fixed = [subject.character], True
            elif subject.kind == "narrator" and narrator >= 0:
                options, fixed = [narrator], True
            elif subject.kind == "noun" and _bearer(subject.surface, moment, cast) >= 0:
                options, fixed = [_bearer(subject.surface, moment, cast)], True
            elif subject.kind == "group":
                named = _group(subject.surface, groups)
                options, fixed = ([named], True) if named >= 0 else ([], True)
        if not options and not fixed:
            options = _scene_candidates(talk, i, cast, active=active, leading=leading, narrator=narrator)
        talk.candidates.append(options)
        talk.fixed.append(fixed)
        if fixed and options:
            active = [options[0], *(c for c in active if c != options[0])][:6]
        if moment.link == "far":
            active = active[:3]


def _group(surface: str, groups: Mapping[str, int]) -> int:
    """Return the group that a phrase names, or everybody for 他们 and the like; -1 where the cast has none."""
    if " " in surface:
        return groups.get(f"the {surface.split()[-1].casefold()}", -1)
    return groups.get(surface, groups.get("众人", -1))


def _bearer(noun: str, moment: Moment, cast: Sequence[Character]) -> int:
    """Return the one person near whose name ends with a noun: 老卒 is 守门老卒; -1 where none or several do."""
    word = noun.split()[-1] if " " in noun else noun.lstrip("那这此个位名")
    if len(word) < 2:
        return -1
    near = [c for c, _ in moment.recent if any(n.endswith(word) for n in (cast[c].name, *cast[c].aliases))]
    return near[0] if len(near) == 1 else -1


def _scene_candidates(
    talk: Talk,
    i: int,
    cast: Sequence[Character],
    *,
    active: Sequence[int],
    leading: Sequence[int],
    narrator: int,
) -> list[int]:
    moment = talk.moments[i]
    cue = moment.cue
    scores: dict[int, float] = defaultdict(float)
    for rank, (character, distance) in enumerate(moment.recent):
        scores[character] += 6 / (1 + distance) + 2 / (1 + rank)
    for rank, character in enumerate(active):
        scores[character] += 3 / (1 + rank)
    for character in moment.beside:
        scores[character] += 4
    for other in moment.cues:
        if other.subject.kind == "name":
            scores[other.subject.character] += 8
    for step in (-2, -1, 1, 2):
        if 0 <= i + step < len(talk.moments):
            near = talk.moments[i + step]
            for character in near.addressed:
                scores[character] += 3
            if near.cue is not None and near.cue.subject.kind == "name":
                scores[near.cue.subject.character] += 3
            if near.cue is not None and near.cue.subject.kind == "narrator" and narrator >= 0:
                scores[narrator] += 5
    beats = {other.subject.character for other in moment.cues if other.subject.kind == "name"}
    close = {c for c, distance in moment.recent if distance <= 1}
    faint = [c for c in scores if c not in beats and c not in active and _is_faint(cast[c], near=c in close)]
    for character in faint:
        del scores[character]
    for character in leading:
        scores[character] += 1
    if narrator >= 0:
        scores[narrator] += 2
    gender = cue.subject.gender if cue is not None and cue.subject.kind in ("pronoun", "noun") else "unknown"
    fitting = [
        c
        for c in sorted(scores, key=lambda c: -scores[c])
        if not (gender != "unknown" and cast[c].gender not in (gender, "unknown"))
        and not (cue is not None and (cast[c].kind == "group" or c == narrator))
    ]
    return (fitting or sorted(scores, key=lambda c: -scores[c]))[:WIDEST]


def _is_faint(character: Character, *, near: bool) -> bool:
    """Tell whether somebody speaks only where the narration says so: a far group, or a mere description."""
    return is_description(character.name) or (character.kind == "group" and not near)


class Scorer:
    """The features of each candidate of one talk, and their sum of weights."""

    def __init__(self, talk: Talk, cast: Sequence[Character], weights: Mapping[str, float]) -> None:
        self.talk = talk
        self.cast = cast
        self.weights = weights
        self.asked = [i for i, options in enumerate(talk.candidates) if options]
        self._transitions: dict[tuple[int, int], float] = {}
        self.ranks = {
            c: rank for rank, (c, _) in enumerate(Counter(m.character for m in talk.page.narration).most_common())
        }

    def turns(self) -> list[Turn]:
        """Return the best turn for each moment; candidate -1 where nobody fits."""
        candidates = [self.talk.candidates[i] for i in self.asked]
        alone = [
            [sum(self.weights.get(f, 0.0) for f in self.features(i, c)) for c in self.talk.candidates[i]]
            for i in self.asked
        ]
        found = best_turns(candidates, alone=alone, between=self._between)
        turns = [Turn(-1, 0.0)] * len(self.talk.moments)
        for i, turn in zip(self.asked, found, strict=True):
            turns[i] = turn
        return turns

    def _between(self, k: int, earlier: tuple[int | None, int | None], option: int) -> float:
        before, last = earlier
        case = 0 if last is None else 1 if option == last else 2 if before is not None and option == before else 3
        known = self._transitions.get((k, case))
        if known is None:
            known = sum(self.weights.get(f, 0.0) for f in self.transition(self.asked[k], earlier, option))
            self._transitions[k, case] = known
        return known

    def transition(self, i: int, earlier: tuple[int | None, int | None], option: int) -> list[str]:
        """Return the features of a speaker given the two before, the nearer one last."""
        before, last = earlier
        moment = self.talk.moments[i]
        kind = evidence_kind(moment, self.talk.fixed[i])
        link = moment.link
        if last is None:
            return []
        beat = "b" if moment.cues else "-"
        if option == last:
            return [f"last {link}", f"last {link} {kind} {beat}"]
        if before is not None and option == before:
            linked = self.talk.moments[i - 1].link if i else "far"
            return [f"before {link} {linked}", f"before {link} {kind} {beat}"]
        return [f"new {link} {kind} {beat}"]

    def features(self, i: int, option: int) -> list[str]:
        """Return the features of a candidate by itself."""
        talk, moment = self.talk, self.talk.moments[i]
        if talk.fixed[i]:
            return []
        kind = evidence_kind(moment, False)
        character = self.cast[option]
        out = [f"kind {character.kind} {kind}"]
        cue = moment.cue
        if cue is not None and cue.subject.kind in ("pronoun", "noun"):
            match = (
                "any"
                if cue.subject.gender == "unknown"
                else "fits"
                if cue.subject.gender == character.gender
                else "unknown"
            )
            out.append(f"gender {match} {cue.subject.kind}")
        for other in moment.cues:
            if other.speech:
                continue
            subject = other.subject
            if subject.kind == "name":
                out.append(f"beat {other.place} {'is' if subject.character == option else 'other'} {kind}")
                if other.verb == ":" and subject.character == option:
                    out.append("colon")
            elif subject.kind == "pronoun" and subject.gender != "unknown":
                fits = (
                    "fits"
                    if subject.gender == character.gender
                    else "unknown"
                    if character.gender == "unknown"
                    else "not"
                )
                out.append(f"beat {other.place} {fits} {kind}")
            elif subject.kind == "narrator":
                out.append(f"beat {other.place} I {character.kind}")
        out += self._distance(moment, option, kind=kind, gender=cue.subject.gender if cue is not None else "unknown")
        out += self._talked_of(i, option)
        return out

    def _distance(self, moment: Moment, option: int, *, kind: str, gender: str) -> list[str]:
        out = []
        fitting = [
            (c, d) for c, d in moment.recent if gender == "unknown" or self.cast[c].gender in (gender, "unknown")
        ]
        place = next((k for k, (c, _) in enumerate(fitting) if c == option), None)
        if place is None:
            out.append(f"unseen {kind}")
        else:
            distance = fitting[place][1]
            step = (
                "0"
                if distance == 0
                else "1"
                if distance == 1
                else "3"
                if distance <= 3
                else "7"
                if distance <= 7
                else "12"
            )
            out += [f"seen {step} {kind}", f"rank {min(place, 3)} {kind}"]
        subjects = [c for c in moment.subjects if gender == "unknown" or self.cast[c].gender in (gender, "unknown")]
        if subjects and subjects[0] == option:
            out.append(f"subject {kind}")
        if option in moment.beside:
            out.append(f"beside {'first' if moment.beside[0] == option else 'later'} {kind}")
        top = [c for c, _ in moment.present.most_common(2)]
        out.append(f"present {top.index(option) if option in top else 'less'} {kind}")
        rank = self.ranks.get(option, 99)
        out.append(f"chapter {0 if rank == 0 else 1 if rank < 3 else 3 if rank < 8 else 8}")
        return out

    def _talked_of(self, i: int, option: int) -> list[str]:
        moments = self.talk.moments
        moment = moments[i]
        out = []
        if option in moment.addressed:
            out.append("addressed")
        if option in moment.named:
            out.append("named")
        if option in moment.objects:
            out.append(f"object {evidence_kind(moment, False)}")
        if i and moment.link != "far":
            if option in moments[i - 1].addressed:
                out.append(f"addressed before {moment.link}")
            if option in moments[i - 1].named:
                out.append(f"named before {moment.link}")
        if i + 1 < len(moments) and moments[i + 1].link != "far" and option in moments[i + 1].addressed:
            out.append(f"addressed after {moments[i + 1].link}")
        return out


def evidence_kind(moment: Moment, fixed: bool) -> str:
    """Return the word for what ties the quotation to its speaker: name, pronoun, noun, elided, beat or nothing."""
    cue = moment.cue
    if cue is not None:
        if fixed:
            return "name"
        return cue.subject.kind if cue.subject.kind in ("pronoun", "noun", "elided") else "noun"
    return "beat" if any(c.subject.kind == "name" for c in moment.cues) else "nothing"


def _filled(quotation: Quotation, talk: Talk, i: int, *, turns: Sequence[Turn], cast: Sequence[Character]) -> Quotation:
    moment, turn = talk.moments[i], turns[i]
    cue = moment.cue
    kind = evidence_kind(moment, talk.fixed[i])
    explicit = cue is not None and cue.subject.kind == "name"
    cue_text = " ".join(talk.page.text[cue.start : cue.end].split()).strip() if cue is not None else ""
    if not cue_text and moment.cues:
        cue_text = " ".join(talk.page.text[moment.cues[0].start : moment.cues[0].end].split())
    update: dict[str, object] = {
        "type": "explicit" if explicit else "anaphoric" if cue is not None else "implicit",
        "cue": cue_text[:80],
    }
    if turn.candidate >= 0:
        update["speaker"] = cast[turn.candidate].name
        update["confidence"] = confidence(kind, turn.lead)
        update["addressees"] = _addressees(talk, i, turns=turns, cast=cast)
    return quotation.model_copy(update=update)


def confidence(kind: str, lead: float) -> float:
    """Return the share of such guesses that were right on annotated novels; an infinite lead had no rival."""
    if lead == float("inf") and kind != "name":
        lead = ALONE
    for limit, share in PRECISION[kind]:
        if lead < limit:
            return share
    return PRECISION[kind][-1][1]


def _addressees(talk: Talk, i: int, *, turns: Sequence[Turn], cast: Sequence[Character]) -> tuple[str, ...]:
    """Return who is addressed: by name in the quotation, or else the other one in the talk."""
    speaker = turns[i].candidate
    called = [c for c in sorted(talk.moments[i].addressed) if c != speaker]
    if called:
        return tuple(cast[c].name for c in called)
    for step in (-1, 1, -2):
        k = i + step
        if not 0 <= k < len(turns):
            continue
        links = [talk.moments[j].link for j in range(min(i, k) + 1, max(i, k) + 1)]
        if "far" not in links and turns[k].candidate not in (-1, speaker):
            return (cast[turns[k].candidate].name,)
    return ()
