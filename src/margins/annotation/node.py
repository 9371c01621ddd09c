"""A JSON document of our own, read strictly: every error names the place of the value.

For what other people's exports say, `margins.text.tree` is the lenient counterpart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from margins.annotation.model import Motivation, Span
from margins.errors import FormatError

__all__ = ["Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document and where it stands, "@graph[0].first.items[3]".

    What is missing reads as empty. Every method raises FormatError when the value is of another
    type than asked for.
    """

    value: object
    place: str

    def __getitem__(self, term: str) -> Node:
        if not isinstance(self.value, dict):
            raise self.unlike("an object")
        return Node(self.value.get(term), f"{self.place}.{term}" if self.place else term)

    def __iter__(self) -> Iterator[Node]:
        if self.value is not None and not isinstance(self.value, list):
            raise self.unlike("an array")
        return (Node(v, f"{self.place}[{n}]") for n, v in enumerate(self.value or []))

    def unlike(self, wanted: str) -> FormatError:
        remedy = "Margins reads back the JSON-LD that it wrote itself."
        return FormatError(f"This is not {wanted}.", place=self.place, remedy=remedy)

    def text(self) -> str:
        if self.value is not None and not isinstance(self.value, str):
            raise self.unlike("text")
        return self.value or ""

    def whole(self) -> int | None:
        if isinstance(self.value, bool) or not isinstance(self.value, int | None):
            raise self.unlike("a whole number")
        return self.value

    def fraction(self) -> float | None:
        return float(self.value) if isinstance(self.value, float) else self.whole()

    def moment(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.text()) if self.value is not None else None
        except ValueError as error:
            raise self.unlike("a date and time (ISO 8601)") from error

    def motivation(self) -> Motivation:
        try:
            return Motivation(self.text())
        except ValueError as error:
            raise self.unlike("one of " + ", ".join(Motivation)) from error

    def span(self) -> Span:
        first, _, last = self.text().partition("-")
        try:
            return Span(int(first), int(last or first))
        except ValueError as error:
            raise self.unlike("a range of locations") from error
