"""Writes Play Books notes documents of the shape Google's have, with whatever text a test wants."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
NOTICE = (
    "This document is overwritten when you make changes in Play Books.",
    "You should make a copy of this document before you edit it.",
)


def paragraph(text: str, *, style: str = "", fill: str = "auto", link: str = "") -> str:
    """A paragraph; a link is the id of a relationship, or an address for a field."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    shade = f'<w:rPr><w:shd w:fill="{fill}" w:val="clear"/></w:rPr>'
    lines = "<w:br/>".join(f"<w:t>{escape(line)}</w:t>" for line in text.split("\n"))
    run = f"<w:r>{shade}{lines}</w:r>"
    if link.startswith("http"):
        run = f'<w:r><w:instrText> HYPERLINK "{escape(link)}" </w:instrText></w:r>{run}'
    elif link:
        run = f"<w:hyperlink r:id={quoteattr(link)}>{run}</w:hyperlink>"
    return f"<w:p>{properties}{run}</w:p>"


def table(*cells: str) -> str:
    """A table of one row."""
    row = "".join(f"<w:tc>{cell}</w:tc>" for cell in cells)
    return f"<w:tbl><w:tr>{row}</w:tr></w:tbl>"


def address(page: int, book: str = "AbCdEfGhIj0") -> str:
    """The link on a page number."""
    return (
        "http://play.google.com/books/reader?printsec=frontcover&output=reader"
        f"&id={book}&source=books-notes-export&pg=GBS.PA{page}.w.0.0.0.{page % 7}"
    )


def entry(
    *quote: str, note: str = "", date: str = "June 2, 2024", page: str = "", fill: str = "fde096",
    link: str = "",
) -> str:  # fmt: skip
    """A note: a table inside a table, as Google nests them."""
    marked = "".join(paragraph(line, fill=fill) for line in quote)
    blank = paragraph("", fill=fill) if quote else ""
    own = paragraph(note) + paragraph("") if note else ""
    body = f"{marked}{blank}{own}{paragraph(date)}"
    return table(
        paragraph("") + table(paragraph(""), body, paragraph(page, link=link)) + paragraph("")
    )


def heading(text: str, level: int = 2) -> str:
    """A chapter, or the line with the numbers of notes at level 1."""
    return paragraph(text, style=f"Heading{level}")


def document(*parts: str, title: tuple[str, ...] = ("The Salt Ledger", "Ida Marlow")) -> str:
    """word/document.xml."""
    first, *others = title
    head = heading(first, 1) + "".join(map(paragraph, others))
    body = table(paragraph(""), head) + table("".join(map(paragraph, NOTICE))) + "".join(parts)
    return f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'


def docx(xml: str, links: dict[str, str] | None = None, **more: bytes) -> bytes:
    """The file, with as many further members as wanted."""
    targets = "".join(
        f'<Relationship Id="{name}" Type="{R}/hyperlink" Target={quoteattr(target)} '
        'TargetMode="External"/>'
        for name, target in (links or {}).items()
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            "word/settings.xml": b"<settings/>",
            "word/document.xml": xml.encode(),
            "word/_rels/document.xml.rels": (
                f'<Relationships xmlns="{RELATIONSHIPS}">{targets}</Relationships>'.encode()
            ),
            **more,
        }.items():
            # One date for all, so that the same text gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2024, 6, 2, 0, 0, 0)), content)
    return file.getvalue()
