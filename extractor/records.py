"""The records that flow from stage to stage: what each holds, in which unit, and where it came from.

Offsets are half-open and count characters. Spans of a `Chapter`, `Quotation` or `Utterance` count from the start of
the chapter's text; `novel_spans` count from the start of the decoded novel. Ids carry provenance: `c0012-q031` is
quotation 31 of chapter 12, `c0012-p004` its fourth paragraph, `c0012-d03` its third dialogue.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Span = tuple[int, int]
Engine = Literal["api", "rules"]
QuotationKind = Literal["speech", "thought", "other"]
Role = Literal["system", "user", "assistant"]


class Record(BaseModel):
    """A frozen row; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Dropped(Record):
    """Something that a stage left out, and why.

    `source` is the id it came from; `reason` a snake_case word; `detail` says more for a person.
    """

    stage: str
    source: str
    reason: str
    detail: str = ""


class Novel(Record):
    """A novel as decoded: every offset of the project points into `text`.

    `replaced` counts the undecodable bytes that became U+FFFD. `headings` are offsets of lines that the file format
    itself marks as headings (EPUB, HTML, Markdown); empty for plain text. `advertisements` are spans that belong to
    a site, not to the novel.
    """

    path: str
    text: str
    encoding: str
    replaced: int = 0
    title: str | None = None
    author: str | None = None
    headings: tuple[int, ...] = ()
    advertisements: tuple[Span, ...] = ()


class Chapter(Record):
    """A slice of the novel: `novel.text[start:end] == text`; the slices in order are the whole novel.

    `id` is `c0012` for the chapter that is printed as number 12, `v02c0012` where numbers restart in volume 2,
    `s01` for an unnumbered part (prologue, extra), `f00`, `f01` … for what is not the story (title page, contents,
    pages of volumes, licence), `c0012b` for a second part with the number 12. `position` is 1-based reading order over
    all parts but these, which have 0. `number` is the number as printed (corrected where its neighbours prove a
    misprint), None where none is. `paragraphs` are spans below the heading, none for what is not the story; a span
    covers several lines in a hard-wrapped text. Paragraph 1 is the first (0 in an id means the heading).
    """

    id: str
    position: int
    number: int | None = None
    volume: int | None = None
    kind: Literal["front", "prologue", "chapter", "extra"] = "chapter"
    heading: str = ""
    title: str = ""
    start: int
    end: int
    text: str
    paragraphs: tuple[Span, ...]

    def paragraph_id(self, number: int) -> str:
        """Return the id of the 1-based paragraph `number`."""
        return f"{self.id}-p{number:03d}"

    def paragraph_text(self, number: int) -> str:
        """Return the text of the 1-based paragraph `number`, without outer white space."""
        start, end = self.paragraphs[number - 1]
        return self.text[start:end].strip()

    def paragraph_at(self, offset: int) -> int:
        """Return the 1-based number of the paragraph that holds `offset`, or of the last one before it (at least 1)."""
        low, high = 0, len(self.paragraphs)
        while low < high:
            middle = (low + high) // 2
            if self.paragraphs[middle][0] <= offset:
                low = middle + 1
            else:
                high = middle
        return max(1, low)


class Character(Record):
    """One member of the cast.

    `aliases` are all names that mean this character, without `name`. `since` maps an alias to the id of the chapter
    from which it holds. `lines` counts quotations, `mentions` occurrences of any name. `evidence` says why the
    aliases were put together, one sentence each.
    """

    name: str
    aliases: tuple[str, ...] = ()
    gender: Literal["male", "female", "unknown"] = "unknown"
    kind: Literal["person", "group", "narrator"] = "person"
    since: dict[str, str] = Field(default_factory=dict)
    note: str = ""
    lines: int = 0
    mentions: int = 0
    evidence: tuple[str, ...] = ()


class Quotation(Record):
    """One utterance or thought as it stands in the novel.

    `spans` are its pieces without their marks, in order; narration may stand between them. `text` is the pieces
    joined by the book's own joint ("" in Chinese, " " in English). `paragraph` is the 1-based number where it
    begins. `kind` "other" is marked text that nobody says (a title, a sound, a letter). `speaker` is a main name of
    the cast, None where nobody could be named; `confidence` is the share of such guesses that are right, 0 to 1.
    `type` follows PDNC (Vishnubhotla et al. 2022): explicit (a name beside it), anaphoric (a pronoun or noun),
    implicit (nothing). `cue` is the narration that decided, as written.
    """

    id: str
    chapter: str
    kind: QuotationKind = "speech"
    spans: tuple[Span, ...]
    text: str
    paragraph: int
    speaker: str | None = None
    addressees: tuple[str, ...] = ()
    confidence: float = 0.0
    type: Literal["explicit", "anaphoric", "implicit"] | None = None
    cue: str = ""


class Summary(Record):
    """What happens in one chapter. `text` is the reply as it came (it is repeated word for word in later requests)."""

    id: str
    chapter: str
    text: str
    evidence: tuple[str, ...] = ()
    engine: Engine


class Knowledge(Record):
    """A fact of the book's world with the questions it answers and the paragraphs that prove it.

    `angle` is what the question looks at; `known_from` is the id of the chapter from which a reader knows it.
    `questions` ask the same thing in several wordings and name no "this chapter".
    """

    id: str
    chapter: str
    angle: Literal["terms", "plot", "meaning", "depth", "people"]
    fact: str
    questions: tuple[str, ...]
    answer: str
    evidence: tuple[str, ...]
    known_from: str
    engine: Engine


class Utterance(Record):
    """A quotation in a dialogue, with who says it to whom. Fields as in `Quotation`."""

    quotation: str
    kind: QuotationKind
    speaker: str | None
    addressees: tuple[str, ...] = ()
    text: str
    spans: tuple[Span, ...]
    paragraph: int
    confidence: float = 1.0


class Dialogue(Record):
    """The utterances and thoughts of one scene in order. `paragraphs` are its first and last, 1-based and inclusive."""

    id: str
    chapter: str
    paragraphs: tuple[int, int]
    utterances: tuple[Utterance, ...]
    engine: Engine


class Message(Record):
    """One turn of a conversation, as chat formats know it.

    `names` has the speaker of each line of `content`, in order ("" for a line of narration), empty where nobody
    speaks. `thought` is what the persona thinks at that point, in the novel's words. `novel_spans` and `thought_spans`
    say where the words stand.
    """

    role: Role
    content: str
    names: tuple[str, ...] = ()
    quotations: tuple[str, ...] = ()
    novel_spans: tuple[Span, ...] = ()
    thought: str = ""
    thought_spans: tuple[Span, ...] = ()


class Conversation(Record):
    """A scene seen from the persona: starts with user, alternates, ends with assistant (the persona)."""

    id: str
    chapter: str
    dialogue: str
    persona: str
    messages: tuple[Message, ...]


class Preference(Record):
    """The same prompt answered as the persona (chosen) and plainly (rejected).

    `prompt` ends with a user turn. `origin` says where the chosen side comes from: "gold" is the persona's own line.
    """

    id: str
    chapter: str
    persona: str
    category: str = "scene"
    prompt: tuple[Message, ...]
    chosen: Message
    rejected: Message
    origin: Literal["gold", "synthetic"] = "gold"
    engine: Engine


class Row(Record):
    """One canonical row of the corpus; every data set is a view of these.

    `kind`: "document" trains on all of its one assistant message, "qa" and "dialogue" on assistant turns, "pair" has
    `rejected`. `chapter`, `novel_spans` and `evidence` say where it stands in the novel; `messages` hold just what is
    trained, thoughts included. `split` is decided by
    chapter before anything is made.
    """

    id: str
    kind: Literal["document", "summary", "qa", "dialogue", "pair"]
    book: str
    chapter: str
    system: str = ""
    messages: tuple[Message, ...]
    rejected: Message | None = None
    novel_spans: tuple[Span, ...] = ()
    evidence: tuple[str, ...] = ()
    origin: Literal["gold", "rewrite", "synthetic"] = "gold"
    category: str = ""
    split: Literal["train", "dev", "test"] = "train"
