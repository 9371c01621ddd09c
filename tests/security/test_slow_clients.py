"""Slowloris: many clients that say little, slowly, to take every place there is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import pytest
from listening import listening, rules
from running import READER, Running, mail, notebook_html

IDLE, SLOW = 500, 500


@contextmanager
def _crowd(port: int) -> Iterator[list[socket.socket]]:
    """Clients that connect and say nothing, and clients that are in the middle of a mail."""
    begun = b"EHLO x\r\nMAIL FROM:<reader@example.org>\r\nRCPT TO:<import@localhost>\r\nDATA\r\n"
    with ExitStack() as stack:
        clients = []
        for n in range(IDLE + SLOW):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            if n >= IDLE:
                client.sendall(begun)
            clients.append(client)
        for client in clients:
            assert client.recv(3) == b"220"
        yield clients


def _trickle(clients: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        for client in clients[IDLE:]:
            client.sendall(b"x")


@pytest.mark.slow
def test_a_thousand_slow_clients_keep_nobody_waiting(tmp_path: Path) -> None:
    """With 500 silent and 500 trickling clients a new one has its mail taken within a second."""
    service = Running(tmp_path / "data")
    service.command("accounts", "add", READER)
    service.start()
    stop = threading.Event()
    try:
        with _crowd(service.smtp_port) as clients:
            trickling = threading.Thread(target=_trickle, args=(clients, stop))
            trickling.start()
            took = []
            for n in range(5):
                content = mail(notebook_html(3, title=f"Book {n}"))
                began = time.monotonic()
                assert service.send(content)[0] == 250
                took.append(time.monotonic() - began)
            stop.set()
            trickling.join()
    finally:
        stop.set()
        service.stop()
    print(f"{IDLE + SLOW} slow clients; new ones were served in {sorted(took)} s")
    assert median(took) < 1.0


def test_a_stranger_with_many_addresses_is_cut_short() -> None:
    """While half of all places are taken by the silent, they lose them after `stress_seconds`."""
    chosen = rules(connections=40, connections_per_peer=5, stress_seconds=0.5)
    with listening(chosen) as server, ExitStack() as stack:
        for n in range(40):
            source = f"127.0.0.{2 + n // 5}"
            stack.enter_context(server.peer(source=source)).reply()
        with server.peer(source="127.0.0.100") as peer:
            assert peer.reply().startswith("421 4.3.2")
        time.sleep(1.5)
        with server.peer(source="127.0.0.100") as peer:
            assert peer.reply().startswith("220")
