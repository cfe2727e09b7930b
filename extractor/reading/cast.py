"""The cast of a novel: its characters with aliases, gender and evidence, found in the text and ruled by book.toml."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Literal

from extractor.book import CastEntry
from extractor.reading import names_en, names_zh
from extractor.reading.addresses import joined_by_answers, with_titles
from extractor.reading.aliases import Cluster, Clusters, seen_together
from extractor.reading.aliases_en import link_english, lone_surnames
from extractor.reading.aliases_zh import halves, is_full_name, link_chinese, main_name, office_forms, titled_forms
from extractor.reading.cast_extras import extra_voices, with_described, with_named_narrator
from extractor.reading.genders import chinese_genders
from extractor.reading.lexicon import words
from extractor.reading.mentions import Language, NameIndex, Page, lay_out, with_full_stops
from extractor.reading.surnames import surname_of, title_of
from extractor.records import Chapter, Character, Quotation

KIN = frozenset(words("哥 哥哥 姐 姐姐 弟弟 妹妹 兄弟 妹子 兄 姑娘 丫头 先生 小姐 叔 叔叔"))
Gender = Literal["male", "female", "unknown"]


def find_cast(
    chapters: Sequence[Chapter],
    quotations: Sequence[Quotation],
    *,
    language: Language,
    given: Sequence[CastEntry] = (),
) -> list[Character]:
    """Return the characters of a novel, most mentioned first; `lines` stay 0 until the speakers are known.

    Characters of `given` win: their names go to nobody else, and what was found under one of their names joins them.
    """
    if language == "zh":
        chapters = with_full_stops(chapters)
    pages = [
        lay_out(chapter, mine, None) for chapter, mine in _by_chapter(chapters, quotations) if chapter.kind != "front"
    ]
    clusters = _english(pages) if language == "en" else _chinese(pages)
    found = [_character(cluster, language, taken={n for c in clusters for n in c.names}) for cluster in clusters]
    order = {chapter.number: chapter.id for chapter in chapters if chapter.number is not None}
    cast = ruled_by(found, given, order)
    cast = with_described(pages, cast, language=language, only_aliases=bool(given))
    if not given:
        cast = joined_by_answers(pages, cast, language=language)
    if language == "zh":
        cast = with_titles(pages, cast)
    cast += extra_voices(pages, cast, language=language)
    cast = with_named_narrator(pages, cast, language=language)
    return count_mentions(chapters, cast, language=language)


def _by_chapter(chapters: Sequence[Chapter], quotations: Sequence[Quotation]) -> list[tuple[Chapter, list[Quotation]]]:
    mine: dict[str, list[Quotation]] = {chapter.id: [] for chapter in chapters}
    for quotation in quotations:
        if quotation.chapter in mine:
            mine[quotation.chapter].append(quotation)
    return [(chapter, mine[chapter.id]) for chapter in chapters]


def _english(pages: Sequence[Page]) -> list[Cluster]:
    counts = names_en.count_names(pages)
    totals = {name: count.total for name, count in counts.items()}
    genders = {name: names_en.gender_of(name, count) for name, count in counts.items()}
    clusters = Clusters(totals, genders=genders, together=_together(pages, totals, "en"))
    link_english(clusters, totals)
    found = clusters.all()
    for cluster, surname in lone_surnames(found):
        cluster.names[surname] = 0
        cluster.evidence.append(f"{surname} is a surname that nobody else bears.")
    return found


def _chinese(pages: Sequence[Page]) -> list[Cluster]:
    counts = names_zh.count_names(pages)
    totals = {name: count.total for name, count in counts.items()}
    text = "\n".join(page.text for page in pages)
    full = {surname_of(name) for name in totals if is_full_name(name)} - {""}
    for form, count in (titled_forms(text, totals) + office_forms(text, totals) + halves(text, totals)).items():
        stem = form.removesuffix(title_of(form))
        enough: float = 1 if form[:1] in full and len(title_of(form)) > 1 else 2
        if stem != form and stem in totals:
            enough = 2 if title_of(form) in KIN else max(2, 0.005 * totals[stem])
        if form[0] in names_zh.FUNCTION_SURNAMES | names_zh.ADVERB_HEADS and form[0] not in full:
            continue
        if count >= enough and form not in names_zh.GENERIC:
            totals.setdefault(form, count)
    genders = chinese_genders(pages, totals)
    clusters = Clusters(totals, genders=genders, together=_together(pages, totals, "zh"))
    link_chinese(clusters, totals, text)
    return clusters.all()


def _together(pages: Sequence[Page], totals: Mapping[str, int], language: Language) -> Counter[frozenset[str]]:
    names = list(totals)
    index = NameIndex([Character(name=name) for name in names], language=language)
    sentences: list[list[str]] = []
    ends = re.compile("[。！？\n“”「」]" if language == "zh" else '(?<!Mr)(?<!Mrs)(?<!Dr)[.!?](?=\\s)|[\n“”"]')
    for page in pages:
        current: list[str] = []
        position = 0
        laid = lay_out(page.chapter, page.quotations, index)
        for mention in laid.narration:
            if ends.search(page.text, position, mention.start):
                sentences.append(current)
                current = []
            current.append(names[mention.character])
            position = mention.end
        sentences.append(current)
        sentences += _in_turn(laid, names)
    return seen_together(sentences)


def _in_turn(page: Page, names: Sequence[str]) -> list[list[str]]:
    """Return pairs of names that stand behind quotations of neighbouring paragraphs: two who talk are not one."""
    pairs = []
    last: tuple[int, str] | None = None
    for _, end, _ in page.pieces:
        block = page.block_at(end - 1)
        near = page.narrated(end, min(end + 30, page.blocks[block][1]))
        if not near:
            continue
        name = names[near[0].character]
        if last is not None and block - last[0] == 1 and last[1] != name:
            pairs.append([last[1], name])
        last = (block, name)
    return pairs


def _character(cluster: Cluster, language: Language, *, taken: Set[str]) -> Character:
    name = main_name(cluster) if language == "zh" else english_main_name(cluster)
    if name not in cluster.names and name in taken:
        name = max(cluster.names, key=lambda n: (cluster.names[n], len(n)))
    aliases = sorted((n for n in cluster.names if n != name), key=lambda n: (-cluster.names[n], n))
    evidence = list(cluster.evidence)
    if name not in cluster.names:
        titled = next(n for n in aliases if n.endswith(" " + name))
        evidence.append(f"{name} is {titled} without the title.")
    return Character(
        name=name,
        aliases=tuple(aliases),
        gender=_gender(cluster.gender),
        mentions=cluster.total,
        evidence=tuple(evidence),
    )


def _gender(word: str) -> Gender:
    return "male" if word == "male" else "female" if word == "female" else "unknown"


def english_main_name(cluster: Cluster) -> str:
    """Return the name to go by: first name and surname unless rare, else the most frequent."""
    top = max(cluster.names.values())
    full = [
        n
        for n, c in cluster.names.items()
        if len(n.split()) >= 2 and not names_en.has_title(n) and c >= max(2, 0.03 * top)
    ]
    bare = {
        names_en.without_title(n): c
        for n, c in cluster.names.items()
        if len(n.split()) >= 3 and not n.startswith("Mrs") and not names_en.has_title(names_en.without_title(n))
    }
    if not full and bare:
        return max(bare, key=lambda n: (bare[n], len(n)))
    pool = full or [n for n, c in cluster.names.items() if c >= 0.25 * top and " " in n] or list(cluster.names)
    return max(pool, key=lambda n: (cluster.names[n], len(n)))


def ruled_by(found: Sequence[Character], given: Sequence[CastEntry], order: Mapping[int, str]) -> list[Character]:
    """Return the given characters with what was found under their names, then the found ones that are left."""
    owners = {name: entry.name for entry in given for name in entry.names}
    joined: dict[str, list[Character]] = {entry.name: [] for entry in given}
    rest: list[Character] = []
    for character in found:
        names = (character.name, *character.aliases)
        claims = Counter(owners[name] for name in names if name in owners)
        if not claims:
            rest.append(character)
        elif len(claims) == 1:
            joined[next(iter(claims))].append(character)
    out = []
    for entry in given:
        extra = [n for c in joined[entry.name] for n in (c.name, *c.aliases) if n not in owners]
        seen = next((c.gender for c in joined[entry.name] if c.gender != "unknown"), "unknown")
        out.append(
            Character(
                name=entry.name,
                aliases=(*entry.aliases, *dict.fromkeys(extra)),
                gender=_gender(entry.gender if entry.gender != "unknown" else seen),
                kind=entry.kind,
                since={alias: order[number] for alias, number in entry.since.items() if number in order},
                note=entry.note,
                evidence=tuple(e for c in joined[entry.name] for e in c.evidence),
            )
        )
    return out + rest


def count_mentions(chapters: Sequence[Chapter], cast: Sequence[Character], *, language: Language) -> list[Character]:
    """Return the cast with its mentions counted anew, most mentioned first."""
    index = NameIndex(cast, language=language, order={chapter.id: chapter.position for chapter in chapters})
    counts: Counter[int] = Counter()
    for chapter in chapters:
        if chapter.kind != "front":
            counts.update(m.character for m in index.find(chapter.text, 0, len(chapter.text), chapter=chapter.id))
    counted = [c.model_copy(update={"mentions": counts[n]}) for n, c in enumerate(cast)]
    return sorted(counted, key=lambda c: (-c.lines, -c.mentions, c.name))


def count_lines(cast: Sequence[Character], attributed: Sequence[Quotation]) -> list[Character]:
    """Return the cast with the quotations of each counted, most lines first."""
    lines = Counter(q.speaker for q in attributed if q.speaker is not None)
    counted = [c.model_copy(update={"lines": lines[c.name]}) for c in cast]
    return sorted(counted, key=lambda c: (-c.lines, -c.mentions, c.name))
