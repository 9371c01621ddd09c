"""Held mails: approved or refused by hand, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from margins.mail import parse_addr_spec
from margins.ports import Entry, Status

from .conftest import Console, plain
from .exports import clippings, mail

GUEST = "guest@example.net"


@pytest.fixture
def holding(open_: Callable[..., Console]) -> tuple[Console, str, Entry]:
    """A console that holds mail of unregistered authors, an account, and such a mail."""
    console = open_(unknown="hold")
    account = console.register()
    entry = console.receive(mail(clippings("A tide."), sender=GUEST))
    assert entry.status is Status.HELD
    return console, account, entry


def _now(console: Console, entry: Entry) -> Entry:
    found = console.parts.inbox.get(entry.id)
    assert found is not None
    return found


def test_the_page_asks_for_a_decision(holding: tuple[Console, str, Entry]) -> None:
    """A held mail says why, and offers both answers; one that is decided offers neither."""
    console, account, entry = holding
    page = console.get(f"/mails/{entry.id}").text
    assert "is not registered" in plain(page)
    assert "Approve" in page
    assert f'formaction="/mails/{entry.id}/refuse"' in page
    console.post(f"/mails/{entry.id}/approve", account=account)
    assert "Approve</button>" not in console.get(f"/mails/{entry.id}").text


def test_an_approved_mail_is_delivered(holding: tuple[Console, str, Entry]) -> None:
    """It writes to the account that was chosen; its author stays unregistered."""
    console, account, entry = holding
    assert console.post(f"/mails/{entry.id}/approve", account=account).status_code == 303
    approved = _now(console, entry)
    assert (approved.status, approved.account) == (Status.ACCEPTED, account)
    assert console.settle(approved).counts.created == 1
    author = parse_addr_spec(GUEST)
    assert author is not None
    assert console.parts.senders.find(author) is None


def test_its_author_may_write_from_now_on(holding: tuple[Console, str, Entry]) -> None:
    """With the tick, the next mail of this author is let in by itself."""
    console, account, entry = holding
    console.post(f"/mails/{entry.id}/approve", account=account, register="yes")
    assert console.receive(mail(sender=GUEST)).status is Status.ACCEPTED


def test_a_refused_mail_is_rejected(holding: tuple[Console, str, Entry]) -> None:
    """It ends there, and its reason says that a person said so."""
    console, _, entry = holding
    console.post(f"/mails/{entry.id}/refuse")
    refused = _now(console, entry)
    assert refused.status is Status.REJECTED
    assert refused.reason.startswith("Refused by hand.")


@pytest.mark.parametrize("account", ["", "nobody"])
def test_an_account_must_be_chosen(holding: tuple[Console, str, Entry], account: str) -> None:
    """Without one the mail stays held."""
    console, _, entry = holding
    assert console.post(f"/mails/{entry.id}/approve", account=account).status_code == 400
    assert _now(console, entry).status is Status.HELD


def test_a_decision_is_made_once(holding: tuple[Console, str, Entry]) -> None:
    """A second answer, from a page that is out of date, changes nothing."""
    console, account, entry = holding
    console.post(f"/mails/{entry.id}/refuse")
    assert console.post(f"/mails/{entry.id}/approve", account=account).status_code == 409
    assert _now(console, entry).status is Status.REJECTED
