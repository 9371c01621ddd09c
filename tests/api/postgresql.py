"""A throw-away PostgreSQL cluster, without network, owned by a role that cannot bypass anything."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
ROLE = "margins"


def _binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    for place in _PLACES:
        for found_at in sorted(Path(place).glob("*/bin/initdb"), reverse=True):
            return found_at.parent
    return None


@dataclass(frozen=True)
class Cluster:
    """One that runs.

    Attributes:
        url: for SQLAlchemy, of an empty database.
        crash: it dies as in a crash of its machine, and is started again.
    """

    url: str
    crash: Callable[[], None]


@contextmanager
def cluster() -> Iterator[str]:
    """A SQLAlchemy URL of an empty database; skips where PostgreSQL is not installed."""
    with running() as it:
        yield it.url


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster of its own; skips where PostgreSQL is not installed."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user: str | None = None
    if os.geteuid() == 0:  # the server refuses to run as root
        user = "postgres"
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [binaries / program, *arguments],
            user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
    start = ("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options)

    def crash() -> None:
        run(*start, "-m", "immediate", "restart")

    try:
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        run(*start, "start")
        for statement in (f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE {ROLE} OWNER {ROLE}"):
            run("psql", "-h", str(folder), "-U", "postgres", "-qc", statement)
        yield Cluster(f"postgresql+psycopg://{ROLE}@/{ROLE}?host={folder}", crash)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
