"""The two shapes Margins runs in, behind one face: a mail goes in, states and notes come out."""

from __future__ import annotations

import json
import smtplib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from running import IMPORT, READER, Running, wait_for

from margins.local.stack import Local
from margins.mail.address import parse_addr_spec
from margins.ports import Entry

ENDS = {"delivered", "failed", "rejected"}
SECOND = "second@example.org"


class Shape(Protocol):
    """A running Margins that knows READER and SECOND."""

    def send(self, content: bytes, *, sender: str = READER) -> None:
        """Hand a mail over; whether it was refused shows in what comes of it."""
        ...

    def ended(self, count: int) -> Sequence[tuple[str, str]]:
        """(state, sentence) of so many mails, the oldest first, once all have ended."""
        ...

    def quiet(self) -> int:
        """Wait until everything that was sent has been decided; the mails that were delivered."""
        ...

    def graphql(self, query: str, *, account: str = READER) -> dict:
        """The data of one request on behalf of an account."""
        ...


def post(url: str, token: str, query: str) -> dict:
    """One GraphQL request."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url, data=json.dumps({"query": query}).encode(), headers=headers)
    with urlopen(request, timeout=30) as answer:
        body = json.load(answer)
    assert "errors" not in body, body
    return body["data"]


@dataclass
class OneProcess:
    """`margins serve`."""

    running: Running

    def send(self, content: bytes, *, sender: str = READER) -> None:
        self.running.send(content, sender=sender)

    def ended(self, count: int) -> Sequence[tuple[str, str]]:
        return [(state, said) for _, state, said in reversed(self.running.settled(count))]

    def quiet(self) -> int:
        # Refused in the conversation: there is nothing to wait for.
        return sum(state == "delivered" for _, state, _ in self.running.inbox())

    def graphql(self, query: str, *, account: str = READER) -> dict:
        url = f"http://127.0.0.1:{self.running.api_port}/graphql"
        return post(url, self.running.token(account), query)


@dataclass
class Lambdas:
    """`margins local`."""

    local: Local

    def __post_init__(self) -> None:
        for name in (READER, SECOND):
            address = parse_addr_spec(name)
            assert address is not None
            self.local.senders.register(name, address)

    def send(self, content: bytes, *, sender: str = READER) -> None:
        with smtplib.SMTP("127.0.0.1", self.local.ses.port, timeout=60) as client:
            client.sendmail(sender, [IMPORT], content)

    def _entries(self) -> list[Entry]:
        return list(reversed(self.local.ledger.entries(limit=1000)))

    def ended(self, count: int) -> Sequence[tuple[str, str]]:
        def settled() -> list[tuple[str, str]] | None:
            found = [(str(entry.status), entry.reason) for entry in self._entries()]
            done = len(found) >= count and all(state in ENDS for state, _ in found)
            return found if done else None

        return wait_for(settled, f"{count} mails to end", 60)

    def quiet(self) -> int:
        wait_for(self.local.idle, "everything to be decided", 60)
        return sum(entry.status == "delivered" for entry in self._entries())

    def graphql(self, query: str, *, account: str = READER) -> dict:
        now = int(time.time())
        claims = {
            "iss": "https://margins.invalid",
            "aud": "margins-notes",
            "sub": account,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": str(time.time_ns()),
            "scope": "notes",
        }
        return post(self.local.api_url, self.local.signer.sign(claims), query)
