"""Lua table literals, as programs save their settings in: read, never run.

Only data is accepted: nested tables, strings, numbers, booleans, nil and comments. A call, an
operator or a variable is an error. Linear in the length of the source; depth and number of values
are bounded.

Source: https://www.lua.org/manual/5.4/manual.html#3.1 (lexical conventions), #3.4.9 (constructors)
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from margins.errors import FormatError

__all__ = ["MAX_DEPTH", "MAX_VALUES", "Key", "Table", "Value", "ordered", "read_table"]

Key = str | int | float
Value: TypeAlias = "str | int | float | bool | Table | None"
Table = dict[Key, Value]

MAX_DEPTH = 32
MAX_VALUES = 500_000

_BLANK = re.compile(r"[ \t\r\n\f\v]++")
_COMMENT = re.compile(r"--(?!\[=*+\[)[^\n]*+")
_LONG = re.compile(r"\[(=*+)\[\r?\n?")
_INSIDE = r"\\(?:\r\n|z\s*+|(?s:.))"
_QUOTED = re.compile(rf'"((?:[^"\\\n]++|{_INSIDE})*+)"|\'((?:[^\'\\\n]++|{_INSIDE})*+)\'')
_NUMBER = re.compile(
    r"-?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}(?:\.[a-z]{1,10})?")
_BYTES = re.compile(r"(?:\\(?:[0-9]{1,3}|x[0-9a-fA-F]{2}))+")
_BYTE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-9]{1,3}))")
_ESCAPE = re.compile(r"\\(?:z\s*+|u\{([0-9a-fA-F]{1,6})\}|(\r\n|(?s:.)))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_LETTERS |= {"\r\n": "\n", "\r": "\n"}
_WORDS: dict[str, Value] = {
    "true": True,
    "false": False,
    "nil": None,
    "math.huge": math.inf,
    "inf": math.inf,
    "nan": math.nan,
}


def _escaped_bytes(found: re.Match[str]) -> str:
    # Lua strings are bytes, so "\195\169" is one letter: the run has to be decoded as a whole.
    codes = [int(m[1], 16) if m[1] else int(m[2]) for m in _BYTE.finditer(found[0])]
    return bytes(min(code, 255) for code in codes).decode("utf-8", "replace").replace("\\", "\\\\")


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1], 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return _LETTERS.get(found[2], found[2]) if found[2] else ""


def _unescape(body: str) -> str:
    if "\\" not in body:
        return body
    pieces = re.split(r"(\\\\)", body)
    joined = "".join(p if p == "\\\\" else _BYTES.sub(_escaped_bytes, p) for p in pieces)
    return _ESCAPE.sub(_escape, joined)


class _Reader:
    def __init__(self, source: str, place: str) -> None:
        self.source = source
        self.place = place
        self.at = 0
        self.values = 0

    def error(self, what: str) -> FormatError:
        line = f"line {self.source.count(chr(10), 0, self.at) + 1}"
        return FormatError(
            what,
            place=f"{self.place}, {line}" if self.place else line,
            remedy="Send the file exactly as the app saved it.",
        )

    def skip(self) -> None:
        """Passes blanks and comments."""
        while True:
            start = self.at
            for pattern in (_BLANK, _COMMENT):
                if found := pattern.match(self.source, self.at):
                    self.at = found.end()
            if self.source.startswith("--[", self.at) and _LONG.match(self.source, self.at + 2):
                self.at += 2
                self.long()
            if self.at == start:
                return

    def take(self, sign: str) -> bool:
        self.skip()
        if self.source.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def long(self) -> str | None:
        """A string in long brackets, or None when none starts here."""
        if (opening := _LONG.match(self.source, self.at)) is None:
            return None
        end = self.source.find(f"]{opening[1]}]", opening.end())
        if end < 0:
            raise self.error("A long bracket is never closed.")
        self.at = end + len(opening[1]) + 2
        return self.source[opening.end() : end]

    def value(self, depth: int) -> Value:
        self.skip()
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.error(f"The table holds more than {MAX_VALUES} values.")
        if self.source.startswith("{", self.at):
            return self.table(depth + 1)
        if found := _QUOTED.match(self.source, self.at):
            self.at = found.end()
            return _unescape(found[1] if found[1] is not None else found[2])
        if (text := self.long()) is not None:
            return text
        if found := _NUMBER.match(self.source, self.at):
            self.at = found.end()
            return _number(found[0])
        return self.word()

    def word(self) -> Value:
        start = self.at
        negative = self.take("-")
        found = _NAME.match(self.source, self.at)
        if found is None or found[0] not in _WORDS:
            self.at = start
            raise self.error("A value was expected: a table, a text, a number, true, false or nil.")
        self.at = found.end()
        value = _WORDS[found[0]]
        return -value if negative and isinstance(value, float) else value

    def key(self, depth: int) -> Key | None:
        """The key before "=", or None when the field has no key."""
        start = self.at
        if self.source.startswith("[", start) and not _LONG.match(self.source, start):
            self.at += 1
            key = self.value(depth)
            if isinstance(key, bool) or not isinstance(key, Key):
                raise self.error("A key has to be a text or a number.")
            if not self.take("]") or not self.take("="):
                raise self.error("A key in brackets has to be followed by a value.")
            return key
        if found := _NAME.match(self.source, start):
            self.at = found.end()
            if self.take("=") and "." not in found[0]:
                return found[0]
            self.at = start
        return None

    def table(self, depth: int) -> Table:
        if depth > MAX_DEPTH:
            raise self.error(f"Tables are nested deeper than {MAX_DEPTH} levels.")
        self.at += 1
        table: Table = {}
        position = 1
        while not self.take("}"):
            key = self.key(depth)
            if key is None:
                table[position] = self.value(depth)
                position += 1
            else:
                table[key] = self.value(depth)
            if not self.take(",") and not self.take(";"):
                if self.take("}"):
                    break
                raise self.error("A comma or a closing brace was expected.")
        return table


def _number(digits: str) -> int | float:
    if "x" in digits.lower():
        return int(digits, 16)
    # Longer whole numbers do not fit the integers of Lua either.
    if digits.lstrip("-").isdigit() and len(digits) <= 18:
        return int(digits)
    return float(digits)


def read_table(source: str, *, place: str = "") -> Table:
    """The table of `return { ... }`, or of a bare `{ ... }`; nothing may follow it.

    Keys are as in Lua: positions count from 1. See `ordered` for the array part.

    Args:
        place: of the source, for the messages of errors.

    Raises:
        FormatError: not a table literal, too deep or too large; names the line.
    """
    reader = _Reader(source, place)
    reader.take("return")
    reader.skip()
    if not source.startswith("{", reader.at):
        raise reader.error("A table was expected.")
    table = reader.table(1)
    reader.skip()
    if reader.at != len(source):
        raise reader.error("Something follows the table.")
    return table


def ordered(table: Table) -> list[tuple[Key, Value]]:
    """Its fields: those at whole numbers first, in order, then the others as they stand."""

    def rank(field: tuple[Key, Value]) -> tuple[bool, int]:
        key = field[0]
        return (False, key) if isinstance(key, int) else (True, 0)

    return sorted(table.items(), key=rank)
