"""A real relay on loopback whose mails end in a list, and requests as providers write them."""

from __future__ import annotations

import hmac
import http.client
import json
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from hashlib import sha256

from margins.agent.receive import Receipt
from margins.ingress.relay import Provider, create_app
from margins.ingress.relay.intake import Intake
from margins.mail import MailObject, Outcome
from margins.ports import Entry
from margins.service.servers import WebServer

NOW = 1_793_520_000
TO = "import@in.example"
SENDER = "ada@example.org"
# Bytes that are no UTF-8, a line of dots, a boundary look-alike, signs that forms escape.
CONTENT = (
    b"From: Ada <ada@example.org>\r\nTo: import@in.example\r\nSubject: caf\xe9 + 100%25\r\n\r\n"
    b"..\r\n--xYzZ--\r\n&token=1&sum=%41+%zz\x80\xff\r\n"
)
MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What the relay said."""

    status: int
    text: str
    headers: Message


@dataclass
class Posting:
    """A running relay, what it has taken, and what its clock says."""

    port: int = 0
    now: float = NOW
    mails: list[MailObject] = field(default_factory=list)
    outcome: Callable[[MailObject], Outcome] = lambda _: Outcome.ACCEPTED
    entry: Entry | None = None

    def begin(self) -> Posting:
        """As before the first request."""
        self.now, self.mails, self.entry = NOW, [], None
        self.outcome = lambda _: Outcome.ACCEPTED
        return self

    def submit(self, mail: MailObject) -> Future[Receipt]:
        """What the group commit does in the service."""
        self.mails.append(mail)
        receipt: Future[Receipt] = Future()
        outcome = self.outcome(mail)
        receipt.set_result(Receipt(outcome=outcome, reason="so says the test", entry=self.entry))
        return receipt

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST"
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, f"/relay/{path}", body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers)
        finally:
            connection.close()

    @property
    def mail(self) -> MailObject:
        """The one mail that was taken."""
        [mail] = self.mails
        return mail


@contextmanager
def posting(*providers: Provider, intake: Intake | None = None) -> Iterator[Posting]:
    """A relay for these providers that serves TO and every address at secret.example."""
    running = Posting()
    app = create_app(
        providers,
        running.submit,
        lambda address: address == TO or address.endswith("@secret.example"),
        max_bytes=MAX_BYTES,
        intake=lambda: intake or Intake(),
        clock=lambda: running.now,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    running.port = listener.getsockname()[1]
    server = WebServer(app, listener, name="relay")
    server.start()
    try:
        yield running
    finally:
        server.stop(seconds=1)


def multipart(fields: Mapping[str, bytes | str], boundary: str = "xYzZY") -> tuple[str, bytes]:
    """Content type and body of a multipart form (RFC 7578)."""
    lines = []
    for name, value in fields.items():
        raw = value if isinstance(value, bytes) else value.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        lines.append(head.encode() + raw + b"\r\n")
    body = b"".join(lines) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def signed(
    secret: str, content: bytes = CONTENT, *, at: int = NOW, **envelope: object
) -> dict[str, str]:
    """The header fields of our own dialect, written from its description."""
    said = json.dumps({"from": SENDER, "to": [TO], **envelope})
    value = b64encode(said.encode()).decode()
    digest = f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"
    signature = hmac.digest(secret.encode(), f"{at}\n{value}\n{digest}".encode(), "sha256").hex()
    return {
        "Content-Type": "message/rfc822",
        "Content-Digest": digest,
        "Margins-Timestamp": str(at),
        "Margins-Envelope": value,
        "Margins-Signature": signature,
    }
