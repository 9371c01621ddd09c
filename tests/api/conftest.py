"""A running notes API on a fresh database, and tokens for it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool
from starlette.testclient import TestClient

from margins.api import Settings, create_app
from margins.api.database import Database

from .postgresql import cluster

ISSUER = "https://accounts.example"
AUDIENCE = "notes"


@dataclass(frozen=True)
class Signer:
    """An issuer's key pair."""

    private: rsa.RSAPrivateKey
    kid: str = "key-1"

    @property
    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def claims(self, account: str, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": account, "scope": "notes",
            "iat": now, "nbf": now, "exp": now + 300,
        }  # fmt: skip
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def token(self, account: str, *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        return jwt.encode(
            self.claims(account, **changes),
            self.private,
            algorithm="RS256",
            headers={"kid": self.kid, **(headers or {})},
        )


@dataclass(frozen=True)
class Api:
    """A client of the running API."""

    http: TestClient
    signer: Signer

    def post(
        self, document: str, variables: Any = None, *, account: str = "ada", **claims: Any
    ) -> Any:
        return self.http.post(
            "/graphql",
            content=json.dumps({"query": document, "variables": variables}),
            headers={
                "Authorization": f"Bearer {self.signer.token(account, **claims)}",
                "Content-Type": "application/json",
            },
        )

    def ask(self, document: str, variables: Any = None, **who: Any) -> Any:
        """The data of an answer that has no errors."""
        answer = self.post(document, variables, **who)
        assert "errors" not in answer.json(), json.dumps(answer.json(), indent=1)
        return answer.json()["data"]

    def refused(self, document: str, variables: Any = None, **who: Any) -> str:
        """The code of an answer that has exactly one error."""
        (error,) = self.post(document, variables, **who).json()["errors"]
        code: str = error["extensions"]["code"]
        return code


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables: copying it is faster than making each anew."""
    path = tmp_path_factory.mktemp("template") / "notes.db"
    database = Database(f"sqlite:///{path}", statement_seconds=10)
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; every test that asks for one runs on both."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        return f"sqlite:///{shutil.copy(template, tmp_path / 'notes.db')}"
    url: str = request.getfixturevalue("postgresql")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if inspect(connection).has_table("accounts"):
            connection.execute(text("TRUNCATE accounts CASCADE"))
    return url


@pytest.fixture
def settings(database_url: str, signer: Signer) -> Settings:
    return Settings(
        database=database_url,
        issuers={ISSUER: {"keys": [signer.jwk]}},
        audience=AUDIENCE,
    )


@pytest.fixture
def api(settings: Settings, signer: Signer) -> Iterator[Api]:
    with TestClient(create_app(settings)) as http:
        yield Api(http, signer)
