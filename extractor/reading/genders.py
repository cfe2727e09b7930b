"""The gender of Chinese names: by title, else by the pronouns that follow them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from extractor.reading.mentions import NameIndex, Page, lay_out
from extractor.reading.person_nouns import chinese_gender
from extractor.records import Character

# 他 or 她 at the head of a clause, in the same paragraph and outside of quotations.
CONTINUED = re.compile(r"[^“”「」\n]{0,50}?[，。；](?:但|可|而|只见|于是|然后|接着)?([他她])(?!们)")


def _opens_clause(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] in "，。！？；：\n”」 \u3000"


def chinese_genders(pages: Iterable[Page], names: Mapping[str, int]) -> dict[str, str]:
    """Return the gender of each name; unknown where neither title nor pronouns tell."""
    listed = list(names)
    told = {name: chinese_gender(name) for name in listed if len(name) > 1}
    index = NameIndex([Character(name=name) for name in listed], language="zh")
    he: Counter[str] = Counter()
    she: Counter[str] = Counter()
    for page in pages:
        laid = lay_out(page.chapter, page.quotations, index)
        text = page.text
        for mention, following in zip(laid.narration, [*laid.narration[1:], None], strict=False):
            if mention.possessive or not _opens_clause(text, mention.start):
                continue
            limit = min(mention.end + 60, following.start if following else len(text))
            pronoun = CONTINUED.match(text[mention.end : limit])
            if pronoun is not None:
                (she if pronoun[1] == "她" else he)[listed[mention.character]] += 1
    used = sum(she.values()) > 0.05 * sum(he.values())
    for name in listed:
        if told.get(name, "unknown") == "unknown" and used:
            both = he[name] + she[name]
            if both >= 3 and max(he[name], she[name]) >= 0.65 * both:
                told[name] = "male" if he[name] > she[name] else "female"
    return told
