"""What every resolver is handed: who asks, in which transaction, within which limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from margins.api import reading
from margins.api.connections import Window, window
from margins.api.settings import Limits
from margins.api.tokens import Caller

__all__ = ["Call"]

Row = Mapping[str, Any]


@dataclass(slots=True)
class Call:
    """One request: who asks, in which transaction, within which limits."""

    caller: Caller
    connection: Connection
    limits: Limits
    _awaited: set[str] = field(default_factory=set)
    _publications: dict[str, Row] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.caller.account

    def window(self, arguments: Mapping[str, Any]) -> Window:
        return window(limit=self.limits.page, **arguments)

    def expect_publications(self, ids: Iterable[str]) -> None:
        """Note publications that may be asked for, to load them together when the first one is."""
        self._awaited.update(ids)

    def publication(self, id_: str) -> Row:
        if id_ not in self._publications:
            wanted = {id_, *self._awaited} - self._publications.keys()
            self._publications |= reading.load_publications(self.connection, self.account, wanted)
        return self._publications[id_]
