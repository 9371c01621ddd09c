"""Templates to pages: everything is escaped, and times and sizes are written the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

__all__ = ["Pages", "printable"]

# Controls, halves of characters, and what makes text run backwards: a subject can hold any of it.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")


def printable(value: object) -> object:
    """A text with a mark in the place of what cannot be shown; anything else as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNPRINTABLE.sub("\ufffd", value)
    return value


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _iso(seconds: float) -> str:
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(seconds: float) -> str:
    return f"{_moment(seconds):%-d %b %Y}"


def _clock(seconds: float) -> str:
    return f"{_moment(seconds):%H:%M}"


def _size(count: int) -> str:
    """Bytes, as people say them."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _clip(text: str, limit: int = 400) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class Pages:
    """The templates of the console.

    Args:
        common: values that every template may use.
    """

    def __init__(self, common: Mapping[str, object]) -> None:
        self._environment = Environment(
            loader=PackageLoader("margins.console"),
            autoescape=True,
            finalize=printable,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(common)
        self._environment.filters.update(
            iso=_iso, day=_day, clock=_clock, size=_size, plural=_plural, clip=_clip
        )

    def page(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """The page a template makes of these values."""
        return HTMLResponse(self._environment.get_template(template).render(values), status)
