"""The accounts: who is registered, and registering one more."""

from __future__ import annotations

from margins.mail import parse_addr_spec

from .conftest import READER, Console, plain


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


def test_an_address_for_an_account_there_is(console: Console) -> None:
    """It writes to the account that was chosen."""
    account = console.register()
    console.post("/accounts", address="other@example.org", account=account)
    assert _owner(console, "other@example.org") == account


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
