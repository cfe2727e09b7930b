"""Facts about the cast as a whole: where somebody is first named, and which names mean the same person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from extractor.reading.facts import Found, Names, share_a_part
from extractor.reading.person_nouns import TITLES
from extractor.records import Chapter, Character

PEOPLE = 80
LEAST_MENTIONS = 8


def people_facts(chapters: Sequence[Chapter], cast: Sequence[Character], names: Names) -> dict[str, list[Found]]:
    """Return facts by chapter id: first appearances, other names where both stand together, names that begin later."""
    found: dict[str, list[Found]] = defaultdict(list)
    order = {chapter.id: number for number, chapter in enumerate(chapters)}
    named = [c for c in cast if c.kind == "person" and c.name in names.shown]
    for character in sorted(named, key=lambda c: -c.mentions)[:PEOPLE]:
        if character.note or (character.mentions >= LEAST_MENTIONS and character.lines > 1):
            _first(found, chapters, character, names=names)
        for alias in character.aliases:
            if (
                alias in names.shown
                and not (_titled(alias) and not character.note)
                and alias not in character.name
                and character.name not in alias
            ):
                _alias(found, chapters, (character, alias), order=order, language=names.language)
    return found


def _first(found: dict[str, list[Found]], chapters: Sequence[Chapter], character: Character, *, names: Names) -> None:
    own = [n for n in (character.name, *character.aliases) if names.shown.get(n) == character.name and len(n) > 1]
    for chapter in chapters:
        places = {name: place for name in own if (place := _find(chapter.text, name, names.language)) >= 0}
        if not places:
            continue
        sure = character.note or character.name in places
        body = [p for p in places.values() if chapter.paragraphs and p >= chapter.paragraphs[0][0]]
        if sure and body and chapter.heading:
            here = (chapter.paragraph_at(min(body)),)
            found[chapter.id].append(Found("first_appearance", here, {"name": character.name}))
        return


def _alias(
    found: dict[str, list[Found]],
    chapters: Sequence[Chapter],
    pair: tuple[Character, str],
    *,
    order: dict[str, int],
    language: str,
) -> None:
    character, alias = pair
    own = [n for n in (character.name, *character.aliases) if alias not in n and n not in alias]
    own = [n for n in own if n == character.name or share_a_part(n, character.name, language)]
    since = character.since.get(alias)
    for chapter in chapters:
        if since and order[chapter.id] < order.get(since, 0):
            continue
        if _find(chapter.text, alias, language) < 0:
            continue
        for number in range(1, len(chapter.paragraphs) + 1):
            text = chapter.paragraph_text(number)
            if _find(text, alias, language) >= 0 and any(_find(text, n, language) >= 0 for n in own):
                fields = {"alias": alias, "name": character.name}
                if since or character.note or share_a_part(alias, character.name, language):
                    found[chapter.id].append(Found("who_is", (number,), fields))
                    if since == chapter.id:
                        found[chapter.id].append(Found("alias_since", (number,), fields))
                return


def _titled(alias: str) -> bool:
    """Tell whether an English alias is a title with a surname, which another of the family may bear."""
    return alias.split()[0].rstrip(".").casefold() in TITLES and len(alias.split()) > 1


def _find(text: str, name: str, language: str) -> int:
    """Return where a name stands as a whole, -1 where it does not."""
    place = text.find(name)
    while place >= 0 and language != "zh":
        if not text[place - 1 : place].isalnum() and not text[place + len(name) : place + len(name) + 1].isalnum():
            break
        place = text.find(name, place + 1)
    return place
