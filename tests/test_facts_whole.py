"""Questions that only a reader of the whole book can answer, on the demo novels' gold."""

from collections import Counter

import pytest
from gold_records import demo_desk

from extractor.reading.facts import Names
from extractor.reading.facts_whole import SURE, whole_facts
from extractor.records import Chapter, Character, Quotation


def facts(slug, **changes):
    desk = demo_desk(slug)
    quotations = [q.model_copy(update=changes) for q in desk.of(Quotation)]
    chapters = [chapter for chapter in desk.of(Chapter) if chapter.kind != "front"]
    cast = desk.of(Character)
    names = Names(cast, language=desk.book.language)
    return desk, chapters, whole_facts(chapters, quotations, cast, names=names)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_who_talks_most_with_whom_agrees_with_a_plain_count_of_the_gold(slug):
    desk, _, found = facts(slug)
    speech = [q for q in desk.of(Quotation) if q.kind == "speech"]
    counts = Counter()
    for a, b in zip(speech, speech[1:], strict=False):
        if a.chapter == b.chapter and b.paragraph - a.paragraph <= 2 and a.speaker and b.speaker:
            counts[a.speaker, b.speaker] += 1
            counts[b.speaker, a.speaker] += 1
    told = [fact for of_chapter in found.values() for fact in of_chapter if fact.kind == "talks_most"]
    assert told
    for fact in told:
        name, partner = fact.fields["name"], fact.fields["partner"]
        rivals = {b: n for (a, b), n in counts.items() if a == name and b != name}
        assert partner == max(rivals, key=rivals.get)


@pytest.mark.parametrize("slug", ["demo", "demo-en"])
def test_evidence_names_who_is_there(slug):
    desk, chapters, found = facts(slug)
    names = {c.name: (c.name, *c.aliases) for c in desk.of(Character)}
    joint = "、" if desk.book.language == "zh" else ", "
    for chapter in chapters:
        for fact in found.get(chapter.id, ()):
            if fact.kind == "present":
                text = " ".join(map(chapter.paragraph_text, fact.paragraphs)).casefold()
                for person in fact.fields["people"].split(joint):
                    assert any(name.casefold() in text for name in names[person]), (chapter.id, person)


def test_unsure_speakers_prove_nothing():
    _, _, found = facts("demo", confidence=SURE - 0.1)
    assert not [fact for of_chapter in found.values() for fact in of_chapter if fact.kind == "talks_most"]
