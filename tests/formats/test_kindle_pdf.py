"""The PDF that Kindle e-readers mail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.formats import annotated_pdf
from margins.formats.kindle_pdf import extract, identify
from margins.mail.entity import Attachment

HEAD = ["The Ledger", "by Quill, Ada", "Free Kindle instant preview: https://a.co/0"]


def pdf(*pages: list[str]) -> Attachment:
    """A PDF of one font with the lines of each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 "]
    objects[2] += b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    kids = []
    for lines in pages:
        drawn = b"BT /F1 11 Tf 14 TL 50 780 Td\n"
        for line in lines:
            escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            drawn += b"(" + escaped.encode("cp1252", "replace") + b") Tj T*\n"
        objects.append(b"<< /Length %d >>\nstream\n%sET\nendstream" % (len(drawn) + 2, drawn))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return Attachment(content=content + table + trailer % (len(objects) + 1, len(content)))


def test_an_entry_ends_with_its_date_and_a_chapter_follows() -> None:
    """Also over the foot of a page, whose number is left out."""
    attachment = pdf(
        [*HEAD, "Preface", "Page x | Underline (Default)", "The lamp", "was lit.", "Aug 13, 2026",
         "Fog", "Page 9 | Highlight (Blue)", "Fog came", "1"],
        ["from the east.", "Aug 14, 2026", "2"],
    )  # fmt: skip
    assert identify(attachment)
    (notebook,) = extract(attachment)
    lamp, fog = notebook.annotations
    assert (lamp.target.quote, lamp.target.page, lamp.target.headings, lamp.style) == (
        "The lamp was lit.",
        "x",
        ("Preface",),
        "underline",
    )
    assert (fog.target.quote, fog.colour, fog.target.headings) == (
        "Fog came from the east.",
        "blue",
        ("Fog",),
    )
    assert fog.created == datetime.fromisoformat("2026-08-14")
    assert notebook.publication.title == "The Ledger"
    assert notebook.publication.authors == ("Ada Quill",)


def test_without_dates_an_entry_ends_with_the_next_heading() -> None:
    """The note is joined to the highlight before it."""
    (notebook,) = extract(
        pdf([*HEAD, "Location 287 | Highlight (Pink)", "The lamp.", "Location 288 | Note", "Who?"])
    )
    (highlight,) = notebook.annotations
    assert (highlight.target.quote, highlight.note, highlight.sources) == (
        "The lamp.",
        "Who?",
        (1, 2),
    )


def test_handwriting_is_skipped_and_the_count_of_the_head_is_checked() -> None:
    """What is missing is said."""
    (notebook,) = extract(
        pdf([*HEAD, "Annotations (3)", "Preface", "Page 4 | Note", "Aug 13, 2026"])
    )
    assert [s.reason for s in notebook.skipped] == ["It has no text; handwriting cannot be read."]
    assert notebook.warnings == ("The file says 3 notes, 1 were found.",)


def test_other_pdfs_belong_to_the_format_for_annotated_ones() -> None:
    """Each PDF is claimed by one of the two."""
    own = pdf([*HEAD, "Page 4 | Note", "Who?"])
    novel = pdf(["Kindle for Lighthouses", "Chapter One", "The lamp was lit."])
    assert (identify(own), annotated_pdf.identify(own)) == (True, False)
    assert (identify(novel), annotated_pdf.identify(novel)) == (False, True)
    with pytest.raises(FormatError, match="no notes"):
        extract(novel)


def test_a_damaged_pdf_is_an_error_with_a_remedy() -> None:
    """The library's own errors never come through."""
    with pytest.raises(FormatError, match="damaged"):
        extract(Attachment(content=b"%PDF-1.4\ngarbage"))


@given(st.integers(0, 2000), st.binary(max_size=40))
def test_no_damage_makes_identify_raise(at: int, noise: bytes) -> None:
    """A PDF with any stretch of it overwritten is claimed or not."""
    golden = Path(__file__).parent / "golden" / "kindle-pdf" / "dated.pdf"
    content = golden.read_bytes()
    damaged = content[:at] + noise + content[at + len(noise) :]
    assert identify(Attachment(content=damaged)) in {True, False}
