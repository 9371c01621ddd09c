"""What waits for a decision takes no more than its share, and does not wait for ever."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from desk import READER, Desk, export, mail

from margins.agent import strangers
from margins.agent.receive import Receipt, receive
from margins.agent.strangers import HELD_DAYS, expire, has_room
from margins.gate import Sender
from margins.mail import Envelope, MailObject
from margins.mail.address import Address
from margins.mail.reply import Outcome
from margins.ports import Status
from margins.testing.fakes import MemorySenders

DAY = 86_400.0
EVE = "eve@example.net"


def _receive(desk: Desk, quote: str, author: str = EVE) -> Receipt:
    """A mail whose author a trusted peer has proven."""
    agent = replace(desk.agent, hold_unknown=partial(has_room, desk.ledger))
    envelope = Envelope(reverse_path=author, forward_paths=("import@localhost",), trusted=True)
    return receive(agent, MailObject(envelope=envelope, content=mail(export(quote), author=author)))


def _expire(desk: Desk) -> int:
    return expire(desk.ledger, now=desk.clock.now())


@pytest.mark.parametrize(("limit", "few"), [("HELD_MAILS", 2), ("HELD_MEBIBYTES", 0.001)])
def test_when_enough_waits_strangers_are_refused_and_readers_are_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, limit: str, few: float
) -> None:
    """Until somebody decides about one that waits."""
    monkeypatch.setattr(strangers, limit, few)
    held = [_receive(desk, quote) for quote in ("One.", "Two.")]
    assert [receipt.outcome for receipt in held] == [Outcome.HELD] * 2
    assert _receive(desk, "Three.").outcome is Outcome.UNKNOWN_SENDER
    assert _receive(desk, "Mine.", READER).outcome is Outcome.ACCEPTED
    for receipt in held:
        desk.ledger.decide(receipt.mail, Status.REJECTED, account="", now=0.0, reason="No.")
    assert _receive(desk, "Four.").outcome is Outcome.HELD


def test_the_ledger_is_looked_through_for_a_proven_stranger_only(desk: Desk) -> None:
    """Neither a reader's mail nor that of whoever proves nothing costs so much."""
    asked = []
    agent = replace(desk.agent, hold_unknown=lambda: not asked.append(True))
    for author, trusted in ((EVE, False), (READER, True), (EVE, True)):
        envelope = Envelope(
            reverse_path=author, forward_paths=("import@localhost",), trusted=trusted
        )
        receive(agent, MailObject(envelope=envelope, content=mail(export("One."), author=author)))
        assert len(asked) == (author == EVE and trusted)


def test_a_paused_account_takes_no_place_of_strangers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mails are held for another reason, and stay for as long as the pause lasts."""
    monkeypatch.setattr(strangers, "HELD_MAILS", 2)
    paused = Sender(account="a1", address=Address("reader", "example.org"), paused=True)
    desk.senders = MemorySenders([paused])
    for quote in ("One.", "Two."):
        _receive(desk, quote, READER)
    desk.clock.advance((HELD_DAYS + 1) * DAY)
    assert _receive(desk, "Three.").outcome is Outcome.HELD
    assert _expire(desk) == 0


def test_what_nobody_decides_about_is_rejected_and_says_so(desk: Desk) -> None:
    """After thirty days, once, whatever else came meanwhile; its raw mail ages from there."""
    first = _receive(desk, "One.")
    desk.clock.advance(HELD_DAYS * DAY - 1)
    second = _receive(desk, "Two.")
    assert _expire(desk) == 0
    desk.clock.advance(2)
    assert (_expire(desk), _expire(desk)) == (1, 0)
    row = desk.ledger.get(first.mail)
    assert row is not None
    assert (row.status, row.changed_at) == (Status.REJECTED, desk.clock.now())
    assert row.reason.startswith("Nobody decided about it in 30 days. eve@example.net is not")
    assert [entry.id for entry in desk.ledger.entries(status=Status.HELD)] == [second.mail]
