"""The tables: made by migrations, held together by the database itself."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from margins.api.database import Database
from margins.api.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url = request.getfixturevalue("postgresql")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY CURRENT_USER CASCADE"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS public"))
    return url


def _migrated(url):
    database = Database(url, statement_seconds=10)
    database.migrate()
    return database


def test_migrations_make_exactly_the_tables(empty):
    """From nothing, the migrations arrive at the tables the code is written for."""
    database = _migrated(empty)
    with database.transaction("ada", writes=False) as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours})
        assert compare_metadata(context, metadata) == []
    database.close()


def _ours(name, type_, _parents):
    # The index of full-text search is no table of ours: FTS5 makes five, PostgreSQL an expression.
    return type_ not in {"table", "index"} or not str(name).startswith("annotation_words")


def test_migrating_twice_is_migrating_once(empty):
    """A second start finds nothing to do."""
    _migrated(empty).close()
    database = _migrated(empty)
    with database.transaction("ada", writes=False) as connection:
        assert inspect(connection).has_table("annotations")
    database.close()


def test_sqlite_is_safe_and_does_not_block_readers(tmp_path):
    """SQLite runs with a write-ahead log, full synchronisation and foreign keys."""
    database = _migrated(f"sqlite:///{tmp_path / 'new.db'}")
    with database.transaction("ada", writes=False) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_no_row_points_into_another_account(empty):
    """The database refuses an annotation on a publication of another account."""
    database = _migrated(empty)
    for account in ("ada", "ben"):
        with database.transaction(account, writes=True) as connection:
            _insert(connection, "accounts", id=account, created_at="")
    with database.transaction("ada", writes=True) as connection:
        _insert(
            connection, "publications", account="ada", id="pub_1", title="", folded="",
            citation="", publisher="", language="", imported_at="",
        )  # fmt: skip
    with pytest.raises(IntegrityError), database.transaction("ben", writes=True) as connection:
        _insert(connection, "publication_keys", account="ben", key="k", publication="pub_1")
    database.close()


def _insert(connection, table, **row):
    connection.execute(metadata.tables[table].insert(), row)


def _write_and_fail(database):
    with database.transaction("ada", writes=True) as connection:
        _insert(connection, "accounts", id="ada", created_at="")
        raise LookupError


def test_what_a_block_raises_undoes_its_writes(empty):
    """A transaction whose block raises leaves nothing behind."""
    database = _migrated(empty)
    with pytest.raises(LookupError):
        _write_and_fail(database)
    with database.transaction("ada", writes=False) as connection:
        assert connection.execute(metadata.tables["accounts"].select()).all() == []
    database.close()
