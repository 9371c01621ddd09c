"""The text of a PDF, line by line, within bounds."""

from __future__ import annotations

import io
from time import process_time

import pytest
from pypdf import PageObject, PdfWriter
from pypdf.generic import DictionaryObject, IndirectObject, NameObject, StreamObject

from margins.errors import FormatError
from margins.text.pdf import is_kindle_notebook, kindle_heading, pages

FONT = DictionaryObject(
    {
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    }
)


def draw(writer: PdfWriter, page: PageObject, content: bytes, **objects: IndirectObject) -> None:
    stream = StreamObject()
    stream.set_data(content)
    page[NameObject("/Contents")] = writer._add_object(stream)
    page[NameObject("/Resources")] = DictionaryObject(
        {
            NameObject("/Font"): DictionaryObject({NameObject("/F1"): FONT}),
            NameObject("/XObject"): DictionaryObject(
                {NameObject(f"/{name}"): form for name, form in objects.items()}
            ),
        }
    )


def written(content: bytes, count: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(count):
        draw(writer, writer.add_blank_page(595, 842), content)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


TEXT = b"BT /F1 11 Tf 14 TL 50 780 Td (Your Kindle Notes For:) Tj T* (Page 4 | Note) Tj T* ET"


def test_lines_are_read_page_by_page() -> None:
    """In the order they are drawn, without blank ones."""
    assert pages(written(TEXT, count=2), "") == [["Your Kindle Notes For:", "Page 4 | Note"]] * 2


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Page 4 | Underline (Default)", ("Page 4 ", " Underline (Default)")),
        ("Location 287 | Highlight (Pink)", ("Location 287 ", " Highlight (Pink)")),
        ("Page xii | Note", ("Page xii ", " Note")),
        ("Seite 4 | Markierung (Gelb)", ("Seite 4 ", " Markierung (Gelb)")),
        ("\u2022 21 Underlines | Default (21)", None),
        ("Page 4", None),
        ("Page | Note", None),
        ("Page 4 | of many", None),
        ("Page 4 | Note" + "x" * 80, None),
    ],
)
def test_a_heading_is_a_labelled_place_and_a_kind(line: str, found: tuple[str, str] | None) -> None:
    """Both in words that are known; anything else is text."""
    assert kindle_heading(line) == found


def test_a_notebook_needs_the_name_and_a_heading() -> None:
    """Either alone is any PDF."""
    assert is_kindle_notebook(written(TEXT))
    assert not is_kindle_notebook(written(TEXT.replace(b"Kindle", b"Reading")))
    assert not is_kindle_notebook(written(TEXT.replace(b"Page 4 |", b"Page 4,")))
    assert not is_kindle_notebook(b"%PDF-1.4")
    assert not is_kindle_notebook(b"")


def test_more_text_than_a_notebook_holds_is_refused() -> None:
    """The size of what a page draws is bounded, before it is read."""
    huge = written(TEXT + b" " * (9 * 1024 * 1024))
    with pytest.raises(FormatError, match="more text"):
        pages(huge, "part 2")
    assert not is_kindle_notebook(huge)


def test_forms_that_draw_one_another_take_no_time() -> None:
    """Thirty levels that each draw the next one twice would be a thousand million drawings."""
    writer = PdfWriter()
    form: IndirectObject | None = None
    for _ in range(30):
        inner = StreamObject()
        inner.set_data(b"/Fm Do /Fm Do" if form is not None else TEXT)
        inner[NameObject("/Type")] = NameObject("/XObject")
        inner[NameObject("/Subtype")] = NameObject("/Form")
        if form is not None:
            inner[NameObject("/Resources")] = DictionaryObject(
                {NameObject("/XObject"): DictionaryObject({NameObject("/Fm"): form})}
            )
        form = writer._add_object(inner)
    assert form is not None
    draw(writer, writer.add_blank_page(595, 842), b"/Fm Do " + TEXT, Fm=form)
    buffer = io.BytesIO()
    writer.write(buffer)
    start = process_time()
    assert is_kindle_notebook(buffer.getvalue())
    assert process_time() - start < 5
