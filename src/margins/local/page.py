"""Logs, metrics and traces of `margins local` as a page, in the looks of the console.

Written on the server and complete without JavaScript; htmx only refreshes it. Everything the
functions say is escaped, and the port is one of loopback.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from margins.console.guard import Guard
from margins.console.pages import printable
from margins.local.metrics import BUCKETS, SECONDS, Series, polyline
from margins.local.records import LEVELS, Record
from margins.local.telemetry import Telemetry, Wanted
from margins.local.traces import Row, Trace

__all__ = ["create_app"]

_SHOWN, _SENT = 300, 2000
_LONGEST = 200
_SPARK = (120.0, 24.0)


def _wanted(request: Request) -> Wanted:
    """The choice in the query.

    Raises:
        HTTPException: it is none.
    """
    asked = {k: v.strip()[:_LONGEST] for k, v in request.query_params.items()}
    level, after = asked.get("level", ""), asked.get("after") or "0"
    if level not in ("", *LEVELS) or not (after.isascii() and after.isdigit() and len(after) < 16):
        raise HTTPException(400, "There is no such choice.")
    names = ("function", "mail", "request")
    return Wanted(after=int(after), level=level, **{n: asked.get(n, "") for n in names})


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{int(seconds % 1 * 1000):03}"


def _duration(seconds: float) -> str:
    """As people say it: 4.2 ms, 310 ms, 2.1 s."""
    milliseconds = seconds * 1000
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{seconds:.1f} s"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _name(function: str) -> str:
    """`gate` for GateFunction."""
    short = function.removesuffix("Function")
    return short.lower() if short and short != function else function


def _clip(text: str, limit: int = 2000) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def _quoted(said: str | Mapping[str, str]) -> str:
    """A part of a URL, or its query; half a character becomes a question mark."""
    if isinstance(said, str):
        return quote(said, safe="", errors="replace")
    return urlencode(said, errors="replace")


def _measured(value: float, unit: str) -> str:
    return _duration(value / 1000) if unit == "Milliseconds" else _number(value)


def _total(series: Series) -> str:
    """Nothing for what is measured rather than counted."""
    return "" if series.averaged else _number(series.total)


_FILTERS: dict[str, Callable[..., str]] = {
    "clock": _clock,
    "duration": _duration,
    "number": _number,
    "name": _name,
    "clip": _clip,
    "measured": _measured,
    "total": _total,
    "after": str.removeprefix,
    "urlencode": _quoted,
}
_UNCHANGED = Response(
    status_code=204
)  # htmx leaves what is on the page, and what is selected in it


class _Pages:
    """The pages."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._environment = Environment(
            loader=PackageLoader("margins.local"),
            autoescape=True,
            finalize=printable,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(_FILTERS)
        self._environment.globals.update(spark=_spark, share=_share, moments=_moments, width=_width)

    def _page(self, template: str, *, status: int = 200, **values: object) -> Response:
        return HTMLResponse(self._environment.get_template(template).render(values), status)

    def logs(self, request: Request) -> Response:
        """Records, the newest first, with the choice of function, level and mail."""
        wanted = _wanted(request)
        found = self._telemetry.records(wanted)
        seen = str(found[-1].number if found else 0)
        if request.query_params.get("seen") == seen:
            return _UNCHANGED
        asked = {n: getattr(wanted, n) for n in ("function", "level", "mail", "request")}
        return self._page(
            "logs.html",
            here="Logs",
            wanted=wanted,
            choice={name: value for name, value in asked.items() if value},
            paused="paused" in request.query_params,
            seen=seen,
            functions=self._telemetry.functions(),
            levels=LEVELS[1:4],
            records=found[: -_SHOWN - 1 : -1],
            count=len(found),
        )

    def metrics(self, _request: Request) -> Response:
        """Every metric, with its last ten minutes."""
        series = self._telemetry.series()
        minutes = BUCKETS * SECONDS // 60
        return self._page(
            "metrics.html", here="Metrics", series=series, now=time.time(), minutes=minutes
        )

    def traces(self, request: Request) -> Response:
        """Every invocation, the newest first."""
        found = self._telemetry.traces()[:_SHOWN]
        seen = found[0].id if found else "none"
        if request.query_params.get("seen") == seen:
            return _UNCHANGED
        longest = max((trace.seconds for trace in found), default=0.0)
        return self._page("traces.html", here="Traces", traces=found, longest=longest, seen=seen)

    def trace(self, request: Request) -> Response:
        """One invocation as a waterfall, with its log."""
        id_ = request.path_params["id"]
        found = self._telemetry.find_trace(id_=id_, request=id_)
        if found is None:
            raise HTTPException(404, "There is no such trace; only the newest are kept.")
        records = [
            record
            for record in self._telemetry.records(Wanted(request=found.request))
            if record.kind != "trace"
        ]
        return self._page(
            "trace.html",
            here="Traces",
            paused=True,  # it is complete
            trace=found,
            rows=found.rows()[:_SHOWN],
            records=records[:_SHOWN],
        )

    def lines(self, request: Request) -> Response:
        """Records as JSON, one on a line, the oldest first: for `margins local logs`."""
        wanted = _wanted(request)
        found = self._telemetry.records(wanted)
        chosen = found[:_SENT] if wanted.after else found[-_SENT:]
        body = "".join(json.dumps(_told(record)) + "\n" for record in chosen)
        return Response(body, media_type="application/x-ndjson")

    def error(self, _request: Request, error: Exception) -> Response:
        """A sentence."""
        assert isinstance(error, HTTPException)
        return PlainTextResponse(f"{error.detail}\n", error.status_code)


def _told(record: Record) -> dict[str, object]:
    names = ("number", "at", "function", "stream", "request", "line")
    return {name: getattr(record, name) for name in names}


def _spark(series: Series, now: float) -> Markup:
    """A sparkline; nothing in it is anybody's text."""
    width, height = _SPARK
    points = polyline(series.drawn(now), width=width, height=height - 2)
    return Markup(  # noqa: S704  numbers only
        f'<svg class="spark" viewBox="0 -1 {width:g} {height:g}" aria-hidden="true">'
        f'<polygon points="0,{height - 2:g} {points} {width:g},{height - 2:g}"/>'
        f'<polyline points="{points}"/></svg>'
    )


def _share(part: float, whole: float) -> str:
    """A part in thousandths of the whole, for an SVG that is 1000 wide."""
    return f"{min(max(part / whole, 0.0), 1.0) * 1000:.1f}" if whole > 0 else "0"


def _width(row: Row, trace: Trace) -> str:
    """Of a bar: what is short is seen all the same."""
    return _share(max(row.seconds, trace.seconds * 0.003), trace.seconds)


def _moments(trace: Trace) -> list[float]:
    """Five moments from its beginning to its end."""
    return [trace.seconds * i / 4 for i in range(5)]


def create_app(telemetry: Telemetry) -> ASGIApp:
    """The page as a web application, guarded as the console is."""
    pages = _Pages(telemetry)
    app = Starlette(
        routes=[
            Route("/", pages.logs),
            Route("/metrics", pages.metrics),
            Route("/traces", pages.traces),
            Route("/traces/{id}", pages.trace),
            Route("/lines", pages.lines),
            Mount("/static/local", StaticFiles(packages=[("margins.local", "static")])),
            Mount("/static", StaticFiles(packages=[("margins.console", "static")])),
        ],
        exception_handlers={HTTPException: pages.error},
    )
    return Guard(app, names=(), password=None)
