"""A thousand clients that say little, slowly, to take every place there is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from running import Running, mail, notebook_html

IDLE, SLOW = 500, 500
_BEGUN = b"EHLO x\r\nMAIL FROM:<reader@example.org>\r\nRCPT TO:<import@localhost>\r\nDATA\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowded:
    """What the service did meanwhile.

    Attributes:
        seconds: from connecting to the answer, for each new client's mail, sorted.
        memory: bytes of the service with nobody there, and with everybody.
    """

    seconds: tuple[float, ...]
    memory: tuple[int, int]


def _resident(service: Running) -> int:
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@contextmanager
def _crowd(port: int) -> Iterator[list[socket.socket]]:
    """Clients that connect and say nothing, and clients that are in the middle of a mail."""
    with ExitStack() as stack:
        clients = []
        for n in range(IDLE + SLOW):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            if n >= IDLE:
                client.sendall(_BEGUN)
            clients.append(client)
        for client in clients:
            assert client.recv(3) == b"220"
        yield clients


def _trickle(clients: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        for client in clients[IDLE:]:
            client.sendall(b"x")


def crowded(service: Running, mails: int = 5) -> Crowded:
    """Serve new clients while 500 are silent and 500 trickle a byte each half second."""
    service.send(mail(notebook_html(1)))
    service.settled(1)  # every part has loaded what it needs
    before, stop, took = _resident(service), threading.Event(), []
    with _crowd(service.smtp_port) as clients:
        trickling = threading.Thread(target=_trickle, args=(clients, stop))
        trickling.start()
        try:
            for n in range(mails):
                content = mail(notebook_html(3, title=f"Book {n}"))
                began = time.monotonic()
                assert service.send(content)[0] == 250
                took.append(time.monotonic() - began)
            during = _resident(service)
        finally:
            stop.set()
            trickling.join()
    return Crowded(seconds=tuple(sorted(took)), memory=(before, during))
