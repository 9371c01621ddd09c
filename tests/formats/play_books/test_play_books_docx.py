"""Play Books documents are read whole, their number of notes is checked, and bombs are refused."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats.play_books.docx import extract, identify
from margins.mail.entity import Attachment

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


ENTRY = entry("Every ledger begins.", page="15")


def sent(content: bytes) -> Attachment:
    return Attachment(content=content, filename="Notes.docx", place="part 2")


def read(content: bytes) -> Notebook:
    assert identify(sent(content))
    (notebook,) = extract(sent(content))
    return notebook


@pytest.mark.parametrize(
    ("stated", "entries", "said"),
    [
        ("3 notes/highlights", 3, None),
        ("1 note/highlight", 1, None),
        ("1,203 notes/highlights", 2, "1201 are missing"),
        ("2 notes/highlights • 1 bookmark", 3, None),
        ("5 notes/highlights", 3, "2 are missing"),
        ("1 note/highlight", 3, "2 are more than stated"),
        ("３ 件のメモ", 3, None),
        ("Notizen", 2, "does not state how many"),
    ],
)
def test_the_number_the_document_states_is_checked(
    stated: str, entries: int, said: str | None
) -> None:
    """A different number is said, with how many are missing; in whatever language it is stated."""
    notebook = read(docx(document(heading(stated, 1), *[ENTRY] * entries)))
    assert notebook.found == entries
    assert [said in warning for warning in notebook.warnings if said] == ([True] if said else [])
    assert bool(notebook.warnings) is (said is not None)


def test_an_unknown_date_is_not_taken_for_a_note() -> None:
    """A last line with a year is a date, even when nobody can read it, and that is said."""
    notebook = read(docx(document(heading("1", 1), entry("Marked.", date="14 Sextilis 2024"))))
    (annotation,) = notebook.annotations
    assert annotation.note == ""
    assert annotation.created is None
    assert "14 Sextilis 2024" in notebook.warnings[0]


def test_a_row_without_anything_is_skipped() -> None:
    """It is counted, and the reason is said."""
    notebook = read(docx(document(heading("1", 1), entry(date=""))))
    assert not notebook.annotations
    assert [skipped.entry for skipped in notebook.skipped] == [1]


def test_a_document_without_notes_is_an_empty_notebook() -> None:
    """No notes is no error."""
    notebook = read(docx(document(heading("0 notes/highlights", 1))))
    assert (notebook.found, notebook.warnings) == (0, ())


def test_tables_may_be_nested_deeper() -> None:
    """Only the innermost rows are notes, however many tables stand around them."""
    nested = ENTRY
    for _ in range(20):
        nested = table(paragraph("") + nested)
    assert read(docx(document(heading("1", 1), nested))).found == 1


def test_a_document_without_marks_keeps_its_text_as_text_of_the_book() -> None:
    """Somebody removed all colours: nothing can be told from a note, so nothing is made one."""
    plain = entry("Every ledger begins.", fill="auto")
    (annotation,) = read(docx(document(heading("1", 1), plain))).annotations
    assert annotation.motivation is Motivation.HIGHLIGHTING
    assert annotation.target.quote == "Every ledger begins."


def test_entities_are_refused() -> None:
    """A document type declaration in any part that is read is an error that names the part."""
    xml = '<!DOCTYPE x [<!ENTITY a "b">]>' + document(ENTRY)
    with pytest.raises(FormatError, match="document type") as caught:
        read(docx(xml))
    assert caught.value.place == "part 2, word/document.xml"


def test_a_bomb_is_refused() -> None:
    """A document that unpacks to sixty megabytes is not unpacked."""
    xml = document(ENTRY).encode() + b" " * (60 * 1024 * 1024)
    content = docx("", **{"word/document.xml": xml})
    started = time.process_time()
    with pytest.raises(FormatError, match="unpacks to more than") as caught:
        read(content)
    assert time.process_time() - started < 5
    assert caught.value.place == "part 2"


def test_too_many_members_are_no_document() -> None:
    """A thousand pictures and more are not what Google writes."""
    more = {f"word/media/{number}.png": b"" for number in range(1000)}
    assert not identify(sent(docx(document(ENTRY), **more)))


def test_nesting_without_end_is_refused() -> None:
    """Tables in tables, a hundred thousand deep, are an error rather than a crash."""
    xml = document("<w:tbl><w:tr><w:tc>" * 100_000)
    with pytest.raises(FormatError, match="nested too deep"):
        read(docx(xml))


def test_other_documents_are_left_alone() -> None:
    """A letter that talks about Play Books, another zip archive, no archive at all."""
    assert not identify(sent(docx(document().replace("when you make changes in", "by"))))
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "source=books-notes-export")
    assert not identify(sent(file.getvalue()))
    assert not identify(sent(b"PK\3\4"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_documents_raise_nothing_else(data: st.DataObject) -> None:
    """Bytes changed anywhere: a notebook or FormatError."""
    content = bytearray(docx(document(heading("1", 1), ENTRY)))
    for _ in range(data.draw(st.integers(1, 10))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    attachment = sent(bytes(content))
    if identify(attachment):
        with suppress(FormatError):
            extract(attachment)
