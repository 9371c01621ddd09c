"""What a secret import address opens, hides, and never gives away; with a real registry."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "agent"))

from desk import READER, Desk, export, mail

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.receive import Receipt, receive
from margins.gate import Policy
from margins.mail import Address, Envelope, MailObject, Outcome
from margins.mail.import_address import SECRET_BYTES, import_address
from margins.ports import Status
from margins.senders.sqlite import SqliteSenders

NOBODYS = import_address(b"\1" * SECRET_BYTES, "in.example")
GMAIL = (
    b"From: Gmail <forwarding-noreply@google.com>\r\nTo: you\r\n"
    b"Subject: (#304200958) Gmail Forwarding Confirmation\r\n\r\n"
    b"Confirmation code: 304200958\r\nhttps://mail-settings.google.com/mail/vf-x1\r\n"
)


class Household:
    """An agent over a real registry with one reader, and his secret address."""

    def __init__(self, path: Path) -> None:
        self.desk = Desk()
        self.senders = SqliteSenders(path)
        self.account = self.senders.create("Ada", now=0.0)
        self.secret = self.senders.access.renew_secret("Ada", "in.example", now=1.0)

    @property
    def agent(self) -> Agent:
        """It answers, so that a letter that must not be written would be."""
        return replace(
            self.desk.agent, senders=self.senders, secrets=self.senders.access, answers=True
        )

    def take(self, content: bytes, to: str, *, trusted: bool = False) -> Receipt:
        """Hand a mail over at this address."""
        envelope = Envelope(reverse_path=READER, forward_paths=(to,), trusted=trusted)
        return receive(self.agent, MailObject(envelope=envelope, content=content))


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path / "senders.db")


def test_a_secret_nobody_has_looks_like_one_that_is_not_enough(household: Household) -> None:
    """Under every policy but `secret`, for proven and unproven strangers alike."""
    for policy in (Policy.AUTHENTICATED, Policy.AUTHENTICATED_SECRET, Policy.SECRET_PROVIDER):
        household.senders.access.set_policy("Ada", policy)
        for trusted in (False, True):
            content = mail(export("One."), author="stranger@example.net")
            outcomes = {
                household.take(content, to, trusted=trusted).outcome
                for to in (household.secret, NOBODYS)
            }
            assert len(outcomes) == 1
            assert outcomes < {Outcome.UNAUTHENTICATED, Outcome.UNKNOWN_SENDER}


def test_the_secret_alone_opens_only_where_the_owner_said_so(household: Household) -> None:
    """And nobody hears of it by letter, for the author may be anybody."""
    household.senders.access.set_policy("Ada", Policy.SECRET)
    receipt = household.take(mail(export("One."), author="victim@example.net"), household.secret)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.entry is not None
    assert receipt.entry.account == household.account.id
    desk = household.desk
    leased = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert leased is not None
    assert deliver(household.agent, leased).status is Status.DELIVERED
    assert desk.ledger.outbox.take(now=desk.clock.now() + 1e6, seconds=1) is None


def test_no_row_holds_the_secret(household: Household) -> None:
    """Neither that of an accepted mail nor that of a refused one."""
    secret = household.secret[2:34]
    household.senders.add("Ada", Address("reader", "example.org"), now=0.0)
    for author in (READER, "stranger@example.net"):
        content = mail(export("One."), author=author, subject=f"to {household.secret}")
        receipt = household.take(content, household.secret, trusted=True)
        assert secret not in repr(receipt.entry)
        assert "u-***@in.example" in repr(receipt.entry)


def test_a_providers_robot_writes_to_the_secret_address(household: Household) -> None:
    """Only under its policy, and only the robot: a person at the same company is a stranger."""
    household.senders.access.set_policy("Ada", Policy.SECRET_PROVIDER)
    outcomes = [
        household.take(mail(export(f"To {to}"), author=author), to, trusted=True).outcome
        for author, to in (
            ("no-reply@amazon.com", household.secret),
            ("no-reply@amazon.com", "import@localhost"),
            ("jeff@amazon.com", household.secret),
        )
    ]
    assert outcomes == [Outcome.ACCEPTED, Outcome.UNKNOWN_SENDER, Outcome.UNKNOWN_SENDER]


def test_a_request_to_confirm_forwarding_waits_for_its_owner(household: Household) -> None:
    """With code and link in its reason when proven, and refused when it is forged."""
    receipt = household.take(GMAIL, household.secret, trusted=True)
    assert receipt.entry is not None
    assert receipt.entry.status is Status.HELD
    assert "304200958" in receipt.entry.reason
    assert "https://mail-settings.google.com/mail/vf-x1" in receipt.entry.reason
    assert household.take(GMAIL, household.secret).outcome is Outcome.UNAUTHENTICATED
    assert household.take(GMAIL, NOBODYS, trusted=True).outcome is Outcome.UNKNOWN_SENDER


def test_fifty_one_hops_are_a_loop(household: Household) -> None:
    """Counted in the message itself."""
    content = b"Received: from a by b\r\n" * 51 + mail(export("One."))
    assert household.take(content, NOBODYS, trusted=True).outcome is Outcome.TOO_MANY_HOPS


def test_a_registry_that_is_down_refuses_nobody(household: Household) -> None:
    """Not even mail that proves nothing: the secret might have been enough."""
    household.senders.close()
    content = mail(export("One."), author="stranger@example.net")
    assert household.take(content, household.secret).outcome is Outcome.UNAVAILABLE
