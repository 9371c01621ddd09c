"""Moments as texts that sort: exports say some with an offset, most in the reader's own time."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["in_utc"]


class in_utc(FunctionElement[str]):  # noqa: N801 - it is called like any other SQL function
    """The moment of an ISO 8601 text in UTC, as a text; one without an offset is taken for UTC.

    Both sides of a comparison need it: how exact the text is differs between databases.
    """

    name = "in_utc"
    type = Text()
    inherit_cache = True


@compiles(in_utc, "sqlite")
def _for_sqlite(element: in_utc, compiler: SQLCompiler, **how: Any) -> str:
    said = compiler.process(element.clauses, **how)
    return f"strftime('%Y-%m-%dT%H:%M:%f', {said})"


@compiles(in_utc, "postgresql")
def _for_postgresql(element: in_utc, compiler: SQLCompiler, **how: Any) -> str:
    said = f"CAST({compiler.process(element.clauses, **how)} AS TEXT)"
    # A text without an offset would else be in the time zone of the session.
    zoned = f"{said} || CASE WHEN {said} ~ 'T.*[+-]' THEN '' ELSE '+00:00' END"
    moment = f"CAST({zoned} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
