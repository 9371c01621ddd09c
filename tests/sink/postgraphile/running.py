"""A real PostGraphile 4 over a throw-away PostgreSQL. Skips where npm or PostgreSQL are absent."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from margins.clients.endpoint import Endpoint
from margins.clients.graphql import GraphQL
from margins.testing.fakes import MemorySigner

from ...api.postgresql import cluster

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[2] / ".tools" / "postgraphile"
ISSUER, AUDIENCE = "https://margins.example", "notes"


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


@dataclass(frozen=True)
class Api:
    """A running PostGraphile, a signer it believes, and its database as seen by the owner."""

    url: str
    signer: MemorySigner
    database: str

    def client(self, *, seconds: float = 30.0, headers: Mapping[str, str] | None = None) -> GraphQL:
        """A client of it."""
        return GraphQL(
            Endpoint(url=self.url),
            signer=self.signer,
            clock=SystemClock(),
            issuer=ISSUER,
            audience=AUDIENCE,
            seconds=seconds,
            headers=headers,
        )


def _modules() -> Path:
    """The node modules, installed once for all runs."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed")
    TOOLS.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    installed = TOOLS / "installed.json"
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_bytes() != wanted:
            (TOOLS / "package.json").write_bytes(wanted)
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=TOOLS, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            if done.returncode:
                pytest.skip(f"npm cannot install PostGraphile: {done.stderr[-200:]}")
            installed.write_bytes(wanted)
    return TOOLS / "node_modules"


def _public_key(signer: MemorySigner) -> str:
    (jwk,) = jwt.PyJWKSet.from_dict(dict(signer.jwks())).keys
    pem: bytes = jwk.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


@contextmanager
def postgraphile() -> Iterator[Api]:
    """PostGraphile over an empty database, until the block ends."""
    modules = _modules()
    with cluster() as url:
        folder = url.partition("host=")[2]
        database = f"host={folder} dbname=margins user=postgres"
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute((HERE / "schema.sql").read_bytes())
        signer = MemorySigner()
        server = subprocess.Popen(
            ["node", HERE / "server.cjs"],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "NODE_ENV": "production",
                "NODE_PATH": str(modules),
                "DATABASE": f"postgres://notes_api@{quote(folder, safe='')}/margins",
                "PUBLIC_KEY": _public_key(signer),
                "ISSUER": ISSUER,
                "AUDIENCE": AUDIENCE,
            },
        )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            yield Api(f"http://127.0.0.1:{port}/graphql", signer, database)
        finally:
            server.terminate()
            server.wait(10)
            assert server.stdout is not None
            server.stdout.close()
