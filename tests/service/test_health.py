"""Signs of life."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from margins.config import Settings
from margins.service.health import signs
from margins.service.servers import WebServer, listen
from margins.service.sockets import addresses, listeners


def _serving(status: int) -> tuple[WebServer, int]:
    async def answer(_request: object) -> Response:
        return PlainTextResponse("x", status_code=status)

    listener = listen("127.0.0.1", 0, "api_port")
    app = Starlette(routes=[Route("/healthz", answer), Route("/", answer)])
    server = WebServer(app, listener, name="test")
    server.start()
    return server, listener.getsockname()[1]


@pytest.mark.parametrize(("status", "said"), [(204, ""), (401, ""), (503, "it answers 503")])
def test_a_web_role_that_answers_is_well(status: int, said: str) -> None:
    """Also when it asks for a password; not when it says that it is not."""
    server, port = _serving(status)
    settings = Settings(roles=("api", "console"), api_port=port, console_port=port)
    found = dict(signs(replace(settings, api_host="0.0.0.0")))
    server.stop()
    assert found == {"api": said, "console": said}


@pytest.mark.parametrize(("status", "said"), [(204, ""), (503, "it answers 503")])
def test_a_relay_that_answers_is_well(status: int, said: str) -> None:
    """Once a provider has a secret it has to listen, whatever runs beside it."""
    server, port = _serving(status)
    settings = Settings(
        roles=("relay",), relay_port=port, relay_margins_secrets=("s" * 32,), data=Path("nowhere")
    )
    found = dict(signs(settings))
    server.stop()
    assert found == {"relay": said}
    assert "refused" in dict(signs(replace(settings, relay_port=9)))["relay"]


def test_a_relay_without_a_secret() -> None:
    """Alone it does nothing, which is not well; beside others it is not wanted."""
    assert dict(signs(Settings(roles=("relay",)))) == {
        "relay": "no provider has a secret in the settings"
    }
    assert "relay" not in dict(signs(Settings(roles=("smtp", "relay"), smtp_port=9)))


def test_fetching_is_well_where_the_ledger_answers(tmp_path: Path) -> None:
    """Once there is a mailbox; without one it is as a relay without a secret."""
    alone = Settings(roles=("imap",), data=tmp_path)
    assert dict(signs(alone)) == {"imap": "no mailbox is in the settings"}
    assert "imap" not in dict(signs(replace(alone, roles=("imap", "worker"))))
    mailbox = {"imap_host": "imap.example", "imap_user": "ada", "imap_password": "hush"}
    assert dict(signs(replace(alone, **mailbox))) == {"imap": ""}
    alone = replace(alone, roles=("maildir",))
    assert dict(signs(alone)) == {"maildir": "no Maildir is in the settings"}
    assert dict(signs(replace(alone, maildir=tmp_path))) == {"maildir": ""}


@pytest.mark.parametrize(
    ("greeting", "said"), [(b"220 mx ESMTP", ""), (b"421 full", "it does not greet")]
)
def test_an_smtp_server_greets(greeting: bytes, said: str) -> None:
    """With 220; anything else is trouble."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = Settings(roles=("smtp",), smtp_port=server.getsockname()[1])
        server.settimeout(5)
        found = signs(settings)
        from threading import Thread

        def serve() -> None:
            connection, _ = server.accept()
            connection.sendall(greeting)
            connection.close()

        thread = Thread(target=serve)
        thread.start()
        assert dict(found) == {"smtp": said}
        thread.join()


def test_what_does_not_run_is_named_with_its_trouble(tmp_path: Path) -> None:
    """Each role on its own; one that is ill does not hide the others."""
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 1000)
    settings = Settings(data=tmp_path, roles=("smtp", "api", "worker"), smtp_port=9, api_port=9)
    found = dict(signs(settings))
    assert list(found) == ["smtp", "api", "worker"]
    assert "refused" in found["smtp"]
    assert "refused" in found["api"]
    assert "database" in found["worker"]


def test_only_the_roles_that_run_listen() -> None:
    """The others are where the settings say; LMTP belongs to the SMTP role."""
    ports = {"smtp_port": 0, "api_port": 0, "console_port": 8090}
    settings = Settings(roles=("smtp", "worker"), lmtp_port=0, **ports)
    made = listeners(settings)
    where = addresses(settings, made)
    for listener in made.values():
        listener.close()
    assert list(made) == ["smtp"]
    assert where.smtp[1] > 0
    assert where.console_url == "http://127.0.0.1:8090/"
