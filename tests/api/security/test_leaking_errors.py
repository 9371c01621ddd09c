"""What an error gives away."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import create_engine, text

from ..documents import IMPORT, highlight, notebooks


@pytest.fixture
def broken(api, database_url):
    """An API whose database has lost a table."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE creators"))
    engine.dispose()
    return api


def test_an_unexpected_error_says_nothing(broken):
    """What goes wrong inside is answered with INTERNAL and a sentence without any detail."""
    answer = broken.post(IMPORT, notebooks(highlight("A private passage.")))
    assert answer.status_code == 500
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL"}
    for secret in ("creators", "SELECT", "INSERT", "sqlite", "Traceback", "private"):
        assert secret not in answer.text


def test_the_log_holds_the_error_without_what_readers_wrote(broken, caplog):
    """The operator finds the cause in the log, and no note, name or token."""
    with caplog.at_level(logging.DEBUG, logger="margins.api"):
        broken.post(IMPORT, notebooks(highlight("A private passage.")))
    assert "no such table: creators" in caplog.text
    assert "private" not in caplog.text
    assert "Ada Example" not in caplog.text


def test_a_failed_import_leaves_nothing(broken, database_url):
    """The transaction of the failed import was rolled back."""
    broken.post(IMPORT, notebooks(highlight("One.")))
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM publications")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM imports")).scalar() == 0
    engine.dispose()
