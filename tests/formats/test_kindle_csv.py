"""The CSV that Kindle e-readers mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Span
from margins.errors import FormatError
from margins.formats.kindle_csv import extract, identify
from margins.mail.entity import Attachment

HEAD = (
    '"Your Kindle Notes For:",,,\r\n"THE LEDGER",,,\r\n"by Ada Quill",,,\r\n'
    '"Free Kindle instant preview:",,,\r\n"https://a.co/0",,,\r\n----------------------,,,\r\n'
    ',,,\r\n"Annotation Type","Location","Starred?","Annotation"\r\n'
)


def file(*rows: str) -> Attachment:
    return Attachment(content=("\ufeff" + HEAD + "".join(f"{row}\r\n" for row in rows)).encode())


def test_a_note_behind_its_highlight_is_joined() -> None:
    """The highlight says where it begins, the note where it ends."""
    (notebook,) = extract(
        file(
            '"Highlight (Yellow)","Location 287","","The lamp."', '"Note","Location 289","","Who?"'
        )
    )
    (highlight,) = notebook.annotations
    assert (highlight.note, highlight.colour) == ("Who?", "yellow")
    assert highlight.target.location == Span(287, 289)
    assert highlight.sources == (1, 2)


def test_a_star_becomes_a_tag() -> None:
    """The model has no stars, and the reader did mark it."""
    (notebook,) = extract(file('"Note","Page 12","*","See #fog"'))
    assert notebook.annotations[0].tags == ("fog", "starred")
    assert notebook.annotations[0].target.page == "12"


def test_an_unknown_kind_is_read_by_structure_and_named() -> None:
    """A colour makes a highlight, a text a note, nothing a bookmark."""
    rows = ['"Glimt (Lilla)","Sted 1","","A"', '"Ord","Sted 900","","B"', '"Ord","Sted 950","",""']
    (notebook,) = extract(file(*rows))
    assert [a.motivation for a in notebook.annotations] == [
        Motivation.HIGHLIGHTING,
        Motivation.COMMENTING,
        Motivation.BOOKMARKING,
    ]
    assert notebook.warnings == (
        "Read by structure, since these words are not known: glimt, sted, ord.",
    )


def test_a_highlight_without_text_is_skipped_with_its_reason() -> None:
    """It is counted and shown, not lost."""
    (notebook,) = extract(file('"Highlight (Blue)","Location 4","",""'))
    assert [(s.place, s.reason) for s in notebook.skipped] == [
        ("entry 1, Location 4", "It has no text.")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b,c,d\n1,2,3,4\n",
        "List,,,\n----------,,,\nmilk,2,l\n",
        "----------------,,,\nAnnotation Type,Location,Starred?,Annotation\n",
        "Weekly letter\n-------------\nTides, moons, lamps, and kettles\nhttps://letter.example\n",
        "x" * 200_000,
    ],
)
def test_other_tables_are_not_claimed(text: str) -> None:
    """A title above, a line of dashes, and a header of four columns: all three."""
    assert not identify(Attachment(content=text.encode()))


def test_a_broken_table_says_where() -> None:
    """Quotes that never close, or another shape altogether."""
    with pytest.raises(FormatError, match="cannot be read"):
        extract(file('"Note","Location 1","","never closed'))
    with pytest.raises(FormatError, match="not the CSV"):
        extract(Attachment(content=b"a,b"))


CELLS = st.text(st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=12))
def test_every_row_is_accounted_for_once(rows: list[tuple[str, str, str, str]]) -> None:
    """Whatever its cells hold; rows that are blank are none."""
    lines = [",".join(f'"{cell}"' for cell in row) for row in rows]
    (notebook,) = extract(file(*lines))
    assert notebook.found == sum(any(cell.strip() for cell in row) for row in rows)
