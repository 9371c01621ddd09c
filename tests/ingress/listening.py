"""Real listeners on loopback whose mails end in a list, and a peer that speaks raw bytes."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from margins.agent.receive import Receipt
from margins.ingress.smtp import Rules, SmtpServer
from margins.mail import MailObject, Outcome
from margins.ports import Entry

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
TO = "import@in.example"


def rules(**changes: object) -> Rules:
    """Nobody trusted, a mebibyte of content, and whatever the test changes."""
    chosen = {"addresses": (TO,), "trusted": (), "max_bytes": 1024 * 1024, **changes}
    return Rules(**chosen)


@dataclass
class Listening:
    """Running listeners and what they have taken."""

    smtp: int = 0
    lmtp: int = 0
    mails: list[MailObject] = field(default_factory=list)
    outcome: Callable[[MailObject], Outcome] = lambda _: Outcome.ACCEPTED
    entry: Entry | None = None

    def submit(self, mail: MailObject) -> Future[Receipt]:
        """What the group commit does in the service."""
        self.mails.append(mail)
        receipt: Future[Receipt] = Future()
        outcome = self.outcome(mail)
        receipt.set_result(Receipt(outcome=outcome, reason="so says the test", entry=self.entry))
        return receipt

    @contextmanager
    def peer(self, *, lmtp: bool = False, source: str = "127.0.0.1") -> Iterator[Peer]:
        """A connection; nothing has been read from it yet."""
        port = self.lmtp if lmtp else self.smtp
        with socket.create_connection(("127.0.0.1", port), 10, (source, 0)) as sock:
            peer = Peer(sock)
            try:
                yield peer
            finally:
                peer.lines.close()


class Peer:
    """A client that sends exactly what it is told."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines = sock.makefile("rb")

    def reply(self) -> str:
        """The last line of the next reply, without its ending; empty at the end of the stream."""
        while True:
            line = self.lines.readline().decode()
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def say(self, *lines: str | bytes) -> str:
        """Send lines one by one, each after the reply to the one before; the last reply."""
        reply = ""
        for line in lines:
            raw = line.encode() if isinstance(line, str) else line
            self.sock.sendall(raw + b"\r\n")
            reply = self.reply()
        return reply

    def envelope(self, *recipients: str) -> None:
        """Up to DATA; every command must be taken."""
        assert self.reply().startswith("220")
        assert self.say("EHLO peer.example").startswith("250")
        assert self.say("MAIL FROM:<ada@example.org>").startswith("250")
        for recipient in recipients or (TO,):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")

    def send(self, content: bytes, *recipients: str) -> str:
        """A whole mail that ends with CRLF, its dots stuffed; the reply to it."""
        self.envelope(*recipients)
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.sock.sendall(stuffed + b".\r\n")
        return self.reply()

    @property
    def closed(self) -> bool:
        """True when the server has closed; waits until it says something."""
        try:
            return self.lines.read(1) == b""
        except ConnectionError:
            return True


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    return listener


@contextmanager
def listening(chosen: Rules, *, certificate: tuple[str, str] | None = None) -> Iterator[Listening]:
    """SMTP and LMTP on free ports, in an event loop and a thread of their own."""
    running = Listening()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = SmtpServer(chosen, running.submit, certificate=certificate)

    async def start() -> None:
        for name, listener in (("smtp", _listener()), ("lmtp", _listener())):
            await server.start(listener, lmtp=name == "lmtp")
            setattr(running, name, listener.getsockname()[1])

    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(seconds=2), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
