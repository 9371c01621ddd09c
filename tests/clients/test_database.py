"""An SQLite file that several components and processes share."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.clients.sqlite import Database
from margins.errors import NoSpace, Unavailable

FIRST = "CREATE TABLE thing (name TEXT) STRICT"
SECOND = """
    ALTER TABLE thing ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';
    CREATE INDEX thing_by_colour ON thing (colour)
"""


def opened(path: Path, *migrations: str, component: str = "things") -> Database:
    """The file, brought to the version of these migrations."""
    return Database(path / "shared.db", component=component, migrations=migrations)


def test_a_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """A newer version alters what an older one made, and keeps what is in it."""
    old = opened(tmp_path, FIRST)
    with old.transaction() as connection:
        connection.execute("INSERT INTO thing VALUES ('sea')")
    old.close()
    new = opened(tmp_path, FIRST, SECOND)
    with new.reading() as connection:
        assert tuple(connection.execute("SELECT * FROM thing").fetchone()) == ("sea", "blue")


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path) -> None:
    """All of it or nothing: the older Margins still works."""
    opened(tmp_path, FIRST).close()
    with pytest.raises(Unavailable):
        opened(tmp_path, FIRST, f"{SECOND};\nCREATE NONSENSE")
    with opened(tmp_path, FIRST).reading() as connection:
        assert [row["name"] for row in connection.execute("PRAGMA table_info(thing)")] == ["name"]


def test_components_share_a_file(tmp_path: Path) -> None:
    """Each has its own version."""
    opened(tmp_path, FIRST, SECOND)
    opened(tmp_path, "CREATE TABLE other (n INTEGER) STRICT", component="others")
    opened(tmp_path, FIRST, SECOND)


def test_an_error_undoes_the_transaction(tmp_path: Path) -> None:
    """Of whatever kind it is; the next one works."""
    database = opened(tmp_path, FIRST)

    def fail() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO thing VALUES ('sea')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone()[0] == 0


def test_a_full_disk_is_told_from_a_broken_one(tmp_path: Path) -> None:
    """The peer then hears 452, and nothing has been recorded."""
    database = opened(tmp_path, FIRST)
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(NoSpace) as raised, database.transaction() as connection:
        connection.execute("INSERT INTO thing VALUES (?)", ("x" * 100_000,))
    assert raised.value.remedy
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM thing").fetchone()[0] == 0


def test_a_writer_waits_for_another(tmp_path: Path) -> None:
    """A second connection sees what was committed, not what is under way."""
    one, two = opened(tmp_path, FIRST), opened(tmp_path, FIRST)
    with one.transaction() as connection:
        connection.execute("INSERT INTO thing VALUES ('sea')")
        with two.reading() as other:
            assert other.execute("SELECT count(*) FROM thing").fetchone()[0] == 0
    with two.reading() as other:
        assert other.execute("SELECT count(*) FROM thing").fetchone()[0] == 1


def _synchronous(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])


def test_what_need_not_be_durable_is_not_waited_for(tmp_path: Path) -> None:
    """The disk is synced (2, FULL) for every transaction but those that say otherwise (1)."""
    database = opened(tmp_path, FIRST)
    with database.transaction():
        assert _synchronous(database) == 2
    with database.transaction(durable=False):
        assert _synchronous(database) == 1
    with pytest.raises(KeyError), database.transaction(durable=False):
        raise KeyError
    with database.transaction():
        assert _synchronous(database) == 2
