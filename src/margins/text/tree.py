"""JSON read with care: bounded depth, errors that name a place, and values of the type expected.

An export is somebody else's data, so a field may be missing or of any type; the small functions
below say what is wanted and give the empty value otherwise.
"""

from __future__ import annotations

import json
import re

from margins.errors import FormatError

__all__ = ["array", "head", "load", "number", "record", "string", "whole"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_MAX_HEAD = 64 * 1024
_MAX_DEPTH = 64
_SURROGATES = re.compile("[\ud800-\udfff\0]")


def load(text: str, place: str) -> object:
    """The value of the document.

    Raises:
        FormatError: it is not JSON, or nested too deeply.
    """
    try:
        value: object = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"This is not complete JSON: {error.msg}.",
            place=f"{place}, line {error.lineno} column {error.colno}",
            remedy="Export it again and send the whole file.",
        ) from error
    except (RecursionError, ValueError) as error:
        raise FormatError(
            "The JSON is nested too deeply or holds a number too long to be an export.",
            place=place,
            remedy="Export it again from the app.",
        ) from error
    return value


def head(text: str) -> object:
    """What the beginning of a JSON document says: as much as is complete within 64 KiB.

    Whatever is cut off at the end, or broken from some place on, is left out. None when it does not
    begin like JSON; never raises.
    """
    text = text[:_MAX_HEAD].lstrip("\ufeff")
    if text.lstrip()[:1] not in ("{", "["):
        return None
    if (complete := _parsed(text)) is not None:
        return complete
    open_ends: list[str] = []
    cut, closing = 0, ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            open_ends.append("}" if sign == "{" else "]")
            cut, closing = token.end(), "".join(reversed(open_ends))
        elif sign in "}]" and open_ends:
            open_ends.pop()
        elif sign == ",":
            cut, closing = token.start(), "".join(reversed(open_ends))
        if len(open_ends) > _MAX_DEPTH:
            break
    return _parsed(text[:cut] + closing)


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def record(value: object) -> dict[str, object]:
    """The object, or {} when it is not one."""
    return value if isinstance(value, dict) else {}


def array(value: object) -> list[object]:
    """The array, or [] when it is not one."""
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """The text, trimmed; whole numbers as digits; "" otherwise. Lone surrogates become U+FFFD."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _SURROGATES.sub("\ufffd", str(value)).strip()


def number(value: object) -> float | None:
    """The number, or None; true and false are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e15 < value < 1e15 else None


def whole(value: object) -> int | None:
    """The number when it is whole and not negative, or None."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None
