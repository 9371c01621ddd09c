"""A statement that forgets the account: PostgreSQL itself keeps the walls up."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.exc import ProgrammingError

from margins.api.database import Database
from margins.api.tables import annotations, metadata
from margins.errors import ConfigError

from ..documents import BOOK, highlight, imported

RENAME = 'mutation($id: ID!) { renameTag(id: $id, name: "rope") { tag { name } } }'
NUMBERED = BOOK | {"identifiers": [{"scheme": "isbn", "value": "9780000000002"}]}


def fill(api, account, quote):
    """A row in every table: a note in a book with an author and a number, its tag renamed."""
    imported(api, highlight(quote, tags=["ropes"]), account=account, book=NUMBERED)
    (tag,) = api.ask("{ tags { nodes { id } } }", account=account)["tags"]["nodes"]
    api.ask(RENAME, {"id": tag["id"]}, account=account)


@pytest.fixture
def database_url(postgresql):
    """An empty PostgreSQL database."""
    return postgresql


@pytest.fixture
def database(api, database_url):
    """The database of an API with a note of Ada's and a note of Ben's."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE accounts CASCADE"))
    engine.dispose()
    fill(api, "ada", "Ada's.")
    fill(api, "ben", "Ben's.")
    database = Database(database_url, statement_seconds=10)
    yield database
    database.close()


def test_a_bare_select_sees_one_account(database):
    """A SELECT without any condition returns the rows of the account of the transaction."""
    with database.transaction("ada", writes=False) as connection:
        assert connection.execute(select(annotations.c.quote)).scalars().all() == ["Ada's."]


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_no_table_shows_rows_of_another_account(database, table):
    """Every table holds rows of two accounts, and each account counts its own alone."""
    owner = table.c.account if "account" in table.c else table.c.id
    rows = select(owner, func.count()).group_by(owner)
    for account in ("ada", "ben"):
        with database.transaction(account, writes=False) as connection:
            assert [owner for owner, _ in connection.execute(rows)] == [account]


def test_a_bare_update_changes_one_account(database):
    """An UPDATE without any condition touches only the account of the transaction."""
    with database.transaction("ada", writes=True) as connection:
        assert connection.execute(update(annotations).values(note="x")).rowcount == 1


def test_no_row_is_written_for_another_account(database):
    """A row for another account is refused by the database."""
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.transaction("ada", writes=True) as connection,
    ):
        connection.execute(update(annotations).values(account="ben"))


def test_without_an_account_there_is_nothing(database, database_url):
    """Outside a transaction of the API every table looks empty."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            assert connection.execute(select(table)).all() == []
    engine.dispose()


def test_every_table_has_walls(database, database_url):
    """No table of the API is without row-level security, for its owner too."""
    query = text(
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE n.nspname = 'public' AND relkind = 'r'"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(query).scalars().all() == ["alembic_version"]
    engine.dispose()


def test_a_role_above_the_walls_is_refused(database, database_url):
    """The API does not start as a superuser."""
    above = Database(database_url.replace("margins@", "postgres@", 1), statement_seconds=10)
    with pytest.raises(ConfigError, match="row-level security"):
        above.migrate()
    above.close()
