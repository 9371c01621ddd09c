"""Google Play Books notes as the document in Google Drive: `Notes from "Title".docx`.

A docx is a zip archive of XML files. Only the document and its list of links are read, under
limits of our own.

Source: ECMA-376 part 1 (WordprocessingML 17.3, 17.4; relationships: part 2, 9.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from margins.annotation import Notebook
from margins.annotation.appearance import colour
from margins.errors import FormatError
from margins.formats import About
from margins.formats.play_books.document import MARKERS, Cell, Paragraph, Row, notebook
from margins.mail.entity import Attachment
from margins.text.archive import Archive, open_zip
from margins.text.xml import Element, read_xml

__all__ = ["about", "extract", "identify"]

about = About(
    name="play-books-docx",
    version=1,
    title="Google Play Books notes (Word document)",
    app="Google Play Books",
    steps=(
        "In Play Books turn on saving notes to Google Drive, open the folder Play Books Notes "
        "there, and mail the document of the book as a Word file."
    ),
    media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    suffixes=(".docx",),
    languages=("en",),
)

_DOCUMENT, _LINKS = "word/document.xml", "word/_rels/document.xml.rels"
_UNPACKED = 50 * 1024 * 1024
_HEAD = 64 * 1024

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_BODY, _TABLE, _ROW, _CELL, _LINE = f"{_W}body", f"{_W}tbl", f"{_W}tr", f"{_W}tc", f"{_W}p"
_TEXT, _STYLE, _SHADE, _RUN = f"{_W}t", f"{_W}pStyle", f"{_W}shd", f"{_W}r"
_HYPERLINK, _FIELD = f"{_W}hyperlink", f"{_W}instrText"
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t"}
_KEEP = frozenset({
    f"{_W}document", _BODY, _TABLE, _ROW, _CELL, _LINE, _TEXT, _STYLE, _SHADE, _RUN, _HYPERLINK,
    _FIELD, *_BREAKS,
})  # fmt: skip
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_HEADING = re.compile(r"Heading([1-9])")


def identify(attachment: Attachment) -> bool:
    """True for a docx whose document begins with the notice of Play Books or links back to it."""
    if not attachment.content.startswith(b"PK\3\4"):
        return False
    try:
        archive = open_zip(attachment.content)
        heads = [_head(archive, name) for name in (_DOCUMENT, _LINKS) if name in archive]
    except FormatError:
        return False
    return _DOCUMENT in archive and any(m.encode() in head for head in heads for m in MARKERS)


def _head(archive: Archive, name: str) -> bytes:
    return archive.read(name, limit=_HEAD, whole=False)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    try:
        archive = open_zip(attachment.content)
        content = archive.read(_DOCUMENT, limit=_UNPACKED)
        links = archive.read(_LINKS, limit=_UNPACKED) if _LINKS in archive else b""
    except FormatError as error:
        raise FormatError(error.what, place=place, remedy=error.remedy) from error
    document = read_xml(content, keep=_KEEP, place=f"{place}, {_DOCUMENT}")
    targets = _targets(links, f"{place}, {_LINKS}") if links else {}
    parts = [part for body in document.every(_BODY) for part in _parts(body, targets)]
    return (notebook(parts, place=place),)


def _targets(content: bytes, place: str) -> dict[str, str]:
    """Addresses of the links, by their ids."""
    links = read_xml(content, place=place)
    return {
        link.attributes.get("Id", ""): link.attributes.get("Target", "")
        for link in links.every(_RELATIONSHIP)
    }


def _parts(block: Element, targets: Mapping[str, str]) -> Iterator[Paragraph | Row]:
    """Paragraphs outside tables, and the rows of tables that hold no other table."""
    for child in block.children:
        if child.name == _LINE:
            yield _paragraph(child, targets)
        elif child.name == _ROW and not any(c.first(_TABLE) for c in child.children):
            yield Row(tuple(_cell(c, targets) for c in child.children if c.name == _CELL))
        elif child.name == _CELL:
            yield from (part for part in _parts(child, targets) if isinstance(part, Row))
        elif child.name in {_TABLE, _ROW}:
            yield from _parts(child, targets)


def _cell(cell: Element, targets: Mapping[str, str]) -> Cell:
    return tuple(_paragraph(line, targets) for line in cell.every(_LINE))


def _paragraph(line: Element, targets: Mapping[str, str]) -> Paragraph:
    style = line.first(_STYLE)
    heading = _HEADING.fullmatch(style.attributes.get(f"{_W}val", "")) if style else None
    shade = next((s for s in map(_shade, line.every(_RUN)) if s), "")
    links = [targets.get(h.attributes.get(f"{_R}id", ""), "") for h in line.every(_HYPERLINK)]
    return Paragraph(
        text="".join(_words(line)),
        level=int(heading[1]) if heading else 0,
        marked=bool(shade),
        shade=shade,
        link=" ".join([*links, *(f.text for f in line.every(_FIELD))]),
    )


def _shade(run: Element) -> str:
    """The colour behind a run of text; white is none."""
    shade = run.first(_SHADE)
    filled = colour(shade.attributes.get(f"{_W}fill", "")) if shade else ""
    return "" if filled == "#ffffff" or not any(run.every(_TEXT)) else filled


def _words(element: Element) -> Iterator[str]:
    for child in element.children:
        if child.name == _TEXT:
            yield child.text
        elif child.name in _BREAKS:
            yield _BREAKS[child.name]
        else:
            yield from _words(child)
