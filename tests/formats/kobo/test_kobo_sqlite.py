"""The Kobo database is read whole, and can do no harm."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margins.annotation import Annotation, Motivation, Notebook
from margins.errors import FormatError
from margins.formats.kobo import database as kobo_tables
from margins.formats.kobo.sqlite import extract, identify
from margins.mail.entity import Attachment

BOOKMARK = """CREATE TABLE Bookmark (BookmarkID TEXT NOT NULL, VolumeID TEXT NOT NULL,
ContentID TEXT NOT NULL, StartContainerPath TEXT NOT NULL, StartContainerChildIndex INTEGER,
StartOffset INTEGER NOT NULL, EndContainerPath TEXT NOT NULL, EndContainerChildIndex INTEGER,
EndOffset INTEGER NOT NULL, Text TEXT, Annotation TEXT, ExtraAnnotationData BLOB, DateCreated TEXT,
ChapterProgress REAL NOT NULL DEFAULT 0, Hidden BOOL NOT NULL DEFAULT 0, Version TEXT,
DateModified TEXT{more}, PRIMARY KEY (BookmarkID))"""
CONTENT = """CREATE TABLE content (ContentID TEXT NOT NULL, ContentType TEXT NOT NULL,
MimeType TEXT NOT NULL, BookID TEXT, BookTitle TEXT, Title TEXT COLLATE NOCASE, Attribution TEXT,
Publisher TEXT, VolumeIndex INTEGER, Language TEXT, Depth INTEGER, ISBN TEXT,
PRIMARY KEY (ContentID))"""

STORED = "file:///mnt/onboard/Marlow, Ida/The Salt Ledger - Ida Marlow.epub"
CONVERTED = "file:///mnt/onboard/A Grammar of Winds.kepub.epub"
GONE = "file:///mnt/onboard/Lost Letters.epub"

Values = dict[str, object]


def bookmark(number: int, **values: object) -> Values:
    """A row; Adobe's renderer, first file of STORED, unless told otherwise."""
    row: Values = {
        "BookmarkID": f"bookmark-{number}",
        "VolumeID": STORED,
        "ContentID": f"{STORED}#(1)OEBPS/one.xhtml",
        "StartContainerPath": f"OEBPS/one.xhtml#point(/1/4/{number}:1)",
        "StartOffset": 0,
        "EndContainerPath": f"OEBPS/one.xhtml#point(/1/4/{number}:40)",
        "EndOffset": 0,
        "DateCreated": f"2024-06-02T21:14:{number % 60:02}.250",
        "ChapterProgress": number / 100,
        "Hidden": "false",
    }
    return {**row, **values}


def book(volume: str, title: str, author: str, **values: object) -> Values:
    """The row of a book itself."""
    row: Values = {"ContentID": volume, "ContentType": "6", "MimeType": "application/epub+zip"}
    return {**row, "Title": title, "Attribution": author, "VolumeIndex": -1, **values}


def chapter(content: str, title: str, index: int, volume: str = STORED, **values: object) -> Values:
    """The row of a chapter."""
    row: Values = {"ContentID": content, "ContentType": "9", "MimeType": "application/epub+zip"}
    return {**row, "BookID": volume, "Title": title, "VolumeIndex": index, "Depth": 1, **values}


def database(
    bookmarks: list[Values],
    contents: list[Values],
    *,
    more: str = ", UserID TEXT, Type TEXT, Color INTEGER",
    script: str = "",
) -> bytes:
    """The file. `more` are columns that came with later firmware; `script` runs last."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(BOOKMARK.format(more=more))
        connection.execute(CONTENT)
        for table, rows in (("Bookmark", bookmarks), ("content", contents)):
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                query = f"INSERT INTO {table} ({names}) VALUES ({marks})"
                connection.execute(query, tuple(row.values()))
        connection.executescript(script)
        return connection.serialize()


MARK = bookmark(1, Text="Marked.", Type="highlight")
BOOK = book(STORED, "The Salt Ledger", "Ida Marlow")


def sent(content: bytes) -> Attachment:
    return Attachment(content=content, filename="KoboReader.sqlite", place="part 2")


def read(content: bytes) -> tuple[Notebook, ...]:
    return extract(sent(content))


def only(content: bytes) -> Annotation:
    (notebook,) = read(content)
    (annotation,) = notebook.annotations
    return annotation


def test_every_row_is_accounted_for() -> None:
    """Deleted, handwritten and empty rows are skipped with a reason, the others are notes."""
    rows = [
        bookmark(1, Text="Marked.", Type="highlight"),
        bookmark(2, Text="Deleted.", Type="highlight", Hidden=1),
        bookmark(3, Type="markup"),
        bookmark(4, Text="", Annotation="  ", Type="note"),
    ]
    (notebook,) = read(database(rows, [BOOK]))
    assert notebook.found == 4
    assert [a.sources for a in notebook.annotations] == [(1,)]
    assert [(s.entry, bool(s.reason), bool(s.text)) for s in notebook.skipped] == [
        (number, True, True) for number in (2, 3, 4)
    ]


def test_notes_are_in_reading_order() -> None:
    """By chapter and place in it, not by the time they were made."""
    rows = [
        bookmark(30, Text="late", Type="highlight", ContentID=f"{STORED}#(2)two.xhtml"),
        bookmark(20, Text="middle", Type="highlight"),
        bookmark(10, Text="early", Type="highlight"),
    ]
    chapters = [
        chapter(f"{STORED}#(1)OEBPS/one.xhtml", "One", 1),
        chapter(f"{STORED}#(2)two.xhtml", "Two", 2),
    ]
    (notebook,) = read(database(rows, [BOOK, *chapters]))
    quotes = [a.target.quote for a in notebook.annotations]
    assert quotes == ["early", "middle", "late"]


@pytest.mark.parametrize("more", ["", ", Type TEXT", ", Type TEXT, Color INTEGER, Fresh BLOB"])
def test_columns_of_any_firmware_will_do(more: str) -> None:
    """Columns that came later may be missing, and unknown ones may be there."""
    kinds = {"Type": "highlight"} if "Type" in more else {}
    annotation = only(database([bookmark(1, Text="Marked.", **kinds)], [BOOK], more=more))
    assert annotation.motivation is Motivation.HIGHLIGHTING


def test_values_of_any_type_will_do() -> None:
    """SQLite keeps whatever is put into a column."""
    row = bookmark(
        1, Text=17, Annotation=b"\xff\x00", DateCreated=3.5, ChapterProgress="half", Hidden=b"",
        Type="highlight", Color="blue",
    )  # fmt: skip
    (notebook,) = read(database([row], [{**BOOK, "Title": None, "ISBN": b"\x00"}]))
    assert [a.target.quote for a in notebook.annotations] == ["17"]
    assert notebook.publication.title == "The Salt Ledger - Ida Marlow"
    assert notebook.warnings == ("Colour blue has no known name.",)


def test_a_write_ahead_log_that_is_not_there_is_not_asked_for() -> None:
    """Newer firmware marks the file so; memory has no second file."""
    content = database([MARK], [BOOK])
    assert only(content[:18] + b"\2\2" + content[20:]).target.quote == "Marked."


@pytest.mark.parametrize(
    "script",
    [
        "DROP TABLE Bookmark; CREATE VIEW Bookmark AS SELECT ContentID VolumeID FROM content",
        "DROP TABLE content; CREATE VIRTUAL TABLE content USING fts5(ContentID)",
        "DROP TABLE content",
        "DROP TABLE Bookmark; CREATE TABLE Other (StartContainerPath, ChapterProgress)",
    ],
)
def test_only_plain_tables_are_read(script: str) -> None:
    """A view or a virtual table of the same name would run what its maker likes."""
    with pytest.raises(FormatError, match="tables of a Kobo") as caught:
        read(database([MARK], [BOOK], script=script))
    assert caught.value.place == "part 2"
    assert "copy" in caught.value.remedy


def test_a_column_that_computes_its_value_cannot_grow() -> None:
    """A schema may call harmless functions; what they make is bounded like every other value."""
    script = "ALTER TABLE Bookmark ADD COLUMN Color AS (hex(zeroblob(4000000)))"
    with pytest.raises(FormatError, match="too big"):
        read(database([MARK], [BOOK], more=", Type TEXT", script=script))


def test_endless_work_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is counted in steps, whatever the rows look like."""
    monkeypatch.setattr(kobo_tables, "_STEPS", 1_000)
    monkeypatch.setattr(kobo_tables, "_CHECKS", 5)
    rows = [bookmark(n, Text="Marked.", Type="highlight") for n in range(3_000)]
    with pytest.raises(FormatError, match="interrupted"):
        read(database(rows, [BOOK]))


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit they are read; above it the file is refused, never read in part."""
    monkeypatch.setattr(kobo_tables, "MAX_ROWS", 3)
    rows = [bookmark(n, Text="Marked.", Type="highlight") for n in range(4)]
    assert read(database(rows[:3], [BOOK]))[0].found == 3
    with pytest.raises(FormatError, match="more than 3 rows"):
        read(database(rows, [BOOK]))


def test_a_text_too_long_is_refused() -> None:
    """No value may be larger than the limit."""
    with pytest.raises(FormatError, match="too big"):
        read(database([{**MARK, "Text": "x" * 5_000_000}], [BOOK]))


def test_reading_changes_nothing_and_triggers_do_not_run() -> None:
    """The file may hold triggers; nothing it says is ever executed."""
    script = """CREATE TRIGGER t AFTER INSERT ON content BEGIN DELETE FROM Bookmark; END"""
    content = database([MARK], [BOOK], script=script)
    before = bytes(content)
    assert only(content).target.quote == "Marked."
    assert content == before


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_else(data: st.DataObject) -> None:
    """Bytes changed anywhere, or the end missing: notebooks or FormatError, and soon."""
    content = bytearray(database([MARK, bookmark(2, Text="More.")], [BOOK]))
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(16, len(content)))])
    started = time.process_time()
    with suppress(FormatError):
        extract(sent(cut))
    assert time.process_time() - started < 5


def test_a_schema_that_is_no_text_is_refused() -> None:
    """SQLite's own message about it cannot be read either."""
    content = database([MARK], [BOOK]).replace(b"KEY (ContentID)", b"KEY (\xff\xff\xff) ,")
    with pytest.raises(FormatError, match="cannot be read"):
        read(content)


def test_kobos_databases_are_known_by_their_columns() -> None:
    """The magic number is not enough."""
    assert identify(sent(database([], [])))
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE notes (text)")
        assert not identify(sent(connection.serialize()))
    assert not identify(sent(b"SQLite format 3\0"))
    assert not identify(sent(b""))
