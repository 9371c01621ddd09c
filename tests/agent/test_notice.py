"""The owner of an account is mailed what a mailbox service asks him; the mail is held anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from desk import READER, Desk

from margins.agent import notice
from margins.agent.agent import Agent
from margins.agent.receive import receive
from margins.errors import Unavailable
from margins.mail import Address, Envelope, MailObject
from margins.ports import Letter, Status
from margins.senders.sqlite import SqliteSenders

ASKS = (
    b"From: Gmail <forwarding-noreply@google.com>\r\nTo: you\r\n"
    b"Subject: (#304200958) Gmail Forwarding Confirmation\r\n\r\n"
    b"Confirmation code: 304200958\r\nhttps://mail-settings.google.com/mail/vf-x1\r\n"
)


@pytest.fixture
def registry(tmp_path: Path) -> SqliteSenders:
    """With one account, which one address writes to."""
    made = SqliteSenders(tmp_path / "senders.db")
    made.create("Ada", now=0.0)
    made.add("Ada", Address("reader", "example.org"), now=0.0)
    return made


@pytest.fixture
def agent(desk: Desk, registry: SqliteSenders) -> Agent:
    """An agent that writes letters."""
    return replace(
        desk.agent,
        senders=registry,
        secrets=registry.access,
        answers=True,
        outbox=desk.ledger.outbox,
        writes_from="import@in.example",
    )


def _told(desk: Desk, agent: Agent, registry: SqliteSenders, head: bytes = b"") -> Letter | None:
    """The letter that is written when the account's secret address is asked."""
    secret = registry.access.renew_secret("Ada", "in.example", now=1.0)
    envelope = Envelope(reverse_path="x@google.com", forward_paths=(secret,), trusted=True)
    receipt = receive(agent, MailObject(envelope=envelope, content=head + ASKS))
    assert receipt.entry is not None
    assert receipt.entry.status is Status.HELD
    outgoing = desk.ledger.outbox.take(now=desk.clock.now(), seconds=60)
    return outgoing and outgoing.letter


def test_the_letter_goes_to_the_owner(desk: Desk, agent: Agent, registry: SqliteSenders) -> None:
    """It says that a program wrote it, and carries the code."""
    letter = _told(desk, agent, registry)
    assert letter is not None
    assert letter.to == READER
    assert b"Auto-Submitted: auto-generated" in letter.content
    assert b"304200958" in letter.content


@pytest.mark.parametrize(
    "without",
    [
        lambda agent: replace(agent, answers=False),
        lambda agent: replace(agent, outbox=None),
        lambda agent: replace(agent, writes_from=""),
    ],
)
def test_without_a_way_out_there_is_none(
    desk: Desk, agent: Agent, registry: SqliteSenders, without: Callable[[Agent], Agent]
) -> None:
    """The row alone says what is asked."""
    assert _told(desk, without(agent), registry) is None


def test_an_account_without_an_address_is_not_told(
    desk: Desk, agent: Agent, registry: SqliteSenders
) -> None:
    """Nobody knows where its owner reads mail."""
    registry.remove(Address("reader", "example.org"))
    assert _told(desk, agent, registry) is None


def test_a_letter_of_ours_is_no_question(desk: Desk, agent: Agent, registry: SqliteSenders) -> None:
    """Whatever it quotes."""
    assert _told(desk, agent, registry, head=b"X-Margins-Receipt: 01A\r\n") is None


@pytest.mark.parametrize("error", [Unavailable("It is down."), ZeroDivisionError()])
def test_a_letter_that_cannot_be_written_loses_no_mail(
    desk: Desk,
    agent: Agent,
    registry: SqliteSenders,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """Neither this one nor those recorded with it."""

    def broken(*args: object, **kwargs: object) -> bytes:
        raise error

    monkeypatch.setattr(notice, "compose_notice", broken)
    assert _told(desk, agent, registry) is None
