"""The rows of a Kobo database, read as somebody else's data.

The bytes are opened in memory, so nothing touches a disk. The file may have been made to harm: only
plain tables of the two known names are read, an authorizer refuses every other table and every
statement but SELECT, a schema may call only functions that SQLite calls innocuous, values have a
longest length, and the work is bounded by a count of the virtual machine's steps.

Source: https://www.sqlite.org/security.html, https://www.sqlite.org/fileformat.html (1.3)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from margins.errors import FormatError

__all__ = ["MAX_ROWS", "Row", "read_tables"]

Row = Mapping[str, object]

MAX_ROWS = 200_000
_STEPS, _CHECKS = 100_000, 1_000
_LONGEST = 4 * 1024 * 1024
_TABLES = ("Bookmark", "content")
_BOOKMARK = (
    "VolumeID", "ContentID", "StartContainerPath", "StartOffset", "EndContainerPath", "EndOffset",
    "Text", "Annotation", "DateCreated", "DateModified", "ChapterProgress", "Hidden", "Type",
    "Color", "ContextString",
)  # fmt: skip
_CONTENT = (
    "ContentID", "ContentType", "BookID", "Title", "Attribution", "Publisher", "Language", "ISBN",
    "VolumeIndex", "Depth",
)  # fmt: skip
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: _LONGEST,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
}


def _authorize(action: int, table: str | None, *_rest: str | None) -> int:
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    known = {name.lower() for name in (*_TABLES, "sqlite_master")}
    reads = action == sqlite3.SQLITE_READ and (table or "").lower() in known
    return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY


def _open(content: bytes) -> sqlite3.Connection:
    # A write-ahead log is another file, which memory does not have: bytes 18 and 19 ask for none.
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.deserialize(content[:18] + b"\1\1" + content[20:])
    for pragma in ("trusted_schema = off", "cell_size_check = on", "query_only = on"):
        connection.execute(f"PRAGMA {pragma}")
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    checks = iter(range(_CHECKS))
    connection.set_progress_handler(lambda: next(checks, None) is None, _STEPS)
    connection.set_authorizer(_authorize)
    return connection


def _is_plain(connection: sqlite3.Connection, table: str) -> bool:
    """True for a table with rows of its own: no view, and none that a module makes up."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master LIMIT 10000")
    kinds = [(kind, sql) for kind, name, sql in rows if str(name).lower() == table.lower()]
    return [k for k, _ in kinds] == ["table"] and str(kinds[0][1]).startswith("CREATE TABLE")


def _rows(
    connection: sqlite3.Connection, table: str, wanted: Sequence[str], condition: str = ""
) -> Iterator[Row]:
    """The wanted columns as far as this firmware has them; rows in the order they were made."""
    description = connection.execute(f"SELECT * FROM {table} LIMIT 0").description  # noqa: S608
    there = {str(column[0]).lower() for column in description}
    columns = [column for column in wanted if column.lower() in there]
    query = f"SELECT {', '.join(columns)} FROM {table} {condition} LIMIT {MAX_ROWS + 1}"  # noqa: S608
    for row in connection.execute(query):
        yield dict(zip(columns, row, strict=True))


def read_tables(content: bytes, *, place: str) -> tuple[list[Row], list[Row]]:
    """Rows of Bookmark, and of content for the books that have bookmarks.

    Raises:
        FormatError: no such tables, a damaged database, or one that takes too much work.
    """
    try:
        with closing(_open(content)) as connection:
            if not all(_is_plain(connection, table) for table in _TABLES):
                raise _unreadable("It lacks the tables of a Kobo.", place)
            bookmarks = list(_rows(connection, "Bookmark", _BOOKMARK, "ORDER BY rowid"))
            books = "WHERE {0} IN (SELECT VolumeID FROM Bookmark)"
            contents = list(_rows(connection, "content", _CONTENT, books.format("ContentID")))
            contents += _rows(connection, "content", _CONTENT, books.format("BookID"))
    except (sqlite3.Error, UnicodeDecodeError, MemoryError, OverflowError) as error:
        # SQLite quotes the schema in its messages, which need not be text.
        raise _unreadable(f"The database cannot be read: {error}.", place) from error
    if max(len(bookmarks), len(contents)) > MAX_ROWS:
        raise _unreadable(f"It has more than {MAX_ROWS} rows.", place)
    return bookmarks, contents


def _unreadable(what: str, place: str) -> FormatError:
    return FormatError(
        what,
        place=place,
        remedy="Eject the reader, connect it again, and copy .kobo/KoboReader.sqlite once more.",
    )
