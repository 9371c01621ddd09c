"""The two shapes Margins runs in, behind one face: a mail goes in, states and notes come out."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from moto.ses.models import ses_backends
from relay import Relay
from running import IMPORT, READER, Running, wait_for

from margins.gate import Policy
from margins.local.cloud import ACCOUNT
from margins.local.stack import Local
from margins.mail.address import parse_addr_spec
from margins.ports import Entry, Status

ENDS = {"delivered", "failed", "rejected"}
SECOND = "second@example.org"


class Shape(Protocol):
    """A running Margins that knows READER and SECOND."""

    def send(self, content: bytes, *, sender: str = READER, to: str = IMPORT) -> None:
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

    def states(self) -> Sequence[tuple[str, str]]:
        """(id, state) of every mail, the newest first."""
        ...

    def approve(self, mail: str) -> None:
        """Let a held mail write to READER's account."""
        ...

    def replay(self, *args: str) -> tuple[int, str]:
        """`margins inbox replay` with these arguments: its exit status and what it printed."""
        ...

    def open_secret(self, policy: str) -> str:
        """A secret address of READER's, and what the account asks from now on."""
        ...

    def block(self, pattern: str) -> None:
        """Refuse an address or a domain."""
        ...

    def letters(self) -> Sequence[tuple[str, str]]:
        """Recipient and content of every letter that went out."""
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
    """`margins serve`, and the relay its letters go to."""

    running: Running
    relay: Relay

    def send(self, content: bytes, *, sender: str = READER, to: str = IMPORT) -> None:
        self.running.send(content, sender=sender, to=to)

    def ended(self, count: int) -> Sequence[tuple[str, str]]:
        return [(state, said) for _, state, said in reversed(self.running.settled(count))]

    def quiet(self) -> int:
        # Refused in the conversation: there is nothing to wait for.
        return sum(state == "delivered" for _, state, _ in self.running.inbox())

    def graphql(self, query: str, *, account: str = READER) -> dict:
        url = f"http://127.0.0.1:{self.running.api_port}/graphql"
        return post(url, self.running.token(account), query)

    def states(self) -> Sequence[tuple[str, str]]:
        return [(name, state) for name, state, _ in self.running.inbox()]

    def approve(self, mail: str) -> None:
        self.running.command("inbox", "approve", mail, "--account", READER)

    def replay(self, *args: str) -> tuple[int, str]:
        done = self.running.command("inbox", "replay", *args, check=False)
        return done.returncode, done.stdout

    def open_secret(self, policy: str) -> str:
        secret = self.running.command("accounts", "secret", READER).stdout.strip()
        self.running.command("accounts", "policy", READER, policy)
        return secret

    def block(self, pattern: str) -> None:
        self.running.command("accounts", "block", pattern)

    def letters(self) -> Sequence[tuple[str, str]]:
        return [(paths[0], content.decode()) for _, paths, content in self.relay.taken]


@dataclass
class Lambdas:
    """`margins local`."""

    local: Local

    def __post_init__(self) -> None:
        for name in (READER, SECOND):
            address = parse_addr_spec(name)
            assert address is not None
            self.local.senders.register(name, address)

    def send(self, content: bytes, *, sender: str = READER, to: str = IMPORT) -> None:
        with smtplib.SMTP("127.0.0.1", self.local.ses.port, timeout=60) as client:
            client.sendmail(sender, [to], content)

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

    def states(self) -> Sequence[tuple[str, str]]:
        return [(entry.id, str(entry.status)) for entry in self.local.ledger.entries(limit=1000)]

    def approve(self, mail: str) -> None:
        self.local.ledger.decide(
            mail, Status.ACCEPTED, account=READER, now=time.time(), reason="Approved by hand."
        )

    def replay(self, *args: str) -> tuple[int, str]:
        names, cloud = self.local.stack.physical, self.local.cloud
        chosen = {
            **cloud.environ,
            "AWS_ENDPOINT_URL_LAMBDA": self.local.lambda_url,
            "MARGINS_DATABASE": f"dynamodb://{names['LedgerTable']}/{names['SendersTable']}",
            "MARGINS_STORE": f"s3://{names['MailBucket']}",
            "MARGINS_PARSER": self.local.functions["ParserFunction"].settings.arn,
        }
        done = subprocess.run(
            [sys.executable, "-m", "margins.cli", "inbox", "replay", *args],
            env={**os.environ, **chosen}, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        return done.returncode, done.stdout

    def open_secret(self, policy: str) -> str:
        access = self.local.senders.access
        secret = access.renew_secret(READER, "localhost", now=time.time())
        access.set_policy(READER, Policy(policy))
        return secret

    def block(self, pattern: str) -> None:
        self.local.senders.access.block(pattern, now=time.time())

    def letters(self) -> Sequence[tuple[str, str]]:
        sent = ses_backends[ACCOUNT][self.local.cloud.region].sent_messages
        return [(message.destinations[0], message.raw_data) for message in sent]
