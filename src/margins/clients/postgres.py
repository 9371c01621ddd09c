"""A PostgreSQL database shared by many processes, durable at every commit.

Source: https://www.psycopg.org/psycopg3/docs/
"""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from margins.errors import ConfigError, InputError, NoSpace, Unavailable

__all__ = ["Connection", "Database", "storable"]

Connection = psycopg.Connection[DictRow]

_MOST = 8
_PATIENCE = 10.0
_USUAL = {
    "application_name": "margins",
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    # Of several servers, the one that takes writes: after a failover another than before.
    "target_session_attrs": "read-write",
}
# What is weaker than "on" loses the last commits in a crash; what is stronger stays.
_PREPARE = """
    SELECT set_config('search_path', %s, false),
        set_config('statement_timeout', '30s', false),
        set_config('idle_in_transaction_session_timeout', '60s', false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)
"""


def storable(text: str) -> str:
    """Headers may decode to lone surrogates and NUL, which PostgreSQL cannot hold."""
    return (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )


@contextmanager
def _reporting(place: str) -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError:
        raise
    except psycopg.DataError as error:
        raise InputError(
            "The database cannot hold this.", place=place, remedy="Leave special characters out."
        ) from error
    except psycopg.errors.DiskFull as error:
        raise NoSpace(
            "There is no space left to write to.",
            place=place,
            remedy="Free some space; senders try again by themselves.",
        ) from error
    except psycopg.Error as error:
        # The first line alone: those that follow may quote what a row holds.
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise Unavailable(
            f"The database answered: {said}.",
            place=place,
            remedy="Check that it runs, and that the setting `database` names it rightly.",
        ) from error


def _is_quiet(connection: Connection) -> bool:
    """False when the server has said something since, which is how it says goodbye."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


class Database:
    """Connections, made when they are needed and kept, which threads take for a moment each.

    Args:
        url: `postgresql://user:password@host/name`, with any option of libpq.
        component: its tables live in the schema `margins_COMPONENT`, made where there is none.
        migrations: SQL scripts; number n brings version n to n + 1. Only ever appended to.

    Raises:
        ConfigError: the URL is none, or the tables were made by a newer Margins.
        Unavailable: it does not answer.
    """

    def __init__(self, url: str, *, component: str, migrations: Sequence[str]) -> None:
        try:
            named = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            raise ConfigError(
                "It is no URL of a PostgreSQL database.",
                place="database",
                remedy="Write postgresql://user:password@host/name.",
            ) from None
        self._options = _USUAL | {name: str(value) for name, value in named.items()}
        self._place = f"postgresql://{named.get('host', '')}/{named.get('dbname', '')}"
        self._schema = f"margins_{component}"
        self._idle: list[Connection] = []
        self._places = BoundedSemaphore(_MOST)
        self._closed = False
        self._migrate(migrations)

    def _open(self) -> Connection:
        connection = psycopg.connect(
            "", autocommit=True, row_factory=dict_row, **self._options  # type: ignore[arg-type]
        )  # fmt: skip
        connection.execute(_PREPARE, (self._schema,))
        return connection

    def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if _is_quiet(connection):
                return connection
            connection.close()
        return self._open()

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """A connection for one statement, which is durable when it has been carried out.

        Raises:
            psycopg.IntegrityError: nothing was changed: a constraint forbids it.
            InputError: nothing was changed: a text holds what PostgreSQL cannot.
            Unavailable: nothing was changed, unless the answer was what got lost.
        """
        with _reporting(self._place):
            if self._closed or not self._places.acquire(timeout=_PATIENCE):
                raise psycopg.OperationalError("no connection is free")
            try:
                connection = self._take()
                try:
                    yield connection
                finally:
                    # After an error the server may be another: the next one is asked afresh.
                    if connection.info.transaction_status is TransactionStatus.IDLE:
                        self._idle.append(connection)
                    else:
                        connection.close()
            finally:
                self._places.release()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction, which is durable when the block ends without an error.

        Raises:
            psycopg.IntegrityError, InputError, Unavailable: as `statement` does.
        """
        with self.statement() as connection, connection.transaction():
            yield connection

    def _version(self, connection: Connection) -> int:
        """Number of migrations carried out."""
        table = f"{self._schema}.schema_version"
        row = connection.execute("SELECT to_regclass(%s) AS made", (table,)).fetchone()
        if row is None or row["made"] is None:
            return 0
        row = connection.execute("SELECT version FROM schema_version").fetchone()
        return row["version"] if row else 0

    def _migrate(self, migrations: Sequence[str]) -> None:
        with self.statement() as connection:
            version = self._version(connection)
        if version == len(migrations):
            return
        with self.transaction() as connection:
            # Several may start at once; the others wait, and find it done.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (self._schema,))
            version = self._version(connection)
            if version > len(migrations):
                raise ConfigError(
                    f"{self._schema} has schema version {version}; this Margins knows versions "
                    f"up to {len(migrations)}.",
                    place=self._place,
                    remedy="Install the newer Margins that made it, or name another database.",
                )
            if version == 0:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
                connection.execute("CREATE TABLE schema_version (version integer NOT NULL)")
                connection.execute("INSERT INTO schema_version VALUES (0)")
            for script in migrations[version:]:
                connection.execute(script)
            connection.execute("UPDATE schema_version SET version = %s", (len(migrations),))

    def close(self) -> None:
        """Close the connections; every later use raises Unavailable."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
