"""A novel's file becomes its decoded text: .txt in any usual character set, .epub, .html or .md."""

from __future__ import annotations

import re
from pathlib import Path

from extractor.errors import BookError
from extractor.reading.advertisements import find_advertisements
from extractor.reading.charsets import decode, garbled, has_nulls
from extractor.records import Novel

MAX_BYTES = 300_000_000
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive (an EPUB, a Word file or packed text)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
    (b"ID3", "an audio file"),
    (b"TPZ", "a Kindle book"),
)
TITLE_LINE = re.compile(
    r"^[\s　]*(?:(?:书名|書名|Title)[:：\s]\s*(?P<named>\S.{0,80})|[《【](?P<marked>[^《》【】\n]{1,40})[》】])", re.M
)
AUTHOR_LINE = re.compile(r"^.{0,60}?(?:作者[:：]|Author: )\s*(?P<author>\S.{0,60})", re.M)


def read_novel(path: Path) -> Novel:
    """Read a novel; its text keeps everything as it is, line ends included, except a byte order mark.

    Raises:
        BookError: the file is missing, unreadable, too large, empty, garbled, or no text; says which.
    """
    content = _read_bytes(path)
    suffix = path.suffix.lower()
    if suffix in (".epub", ".html", ".htm", ".xhtml", ".md"):
        from extractor.reading.documents import read_document  # loads selectolax

        document = read_document(content, path=path)
        text, encoding, replaced = document.text, document.encoding, document.replaced
        title, author, headings = document.title, document.author, document.headings
    else:
        _refuse_binary(content, path)
        decoded = decode(content)
        if decoded is None:
            raise BookError(f"{path} is no text in a known character set. Save it as UTF-8.")
        text, encoding, replaced = decoded
        title, author = _read_title_page(text[:3000])
        headings = ()
    if not text.strip():
        raise BookError(f"{path} holds only white space. Put the novel's text there.")
    likeness = garbled(text)
    if likeness:
        raise BookError(
            f"{path} was read as {encoding} but makes no sense; it looks like {likeness}. "
            f"Open it in the character set it was written in and save it as UTF-8."
        )
    return Novel(
        path=str(path),
        text=text,
        encoding=encoding,
        replaced=replaced,
        title=title,
        author=author,
        headings=headings,
        advertisements=find_advertisements(text),
    )


def _read_bytes(path: Path) -> bytes:
    """Read a file of a bearable size."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise BookError(f"{path} is a folder; name the novel's file.")
        if size > MAX_BYTES:
            raise BookError(
                f"{path} has {size / 1e6:,.0f} MB; a novel of more than {MAX_BYTES // 10**6} MB is not read."
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise BookError(f"{path} is missing. Put the novel there.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not content:
        raise BookError(f"{path} is empty. Put the novel's text there.")
    return content


def _refuse_binary(content: bytes, path: Path) -> None:
    """Raise when the first bytes are those of a well-known format that is no text."""
    kind = next((kind for mark, kind in SIGNATURES if content.startswith(mark)), None)
    if kind is None and content[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        kind = "a Kindle book"
    if kind is None and has_nulls(content) and decode(content) is None:
        kind = "a binary file (it is full of null bytes)"
    if kind is not None:
        raise BookError(f"{path} is {kind}, not text. Save the novel as .txt in UTF-8, or as .epub.")


def _read_title_page(head: str) -> tuple[str | None, str | None]:
    """Return title and author where the first lines name them."""
    title, author = TITLE_LINE.search(head), AUTHOR_LINE.search(head)
    name = (title["named"] or title["marked"]).strip() if title else None
    return name, author["author"].strip() if author else None
