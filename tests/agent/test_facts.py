"""What the gate is told about a mail that had to wait."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Desk

sys.path.insert(0, str(Path(__file__).parents[1] / "authentication"))

from domains import LEGIT_HOST, zone
from signing import NOW, mail, rsa_key, sign

from margins.agent.receive import Receipt, receive
from margins.gate import Sender
from margins.mail import Address, Envelope, MailObject, Outcome
from margins.testing.fakes import ManualClock, MemorySenders
from margins.testing.resolver import FakeResolver

DAY = 86_400.0
KEY = "mail._domainkey.legit.example"


def _taken(content: bytes, *, at: float, arrived: float | None, silent: tuple[str, ...]) -> Receipt:
    """The mail judged at some time, as the service or as a queue hands it over."""
    desk = Desk(
        clock=ManualClock(at),
        senders=MemorySenders([Sender(account="a1", address=Address("ada", "legit.example"))]),
    )
    agent = replace(desk.agent, resolver=FakeResolver(zone(), silent=silent))
    envelope = Envelope(
        reverse_path="ada@legit.example", forward_paths=("notes@in.example",), peer=LEGIT_HOST
    )
    return receive(agent, MailObject(envelope=envelope, content=content, arrived=arrived))


def _signed(**tags: str) -> bytes:
    return sign(mail("ada@legit.example"), rsa_key("legit"), "legit.example", **tags)


@pytest.mark.parametrize("outage", [(KEY,), ("legit.example", KEY, "_dmarc.legit.example")])
def test_a_mail_that_waited_is_judged_as_of_its_arrival(outage: tuple[str, ...]) -> None:
    """Its signature expired while the name servers were silent, through no fault of its author."""
    content = _signed(x=str(int(NOW) + 3_600))
    waiting = _taken(content, at=NOW, arrived=NOW, silent=outage)
    assert waiting.outcome is Outcome.UNAVAILABLE
    assert _taken(content, at=NOW + DAY, arrived=NOW, silent=()).outcome is Outcome.ACCEPTED
    assert _taken(content, at=NOW, arrived=None, silent=()).outcome is Outcome.ACCEPTED


def test_what_arrives_expired_stays_expired() -> None:
    """Handed over now, it is judged now; and a signature from the future does not mature."""
    content = _signed(x=str(int(NOW) + 3_600))
    late = _taken(content, at=NOW + DAY, arrived=None, silent=())
    assert late.outcome is Outcome.UNAUTHENTICATED
    future = _signed(t=str(int(NOW + DAY)))
    early = _taken(future, at=NOW + DAY, arrived=NOW, silent=())
    assert early.outcome is Outcome.UNAUTHENTICATED
