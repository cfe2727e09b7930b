"""Voices that carry no name: the narrator who says I, groups, and people known only by what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from extractor.reading.mentions import Language, Page
from extractor.reading.names_zh import speech_slots
from extractor.reading.person_nouns import GROUPS_ZH
from extractor.records import Character

I_SAY = re.compile(
    r"[,!?.—-][\"”’']\s*(?:said|cried|asked|answered|replied|exclaimed|remarked|returned)\s+I\b"
    r"|[,!?.—-][\"”’']\s*I\s+(?:\w+ly\s+)?(?:said|cried|asked|answered|replied|exclaimed|remarked|whispered|suggested)\b"
    r"|\bI\s+(?:said|asked|cried|answered|replied)[,:]\s+[\"“‘']"
)
WO_SAY = re.compile(
    r"(?:^|[。！？”」，\n　])我[^。！？“”「」\n我]{0,14}?(?:说|道|问|喊|答|叫|想)[：:，,]?(?:[“「\n]|$|。)", re.M
)


def extra_voices(pages: Sequence[Page], cast: Sequence[Character], *, language: Language) -> list[Character]:
    """Return the narrator and the groups that speak and are not in the cast yet."""
    out = []
    if not any(c.kind == "narrator" for c in cast):
        pattern = I_SAY if language == "en" else WO_SAY
        count = sum(len(pattern.findall(page.text)) for page in pages)
        size = sum(len(page.pieces) for page in pages)
        if count >= 3 and count >= 0.005 * size:
            name = "I" if language == "en" else "我"
            out.append(Character(name=name, kind="narrator"))
    taken = {name for c in cast for name in (c.name, *c.aliases)}
    if language == "zh":
        groups = Counter(
            h for page in pages for h, clean in speech_slots(page) if clean and (h in GROUPS_ZH or h.endswith("们"))
        )
        named = [g for g, _ in groups.most_common() if g not in taken]
        if named:
            out.append(Character(name="众人", aliases=tuple(g for g in named if g != "众人"), kind="group"))
    return out
