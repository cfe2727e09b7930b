"""One word a stage: it names module, command, file, prompt folder, test and the row in the README."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "chapters": "Decode the novel, split it into chapters, number the paragraphs.",
    "cast": "Find the characters and all their names.",
    "quotations": "Find every quotation and thought, with a first guess at the speaker.",
    "summaries": "Say what happens in each chapter.",
    "knowledge": "State facts of the book's world, with questions and the paragraphs that prove them.",
    "dialogues": "Label who says what to whom, scene by scene; the words stay the novel's own.",
    "conversations": "Turn the persona's scenes into strictly alternating conversations.",
    "preferences": "Pair the persona's own lines with plain answers to the same words.",
    "corpus": "Check, split and write every data set in every format.",
}
"""The stages in order, each with the sentence that help and README use."""

ASKING = ("summaries", "knowledge", "dialogues", "preferences")
"""The stages that can ask a model."""
