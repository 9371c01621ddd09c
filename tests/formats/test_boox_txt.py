"""Boox reading notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.annotation import Notebook
from margins.formats.boox_txt import extract, identify
from margins.mail.entity import Attachment

RULE = "\n-------------------\n"
SECOND = "Reading Notes | <<Salt>>Orla Finch\n"


def read(text: str) -> Notebook:
    export = Attachment(content=text.encode())
    assert identify(export)
    (notebook,) = extract(export)
    return notebook


def test_a_chapter_goes_on_until_the_next_one() -> None:
    """The second layout names it only where it changes."""
    notebook = read(
        SECOND
        + "One\n2022-12-27 06:43  |  Page No.: 16\nThe tide."
        + RULE
        + "2022-12-27 06:44  |  Page No.: 17\nA knot."
        + RULE
        + "Two\n2022-12-27 06:45  |  Page No.: 18\nThe boats."
        + RULE
    )
    assert [a.target.headings for a in notebook.annotations] == [("One",), ("One",), ("Two",)]


def test_a_note_without_a_passage_is_a_note_of_its_own() -> None:
    """Nothing is taken for the passage."""
    (note,) = read(SECOND + "2022-12-27 06:43 | Page No.: 16\n【Note】Early." + RULE).annotations
    assert (note.target.quote, note.note) == ("", "Early.")


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("BOOX Reading Notes | <<Salt - Orla Finch (146)>>\nOrla Finch\n", "Salt"),
        ("BOOX Reading Notes | <<Salt - A Story>>\nOrla Finch\n", "Salt - A Story"),
        ("Reading Notes | <<Salt>>\nnull\n", "Salt"),
        ("Reading Notes | <<a >> b>>\nOrla Finch\n", "a"),
    ],
)
def test_the_author_is_cut_off_a_file_name(header: str, title: str) -> None:
    """Only when it is the author; "null" is nobody."""
    entry = (
        "One\nTime：2021-08-17 22:48\n【Original Text】The tide.\n【Annotations】\n【Page Number】4"
    )
    notebook = read(header + entry + RULE)
    assert notebook.publication.title == title
    assert "null" not in [creator.name for creator in notebook.publication.creators]
    assert notebook.annotations[0].target.quote == "The tide."


@pytest.mark.parametrize(
    "text", ["Notes | <<Salt>>", "a | b\n2022-12-27 06:43 | Page No.: 1", "<<Salt>>\n"]
)
def test_one_mark_is_not_enough(text: str) -> None:
    """The header and a dated entry, or the header in words we know."""
    assert not identify(Attachment(content=text.encode()))


def test_the_golden_files_say_so_with_any_line_ending() -> None:
    """CRLF changes nothing."""
    golden = Path(__file__).parent / "golden" / "boox-txt"
    for path in golden.glob("*.txt"):
        content = path.read_bytes()
        unix = extract(Attachment(content=content))
        windows = extract(Attachment(content=content.replace(b"\n", b"\r\n")))
        assert [n.annotations for n in unix] == [n.annotations for n in windows], path.name
