"""Writes databases of the shape Kobo's have, as far as they matter, in memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing

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
