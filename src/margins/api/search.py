"""Full-text search: what is looked for, where, and what of a text to show.

Every word must occur, as the beginning of a word; words in double quotes must follow one another.
SQLite ranks by BM25, PostgreSQL by ts_rank.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    column,
    func,
    literal_column,
    select,
    table,
)

from margins.api.connections import Page, Window
from margins.api.tables import annotations
from margins.api.words import Word, words
from margins.errors import InputError

__all__ = ["Part", "Term", "find_annotations", "parse_query", "snippet"]

_CHUNKS = re.compile(r'"([^"]*)"|([^\s"]+)')
_LONGEST_QUERY = 500
_MOST_TERMS = 20
_FURTHEST = 10_000
_SNIPPET = 240
_BEFORE_MATCH = 60


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another; `open` when the last may go on."""

    words: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a snippet; `found` when it is what was looked for."""

    text: str
    found: bool


def _term(chunk: str, *, quoted: bool) -> Term | None:
    found = list(words(chunk))
    if not found:
        return None
    *before, last = found
    # The last character of an unspaced run stands alone in the index only where the run ends.
    if last.paired and before and before[-1].paired and before[-1].end == last.end:
        return Term(tuple(word.folded for word in before), open=False)
    single = last.paired and last.end - last.start == 1
    return Term(tuple(word.folded for word in found), open=single or not (quoted or last.paired))


def parse_query(query: str) -> tuple[Term, ...]:
    """What a person looks for.

    Raises:
        InputError: nothing that could be found, or too much of it.
    """
    if len(query) > _LONGEST_QUERY:
        raise InputError(f"A search has at most {_LONGEST_QUERY} characters.", place="query")
    chunks = ((c[1] or c[2] or "", c[2] is None) for c in _CHUNKS.finditer(query))
    terms = tuple(
        term for chunk, quoted in chunks if (term := _term(chunk, quoted=quoted)) is not None
    )
    if not 0 < len(terms) <= _MOST_TERMS:
        raise InputError(f"A search is for 1 to {_MOST_TERMS} words.", place="query")
    return terms


def _for_sqlite(account: str, terms: Sequence[Term]) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    asked = [quoted(" ".join(term.words)) + (" *" if term.open else "") for term in terms]
    return f"(account : {quoted(account)}) AND (words : ({' AND '.join(asked)}))"


def _for_postgresql(terms: Sequence[Term]) -> str:
    def quoted(word: str) -> str:
        return "'" + word.replace("\\", "").replace("'", "") + "'"

    return " & ".join(
        "(" + " <-> ".join(map(quoted, term.words)) + (":*" if term.open else "") + ")"
        for term in terms
    )


def _ranked(
    connection: Connection, query: Select[Any], account: str, terms: Sequence[Term]
) -> tuple[Select[Any], ColumnElement[Any]]:
    """The query narrowed to what matches, and the rank to sort by, best first."""
    if connection.dialect.name == "sqlite":
        index = table("annotation_words", column("rowid"))
        found = (
            select(index.c.rowid, literal_column("bm25(annotation_words, 0.0, 1.0)").label("rank"))
            .where(literal_column("annotation_words").op("MATCH")(_for_sqlite(account, terms)))
            .cte("found")
            # Else SQLite asks the index once for every note of the account.
            .prefix_with("MATERIALIZED")
        )
        return query.join(found, found.c.rowid == annotations.c.seq), found.c.rank
    simple: ColumnElement[Any] = literal_column("'pg_catalog.simple'::regconfig")
    vector = func.to_tsvector(simple, annotations.c.words)
    wanted = func.to_tsquery(simple, _for_postgresql(terms))
    return query.where(vector.op("@@")(wanted)), -func.ts_rank(vector, wanted)


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


def _hits(found: Sequence[Word], terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where in a text of these words the terms stand."""
    for at in range(len(found)):
        for term in terms:
            here = found[at : at + len(term.words)]
            if len(here) < len(term.words):
                continue
            same = all(w.folded == t for w, t in zip(here[:-1], term.words[:-1], strict=True))
            last, wanted = here[-1].folded, term.words[-1]
            if same and (last.startswith(wanted) if term.open else last == wanted):
                # A single character is looked for as the beginning of a pair.
                end = here[-1].end
                if here[-1].paired and len(wanted) < len(last):
                    end = here[-1].start + 1
                yield here[0].start, end


def snippet(text: str, terms: Sequence[Term]) -> list[Part]:
    """The text around the first match, in parts; empty when nothing matches."""
    hits = sorted(_hits(list(words(text)), terms))
    if not hits:
        return []
    first = max(0, hits[0][0] - _BEFORE_MATCH)
    last = min(len(text), first + _SNIPPET)
    parts = [Part("\u2026", found=False)] if first else []
    at = first
    for start, end in hits:
        if end <= at or start >= last:
            continue
        if start > at:
            parts.append(Part(text[at:start], found=False))
        parts.append(Part(text[max(start, at) : min(end, last)], found=True))
        at = end
    if at < last:
        parts.append(Part(text[at:last], found=False))
    return [*parts, Part("\u2026", found=False)] if last < len(text) else parts
