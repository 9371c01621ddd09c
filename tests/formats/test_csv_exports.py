"""Readwise, Instapaper, Raindrop.io and Hypothesis: what their tables have in common, and apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.annotation import Motivation, Notebook, Span
from margins.errors import FormatError
from margins.formats import (
    Format,
    hypothesis_csv,
    instapaper_csv,
    oreilly_csv,
    raindrop_csv,
    readwise_csv,
)
from margins.mail.entity import Attachment
from margins.text.table import header

TABLES: tuple[Format, ...] = (
    hypothesis_csv, instapaper_csv, oreilly_csv, raindrop_csv, readwise_csv,
)  # fmt: skip
GOLDEN = Path(__file__).parent / "golden"
READWISE = (
    "Highlight,Book Title,Book Author,Amazon Book ID,Note,Color,Tags,Location Type,Location,"
    "Highlighted at,Document tags\n"
)
RAINDROP = "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n"


def read(form: Format, text: str) -> tuple[Notebook, ...]:
    export = Attachment(content=text.encode(), place="notes.csv")
    assert form.identify(export)
    return form.extract(export)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.about.name)
def test_each_header_belongs_to_one_export(form: Format) -> None:
    """In any order of its columns, and never with one more."""
    for path in sorted((GOLDEN / form.about.name).glob("*.csv")):
        columns = header(Attachment(content=path.read_bytes()).text)
        turned = ",".join(reversed(columns))
        claims = [f.about.name for f in TABLES if f.identify(Attachment(content=turned.encode()))]
        assert claims == [form.about.name]
        more = Attachment(content=f"{turned},Mood".encode())
        assert not any(f.identify(more) for f in TABLES)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.about.name)
def test_a_header_alone_is_an_empty_export(form: Format) -> None:
    """A notebook with nothing found, rather than an error."""
    for path in sorted((GOLDEN / form.about.name).glob("*.csv")):
        first = Attachment(content=path.read_bytes()).text.splitlines()[0]
        (notebook,) = read(form, first + "\n")
        assert (notebook.found, notebook.annotations) == (0, ())


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.about.name)
def test_a_quote_that_never_closes_is_refused_with_its_line(form: Format) -> None:
    """Half a table is not taken for a whole one."""
    for path in sorted((GOLDEN / form.about.name).glob("*.csv")):
        text = Attachment(content=path.read_bytes()).text
        with pytest.raises(FormatError, match=r"notes\.csv, line \d+: "):
            read(form, text + '"never closed')


def test_readwise_places_go_where_they_can_be_compared() -> None:
    """Pages and locations by their names; anything else as a pointer of the app."""
    row = "The tide.,Salt,,,,,,{},{},,\n"
    kinds = [("page", "xii"), ("location", "345"), ("order", "3"), ("time_offset", "60"), ("", "")]
    (notebook,) = read(readwise_csv, READWISE + "".join(row.format(*kind) for kind in kinds))
    page, location, order, offset, nowhere = (a.target for a in notebook.annotations)
    assert (page.page, location.location) == ("xii", Span(345, 345))
    assert (order.fragment, offset.fragment) == ("order:3", "time_offset:60")
    assert (nowhere.fragment, nowhere.page, nowhere.location) == ("", "", None)


def test_readwise_tags_come_from_three_places_once() -> None:
    """The column, the note, and the document."""
    row = 'The tide.,Salt,,,A #sea note,,"sea, .Deep Water",,,,fav\n'
    (notebook,) = read(readwise_csv, READWISE + row)
    assert notebook.annotations[0].tags == ("sea", "Deep Water", "fav")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Highlight:One\nNote:Mine\n\nHighlight:Two\nNote:", [("One", "Mine"), ("Two", "")]),
        ("Highlight: One\nand on\n\nHighlight: Two", [("One\nand on", ""), ("Two", "")]),
        ("One\n\nTwo\n", [("One", ""), ("Two", "")]),
        ("", []),
    ],
)
def test_raindrop_keeps_several_highlights_in_one_cell(
    cell: str, expected: list[tuple[str, str]]
) -> None:
    """Labelled paragraphs, or a line for each."""
    notebook = read(raindrop_csv, f'{RAINDROP}7,Salt,,,https://x.org/,,,,,"{cell}",\n')[0]
    assert [(a.target.quote, a.note) for a in notebook.annotations] == expected


def test_raindrop_gives_the_note_on_the_page_an_entry_of_its_own() -> None:
    """It is on none of the highlights."""
    (notebook,) = read(raindrop_csv, f"{RAINDROP}7,Salt,Mine,,https://x.org/,,,,,The tide.,\n")
    assert [a.motivation for a in notebook.annotations] == [
        Motivation.HIGHLIGHTING,
        Motivation.COMMENTING,
    ]
    assert notebook.found == 2


def test_articles_without_a_selection_are_listed_together() -> None:
    """Hundreds of saved articles do not become hundreds of empty books."""
    rows = "".join(f"https://x.org/{n},Page {n},,Unread,1700000000\n" for n in range(50))
    (notebook,) = read(instapaper_csv, "URL,Title,Selection,Folder,Timestamp\n" + rows)
    assert (notebook.publication.title, notebook.found) == ("Instapaper", 50)
    assert len(notebook.skipped) == 50
