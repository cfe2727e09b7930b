"""Which chapters are kept for measuring: decided by blocks of chapters before anything is made from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from extractor.records import Chapter

Split = Literal["train", "dev", "test"]
TEST_SHARE = 0.10
DEV_SHARE = 0.05
FEWEST_FOR_TEST = 4
FEWEST_FOR_DEV = 10


def split_chapters(chapters: Sequence[Chapter], spoken: Collection[str]) -> dict[str, Split]:
    """Return the split of every chapter id; `spoken` are the ids of the chapters in which the persona has lines.

    The last tenth of the spoken chapters begins the test block, the twentieth before it the dev block; all chapters
    from there on belong to it. With fewer than 4 spoken chapters everything is train, with fewer than 10 there is
    no dev.
    """
    order = [chapter.id for chapter in sorted(chapters, key=lambda chapter: (chapter.position, chapter.start))]
    lined = [chapter for chapter in order if chapter in spoken]
    test = max(1, round(TEST_SHARE * len(lined))) if len(lined) >= FEWEST_FOR_TEST else 0
    dev = max(1, round(DEV_SHARE * len(lined))) if len(lined) >= FEWEST_FOR_DEV else 0
    first_test = order.index(lined[-test]) if test else len(order)
    first_dev = order.index(lined[-test - dev]) if dev else first_test
    return {
        chapter: "train" if index < first_dev else "dev" if index < first_test else "test"
        for index, chapter in enumerate(order)
    }
