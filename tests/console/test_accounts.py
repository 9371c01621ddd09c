"""The accounts: who is registered, and registering one more."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time

import pytest

from margins.mail import parse_addr_spec
from margins.ports import Status

from .conftest import READER, Console, plain
from .exports import clippings, mail


def _owner(console: Console, address: str) -> str | None:
    parsed = parse_addr_spec(address)
    assert parsed is not None
    found = console.parts.senders.find(parsed)
    return found and found.account


def test_an_address_for_a_new_account(console: Console) -> None:
    """It may send from then on, and the page shows it."""
    answer = console.post("/accounts", address=" Reader@Example.org ", account="")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/accounts#{_owner(console, READER)}"
    assert READER in plain(console.get("/accounts").text)


def test_an_address_for_an_account_there_is_vouched_for(console: Console) -> None:
    """It writes to the account that was chosen, when its owner is known to the operator."""
    account = console.register()
    console.post("/accounts", address="other@example.org", account=account, verified="yes")
    assert _owner(console, "other@example.org") == account


def test_another_address_is_sent_a_code(open_: Callable[..., Console]) -> None:
    """It writes once the code has been typed in, and the page shows that it is waited for."""
    console = open_(receipts_relay="127.0.0.1:25")
    account = console.register()
    answer = console.post("/accounts", address="other@example.org", account=account)
    assert answer.status_code == 303
    assert _owner(console, "other@example.org") is None
    assert "other@example.org has been sent a code" in plain(console.get("/accounts").text)
    letter = console.parts.inbox.outbox.take(now=time(), seconds=60)
    assert letter is not None
    assert letter.letter.to == "other@example.org"
    code = re.search(rb"\[margins-(.{8})\]", letter.letter.content)
    assert code is not None
    wrong = console.post("/accounts/confirm", address="other@example.org", code="AAAAAAAA")
    assert wrong.status_code == 422
    assert "That is not the code of other@example.org" in plain(wrong.text)
    right = console.post("/accounts/confirm", address="other@example.org", code=code[1].decode())
    assert right.headers["location"] == f"/accounts#{account}"
    assert _owner(console, "other@example.org") == account
    assert "has been sent a code" not in plain(console.get("/accounts").text)


def test_without_a_way_out_the_form_says_so(console: Console) -> None:
    """And what to do instead; nothing is noted."""
    account = console.register()
    answer = console.post("/accounts", address="other@example.org", account=account)
    assert answer.status_code == 422
    assert "receipts_relay" in plain(answer.text)
    assert console.parts.senders.access.asked(now=time()) == []


def test_a_paused_account_holds_its_mail_and_goes_on(console: Console) -> None:
    """What came meanwhile is let in when it goes on, with the evidence of then."""
    account = console.register()
    console.post(f"/accounts/{account}/state", state="paused")
    assert "Paused: its mail is held." in plain(console.get("/accounts").text)
    held = console.receive(mail(clippings("One.")))
    assert held.status is Status.HELD
    console.post(f"/accounts/{account}/state", state="active")
    entry = console.parts.inbox.get(held.id)
    assert entry is not None
    assert entry.status is Status.ACCEPTED
    assert entry.admitted == f"The account goes on. {READER} is registered; the peer is trusted"


def test_a_closed_account_takes_no_mail(console: Console) -> None:
    """It looks as if nobody had registered its address."""
    account = console.register()
    console.post(f"/accounts/{account}/state", state="closed")
    assert "Closed: its mail is refused." in plain(console.get("/accounts").text)
    assert console.receive(mail(clippings("One."))).status is Status.REJECTED


@pytest.mark.parametrize("path", ["/accounts/nobody/state", "/accounts/{account}/state"])
def test_no_such_state(console: Console, path: str) -> None:
    """Neither an account nor a state is invented."""
    account = console.register()
    state = "active" if "nobody" in path else "asleep"
    assert console.post(path.format(account=account), state=state).status_code == 404


def test_the_same_address_twice(console: Console) -> None:
    """Adding what is there already changes nothing and is no error."""
    account = console.register()
    assert console.post("/accounts", address=READER, account="").status_code == 303
    assert [each.id for each in console.parts.senders.accounts()] == [account]


def test_what_is_no_address(console: Console) -> None:
    """The form comes back with what was typed and what is wrong with it."""
    answer = console.post("/accounts", address='not "an address', account="")
    assert answer.status_code == 422
    assert "This is no plain mail address." in plain(answer.text)
    assert 'value="not &#34;an address"' in answer.text
    assert console.parts.senders.accounts() == []


def test_an_address_of_somebody_else(console: Console) -> None:
    """An address writes to one account: the form says whose it is."""
    console.register()
    other = console.register("second@example.org")
    answer = console.post("/accounts", address=READER, account=other)
    assert answer.status_code == 422
    assert "already writes to the account" in plain(answer.text)


def test_nobody_is_registered(console: Console) -> None:
    """The empty page says what an address is for."""
    assert "Nobody is registered yet." in plain(console.get("/accounts").text)
