"""Highlights and notes inside PDFs."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from margins.annotation import Notebook
from margins.errors import FormatError
from margins.formats.annotated_pdf import extract, identify
from margins.formats.annotated_pdf.glyphs import Budget, Glyph, glyphs
from margins.formats.annotated_pdf.marks import Box, pdf_date, under
from margins.mail.entity import Attachment

GOLDEN = Path(__file__).parent / "golden" / "annotated-pdf"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
COURIER = 0.6  # every letter of Courier is 600/1000 of its size wide


def pdf(content: bytes, annotation: bytes = b"", page: bytes = b"") -> bytes:
    """One page of Courier, written by hand; pypdf finds the objects without a table of them."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 600 800 ] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> /Annots [ %s ] %s >>" % (annotation, page),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        FONT,
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\nstartxref\n0\n%%EOF\n"


def highlight(left: float, bottom: float, right: float, top: float, *more: bytes) -> bytes:
    corners = [left, top, right, top, left, bottom, right, bottom]
    quads = b" ".join(b"%f" % corner for corner in corners)
    return b"<< /Subtype /Highlight /Rect [ 0 0 1 1 ] /QuadPoints [ %s ] %s >>" % (
        quads,
        b" ".join(more),
    )


def read(content: bytes, annotation: bytes = b"") -> Notebook:
    export = Attachment(content=pdf(content, annotation), place="book.pdf")
    assert identify(export)
    (notebook,) = extract(export)
    return notebook


def letters(content: bytes) -> list[Glyph]:
    return glyphs(PdfReader(io.BytesIO(pdf(content))).pages[0], Budget())


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F 10 Tf 100 700 Td (ab) Tj ET",
        b"BT /F 10 Tf 1 0 0 1 100 700 Tm [ (a) 0 (b) ] TJ ET",
        b"BT /F 5 Tf 2 0 0 2 100 700 Tm (ab) Tj ET",
        b"q 1 0 0 1 100 700 cm BT /F 10 Tf (ab) Tj ET Q",
        b"q 2 0 0 2 0 0 cm BT /F 5 Tf 50 350 Td (ab) Tj ET Q",
        b"q 9 0 0 9 0 0 cm Q BT /F 10 Tf 100 700 Td (ab) Tj ET",
        b"BT /F 10 Tf 12 TL 100 712 Td (ab) ' ET",
        b'BT /F 10 Tf 12 TL 100 724 Td T* 0 0 (ab) " ET',
        b"BT /F 10 Tf 100 690 Td 10 Ts (ab) Tj ET",
        b"BT /F 10 Tf 50 0 TD 50 700 TD (ab) Tj ET",
    ],
)
def test_letters_stand_where_the_operators_put_them(content: bytes) -> None:
    """Ten ways to write the same two letters at the same place (ISO 32000-1 section 9.4)."""
    a, b = letters(content)
    assert (a.text, b.text) == ("a", "b")
    assert (a.start, a.end) == pytest.approx((100, 106))
    assert (b.start, b.end) == pytest.approx((106, 112))
    assert (a.x, a.y) == pytest.approx((103, 703))


def test_spacing_moves_what_follows() -> None:
    """Tc, Tw, Tz and the numbers within TJ."""
    spaced = letters(b"BT /F 10 Tf 1 Tc 2 Tw 0 700 Td (a b) Tj ET")
    assert [glyph.start for glyph in spaced] == pytest.approx([0, 7, 16])
    narrow = letters(b"BT /F 10 Tf 50 Tz 0 700 Td [ (a) -1000 (b) ] TJ ET")
    assert [glyph.start for glyph in narrow] == pytest.approx([0, 8])


@given(st.text("abcdefg hij", min_size=1, max_size=40), st.data())
def test_the_text_under_a_box_is_what_the_box_covers(line: str, data: st.DataObject) -> None:
    """Any run of letters, boxed from the middle of a gap to the middle of another."""
    first = data.draw(st.integers(0, len(line)))
    last = data.draw(st.integers(first, len(line)))
    content = b"BT /F 10 Tf 100 700 Td (%s) Tj ET" % line.encode()
    width = 10 * COURIER
    box = Box(100 + first * width, 698, 100 + last * width, 709)
    ordered = sorted(letters(content), key=lambda glyph: glyph.y)
    assert under(ordered, [box], Budget()) == " ".join(line[first:last].split())


def test_lines_are_joined_and_broken_words_mended() -> None:
    """One box for each line, or one around all; a hyphen before a small letter is the printer's."""
    content = b"BT /F 10 Tf 12 TL 100 700 Td (the after-) Tj T* (noon of East-) Tj T* (West) Tj ET"
    two = Box(100, 698, 200, 709), Box(100, 686, 200, 697), Box(100, 674, 200, 685)
    ordered = sorted(letters(content), key=lambda glyph: glyph.y)
    assert under(ordered, two, Budget()) == "the afternoon of East- West"
    assert under(ordered, [Box(100, 674, 200, 709)], Budget()) == "the afternoon of East- West"


def test_a_letter_under_two_boxes_is_read_once() -> None:
    """Boxes of neighbouring lines overlap in many programs."""
    ordered = letters(b"BT /F 10 Tf 100 700 Td (tide) Tj ET")
    assert under(ordered, [Box(100, 690, 200, 709), Box(100, 695, 200, 720)], Budget()) == "tide"


def test_the_marked_text_repeated_in_contents_is_no_note() -> None:
    """Some programs put it there."""
    text = b"BT /F 10 Tf 100 700 Td (The tide.) Tj ET"
    (repeated,) = read(text, highlight(100, 698, 200, 709, b"/Contents (The  tide.)")).annotations
    (said,) = read(text, highlight(100, 698, 200, 709, b"/Contents (Early.)")).annotations
    assert (repeated.target.quote, repeated.note) == ("The tide.", "")
    assert (said.target.quote, said.note) == ("The tide.", "Early.")


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        (b"[ 1 0 0 ]", "#ff0000"),
        (b"[ 0.5 ]", "#808080"),
        (b"[ 0 1 0 0.5 ]", "#800080"),
        (b"[ ]", ""),
    ],
)
def test_colours_are_hexadecimal(colour: bytes, expected: str) -> None:
    """Grey, RGB, CMYK, none."""
    text = b"BT /F 10 Tf 100 700 Td (The tide.) Tj ET"
    (note,) = read(text, highlight(100, 698, 200, 709, b"/C", colour)).annotations
    assert note.colour == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("D:20240102030405+01'00'", "2024-01-02 03:04:05+01:00"),
        ("D:20240102030405-0730", "2024-01-02 03:04:05-07:30"),
        ("D:20240102030405Z", "2024-01-02 03:04:05+00:00"),
        ("D:20240102030405Z00'00'", "2024-01-02 03:04:05+00:00"),
        ("D:20240102030405", "2024-01-02 03:04:05"),
        ("20240102", "2024-01-02 00:00:00"),
        ("D:20241302", "None"),
        ("yesterday", "None"),
    ],
)
def test_dates_have_a_zone_only_when_it_is_stated(text: str, expected: str) -> None:
    """ISO 32000-1 section 7.9.4."""
    assert str(pdf_date(text)) == expected


def test_a_broken_font_spoils_only_the_text_of_its_page() -> None:
    """The note survives, and a warning names the page."""
    broken = pdf(b"BT /F 10 Tf (x) Tj ET", highlight(0, 0, 9, 9, b"/Contents (Kept)"))
    broken = broken.replace(b"/BaseFont /Courier", b"/Widths [ 1 (x) ]   ")
    (notebook,) = extract(Attachment(content=broken))
    assert [a.note for a in notebook.annotations] == ["Kept"]
    assert notebook.warnings == ("The text of page 1 could not be read.",)


def test_forms_within_forms_end() -> None:
    """A form that draws itself again and again is followed a few times only."""
    writer = PdfWriter(clone_from=PdfReader(GOLDEN / "marks.pdf"))
    page = writer.pages[0]
    form = page["/Resources"]["/XObject"]["/X1"]  # type: ignore[index]
    form[NameObject("/Resources")] = page["/Resources"]
    form.set_data(b"BT /F1 10 Tf (x) Tj ET " + b"/X1 Do " * 50)
    budget = Budget(forms=300)
    assert [glyph.text for glyph in glyphs(page, budget)].count("x") == 300
    assert budget.forms == 0


def test_a_budget_spent_is_said() -> None:
    """More boxes than anybody draws give no text, and a warning; the notes are kept."""
    content = b"BT /F 10 Tf 100 700 Td (The tide.) Tj ET"
    ordered = letters(content)
    budget = Budget(looks=12)
    assert under(ordered, [Box(0, 0, 600, 800)], budget) == "The tide."
    assert under(ordered, [Box(0, 0, 600, 800)], budget) == ""
    assert budget.looks < 0
    with pytest.raises(ValueError, match="more than is read"):
        glyphs(PdfReader(io.BytesIO(pdf(content))).pages[0], Budget(stream=10))


def test_an_annotation_listed_twice_is_the_readers_once() -> None:
    """As on pages that were copied: the second time is skipped, and so is its reply's."""
    content = pdf(b"BT /F 10 Tf 100 700 Td (Rope) Tj ET", b"6 0 R 7 0 R 6 0 R 7 0 R")
    more = (
        b"6 0 obj\n%s\nendobj\n" % highlight(95, 695, 130, 710, b"/Contents (Which?)"),
        b"7 0 obj\n<< /Subtype /Text /IRT 6 0 R /Contents (That one.) >>\nendobj\n",
    )
    content = content.replace(b"trailer", b"".join(more) + b"trailer").replace(
        b"/Size 6", b"/Size 8"
    )
    (notebook,) = extract(Attachment(content=content, place="book.pdf"))
    (only,) = notebook.annotations
    assert (only.target.quote, only.note, only.sources) == ("Rope", "Which?\n\nThat one.", (1, 2))
    assert [skipped.reason for skipped in notebook.skipped] == [
        "It is annotation 1 once more.",
        "It is annotation 2 once more.",
    ]


def test_a_password_that_only_guards_printing_is_no_hindrance() -> None:
    """An empty user password opens the file for everybody."""
    writer = PdfWriter(clone_from=PdfReader(GOLDEN / "marks.pdf"))
    writer.encrypt(user_password="", owner_password="seagull", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    (notebook,) = extract(Attachment(content=out.getvalue()))
    assert notebook.found == 8


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file and the remedy."""
    monkeypatch.setattr("margins.formats.annotated_pdf._MAX_PAGES", 1)
    export = Attachment(content=(GOLDEN / "marks.pdf").read_bytes(), place="book.pdf")
    with pytest.raises(FormatError, match=r"book\.pdf: .* more than 1 pages\. Split it"):
        extract(export)


@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    """Bytes lost, changed or doubled: a notebook or a FormatError, never anything else."""
    content = bytearray((GOLDEN / "marks.pdf").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    with suppress(FormatError):
        extract(Attachment(content=bytes(content)))
