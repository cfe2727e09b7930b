"""Turn an annotated demo novel into its plain text and its gold files.

    python tests/gold/build.py demo     # tests/gold/demo/ -> books/demo/novel.txt and the gold beside the source

`annotated.txt` is the novel with its answers in it; everything else is derived, and a test holds that.

    #c0003 第三章 渡口               a heading: chapter id, then the line as it stands in the novel (the id is stripped)
    “你来了。”{沈砚>阿蛮;e}     a quotation with its marks, then speaker>addressee,addressee;type
                                e explicit (named beside it), a anaphoric (pronoun, noun), i implicit (nothing)
    “走，”{沈砚>阿蛮;e}他说，“快走。”{+}     {+} = one more piece of the same utterance, also over paragraphs
    “悉卒”{-}                        marked, but nobody says it (title, sound, scare quote, emphasis)
    “完了。”{沈砚;t}                  a thought in quotation marks
    ⟦他不会来了。⟧{沈砚;t}             a thought without quotation marks; the brackets are stripped

A quotation inside a quotation takes no tag of its own. Addressee `*` = everyone there, `?` = nobody or unknown.
`facts.tsv` (no header): id, chapter of the proof, chapter from which it is known, question, answer, other accepted
answers joined by |, a piece of the proving paragraph word for word.
`characters.json`: name -> {aliases, gender, from?}.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TAG = re.compile(r"\{([^{}]*)\}")
MARKS = {"“": "”", "「": "」", "『": "』", "‘": "’", '"': '"', "⟦": "⟧", "_": "_", "《": "》"}
TYPES = {"e": "explicit", "a": "anaphoric", "i": "implicit", "t": None}
ROOT = Path(__file__).resolve().parents[2]


class AnnotationError(Exception):
    """The annotated text contradicts itself; the message names line and tag."""


def parse(source: str, names: set[str]) -> tuple[str, list[dict], list[dict]]:
    """Return the plain novel, its quotations and its chapters (offsets into the plain novel)."""
    out: list[str] = []
    length = 0
    quotations: list[dict] = []
    chapters: list[dict] = []
    for line_number, line in enumerate(source.split("\n"), start=1):
        heading = re.match(r"#([a-z0-9]+) (.+)$", line)
        if heading:
            line = heading[2]
            chapters.append({"id": heading[1], "heading": line, "start": length, "paragraphs": []})
        paragraph_start = length
        position = 0
        for tag in TAG.finditer(line):
            piece = line[position : tag.start()]
            position = tag.end()
            body, opened = _strip_brackets(piece)
            out.append(body)
            length += len(body)
            start = _opening(piece, body, opened, length, line_number, tag[0])
            _record(quotations, tag[1], (start, length), len(chapters), names, line_number)
        rest = line[position:]
        if "⟦" in rest or "⟧" in rest:
            raise AnnotationError(f"line {line_number}: a bracketed thought has no tag")
        out.append(rest)
        length += len(rest)
        if chapters and not heading and length > paragraph_start and line.strip():
            chapters[-1]["paragraphs"].append([paragraph_start, length])
        out.append("\n")
        length += 1
    text = "".join(out)
    if text.endswith("\n\n"):
        text = text.rstrip("\n") + "\n"
    for number, chapter in enumerate(chapters):
        chapter["end"] = chapters[number + 1]["start"] if number + 1 < len(chapters) else len(text)
    for quotation in quotations:
        quotation["chapter"] = chapters[quotation["chapter"] - 1]["id"]
        quotation["text"] = " ".join(text[a:b] for a, b in quotation["spans"])
        quotation["start"], quotation["end"] = quotation["spans"][0][0], quotation["spans"][-1][1]
    return text, quotations, chapters


def _strip_brackets(piece: str) -> tuple[str, int | None]:
    """Remove the last ⟦ ⟧ pair; return the text and how long the bracketed part was."""
    if not piece.endswith("⟧"):
        return piece, None
    opening = piece.rindex("⟦")
    inner = piece[opening + 1 : -1]
    return piece[:opening] + inner, len(inner)


def _opening(piece: str, body: str, bracketed: int | None, end: int, line_number: int, tag: str) -> int:
    """Find where the tagged span begins: walk back from its closing mark, over nested pairs."""
    if bracketed is not None:
        return end - bracketed
    base = end - len(body)
    closing = body[-1:] if body else ""
    openers = {close: open_ for open_, close in MARKS.items()}
    if closing not in openers:  # a paragraph that ends inside an utterance: from its last opening mark
        for index in range(len(body) - 1, -1, -1):
            if body[index] in "“「":
                return base + index
        raise AnnotationError(f"line {line_number}: no quotation before {tag}")
    opener = openers[closing]
    if opener == closing:
        index = body.rindex(opener, 0, len(body) - 1)
        return base + index
    depth = 0
    for index in range(len(body) - 1, -1, -1):
        if body[index] == closing:
            depth += 1
        elif body[index] == opener:
            depth -= 1
            if depth == 0:
                return base + index
    raise AnnotationError(f"line {line_number}: {closing} before {tag} was never opened")


def _record(
    quotations: list[dict], label: str, span: tuple[int, int], chapter: int, names: set[str], line_number: int
) -> None:
    if label == "+":
        quotations[-1]["spans"].append(list(span))
        return
    entry: dict = {"id": f"q{len(quotations) + 1:04d}", "chapter": chapter, "spans": [list(span)]}
    if label == "-":
        entry |= {"speaker": None, "addressees": [], "type": None, "negative": True}
    else:
        match = re.fullmatch(r"([^>;]+)(?:>([^;]*))?;([eait])", label)
        if not match:
            raise AnnotationError(f"line {line_number}: tag {{{label}}} is not speaker>addressee;type")
        speaker, addressees, kind = match[1], match[2] or "", match[3]
        listed = [name for name in addressees.split(",") if name and name not in "*?"]
        for name in [speaker, *listed]:
            if name not in names:
                raise AnnotationError(f"line {line_number}: {name!r} is not in characters.json")
        entry |= {"speaker": speaker, "addressees": listed, "type": TYPES[kind]}
        entry["to_all"] = addressees == "*"
        if kind == "t":
            entry["thought"] = True
    quotations.append(entry)


def parse_facts(lines: str, text: str, chapters: list[dict]) -> list[dict]:
    """Read facts.tsv and find the paragraph that proves each."""
    by_id = {chapter["id"]: chapter for chapter in chapters}
    facts = []
    for number, line in enumerate(filter(str.strip, lines.split("\n")), start=1):
        fields = line.split("\t")
        if len(fields) != 7:
            raise AnnotationError(f"facts.tsv line {number}: {len(fields)} fields instead of 7")
        name, chapter_id, known_from, question, answer, others, proof = fields
        chapter = by_id[chapter_id]
        by_id[known_from]
        found = [index for index, (a, b) in enumerate(chapter["paragraphs"], start=1) if proof in text[a:b]]
        if len(found) != 1:
            raise AnnotationError(f"facts.tsv line {number}: proof stands in {len(found)} paragraphs of {chapter_id}")
        facts.append(
            {
                "id": name,
                "chapter": chapter_id,
                "known_from": known_from,
                "question": question,
                "answer": answer,
                "accepted": [other for other in others.split("|") if other],
                "evidence": f"{chapter_id}-p{found[0]:03d}",
                "proof": proof,
            }
        )
    return facts


def derive(slug: str) -> dict[Path, str]:
    """Return every derived file with its content."""
    folder = Path(__file__).resolve().parent / slug
    characters = json.loads((folder / "characters.json").read_text(encoding="utf-8"))
    text, quotations, chapters = parse((folder / "annotated.txt").read_text(encoding="utf-8"), set(characters))
    facts = parse_facts((folder / "facts.tsv").read_text(encoding="utf-8"), text, chapters)

    def lines(rows: list[dict]) -> str:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    aliases = {name: [name, *entry["aliases"]] for name, entry in characters.items()}
    return {
        ROOT / "books" / slug / "novel.txt": text,
        folder / f"{slug}.quotes.jsonl": lines(quotations),
        folder / f"{slug}.chapters.jsonl": lines(chapters),
        folder / f"{slug}.facts.jsonl": lines(facts),
        folder / f"{slug}.characters.json": json.dumps(aliases, ensure_ascii=False, indent=1) + "\n",
    }


def main() -> None:
    for slug in sys.argv[1:]:
        files = derive(slug)
        for path, content in files.items():
            path.write_text(content, encoding="utf-8")
        gold = [json.loads(line) for line in next(c for p, c in files.items() if "quotes" in p.name).splitlines()]
        kinds: dict[str, int] = {}
        for quotation in gold:
            marked = [name for name in ("negative", "thought") if quotation.get(name)]
            kind = marked[0] if marked else quotation["type"]
            kinds[kind] = kinds.get(kind, 0) + 1
        text = files[ROOT / "books" / slug / "novel.txt"]
        han = sum("\u4e00" <= c <= "\u9fff" for c in text)
        sys.stdout.write(f"{slug}: {len(text)} characters, {han} Han, {len(text.split())} words, {kinds}\n")


if __name__ == "__main__":
    main()
