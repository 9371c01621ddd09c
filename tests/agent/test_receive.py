"""Taking a mail: durable before it is accepted, and every failure is a deferral."""

from __future__ import annotations

import pytest
from desk import Desk, export, mail

from margins.errors import NoSpace, Unavailable
from margins.mail import Outcome
from margins.ports import Status


def test_an_accepted_mail_is_stored_and_recorded(desk: Desk) -> None:
    """The raw content is kept under its digest, and the row says whose it is and why."""
    content = mail(export("One."), subject="My notes")
    receipt = desk.receive(content)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.entry is not None
    assert desk.store.get(receipt.entry.digest) == content
    assert (receipt.entry.account, receipt.entry.subject) == ("a1", "My notes")
    assert receipt.entry.status is Status.ACCEPTED


def test_a_rejected_mail_is_recorded_and_not_stored(desk: Desk) -> None:
    """A stranger's mail leaves a row with the reason, and no content on our disk."""
    receipt = desk.receive(mail(export("One."), author="stranger@example.net"))
    assert receipt.outcome is Outcome.UNKNOWN_SENDER
    assert receipt.entry is not None
    assert (receipt.entry.status, receipt.entry.digest) == (Status.REJECTED, "")


def test_an_unproven_author_is_rejected(desk: Desk) -> None:
    """From a peer that is not trusted, a registered address alone opens nothing."""
    assert desk.receive(mail(export("One.")), trusted=False).outcome is Outcome.UNAUTHENTICATED


def test_relayed_twice_is_one_mail(desk: Desk) -> None:
    """The same message with other trace fields is the mail we have."""
    content = mail(export("One."))
    first = desk.receive(content)
    again = desk.receive(b"Received: from relay.example\r\n" + content)
    assert again.outcome is Outcome.DUPLICATE
    assert again.entry == first.entry


@pytest.mark.parametrize(
    ("port", "error", "outcome"),
    [
        ("store", Unavailable("The disk is gone."), Outcome.UNAVAILABLE),
        ("store", NoSpace("The disk is full."), Outcome.NO_SPACE),
        ("ledger", Unavailable("The ledger is locked."), Outcome.UNAVAILABLE),
        ("ledger", NoSpace("The disk is full."), Outcome.NO_SPACE),
        ("senders", Unavailable("The registry is down."), Outcome.UNAVAILABLE),
    ],
)
def test_what_cannot_be_kept_is_deferred(
    desk: Desk, port: str, error: Unavailable, outcome: Outcome
) -> None:
    """While a port is broken the peer keeps the mail; when it works again the mail is taken."""
    content = mail(export("One."))
    getattr(desk, port).failing = error
    assert desk.receive(content).outcome is outcome
    getattr(desk, port).failing = None
    assert desk.receive(content).outcome is Outcome.ACCEPTED
