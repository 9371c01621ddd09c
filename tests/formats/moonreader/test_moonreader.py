"""Moon+ Reader's files are read by their number of lines, and unpacked under a limit."""

from __future__ import annotations

import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation
from margins.errors import FormatError
from margins.formats.moonreader import an, mrexpt, text
from margins.mail.entity import Attachment

PATH = "/sdcard/Books/The Salt Ledger.epub"
HEADER = "81\nindent:true\ntrim:false\n"


def record(quote: str = "", note: str = "", label: str = "", title: str = "The Salt Ledger") -> str:
    fields = [
        "1", title, PATH, PATH.lower(), "3", "0", "120", "62", "-256", "1717362847123",
        label, note, quote, "0", "0", "0",
    ]  # fmt: skip
    return "#\n" + "\n".join(fields) + "\n"


def sent(content: bytes | str, name: str = "book.mrexpt") -> Attachment:
    raw = content.encode() if isinstance(content, str) else content
    return Attachment(content=raw, filename=name, place="part 2")


fields = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20).map(
    lambda value: value.strip().replace("<BR>", "")
)


@given(st.lists(st.tuples(fields.filter(bool), fields), max_size=5))
def test_records_are_told_apart_by_their_lines(entries: list[tuple[str, str]]) -> None:
    """A note may be "#" or look like anything else: sixteen lines are sixteen lines."""
    export = HEADER + "".join(record(quote, note) for quote, note in entries)
    assert mrexpt.identify(sent(export))
    for attachment, form in (
        (sent(export), mrexpt),
        (sent(export.replace("\n", "\r\n")), mrexpt),
        (sent(zlib.compress(export.encode()), "book.epub.an"), an),
    ):
        (notebook,) = form.extract(attachment)
        assert notebook.found == len(entries)
        assert [(a.target.quote, a.note) for a in notebook.annotations] == entries


def test_a_bookmark_belongs_to_the_book_of_its_file() -> None:
    """Bookmarks have the name of the file where notes have the title."""
    export = HEADER + record(label="(12.5%) Here", title="The Salt Ledger.epub") + record("Marked.")
    (notebook,) = mrexpt.extract(sent(export))
    assert notebook.publication.title == "The Salt Ledger"
    bookmark, highlight = notebook.annotations
    assert (bookmark.motivation, bookmark.target.progress) == (Motivation.BOOKMARKING, 0.125)
    assert highlight.motivation is Motivation.HIGHLIGHTING


@pytest.mark.parametrize("damage", ["#\n1\n", "#\n", "#\n1\nThe Salt Ledger\n" + PATH + "\n"])
def test_what_is_cut_short_is_skipped(damage: str) -> None:
    """The last record is counted however little is left of it."""
    (notebook,) = mrexpt.extract(sent(HEADER + record("Marked.") + damage))
    assert (notebook.found, len(notebook.annotations)) == (2, 1)
    assert "cut short" in notebook.skipped[0].reason


def pdf(*entries: tuple[str, str]) -> bytes:
    body = "".join(
        f"#A*#{page}#A1#1448135854182#A2#31#A3#40#A4#-256#A5#0#A6#{note}#A7#Marked {page}.#A@#"
        for page, note in enumerate(map("|".join, entries), 1)
    )
    return zlib.compress(f"7{body}".encode())


@given(
    st.lists(st.tuples(fields, fields).filter(lambda pair: "#A" not in "|".join(pair)), max_size=5)
)
def test_entries_of_a_pdf_are_read(entries: list[tuple[str, str]]) -> None:
    """Page, place, colour, time, note and text; the title is the name of the file."""
    attachment = sent(pdf(*entries), "The Salt Ledger.pdf.an")
    assert an.identify(attachment)
    (notebook,) = an.extract(attachment)
    assert notebook.publication.title == "The Salt Ledger"
    assert [a.target.page for a in notebook.annotations] == [
        str(page) for page in range(1, len(entries) + 1)
    ]
    assert [a.note for a in notebook.annotations] == ["|".join(entry).strip() for entry in entries]


def test_a_bomb_is_not_unpacked() -> None:
    """Sixty megabytes of records packed into sixty kilobytes are refused, and soon."""
    bomb = zlib.compress((HEADER + record("A" * 1000) * 60_000).encode(), 9)
    assert len(bomb) < 1_000_000
    started = time.process_time()
    assert an.identify(sent(bomb))
    with pytest.raises(FormatError, match="unpacks to more than") as caught:
        an.extract(sent(bomb))
    assert caught.value.place == "part 2"
    assert time.process_time() - started < 5


@given(st.binary(max_size=100))
def test_any_zlib_stream_is_handled(content: bytes) -> None:
    """Claimed or not: nothing but FormatError comes out, of damaged streams too."""
    for data in (content, zlib.compress(content), zlib.compress(b"7#A*#" + content)[:-2]):
        attachment = sent(data)
        if an.identify(attachment):
            with suppress(FormatError):
                an.extract(attachment)


@pytest.mark.parametrize(
    ("stated", "entries", "notes"),
    [
        ("(Highlight: 2; Note: 1)", ["Marked (mine)", "Marked"], ["mine", ""]),
        ("(Highlight: 2; Note: 0)", ["Marked (the book's)", "Marked"], ["", ""]),
        ("(Highlight: 2; Note: 1)", ["Marked (one)", "Marked (two)"], ["", ""]),
        ("(Highlight: 1; Note: 1)", ["Marked (a (nested) note)"], ["a (nested) note"]),
        ("(Highlight: 1; Note: 1)", ["Unbalanced) (note)"], ["note"]),
    ],
)
def test_parentheses_are_notes_only_where_the_numbers_agree(
    stated: str, entries: list[str], notes: list[str]
) -> None:
    """Text of a book is never made a note by guessing."""
    lines = [f"The Salt Ledger - Ida Marlow {stated}", "\u2500" * 15, "\u25c6 One"]
    shared = sent("\n".join([*lines, *(f"\u25aa {entry}" for entry in entries)]), "notes.txt")
    assert text.identify(shared)
    (notebook,) = text.extract(shared)
    assert [annotation.note for annotation in notebook.annotations] == notes
    assert notebook.found == len(entries)


def test_missing_entries_are_said() -> None:
    """The header's numbers are checked."""
    lines = "A - B (Highlight: 9; Note: 0)\n\u2500\u2500\u2500\n\u25aa One"
    (notebook,) = text.extract(sent(lines, "notes.txt"))
    assert notebook.warnings == ("The text states 9 highlights and 0 notes and holds 1.",)


@pytest.mark.parametrize(
    "content",
    ["", "A - B (Highlight: 9; Note: 0)", "A\n\u2500\u2500\u2500\n\u25aa One", "((((" * 2000],
)
def test_other_texts_are_left_alone(content: str) -> None:
    """Both the numbers and the rule have to be there."""
    assert not text.identify(sent(content, "notes.txt"))
