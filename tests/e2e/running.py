"""A real service in a process of its own, and the things a reader and a front-end do with it."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from itertools import cycle
from pathlib import Path
from typing import TypeVar
from urllib.request import Request, urlopen

T = TypeVar("T")
READER = "reader@example.org"
IMPORT = "import@localhost"


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Below those that the kernel gives to whoever connects; each process of a test run has its own.
_PORTS = cycle(range(12_000 + WORKER % 20 * 1_000, 13_000 + WORKER % 20 * 1_000))
for _ in range(os.getpid() % 1_000):
    next(_PORTS)


def own_address(net: int) -> str:
    """A loopback address at which no other process of this test run listens."""
    return f"127.0.{net}.{WORKER + 1}"


def free_port() -> int:
    """A port nobody listens on, and that nobody else is given meanwhile."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port := next(_PORTS)))
            return port


@dataclass
class Running:
    """One service: its data directory, its ports, its process."""

    data: Path
    smtp_port: int = field(default_factory=free_port)
    api_port: int = field(default_factory=free_port)
    console_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    wrapper: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """The environment its commands run in."""
        return {
            **os.environ,
            "MARGINS_DATA": str(self.data),
            "MARGINS_SMTP_PORT": str(self.smtp_port),
            "MARGINS_API_PORT": str(self.api_port),
            "MARGINS_CONSOLE_PORT": str(self.console_port),
            **self.settings,
        }

    def command(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `margins ...` beside the service."""
        return subprocess.run(
            [sys.executable, "-m", "margins.cli", *args],
            env=self.environ,
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )

    def start(self) -> None:
        """Start it and wait until its ports answer."""
        self.spawn()
        for port in (self.api_port, self.console_port, self.smtp_port):
            wait_for(lambda port=port: _answers(port), "the service to answer", 30)

    def spawn(self) -> None:
        """Start it."""
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            [*self.wrapper, sys.executable, "-m", "margins.cli", "serve"],
            env=self.environ,
            stdout=log,
            stderr=log,
        )
        log.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal it and wait for its end; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.process = None
        return status

    def send(self, content: bytes, *, sender: str = READER, to: str = IMPORT) -> tuple[int, str]:
        """Hand over a message; the reply to DATA, or to the first command that was refused."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as client:
            client.ehlo()
            for code, text in (client.mail(sender), client.rcpt(to)):
                if code >= 400:
                    return code, text.decode()
            code, text = client.data(content)
            return code, text.decode()

    def inbox(self) -> list[tuple[str, str, str]]:
        """(id, state, sentence) of every mail, the newest first."""
        from margins.ledger.sqlite import SqliteLedger

        ledger = SqliteLedger(self.data / "ledger.db")
        try:
            return [(e.id, str(e.status), e.reason) for e in ledger.entries(limit=100_000)]
        finally:
            ledger.close()

    def settled(self, count: int = 1, seconds: float = 30.0) -> list[tuple[str, str, str]]:
        """The inbox once it holds so many mails and all have ended."""
        ends = {"delivered", "failed", "rejected"}

        def ended() -> list[tuple[str, str, str]] | None:
            mails = self.inbox()
            done = len(mails) >= count and all(state in ends for _, state, _ in mails)
            return mails if done else None

        return wait_for(ended, f"{count} mails to end", seconds)

    def token(self, account: str = READER) -> str:
        """A token for the account's own notes."""
        return self.command("accounts", "token", account).stdout.strip()

    def graphql(self, query: str, *, token: str | None = None, **variables: object) -> dict:
        """The data of one request as the reader's front-end."""
        request = Request(
            f"http://127.0.0.1:{self.api_port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={
                "Authorization": f"Bearer {token or self.token()}",
                "Content-Type": "application/json",
            },
        )
        with urlopen(request, timeout=30) as answer:
            body = json.load(answer)
        assert "errors" not in body, body
        return body["data"]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for(get: Callable[[], T], what: str, seconds: float) -> T:
    """The first true answer of `get`; fails, saying what was waited for, when there is none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := get():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def notebook_html(notes: int, *, title: str = "A Book of Tides", first: int = 0) -> str:
    """A Kindle notebook with so many highlights; every fifth carries a note."""
    head = (
        '<html><head><meta charset="UTF-8"></head><body><div class="bodyContainer">'
        f'<div class="notebookFor">Notebook Export</div><div class="bookTitle">{title}</div>'
        '<div class="authors">Marlow, Ines</div><div class="citation"></div><hr>'
        '<div class="sectionHeading">Part One</div>'
    )
    parts = [head]
    for n in range(first, first + notes):
        at = 10 + n * 3
        parts.append(
            '<div class="noteHeading">Highlight(<span class="highlight_yellow">yellow</span>) - '
            f"Chapter {n // 50 + 1} > Page {n // 4 + 1} · Location {at}</div>"
            f'<div class="noteText">The tide number {n} came in over the flats and left.</div>'
        )
        if n % 5 == 0:
            parts.append(
                f'<div class="noteHeading">Note - Chapter {n // 50 + 1} > Page {n // 4 + 1} · '
                f'Location {at + 1}</div><div class="noteText">Remember tide {n}. #tides</div>'
            )
    return "\n".join([*parts, "</div></body></html>"])


def mail(
    attachment: bytes | str | None,
    *,
    filename: str = "A Book of Tides - Notebook.html",
    media_type: str = "text/html",
    sender: str = READER,
    subject: str = "Notebook export",
    text: str = "Your notebook is attached.\n",
) -> bytes:
    """A message as a reader's mail program writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"A Reader <{sender}>"
    message["To"] = IMPORT
    message["Subject"] = subject
    message["Date"] = "Sun, 01 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = f"<{time.time_ns()}@example.org>"
    message.set_content(text)
    if attachment is not None:
        content = attachment.encode() if isinstance(attachment, str) else attachment
        maintype, _, subtype = media_type.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=filename)
    return message.as_bytes()
