"""How the rules engine words a fact: per language and kind, several questions, an answer and a statement.

A wording fills `$name`-like fields from code; at least three questions ask the same thing, and none says "this
chapter". The kinds are those of `stages/knowledge.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True)
class Wording:
    """Templates of one kind of fact."""

    questions: tuple[str, ...]
    answer: str
    fact: str

    def fill(self, **fields: str) -> tuple[tuple[str, ...], str, str]:
        """Return questions, answer and statement with their fields filled."""
        questions = tuple(Template(question).substitute(fields) for question in self.questions)
        return questions, Template(self.answer).substitute(fields), Template(self.fact).substitute(fields)


ZH = {
    "plot": Wording(
        ("《$book》的“$heading”讲了什么？", "请概括《$book》“$heading”的主要情节。", "“$heading”一章发生了哪些事？"),
        "$summary",
        "《$book》“$heading”：$summary",
    ),
    "title": Wording(
        ("《$book》$ordinal的标题是什么？", "《$book》$ordinal叫什么名字？", "《$book》里，$ordinal以什么为题？"),
        "$title",
        "《$book》$ordinal的标题是“$title”。",
    ),
    "first_appearance": Wording(
        ("$name最早在哪一章出场？", "《$book》里$name第一次被提到是在哪一章？", "$name是从哪一章开始出现的？"),
        "$heading",
        "$name最早出现在“$heading”。",
    ),
    "aliases": Wording(
        ("$name还有哪些称呼？", "《$book》里的人还管$name叫什么？", "$name又被称作什么？"),
        "$aliases",
        "$name又被称作$aliases。",
    ),
    "who_is": Wording(
        ("《$book》里的“$alias”是谁？", "“$alias”指的是哪个人物？", "“$alias”是谁的称呼？"),
        "$name",
        "“$alias”就是$name。",
    ),
    "said_by": Wording(
        ("“$line”这句话是谁说的？", "《$book》里，谁说过“$line”？", "说出“$line”的人是谁？"),
        "$name",
        "$name说过：“$line”",
    ),
    "reply": Wording(
        ("$asker问“$line”，$name是怎么回答的？", "听到$asker问“$line”，$name说了什么？", "$name怎么回应$asker的这句话：“$line”？"),
        "“$reply”",
        "$asker问“$line”，$name答：“$reply”",
    ),
    "definition": Wording(
        ("《$book》里的“$term”是什么？", "$term是什么？", "请解释一下“$term”。"),
        "$sentence",
        "$sentence",
    ),
    "deed": Wording(
        ("谁$deed？", "《$book》“$heading”里，是谁$deed？", "请说出这个人物的名字：$deed的是谁？"),
        "$name",
        "$name$deed。",
    ),
}

EN = {
    "plot": Wording(
        (
            "What happens in “$heading” of $book?",
            "Summarise “$heading” of $book.",
            "Which events does “$heading” tell of?",
        ),
        "$summary",
        "$book, “$heading”: $summary",
    ),
    "title": Wording(
        (
            "What is the title of $ordinal of $book?",
            "What is $ordinal of $book called?",
            "Which title does $ordinal of $book bear?",
        ),
        "$title",
        "$ordinal of $book is called “$title”.",
    ),
    "first_appearance": Wording(
        (
            "In which chapter is $name first mentioned?",
            "When does $name first appear in $book?",
            "From which chapter on do we know of $name?",
        ),
        "$heading",
        "$name is first mentioned in “$heading”.",
    ),
    "aliases": Wording(
        (
            "By which other names is $name known?",
            "What else is $name called in $book?",
            "Which other names do people use for $name?",
        ),
        "$aliases",
        "$name is also called $aliases.",
    ),
    "who_is": Wording(
        (
            "Who is “$alias” in $book?",
            "Which character is meant by “$alias”?",
            "Whose other name is “$alias”?",
        ),
        "$name",
        "“$alias” is $name.",
    ),
    "said_by": Wording(
        ("Who says “$line”?", "In $book, whose words are these: “$line”?", "Which character says: “$line”?"),
        "$name",
        "$name says: “$line”",
    ),
    "reply": Wording(
        (
            "What does $name answer when $asker says “$line”?",
            "$asker says “$line”. What is the reply of $name?",
            "How does $name respond to these words of $asker: “$line”?",
        ),
        "“$reply”",
        "To the words of $asker, “$line”, $name replies: “$reply”",
    ),
    "definition": Wording(
        ("What is $term in $book?", "What does “$term” mean in the world of $book?", "Explain what $term is."),
        "$sentence",
        "$sentence",
    ),
    "deed": Wording(
        ("Who $deed?", "In “$heading” of $book, who $deed?", "Name the character of $book who $deed."),
        "$name",
        "$name $deed.",
    ),
}

WORDINGS = {"zh": ZH, "en": EN}
