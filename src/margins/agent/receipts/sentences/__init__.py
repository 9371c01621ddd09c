"""What formats and reading say, in the reader's language; as it was said where it is not known.

The sentences are a fixed set, written in English where they arise. Each language has a table of
them beside this module, which is read when the first letter in that language is written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice

from margins.agent.receipts.words import WORDS, Words

__all__ = ["localise", "pattern"]

_LONGEST = 2000
_MOST = 20
"""Places a line is tried to be cut at: what a file says in it may hold any number."""

_SLOT = re.compile(r"\{(\w+)\}")
_END = re.compile(r"(?<=[.!?]) (?=\S)")
_INSIDE = " in "
_PACKED = "{name} in {place}"
_FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+\.\d+(?= MiB\b)")


_WORD, _SIZE = r"[\w.-]{1,40}", r"[\d.]{1,20}(?: MiB)?"
_HELD = {"number": _WORD, "column": _WORD, "size": _SIZE, "most": _SIZE}
_ANYTHING = ".{1,500}?"


def pattern(template: str) -> re.Pattern[str]:
    """What a sentence with slots such as "{limit}" looks like, a named group for each of them."""
    return re.compile(
        "".join(
            f"(?P<{part}>{_HELD.get(part, _ANYTHING)})" if n % 2 else re.escape(part)
            for n, part in enumerate(_SLOT.split(template))
        )
    )


_Templates = tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """One language.

    Attributes:
        plain: what holds no slots.
        filled: the other sentences, the closest first.
        places: what names a place, with a slot.
    """

    words: Words
    plain: Mapping[str, str]
    filled: _Templates
    places: _Templates

    def line(self, said: str) -> str:
        """ "place: sentences", or sentences alone."""
        at = said.find(": ")
        for _ in range(_MOST):
            if at < 0:
                break
            if (rest := self._sentences(said[at + 2 :])) is not None:
                return f"{self._place(said[:at])}{self.words.colon}{rest}"
            at = said.find(": ", at + 1)
        return self._sentences(said) or said

    def _sentences(self, said: str, most: int = 6) -> str | None:
        """One or several; None when one of them is not known."""
        if said in self.plain:
            return self.plain[said]
        for end in islice(_END.finditer(said), _MOST if most > 1 else 0):
            if (first := self._sentence(said[: end.start()])) is not None:
                rest = self._sentences(said[end.end() :], most - 1)
                if rest is not None:
                    return f"{first}{self.words.between}{rest}"
        # Last, since what is filled in could be another sentence.
        return self._sentence(said)

    def _sentence(self, said: str) -> str | None:
        if said in self.plain:
            return self.plain[said]
        found = _first(self.filled, said)
        return None if found is None else self._fill(*found)

    def _fill(self, wanted: str, held: Mapping[str, str]) -> str:
        return wanted.format_map(
            {
                n: self.plain.get(f"{n}: {value}") or self._figures(value)
                for n, value in held.items()
            }
        )

    def _figures(self, text: str) -> str:
        marks = {",": self.words.thousands, ".": self.words.decimal}
        return _FIGURE.sub(lambda found: "".join(marks.get(c, c) for c in found[0]), text)

    def _place(self, said: str) -> str:
        """Whatever an app or a file is called stays."""
        parts = said.split(", ")
        # The name of a file may hold a comma: the longest place that is known comes first.
        for most in range(min(len(parts), _MOST), 0, -1):
            whole = ", ".join(parts[:most])
            if (first := self._one_place(whole)) != whole:
                return self.words.comma.join([first, *map(self._one_place, parts[most:])])
        return self.words.comma.join(map(self._one_place, parts))

    def _one_place(self, said: str) -> str:
        name, inside, place = said.rpartition(_INSIDE)
        if inside and _PACKED in self.plain and (known := self._one_place(place)) != place:
            return self.plain[_PACKED].format(name=self._one_place(name), place=known)
        if said in self.plain:
            return self.plain[said]
        found = _first(self.places, said)
        return said if found is None else self._fill(*found)


def _first(templates: _Templates, said: str) -> tuple[str, dict[str, str]] | None:
    for known, wanted in templates:
        if found := known.fullmatch(said):
            return wanted, found.groupdict()
    return None


def _closeness(template: str) -> int:
    return len(_SLOT.sub("", template))


@cache
def _table(language: str) -> _Table:
    text = files("margins.agent.receipts.sentences").joinpath(f"{language}.toml").read_text("utf-8")
    known: dict[str, str] = tomllib.loads(text)
    held = sorted((k for k in known if "{" in k and k != _PACKED), key=_closeness, reverse=True)
    filled = [(each.endswith("."), pattern(each), known[each]) for each in held]
    return _Table(
        words=WORDS[language],
        plain={said: word for said, word in known.items() if "{" not in said or said == _PACKED},
        filled=tuple((looks, wanted) for ends, looks, wanted in filled if ends),
        places=tuple((looks, wanted) for ends, looks, wanted in filled if not ends),
    )


def localise(line: str, language: str) -> str:
    """Sentences, with the place before them if there is one, in this language.

    As they are when one of them is not of the set.
    """
    return line if len(line) > _LONGEST else _table(language).line(line)
