"""Where notes go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from margins.annotation import Publication
from margins.plan import Plan, StoredNotebook

__all__ = ["Applied", "Sink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a sink did: numbers of annotations."""

    created: int
    updated: int
    unchanged: int


class Sink(Protocol):
    """A place that holds notes per account. A call costs few requests, however many the notes."""

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What is stored for each publication, in the order given; empty where it is not known.

        Raises:
            Unavailable, Refused
        """
        ...

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Apply all plans, all or nothing. The same key is applied once, however often it is sent.

        Raises:
            Unavailable: it may or may not have happened; ask again with the same key. Nothing
                happened when a plan was made at another revision than the present one.
            Refused: it has not happened and will not.
        """
        ...
