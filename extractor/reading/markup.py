"""HTML and Markdown become lines of text: one line a block, headings noted, notes and readings dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

SKIPPED = frozenset(
    """script style rt rp nav aside template head svg math form button iframe object audio video noscript
    title select textarea""".split()
)
NOTES = frozenset(
    """noteref footnote footnotes endnote endnotes rearnote rearnotes note toc pagebreak doc-noteref doc-footnote
    doc-endnotes doc-toc doc-pagebreak""".split()
)
NOTABLE = frozenset(("a", "section", "div", "ol", "ul", "li", "p", "sup", "span"))
BLOCKS = frozenset(
    """address article blockquote body center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr
    html li main ol p section table tbody td th tr ul""".split()
)
HEADINGS = frozenset(("h1", "h2", "h3"))
HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
WHITE = re.compile(r"[ \t\r\n\f]+")
BROKEN = re.compile(rf"(?<=[{HAN}])[ \t]*[\r\n][ \t\r\n\f]*(?=[{HAN}])")
NOTE_MARK = re.compile(r"\s*[\[(（〔【]?(?:[0-9]{1,3}|[①-⑳*†‡注])[\])）〕】]?\s*")


@dataclass
class Page:
    """Lines of text as they are gathered from markup.

    `headings` are indexes of lines that the markup calls headings, `anchors` maps an element's id to the index of
    the line that it begins.
    """

    lines: list[str] = field(default_factory=list)
    headings: set[int] = field(default_factory=set)
    anchors: dict[str, int] = field(default_factory=dict)
    title: str | None = None
    author: str | None = None
    _pieces: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Add text to the current line."""
        self._pieces.append(text)

    def end_line(self) -> None:
        """Finish the current line; a blank one is left out."""
        line = collapse("".join(self._pieces))
        self._pieces.clear()
        if line:
            self.lines.append(line)


def collapse(text: str) -> str:
    """Return text with its white space as a browser shows it; a line end between Han characters is nothing."""
    return WHITE.sub(" ", BROKEN.sub("", text)).strip()


def join_lines(lines: list[str], headings: set[int]) -> tuple[str, tuple[int, ...]]:
    """Return the lines as one text, a blank line before each heading, and the headings' offsets."""
    pieces: list[str] = []
    offsets: list[int] = []
    length = 0
    for index, line in enumerate(lines):
        if index in headings:
            if pieces:
                pieces.append("\n")
                length += 1
            offsets.append(length)
        pieces.append(line + "\n")
        length += len(line) + 1
    return "".join(pieces), tuple(offsets)


def read_page(markup: str) -> Page:
    """Gather the lines of an HTML page; ruby readings, notes, scripts and navigation are dropped."""
    tree = LexborHTMLParser(markup)
    page = Page()
    title, author = tree.css_first("title"), tree.css_first('meta[name="author"]')
    page.title = (collapse(title.text()) or None) if title else None
    page.author = (author.attributes.get("content") or None) if author else None
    if tree.body is not None:
        _walk(tree.body, page)
    page.end_line()
    return page


def _walk(root: LexborNode, page: Page) -> None:
    """Visit the nodes below `root` in order, without recursion: markup can be nested very deep."""
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    heading_from = -1
    while stack:
        node, leaving = stack.pop()
        tag = node.tag or ""
        if leaving:
            page.end_line()
            if tag in HEADINGS and heading_from >= 0:
                _merge_heading(page, heading_from)
                heading_from = -1
        elif node.is_text_node:
            page.add(node.text_content or "")
        elif tag == "br":
            page.end_line()
        elif tag == "pre":
            for line in node.text().splitlines():
                page.add(line)
                page.end_line()
        elif not node.is_element_node or tag in SKIPPED or _is_note(node, tag):
            continue
        else:
            if tag in BLOCKS:
                page.end_line()
                stack.append((node, True))
            if tag == "hr":
                page.lines.append("* * *")
            if tag in HEADINGS and heading_from < 0:
                heading_from = len(page.lines)
            if node.id:
                page.anchors.setdefault(node.id, len(page.lines))
            child = node.last_child
            while child is not None:
                stack.append((child, False))
                child = child.prev


def _merge_heading(page: Page, first: int) -> None:
    """Make one line of a heading that was broken into several."""
    if len(page.lines) > first:
        page.lines[first:] = [" ".join(page.lines[first:])]
        page.headings.add(first)


def _is_note(node: LexborNode, tag: str) -> bool:
    """Tell whether an element is a note, a mark that leads to one, or a table of contents."""
    if tag not in NOTABLE:
        return False
    attributes = node.attributes
    roles = f"{attributes.get('epub:type') or ''} {attributes.get('role') or ''} {attributes.get('hidden') or ''}"
    if not NOTES.isdisjoint(roles.split()):
        return True
    return tag == "a" and (attributes.get("href") or "").find("#") >= 0 and bool(NOTE_MARK.fullmatch(node.text()))


MARKDOWN_HEADING = re.compile(r"[ ]{0,3}#{1,3}[ \t]+(?P<title>.*?)[ \t]*#*[ \t]*$")
MARKDOWN_NOISE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)|<!--.*?-->|</?[a-zA-Z][^<>\n]{0,200}>", re.S)
MARKDOWN_LINK = re.compile(r"\[([^\]\[\n]{1,200})\]\([^()\n]{0,500}\)")
MARKDOWN_STRONG = re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1")
MARKDOWN_EMPHASIS = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]{1,500}?)(?<=[^\s*])\*(?![*\w])")
MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~>-])")
FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(?P<fields>.{0,5000}?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)


def read_markdown(text: str) -> Page:
    """Gather the lines of a Markdown text, blank ones too; marks of headings, emphasis, links and quotes go."""
    page = Page()
    fields = FRONT_MATTER.match(text)
    if fields:
        named = dict(re.findall(r"^(title|author):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", fields["fields"], re.M))
        page.title, page.author = named.get("title") or None, named.get("author") or None
        text = text[fields.end() :]
    for line in MARKDOWN_NOISE.sub("", text).splitlines():
        heading = MARKDOWN_HEADING.match(line)
        underline = re.fullmatch(r"[ ]{0,3}(?:={3,}|-{3,})[ \t]*", line)
        if heading and heading["title"]:
            page.headings.add(len(page.lines))
            page.lines.append(_plain(heading["title"]))
        elif underline and page.lines and page.lines[-1].strip() and _is_title(page, line):
            page.headings.add(len(page.lines) - 1)
        elif not re.fullmatch(r"[ ]{0,3}(?:```|~~~).*", line):
            page.lines.append(_plain(re.sub(r"^[ ]{0,3}(?:>[ ]?)+", "", line)))
    return page


def _is_title(page: Page, line: str) -> bool:
    """Tell whether an underlined line stands alone, so that it is a title and the underline no scene break."""
    alone = len(page.lines) < 2 or not page.lines[-2].strip()
    return alone and ("=" in line or len(page.lines[-1]) <= 40)


def _plain(line: str) -> str:
    """Return a line without its inline marks."""
    line = MARKDOWN_LINK.sub(r"\1", line)
    line = MARKDOWN_EMPHASIS.sub(r"\1", MARKDOWN_STRONG.sub(r"\2", line))
    return MARKDOWN_ESCAPE.sub(r"\1", line).rstrip()
