"""The ledger of the service under test, looked at from outside; its server may crash."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg
from postgresql import Cluster

from margins.ledger import DUE
from margins.ledger.postgres import PostgresLedger
from margins.ledger.sqlite import SqliteLedger
from margins.ports import Entry

_IS_DUE = f"status IN ({', '.join(map(repr, map(str, DUE)))})"
_ALL = 1_000_000


class Inbox(Protocol):
    """One ledger.

    Attributes:
        settings: with which the service keeps it there.
        crashes: how often it crashed.
    """

    settings: dict[str, str]
    crashes: int

    def waiting(self) -> int:
        """Mails that have not ended."""
        ...

    def entries(self) -> list[Entry]:
        """All rows."""
        ...

    def crash(self) -> None:
        """Die and come back, where there is something that lives beside the service."""
        ...


class Files:
    """SQLite, which dies with the service."""

    def __init__(self, data: Path) -> None:
        self.settings: dict[str, str] = {}
        self.crashes = 0
        self._path = data / "ledger.db"

    def waiting(self) -> int:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as ledger:
            return ledger.execute(f"SELECT count(*) FROM mail WHERE {_IS_DUE}").fetchone()[0]

    def entries(self) -> list[Entry]:
        with closing(SqliteLedger(self._path)) as ledger:
            return list(ledger.entries(limit=_ALL))

    def crash(self) -> None:
        """Nothing beside the service lives."""


class Server:
    """PostgreSQL, which holds ledger, senders and notes, and crashes on its own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._url = cluster.url.replace("+psycopg", "")
        self.settings = {"MARGINS_DATABASE": self._url}
        self.crashes = 0

    def waiting(self) -> int:
        with psycopg.connect(self._url) as server:
            (count,) = server.execute(f"SELECT count(*) FROM margins_ledger.mail WHERE {_IS_DUE}")
            return count[0]

    def entries(self) -> list[Entry]:
        with closing(PostgresLedger(self._url)) as ledger:
            return list(ledger.entries(limit=_ALL))

    def crash(self) -> None:
        self._cluster.crash()
        self.crashes += 1
