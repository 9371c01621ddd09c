"""Checks of the notes API, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from margins import api
from margins.doctor import Finding, Level, notes
from margins.errors import ConfigError, Unavailable
from margins.service.servers import WebServer, listen
from margins.signer.file import FileSigner


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    listener = listen("127.0.0.1", 0, "api_port")
    server = WebServer(app, listener, name="notes-api")
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        server.stop()


def _answering(status: int, keys: object = None) -> Starlette:
    """An API of somebody else's."""

    async def graphql(_request: Request) -> Response:
        return Response(status_code=status)

    async def jwks(_request: Request) -> Response:
        return JSONResponse(keys) if keys is not None else Response(status_code=404)

    return Starlette(
        routes=[
            Route("/graphql", graphql, methods=["POST"]),
            Route("/.well-known/jwks.json", jwks),
        ]
    )


def _levels(found: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in found]


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner(tmp_path / "keys")


def _jwks(kid: str) -> Mapping[str, object]:
    return {"keys": [{"kid": kid}]}


def test_our_own_api(tmp_path: Path, signer: FileSigner) -> None:
    """It wants a token, and believes the key that signs; not one made since elsewhere."""
    app = api.create_app(
        api.Settings(
            database=f"sqlite:///{tmp_path}/notes.db",
            issuers={"https://margins.invalid": signer.jwks()},
            audience="notes",
        )
    )
    with _serving(app) as url:
        assert _levels(notes.endpoint(url)) == [Level.OK]
        assert _levels(notes.keys(url, signer.jwks)) == [Level.OK]
        [finding] = notes.keys(url, lambda: _jwks("another"))
        assert finding.level is Level.FAILED
        assert "another" in finding.what


@pytest.mark.parametrize(
    ("status", "level"),
    [(401, Level.OK), (403, Level.OK), (200, Level.WARNING), (404, Level.FAILED),
     (301, Level.FAILED), (502, Level.FAILED)],
)  # fmt: skip
def test_what_an_api_answers(status: int, level: Level) -> None:
    """Without a token it should want one."""
    with _serving(_answering(status)) as url:
        assert _levels(notes.endpoint(url)) == [level]


@pytest.mark.parametrize("keys", [None, [], {"keys": "none"}, {"keys": [{}]}])
def test_an_api_of_somebody_elses(keys: object) -> None:
    """It need not publish keys; then our key's name is told, to be compared by hand."""
    with _serving(_answering(401, keys)) as url:
        [finding] = notes.keys(url, lambda: _jwks("ours"))
        assert finding.level is Level.OK
        assert "ours" in finding.what


def test_a_clock_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two clocks that differ a token may seem expired, or not yet valid."""
    ahead = SimpleNamespace(time=lambda: time.time() + 45)
    monkeypatch.setattr(notes, "time", ahead)
    with _serving(_answering(401)) as url:
        found = list(notes.endpoint(url))
    assert _levels(found) == [Level.OK, Level.WARNING]
    assert "NTP" in found[1].remedy


def test_an_api_that_is_away() -> None:
    """Nothing answers, or the URL is none tokens may be sent to."""
    with _serving(_answering(401)) as url:
        pass
    with pytest.raises(Unavailable, match="Nothing answers"):
        list(notes.endpoint(url))
    with pytest.raises(ConfigError):
        list(notes.endpoint("http://notes.example/graphql"))
