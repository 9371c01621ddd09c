"""A stop that is asked for happens: nobody who does not answer can hold it up."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from running import Running, mail, notebook_html, wait_for

pytestmark = pytest.mark.slow

STOP_SECONDS = 2
LEASE = {"api_seconds": "6", "lease_seconds": "7"}
"""Longer than the stop, so that it is the stop that ends the waiting."""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server whose kernel takes connections and which never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def _restarted(service: Running, **settings: str) -> None:
    if service.process is not None:
        service.stop()
    service.settings = {f"MARGINS_{name.upper()}": value for name, value in settings.items()}
    service.start()


def _called(server: socket.socket) -> socket.socket:
    """The connection of who called the silent server; it stays open and unanswered."""
    server.settimeout(20)
    return server.accept()[0]


def _takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stopped_in_time(service: Running) -> bool:
    began = time.monotonic()
    return service.stop() == 0 and time.monotonic() - began < STOP_SECONDS + 8


def test_a_relay_that_says_nothing(service: Running, silent: socket.socket) -> None:
    """The letter in hand is left, and goes out once there is a relay that answers."""
    relay = f"127.0.0.1:{silent.getsockname()[1]}"
    _restarted(service, receipts_relay=relay, stop_seconds=str(STOP_SECONDS))
    assert service.send(mail(notebook_html(1)))[0] == 250
    with _called(silent):
        assert service.settled()[0][1] == "delivered"
        assert _stopped_in_time(service)


def test_a_notes_api_that_says_nothing(service: Running, silent: socket.socket) -> None:
    """The delivery in hand is left to its lease, and the next start delivers the mail once."""
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/graphql"
    _restarted(service, api_url=url, stop_seconds=str(STOP_SECONDS), **LEASE)
    assert service.send(mail(notebook_html(3)))[0] == 250
    with _called(silent):
        assert _stopped_in_time(service)
    _restarted(service, **LEASE)
    assert service.settled()[0][1] == "delivered"
    assert service.graphql("{ annotations(first: 1) { totalCount } }") == {
        "annotations": {"totalCount": 3}
    }


def test_a_stop_during_the_start(service: Running) -> None:
    """Whoever is told to stop before everything runs ends as well as any other time."""
    service.stop()
    service.spawn()
    wait_for(lambda: _takes_connections(service.smtp_port), "the first socket", 20)
    assert service.stop() == 0


def test_a_request_that_never_ends(service: Running) -> None:
    """Neither the notes API nor the console waits for the rest of one."""
    _restarted(service, stop_seconds=str(STOP_SECONDS))
    unfinished: list[socket.socket] = []
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for port in (service.api_port, service.console_port):
        connection = socket.create_connection(("127.0.0.1", port), 10)
        connection.sendall(head + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        assert connection.recv(1)
        unfinished.append(connection)
    assert _stopped_in_time(service)
    for connection in unfinished:
        connection.close()
