"""Full-text search in the database: which of an account's notes match, the best first.

SQLite ranks by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, s3.4)
over the account's own notes, PostgreSQL by ts_rank. Neither knows of the notes of others.
"""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)

from margins.api.connections import Page, Window
from margins.api.search import Term
from margins.api.tables import annotations
from margins.errors import InputError

__all__ = ["find_annotations"]

_FURTHEST = 10_000
_SATURATION, _LENGTH_COUNTS = 1.2, 0.75  # k1 and b, as FTS5 and most others have them
_USUAL_LENGTH = 250  # characters of words in a note; that of all notes would have to be counted

_accounts = table("annotation_words_accounts", column("number"), column("account_id"))
_index = table("annotation_words", column("rowid"))


def _matching(asked: str) -> Select[Any]:
    return select(_index.c.rowid).where(literal_column("annotation_words").op("MATCH")(asked))


def _for_sqlite(account: int, term: Term) -> str:
    """The term in the account's own vocabulary: see migrations.versions.vocabularies."""
    marked = " ".join(f"{account}_{word}" for word in term.words).replace('"', '""')
    return f'"{marked}"' + (" *" if term.open else "")


def _weights(connection: Connection, account: str, asked: Sequence[str]) -> list[float]:
    """How much each term says: the fewer of the account's notes have it, the more."""
    if len(asked) == 1:
        return [1.0]

    def count(query: Select[Any]) -> int:
        return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    notes = count(select(annotations.c.id).where(annotations.c.account == account))
    having = (count(_matching(term)) for term in asked)
    return [math.log(1 + (notes - n + 0.5) / (n + 0.5)) for n in having]


def _bm25(terms: Sequence[Term], weights: Sequence[float]) -> ColumnElement[Any]:
    """The less, the better: what the note lacks of the most that these terms could bring."""
    told = literal(" ") + annotations.c.words + literal(" ")
    length = func.length(annotations.c.words) / float(_USUAL_LENGTH)
    slack = _SATURATION * (1 - _LENGTH_COUNTS + _LENGTH_COUNTS * length)
    lacking: ColumnElement[Any] = literal(0.0)
    for term, weight in zip(terms, weights, strict=True):
        sought = " " + " ".join(term.words) + ("" if term.open else " ")
        without = func.replace(told, sought, "")
        times = (func.length(told) - func.length(without)) / float(len(sought))
        lacking += weight * slack / (times + slack)
    return lacking


def _in_sqlite(
    connection: Connection, query: Select[Any], account: str, terms: Sequence[Term]
) -> tuple[Select[Any], ColumnElement[Any]]:
    known = select(_accounts.c.number).where(_accounts.c.account_id == account)
    number = connection.execute(known).scalar() or 0  # which is nobody's
    asked = [_for_sqlite(number, term) for term in terms]
    # Else SQLite asks the index once for every note of the account.
    found = _matching(" AND ".join(asked)).cte("found").prefix_with("MATERIALIZED")
    narrowed = query.join(found, found.c.rowid == annotations.c.seq)
    return narrowed, _bm25(terms, _weights(connection, account, asked))


def _for_postgresql(terms: Sequence[Term]) -> str:
    def quoted(word: str) -> str:
        return "'" + word.replace("\\", "").replace("'", "") + "'"

    return " & ".join(
        "(" + " <-> ".join(map(quoted, term.words)) + (":*" if term.open else "") + ")"
        for term in terms
    )


def _in_postgresql(
    query: Select[Any], terms: Sequence[Term]
) -> tuple[Select[Any], ColumnElement[Any]]:
    simple: ColumnElement[Any] = literal_column("'pg_catalog.simple'::regconfig")
    vector: ColumnElement[Any] = literal_column("annotations.lexemes")
    wanted = func.to_tsquery(simple, _for_postgresql(terms))
    return query.where(vector.op("@@")(wanted)), -func.ts_rank(vector, wanted)


def _ranked(
    connection: Connection, query: Select[Any], account: str, terms: Sequence[Term]
) -> tuple[Select[Any], ColumnElement[Any]]:
    """The query narrowed to what matches, and the rank to sort by, best first."""
    if connection.dialect.name == "sqlite":
        return _in_sqlite(connection, query, account, terms)
    return _in_postgresql(query, terms)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        (offset,) = json.loads(urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError("This is not a cursor of a search.", place="after") from error
    if not isinstance(offset, int) or not 0 <= offset <= _FURTHEST:
        raise InputError(f"A search goes no further than {_FURTHEST} results.", place="after")
    return offset


def find_annotations(
    connection: Connection, query: Select[Any], account: str, terms: Sequence[Term], page: Window
) -> Page:
    """The best matches among the rows of the query.

    Raises:
        InputError: the cursor is none, or too far, or the page is asked for backward.
    """
    if page.backward:
        raise InputError("A search is paged forward only.", place="last, before")
    start = _offset(page.cursor)
    narrowed, rank = _ranked(connection, query, account, terms)
    ordered = narrowed.order_by(rank, annotations.c.seq).offset(start).limit(page.size + 1)
    rows = [dict(row) for row in connection.execute(ordered).mappings()]
    nodes = rows[: page.size]
    ends = range(start + 1, start + 1 + len(nodes))
    return Page(
        nodes=nodes,
        cursors=[urlsafe_b64encode(json.dumps([end]).encode()).decode() for end in ends],
        has_next=len(rows) > page.size,
        has_previous=start > 0,
        count=lambda: connection.execute(
            select(func.count()).select_from(narrowed.subquery())
        ).scalar_one(),
    )
