"""What a reader sees of a file, letter by letter, and where in the source each letter stands.

HTML tags, JSON keys and escapes are how a file is written; what remains is what it says. Only
letters and digits are kept, since apps wrap, trim and punctuate the same text in many ways.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape

__all__ = ["Projection", "letters_of", "project"]

_HTML = re.compile(r"<!--.*?(?:-->|\Z)|<[/!?]?[A-Za-z][^<>]*>|&#?\w{1,31};", re.DOTALL)
_STYLE = re.compile(r"<(style|script)\b.*?</\1", re.DOTALL | re.IGNORECASE)
_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"(?=\s*:)|\\u[0-9A-Fa-f]{4}|\\.|&#?\w{1,31};', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Projection:
    """The letters and digits that a reader sees.

    Attributes:
        letters: all of them in a row.
        spans: where each stands in the source.
        begins: True where something other than a letter or digit stands before it.
    """

    letters: str
    spans: list[tuple[int, int]]
    begins: list[bool]

    def is_whole(self, start: int, end: int) -> bool:
        """True when the stretch begins and ends where words do."""
        return self.begins[start] and (end == len(self.letters) or self.begins[end])


def letters_of(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _is_json(source: str) -> bool:
    try:
        json.loads(source.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return True


def _escapes(source: str) -> list[tuple[int, int, str]]:
    """Stretches of the source that are not what they look like, with what they stand for."""
    if _is_json(source):
        found = [(m, _json_value(m[0])) for m in _JSON.finditer(source)]
    elif "</" in source:
        hidden = [(m.start(), m.end(), "\n") for m in _STYLE.finditer(source)]
        outside = [
            (m.start(), m.end(), _html_value(m[0]))
            for m in _HTML.finditer(source)
            if not any(start <= m.start() < end for start, end, _ in hidden)
        ]
        return sorted(hidden + outside)
    else:
        return []
    return [(m.start(), m.end(), value) for m, value in found]


def _json_value(written: str) -> str:
    if written.startswith("\\u"):
        return chr(int(written.removeprefix("\\u"), base=16))
    return unescape(written) if written.startswith("&") else "\n"


def _html_value(written: str) -> str:
    if written.startswith("&"):
        return unescape(written)
    inline = re.match(r"</?(?:a|b|i|u|em|strong|span|font|wbr|mark)\b", written, re.IGNORECASE)
    return "" if inline else "\n"


def project(source: str) -> Projection:
    """The projection of a text, HTML, CSV or JSON file."""
    letters, spans, begins = [], [], []
    gap, position = True, 0
    for start, end, value in [*_escapes(source), (len(source), len(source), "")]:
        pieces = [(c, n, n + 1) for n, c in enumerate(source[position:start], position)]
        if len(value) == 1:
            pieces.append((value, start, end))
        elif value:
            pieces.append((" ", start, end))
        for character, begin, finish in pieces:
            if character.isalnum():
                letters.append(character)
                spans.append((begin, finish))
                begins.append(gap)
            gap = not character.isalnum()
        position = end
    return Projection("".join(letters), spans, begins)
