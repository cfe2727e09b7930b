"""The report: one page that asks for nothing, shows the counts, and treats the novel's words as words."""

import re

import pytest
from workshop import Workshop

from extractor.report import curve, evaluation_table

NASTY = (
    "第一章 夜\n　　沈砚道：“<img src=x onerror=alert(1)> 你来了。”\n"
    "　　“来了。”阿蛮说，“</script><script>alert(2)</script>”\n"
    "　　沈砚问：“{{ 7 * 7 }} 𠮷，吃了吗？”\n　　“吃了。”阿蛮说。\n　　两人沿着河走，走了很久，天慢慢地亮起来了。\n"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    shop = Workshop(tmp_path_factory.mktemp("report"))
    cast = "".join(f'[[cast]]\nname = "{name}"\n' for name in ("沈砚", "阿蛮"))
    shop.book("night", NASTY * 3, f'title = "夜 <b>"\npersona = "沈砚"\n{cast}')
    shop.make("night")
    result = shop.run("report", "night")
    assert result.exit_code == 0, result.output
    return (shop.root / "outputs/night/report.html").read_text(encoding="utf-8")


def test_nothing_is_fetched_from_anywhere(page):
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!#)[a-z]+:""", page.replace("&lt;", "")), "an outside address"
    assert "<script" not in page


def test_words_of_the_novel_stay_words(page):
    assert "<img src=x" not in page
    assert "夜 &lt;b&gt;" in page
    assert "𠮷" in page
    assert "49 𠮷" not in page


def test_counts_and_warnings_come_first(page):
    assert page.index("Made by rules") < page.index("The way of the data")
    for stage in ("chapters", "quotations", "dialogues", "corpus"):
        assert f"<td>{stage}</td>" in page


def test_without_a_corpus_the_command_is_named(tmp_path):
    shop = Workshop(tmp_path).book("night", NASTY)
    result = shop.run("report", "night")
    assert result.exit_code == 1
    assert "corpus.jsonl is missing; run `extractor corpus night` first" in result.output


def test_a_curve_needs_two_points_and_starts_at_the_left():
    assert curve("losses", [1.0]) is None
    assert curve("losses", [2.0, 1.0]).points == "0.0,0.0 560.0,120.0"


def test_the_evaluation_has_a_row_for_each_figure():
    figure = {"value": 229.4, "low": 0.5, "high": 300.0, "items": 7}
    arms = [{"name": "base", "figures": {}}, {"name": "world", "figures": {"qa_exact": figure}}]
    assert evaluation_table({"arms": arms}) == [["", "base", "world"], ["qa exact", "–", "229 [0.50, 300] n=7"]]
