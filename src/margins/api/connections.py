"""Pages of a list, as Relay asks for them: https://relay.dev/graphql/connections.htm

A cursor is the sort values of its row, so that a page neither repeats nor skips anything when rows
come and go in between.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from margins.errors import InputError

__all__ = ["DEFAULT_PAGE", "Order", "Page", "Window", "paginate", "window"]

DEFAULT_PAGE = 20
_LONGEST_CURSOR = 2_000
_GREATEST = 2**63 - 1  # that a database can compare

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key; never null. The last of several must be unique."""

    column: ColumnElement[Any]
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which page is asked for: `size` rows after one cursor or, backward, before one."""

    size: int
    cursor: str | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A connection. The total is counted only when asked for."""

    nodes: Sequence[Row]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    count: Callable[[], int]

    @property
    def edges(self) -> list[Row]:
        return [
            {"cursor": cursor, "node": node}
            for cursor, node in zip(self.cursors, self.nodes, strict=True)
        ]

    @property
    def page_info(self) -> Row:
        return {
            "has_next_page": self.has_next,
            "has_previous_page": self.has_previous,
            "start_cursor": self.cursors[0] if self.cursors else None,
            "end_cursor": self.cursors[-1] if self.cursors else None,
        }

    def total_count(self, _info: object) -> int:
        return self.count()


def window(
    *,
    limit: int,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """The page that Relay's four arguments describe.

    Raises:
        InputError: more than `limit`, fewer than none, or both directions at once.
    """
    backward = last is not None or before is not None
    if backward and (first is not None or after is not None):
        raise InputError("Page either forward (first, after) or backward (last, before).")
    size = last if backward else first
    size = DEFAULT_PAGE if size is None else size
    if not 0 <= size <= limit:
        raise InputError(f"A page has 0 to {limit} items.", place="last" if backward else "first")
    return Window(size=size, cursor=before if backward else after, backward=backward)


def _cursor(values: Sequence[Any]) -> str:
    text = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode()


def _values(cursor: str, orders: Sequence[Order]) -> list[Any]:
    wrong = InputError("This is not a cursor of this list.", place="after, before")
    if len(cursor) > _LONGEST_CURSOR:
        raise wrong
    try:
        values = json.loads(urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(values, list) or len(values) != len(orders):
        raise wrong
    for value, order in zip(values, orders, strict=True):
        if isinstance(value, bool) or not isinstance(value, order.column.type.python_type):
            raise wrong
        if isinstance(value, int) and abs(value) > _GREATEST:
            raise wrong
    return values


def _beyond(orders: Sequence[Order], values: Sequence[Any], backward: bool) -> ColumnElement[bool]:
    """Rows that sort after (backward: before) these values."""
    steps: list[ColumnElement[bool]] = []
    for at, (order, value) in enumerate(zip(orders, values, strict=True)):
        ties = [o.column == v for o, v in zip(orders[:at], values[:at], strict=True)]
        smaller = order.descending != backward
        steps.append(and_(*ties, order.column < value if smaller else order.column > value))
    return or_(*steps)


def paginate(
    connection: Connection, query: Select[Any], orders: Sequence[Order], wanted: Window
) -> Page:
    """One page of the query's rows."""
    keys = [order.column.label(f"sort_{at}") for at, order in enumerate(orders)]
    paged = query.add_columns(*keys).limit(wanted.size + 1)
    if wanted.cursor is not None:
        values = _values(wanted.cursor, orders)
        paged = paged.where(_beyond(orders, values, wanted.backward))
    for order in orders:
        down = order.descending != wanted.backward
        paged = paged.order_by(order.column.desc() if down else order.column.asc())
    rows = [dict(row) for row in connection.execute(paged).mappings()]
    more = len(rows) > wanted.size
    rows = rows[: wanted.size]
    if wanted.backward:
        rows.reverse()
    return Page(
        nodes=rows,
        cursors=[_cursor([row.pop(key.name) for key in keys]) for row in rows],
        has_next=wanted.cursor is not None if wanted.backward else more,
        has_previous=more if wanted.backward else wanted.cursor is not None,
        count=lambda: connection.execute(
            select(func.count()).select_from(query.order_by(None).subquery())
        ).scalar_one(),
    )
