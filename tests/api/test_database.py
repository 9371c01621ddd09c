"""The tables: made by migrations, held together by the database itself."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from margins.api.connections import Window
from margins.api.database import Database
from margins.api.reading import search_annotations
from margins.api.search import parse_query
from margins.api.tables import metadata

SLOW = {"sqlite": "SELECT count(*) FROM sqlite_master", "postgresql": "SELECT pg_sleep(1)"}


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
    # What full-text search needs is no table of ours: FTS5 makes five, PostgreSQL has a column.
    return name != "lexemes" and not str(name).startswith("annotation_words")


def test_migrating_twice_is_migrating_once(empty):
    """A second start finds nothing to do."""
    _migrated(empty).close()
    database = _migrated(empty)
    with database.transaction("ada", writes=False) as connection:
        assert inspect(connection).has_table("annotations")
    database.close()


@pytest.fixture
def before_vocabularies(tmp_path):
    """The URL of a SQLite database as it was when all accounts were indexed together."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = Config()
    config.set_main_option("script_location", "margins.api:migrations")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "revisions")
    return url


def _fill(url, words_of):
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for account, words in words_of.items():
            _insert(connection, "accounts", id=account, created_at="")
            _insert(
                connection, "publications", account=account, id="pub_1", title="", folded="",
                citation="", publisher="", language="", imported_at="",
            )  # fmt: skip
            texts = ("source", "motivation", "note", "colour", "style", "page", "fragment")
            empty = dict.fromkeys((*texts, "conforms_to", "imported_at", "changed_at"), "")
            connection.execute(
                metadata.tables["annotations"].insert(),
                [
                    {
                        **empty, "account": account, "id": f"ann_{n}", "publication": "pub_1",
                        "key": str(n), "quote": f"{n}", "words": each, "tags": [], "headings": [],
                        "truncated": False, "tags_edited": False,
                    }
                    for n, each in enumerate(words)
                ],
            )  # fmt: skip


def _searched(database, account, query):
    with database.transaction(account, writes=False) as connection:
        page = search_annotations(
            connection, account, Window(size=10), terms=parse_query(query), filter={}
        )
    return [row["quote"] for row in page.nodes]


def test_an_index_of_all_accounts_becomes_one_of_each(before_vocabularies):
    """What was stored before accounts had vocabularies of their own is found as before."""
    old = ["tide and ebb", "", "a (1) b 1⁄2 l· c", "صلى الله", "東京 京都 都"]
    _fill(before_vocabularies, {"ada": old, "ben": ["tide of ben"]})
    database = _migrated(before_vocabularies)
    for query, quotes in (
        ("tide", ["0"]), ("a 1 b", ["2"]), ("b ½ ŀ c", ["2"]), ('"صلى الله"', ["3"]), ("京", ["4"]),
    ):  # fmt: skip
        assert _searched(database, "ada", query) == quotes, query
    with database.transaction("ada", writes=True) as connection:
        connection.execute(text("UPDATE annotations SET words = 'ebb' WHERE account = 'ada'"))
        connection.execute(text("DELETE FROM annotations WHERE id = 'ann_4' AND account = 'ada'"))
    assert (_searched(database, "ada", "tide"), len(_searched(database, "ada", "ebb"))) == ([], 4)
    assert _searched(database, "ben", "tide") == ["0"]
    database.close()


def test_migrations_may_take_longer_than_requests(empty, monkeypatch):
    """The limit of a statement is one of requests: a large database is brought up to date too."""
    monkeypatch.setattr("margins.api.database._STEPS_BETWEEN_LOOKS", 1)
    database = Database(empty, statement_seconds=0)
    database.migrate()
    with (
        pytest.raises(OperationalError),
        database.transaction("ada", writes=False) as connection,
    ):
        connection.execute(text(SLOW[connection.dialect.name]))
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
