"""A statement that keeps the database busy."""

from __future__ import annotations

import time

import pytest
from graphql import GraphQLError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from margins.api.database import Database
from margins.api.faults import describe

ENDLESS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_is_stopped(kind, request, tmp_path):
    """Both databases stop a statement at the limit, and the client hears that it was too much."""
    on_disk = f"sqlite:///{tmp_path / 'slow.db'}"
    url = on_disk if kind == "sqlite" else request.getfixturevalue("postgresql")
    database = Database(url, statement_seconds=0.3)
    began = time.monotonic()
    with (
        pytest.raises(OperationalError) as caught,
        database.transaction("ada", writes=False) as connection,
    ):
        connection.execute(text(ENDLESS))
    assert time.monotonic() - began < 5
    told = describe(GraphQLError("x", original_error=caught.value))
    assert told["extensions"] == {"code": "TOO_COMPLEX"}
    with database.transaction("ada", writes=False) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()
