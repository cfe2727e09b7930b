"""Prompts: files with $variables, a book's own wording first, faults that name file and variable."""

import pytest

from extractor.asking.prompts import Prompts
from extractor.errors import PromptError


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "prompts" / "zh" / "summaries"
    folder.mkdir(parents=True)
    (folder / "user.md").write_text(
        '\ufeff《$title》第 $number 章。价 $$5。答 {"summary": "…"}\r\n\n', encoding="utf-8"
    )
    (folder / "system.md").write_text("你是编辑。\n", encoding="utf-8")
    return tmp_path / "prompts"


def test_variables_are_filled_and_braces_stay(root):
    text = Prompts("zh", root=root).render("summaries", "user", title="雨城", number=3, unused="")
    assert text == '《雨城》第 3 章。价 $5。答 {"summary": "…"}'


def test_a_value_with_a_dollar_is_not_filled_again(root):
    text = Prompts("zh", root=root).render("summaries", "user", title="$number", number=3)
    assert text.startswith("《$number》")


def test_a_variable_that_nobody_fills_is_named_with_those_that_are(root):
    with pytest.raises(PromptError, match=r"user\.md: \$number is filled by nobody; summaries fills \$title, \$text"):
        Prompts("zh", root=root).render("summaries", "user", title="雨城", text="…")


def test_a_lone_dollar_is_said(root):
    (root / "zh/summaries/user.md").write_text("一\n$ 5\n", encoding="utf-8")
    with pytest.raises(PromptError, match=r"user\.md: a `\$` begins no variable .*line 2.*\$\$"):
        Prompts("zh", root=root).render("summaries", "user")


def test_a_missing_prompt_is_said(root):
    with pytest.raises(PromptError, match=r"zh/knowledge/user\.md is missing: the stage knowledge"):
        Prompts("zh", root=root).render("knowledge", "user")


def test_a_prompt_in_another_encoding_is_said(root):
    (root / "zh/summaries/user.md").write_bytes("第一章的摘要".encode("gb18030"))
    with pytest.raises(PromptError, match=r"user\.md is not UTF-8"):
        Prompts("zh", root=root).render("summaries", "user")


def test_a_books_own_wording_wins_and_changes_the_hash(root, tmp_path):
    own = tmp_path / "book" / "prompts"
    (own / "summaries").mkdir(parents=True)
    plain = Prompts("zh", root=root)
    both = Prompts("zh", root=root, overrides=own)
    assert both.prompt_hash("summaries") == plain.prompt_hash("summaries")
    (own / "summaries" / "user.md").write_text("自己的：$title", encoding="utf-8")
    assert both.render("summaries", "user", title="雨城") == "自己的：雨城"
    assert both.render("summaries", "system") == "你是编辑。"
    assert both.prompt_hash("summaries") != plain.prompt_hash("summaries")


def test_the_hash_is_of_what_is_sent_not_of_line_ends(root):
    before = Prompts("zh", root=root).prompt_hash("summaries")
    (root / "zh/summaries/system.md").write_bytes("你是编辑。\r\n\r\n".encode())
    assert Prompts("zh", root=root).prompt_hash("summaries") == before
    (root / "zh/summaries/system.md").write_text("你是校对。\n", encoding="utf-8")
    assert Prompts("zh", root=root).prompt_hash("summaries") != before
