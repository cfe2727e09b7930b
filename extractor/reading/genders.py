"""The gender of Chinese names: by title, else by the pronouns that follow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from extractor.reading.mentions import NameIndex, Page
from extractor.reading.person_nouns import chinese_gender
from extractor.records import Character


def chinese_genders(pages: Iterable[Page], names: Mapping[str, int]) -> dict[str, str]:
    """Return the gender of each name; unknown where neither title nor pronouns tell."""
    listed = list(names)
    told = {name: chinese_gender(name) for name in listed if len(name) > 1}
    index = NameIndex([Character(name=name) for name in listed], language="zh")
    he: Counter[str] = Counter()
    she: Counter[str] = Counter()
    for page in pages:
        mentions = index.find(page.text, 0, len(page.text))
        for mention, following in zip(mentions, [*mentions[1:], None], strict=False):
            limit = min(mention.end + 40, following.start if following else len(page.text))
            tail = page.text[mention.end : limit]
            at_he, at_she = tail.find("他"), tail.find("她")
            name = listed[mention.character]
            if at_she >= 0 and (at_he < 0 or at_she < at_he):
                she[name] += 1
            elif at_he >= 0 and tail[at_he + 1 : at_he + 2] != "们":
                he[name] += 1
    used = sum(she.values()) > 0.05 * sum(he.values())
    for name in listed:
        if told.get(name, "unknown") == "unknown" and used:
            both = he[name] + she[name]
            if both >= 3 and max(he[name], she[name]) >= 0.65 * both:
                told[name] = "male" if he[name] > she[name] else "female"
    return told
