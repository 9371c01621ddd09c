"""Full-text search in SQLite: each account in a vocabulary of its own, kept by the database."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from margins.api.database import Database
from margins.api.tables import metadata
from margins.api.words import searchable

from .documents import highlight, imported

SEARCH = "query($query: String!) { search(query: $query) { nodes { quote } } }"
CHECK = "INSERT INTO annotation_words (annotation_words, rank) VALUES ('integrity-check', 1)"
INDEXED = """
CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, annotation_words, instance)
"""


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """An empty SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'notes.db')}"


def _found(api, query, account="ada"):
    return [
        each["quote"]
        for each in api.ask(SEARCH, {"query": query}, account=account)["search"]["nodes"]
    ]


def _indexed(connection):
    """Every word of the index and the note it stands for."""
    connection.execute(text(INDEXED))
    found = Counter(map(tuple, connection.execute(text("SELECT term, doc FROM vocabulary"))))
    connection.execute(text("DROP TABLE temp.vocabulary"))
    return found


def _expected(connection):
    marks = dict(
        tuple(row)
        for row in connection.execute(
            text("SELECT account_id, number FROM annotation_words_accounts")
        )
    )
    rows = connection.execute(text("SELECT account, seq, words FROM annotations")).all()
    return Counter(
        (f"{marks[account]}_{word}", seq) for account, seq, words in rows for word in words.split()
    )


def test_no_word_of_an_account_is_one_of_another(api, database_url):
    """Account 1 and account 11 share no word in the index, whatever their notes say."""
    names = [f"reader-{n}" for n in range(1, 12)]
    for name in names:
        imported(api, highlight(f"1 11 1_1 tide 1tide 東京都 {name}"), account=name)
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        assert _indexed(connection) == _expected(connection)
        numbers = text("SELECT number FROM annotation_words_accounts ORDER BY number")
        assert connection.execute(numbers).scalars().all() == list(range(1, 12))
    for name in (names[0], names[10]):
        for query in ("1", "t", "tide", "1t", "東", "京都", '"1 tide"'):
            (quote,) = _found(api, query, account=name)
            assert quote.endswith(f" {name}")


@pytest.mark.parametrize(
    "hostile", ['" OR words : "tide', "1_", "1", "%", "'; --", "*", "a b", "東京"]
)
def test_an_account_may_be_called_anything(api, hostile):
    """What an account is called means nothing to the index: it finds its notes and no others."""
    imported(api, highlight("The tide of Ada."))
    assert _found(api, "tide", account=hostile) == []
    imported(api, highlight("Another tide."), account=hostile)
    assert (_found(api, "tide", account=hostile), _found(api, "tide")) == (
        ["Another tide."],
        ["The tide of Ada."],
    )


def test_a_rare_word_says_more_than_a_common_one(api):
    """What few of the account's notes have decides before what most of them have."""
    imported(
        api,
        highlight("the the the tide", page="1"),
        highlight("the tide tide tide", page="2"),
        *(highlight(f"the passage {n}", page=str(n)) for n in range(20)),
    )
    assert _found(api, "the tide") == ["the tide tide tide", "the the the tide"]


def test_a_short_note_says_it_more_plainly(api):
    """Of two notes with a word once, the shorter comes first."""
    imported(api, highlight("tide " + "and more " * 40), highlight("tide and more", page="2"))
    assert _found(api, "tide")[0] == "tide and more"


FIRST = (("insert", "ada", "tide tide"), ("insert", "ben", "tide"))
_words = st.text(alphabet="ab1_ ⑴½東京é", max_size=12).map(searchable)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.sampled_from(["ada", "ben"]), _words),
        st.tuples(st.just("update"), st.integers(1, 3), _words),
        st.tuples(st.just("move"), st.integers(1, 3), st.sampled_from(["ada", "ben"])),
        st.tuples(st.just("delete"), st.integers(1, 3)),
        st.tuples(st.just("forget"), st.sampled_from(["ada", "ben"])),
    ),
    max_size=15,
)


@given(steps=_steps)
def test_the_index_says_what_the_rows_say(sqlite_template, steps):
    """Whatever is written, changed and deleted, accounts too, the index has exactly that."""
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(sqlite_template, Path(folder) / "notes.db")
        database = Database(f"sqlite:///{path}", statement_seconds=10)
        with database.transaction("", writes=True) as connection:
            for number, step in enumerate((*FIRST, *steps)):
                _carry_out(connection, number, *step)
            connection.execute(text(CHECK))
            assert _indexed(connection) == _expected(connection)
        database.close()


def _carry_out(connection, number, kind, of, value=None):
    annotations = metadata.tables["annotations"]
    if kind == "insert":
        _open(connection, of)
        connection.execute(annotations.insert(), _row(of, f"ann_{number}", value))
    elif kind == "update":
        connection.execute(annotations.update().where(annotations.c.seq == of).values(words=value))
    elif kind == "move":
        _open(connection, value)
        mine = annotations.update().where(annotations.c.seq == of)
        connection.execute(mine.values(account=value))
    elif kind == "delete":
        connection.execute(annotations.delete().where(annotations.c.seq == of))
    else:
        accounts = metadata.tables["accounts"]
        connection.execute(accounts.delete().where(accounts.c.id == of))


def _open(connection, account):
    for name, row in (
        ("accounts", {"id": account, "created_at": ""}),
        ("publications", {
            "account": account, "id": "pub_1", "title": "", "folded": "", "citation": "",
            "publisher": "", "language": "", "imported_at": "",
        }),
    ):  # fmt: skip
        connection.execute(metadata.tables[name].insert().prefix_with("OR IGNORE"), row)


def _row(account, id_, words):
    empty = ("source", "motivation", "quote", "note", "colour", "style", "page", "fragment")
    return {
        **dict.fromkeys((*empty, "conforms_to", "imported_at", "changed_at"), ""),
        "account": account, "id": id_, "publication": "pub_1", "key": id_, "words": words,
        "tags": [], "headings": [], "truncated": False, "tags_edited": False,
    }  # fmt: skip


def test_an_index_that_says_something_else_would_be_found(api, database_url):
    """The check of the test above sees a word that no row has."""
    imported(api, highlight("tide"))
    with create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.execute(text("INSERT INTO annotation_words (rowid, words) VALUES (9, '1_ebb')"))
        with pytest.raises(DatabaseError):
            connection.execute(text(CHECK))
