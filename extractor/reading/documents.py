"""Books in a format that marks its headings: EPUB, HTML and Markdown become plain text with the headings' offsets."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from selectolax.lexbor import LexborHTMLParser

from extractor.errors import BookError
from extractor.reading.charsets import decode
from extractor.reading.markup import Page, collapse, join_lines, read_markdown, read_page

MAX_UNPACKED = 300_000_000
MAX_XML = 20_000_000
CONTAINER = "META-INF/container.xml"
Contents = dict[str, list[tuple[str, str]]]  # file -> fragment and title of each entry, in order


@dataclass(frozen=True)
class Document:
    """The text of a marked-up book; `headings` are offsets of the lines that the format marks as headings."""

    text: str
    encoding: str
    replaced: int = 0
    title: str | None = None
    author: str | None = None
    headings: tuple[int, ...] = ()


def read_document(content: bytes, *, path: Path) -> Document:
    """Read an EPUB, HTML or Markdown file by its suffix.

    Raises:
        BookError: it is not what its name says, is encrypted, or unpacks to more than is bearable.
    """
    if path.suffix.lower() == ".epub":
        return _Epub(content, path).read()
    decoded = decode(content)
    if decoded is None:
        raise BookError(f"{path} is no text in a known character set. Save it as UTF-8.")
    page = read_markdown(decoded.text) if path.suffix.lower() == ".md" else read_page(decoded.text)
    text, headings = join_lines(page.lines, page.headings)
    return Document(text, decoded.encoding, decoded.replaced, page.title, page.author, headings)


class _Epub:
    """One EPUB archive, read within limits."""

    def __init__(self, content: bytes, path: Path) -> None:
        self.path = path
        self.replaced = 0
        self.left = MAX_UNPACKED
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            raise BookError(f"{path} is no EPUB: it is not a zip archive. Rename it to .txt if it is text.") from None
        self.names = set(self.archive.namelist())

    def read(self) -> Document:
        """Return the text of the documents in the order of the spine."""
        package = self._package_path()
        folder = posixpath.dirname(package)
        root = self._xml(package)
        items = {item.get("id"): item for item in root.iter() if _local(item.tag) == "item"}
        spine = next((node for node in root.iter() if _local(node.tag) == "spine"), None)
        refs = [] if spine is None else [r for r in spine if _local(r.tag) == "itemref"]
        files = [
            _resolve(folder, items[ref.get("idref")].get("href") or "")
            for ref in refs
            if ref.get("idref") in items and "nav" not in (items[ref.get("idref")].get("properties") or "").split()
        ]
        self._refuse_encrypted(files)
        contents = self._contents(root, folder)
        lines: list[str] = []
        headings: set[int] = set()
        for name in files:
            if name in self.names:
                page = read_page(self._text(name))
                _apply_contents(page, contents.get(name, []), trusted=len(contents) >= 3)
                headings.update(len(lines) + index for index in page.headings)
                lines.extend(page.lines)
        if not lines:
            raise BookError(f"{self.path} holds no text: {len(files)} documents in its reading order, all blank.")
        text, offsets = join_lines(lines, headings)
        title, author = _named(root, "title"), _named(root, "creator")
        return Document(text, "epub", self.replaced, title, author, offsets)

    def _package_path(self) -> str:
        if CONTAINER in self.names:
            for node in self._xml(CONTAINER).iter():
                if _local(node.tag) == "rootfile" and node.get("full-path"):
                    return unquote(node.get("full-path") or "")
        found = sorted(name for name in self.names if name.lower().endswith(".opf"))
        if not found:
            raise BookError(f"{self.path} is no EPUB: it has no package (.opf) file.")
        return found[0]

    def _refuse_encrypted(self, files: list[str]) -> None:
        if "META-INF/encryption.xml" not in self.names:
            return
        locked = {unquote(n.get("URI") or "") for n in self._xml("META-INF/encryption.xml").iter()} & set(files)
        if locked:
            raise BookError(f"{self.path} is copy-protected ({len(locked)} documents are encrypted). Use a free copy.")

    def _bytes(self, name: str, limit: int) -> bytes:
        try:
            with self.archive.open(name) as member:
                content = member.read(min(limit, self.left) + 1)
        except KeyError:
            raise BookError(f"{self.path} is broken: {name} is missing in it.") from None
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise BookError(f"{self.path} is broken: {name} cannot be unpacked ({error}).") from None
        self.left -= len(content)
        if self.left < 0 or len(content) > limit:
            raise BookError(f"{self.path} unpacks to more than {MAX_UNPACKED // 10**6} MB and is not read.")
        return content

    def _text(self, name: str) -> str:
        content = self._bytes(name, MAX_UNPACKED)
        decoded = decode(content)
        if decoded is None:
            raise BookError(f"{self.path}: {name} is no text in a known character set.")
        self.replaced += decoded.replaced
        return decoded.text

    def _xml(self, name: str) -> ElementTree.Element:
        content = self._bytes(name, MAX_XML)
        if b"<!ENTITY" in content:
            raise BookError(f"{self.path}: {name} defines entities, which no EPUB needs; it is not read.")
        try:
            return ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            raise BookError(f"{self.path} is broken: {name} is not XML ({error}).") from None

    def _contents(self, root: ElementTree.Element, folder: str) -> Contents:
        """Return the entries of the navigation document, or of the NCX."""
        found: Contents = {}
        for item in root.iter():
            if _local(item.tag) != "item":
                continue
            name = _resolve(folder, item.get("href") or "")
            if name not in self.names:
                continue
            base = posixpath.dirname(name)
            if "nav" in (item.get("properties") or "").split():
                entries = self._nav_entries(name)
            elif item.get("media-type") == "application/x-dtbncx+xml" and not found:
                entries = self._ncx_entries(name)
            else:
                continue
            if entries:
                found = {}
            for target, title in entries:
                file, _, fragment = target.partition("#")
                if title:
                    found.setdefault(_resolve(base, file), []).append((unquote(fragment), title))
        return found

    def _nav_entries(self, name: str) -> list[tuple[str, str]]:
        tree = LexborHTMLParser(self._text(name))
        navs = [
            n for n in tree.css("nav") if "toc" in (n.attributes.get("epub:type") or n.attributes.get("role") or "")
        ]
        return [
            (link.attributes.get("href") or "", collapse(link.text()))
            for nav in navs[:1] or tree.css("nav")[:1]
            for link in nav.css("a[href]")
        ]

    def _ncx_entries(self, name: str) -> list[tuple[str, str]]:
        try:
            root = self._xml(name)
        except BookError:
            return []
        entries: list[tuple[str, str]] = []
        for point in root.iter():
            if _local(point.tag) == "navPoint":
                label = next((n.text or "" for n in point.iter() if _local(n.tag) == "text"), "")
                source = next((n.get("src") or "" for n in point if _local(n.tag) == "content"), "")
                entries.append((source, collapse(label)))
        return entries


def _apply_contents(page: Page, entries: list[tuple[str, str]], *, trusted: bool) -> None:
    """Mark the lines that the book's contents lead to as headings; a title that the page lacks is put in.

    With `trusted` contents, h1 to h3 of a page that has entries are headings only where an entry leads to them.
    """
    if not entries or not page.lines:
        return
    marked, page.headings = page.headings, set() if trusted else set(page.headings)
    inserted: list[tuple[int, str]] = []
    for fragment, title in entries:
        index = min(page.anchors.get(fragment, 0), len(page.lines) - 1)
        near = range(index, min(index + 4, len(page.lines)))
        hit = next((i for i in near if _same(page.lines[i], title)), None)
        hit = hit if hit is not None else next((i for i in near if i in marked), None)
        if hit is None:
            inserted.append((index, title))
        else:
            page.headings.add(hit)
    for index, title in sorted(inserted, reverse=True):
        page.headings = {i + (i >= index) for i in page.headings} | {index}
        page.lines.insert(index, title)


def _same(line: str, title: str) -> bool:
    """Tell whether a line is the title, but for white space and marks, or one begins the other."""
    first, second = (re.sub(r"[\W_]+", "", side).lower() for side in (line, title))
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and (first == second or (longer.startswith(shorter) and len(longer) <= 80))


def _local(tag: object) -> str:
    """Return an element's name without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _resolve(folder: str, href: str) -> str:
    """Return the archive's name for a link of a file in `folder`."""
    return posixpath.normpath(posixpath.join(folder, unquote(href))) if href else ""


def _named(root: ElementTree.Element, name: str) -> str | None:
    """Return the first metadata element of that name."""
    found = (collapse(node.text or "") for node in root.iter() if _local(node.tag) == name)
    return next((value for value in found if value), None)
