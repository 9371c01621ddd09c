"""Tables of comma-separated values."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text.table import MAX_FIELD, header, read

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(str.strip)


@given(st.lists(st.tuples(CELL, CELL), max_size=8), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, str]], separator: str
) -> None:
    """Whatever the cells hold and whichever separator the country prefers."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows([("one", "two", "three"), *rows])
    table = read(written.getvalue(), "notes.csv")
    assert table.columns == ("one", "two", "three")
    assert [(r["one"], r["two"]) for r in table.rows] == [row for row in rows if any(row)]


def test_a_byte_order_mark_belongs_to_no_column() -> None:
    """Excel and Readwise begin their files with one."""
    assert header("\ufeffTitle,Note\r\n1,2") == ("Title", "Note")
    assert read("\ufeffTitle,Note\r\n1,2", "").columns == ("Title", "Note")


@pytest.mark.parametrize("text", ["", "one column", "a,,b\n", "\n\na,b", '"never closed, b'])
def test_a_first_line_that_is_no_header_gives_none(text: str) -> None:
    """Prose with commas may pass for a header; blank names, one column and quotes do not."""
    assert header(text) == ()


def test_short_and_long_records_are_kept() -> None:
    """A missing cell reads as empty, and surplus cells are not lost."""
    short, long = read("a,b\n1\n1,2,3,4\n", "").rows
    assert (short["b"], short.surplus) == ("", ())
    assert (long["b"], long.surplus, long.raw) == ("2", ("3", "4"), "1 | 2 | 3 | 4")


def test_blank_lines_are_no_records_and_lines_are_those_of_the_file() -> None:
    """Messages point at the line a person sees in an editor."""
    rows = read('a,b\n\n"1\n1",2\n,\n3,4\n', "").rows
    assert [(row.number, row.line, row["a"]) for row in rows] == [(1, 4, "1\n1"), (2, 6, "3")]
    assert rows[1].place == "row 2, line 6"


@pytest.mark.parametrize(
    "text", ['a,b\n"never closed', 'a,b\n1,"2"x\n', "a,b\n" + "x" * MAX_FIELD * 2]
)
def test_a_broken_table_is_refused_with_its_line(text: str) -> None:
    """What cannot be read is named by file and line, with a remedy."""
    with pytest.raises(FormatError) as refusal:
        read(text, "notes.csv")
    assert refusal.value.place.startswith("notes.csv, line ")
    assert refusal.value.remedy


def test_a_table_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of rows is bounded."""
    monkeypatch.setattr("margins.text.table.MAX_ROWS", 2)
    with pytest.raises(FormatError, match="more than 2 rows"):
        read("a,b\n1,2\n3,4\n5,6\n", "notes.csv")
