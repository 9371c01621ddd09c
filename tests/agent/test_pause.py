"""A paused account's mail waits, and goes on with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import READER, Desk, export, mail

from margins.agent.pause import go_on
from margins.agent.receive import receive
from margins.gate import Sender
from margins.mail import Address, Envelope, MailObject
from margins.ports import Entry, Status
from margins.testing.fakes import MemorySenders

PAUSED = Sender(account="a1", address=Address("reader", "example.org"), paused=True)


@pytest.fixture
def desk() -> Desk:
    """The desk, with the reader's account paused."""
    return Desk(senders=MemorySenders([PAUSED]))


def _receive(desk: Desk, content: bytes, author: str = READER) -> Entry:
    """A mail that a trusted peer hands over; strangers' are held."""
    agent = replace(desk.agent, hold_unknown=lambda: True)
    envelope = Envelope(reverse_path=author, forward_paths=("import@localhost",), trusted=True)
    entry = receive(agent, MailObject(envelope=envelope, content=content)).entry
    assert entry is not None
    assert entry.status is Status.HELD
    return entry


def _go_on(desk: Desk, account: str = "a1") -> int:
    return go_on(desk.ledger, desk.ledger, account, now=desk.clock.now())


def test_what_was_held_for_the_pause_goes_on_in_its_order(desk: Desk) -> None:
    """Each with the evidence of the moment it came, and once."""
    held = [_receive(desk, mail(export(quote))) for quote in ("One.", "Two.", "Three.")]
    assert desk.deliver() is None
    assert (_go_on(desk), _go_on(desk)) == (3, 0)
    done = [desk.deliver() for _ in held]
    assert [entry and entry.id for entry in done] == [entry.id for entry in held]
    assert {entry.admitted for entry in done if entry} == {
        f"The account goes on. {READER} is registered; the peer is trusted"
    }


def test_what_waits_for_another_reason_goes_on_waiting(desk: Desk) -> None:
    """A stranger's mail, and that of another account."""
    stranger = _receive(desk, mail(export("One."), author="eve@example.net"), "eve@example.net")
    _receive(desk, mail(export("Two.")))
    assert _go_on(desk, "a2") == 0
    assert _go_on(desk) == 1
    assert [entry.id for entry in desk.ledger.entries(status=Status.HELD)] == [stranger.id]


def test_many_are_let_in_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the pause was."""
    monkeypatch.setattr("margins.agent.pages._PAGE", 2)
    for n in range(5):
        _receive(desk, mail(export(f"Tide {n}.")))
    assert _go_on(desk) == 5
