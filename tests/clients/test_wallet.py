"""Tokens that are used again while they are good."""

from __future__ import annotations

from itertools import count

from margins.clients.wallet import Wallet

NOW = 1_700_000_000.0


def _wallet() -> Wallet:
    number = count()
    return Wallet(lambda account, now: f"{account} {now:.0f} {next(number)}")


def test_a_token_serves_the_requests_of_a_mail() -> None:
    """One is made for many requests within a minute, and then another."""
    wallet = _wallet()
    assert {wallet.token("ada", NOW + second) for second in range(60)} == {"ada 1700000000 0"}
    assert wallet.token("ada", NOW + 60) == "ada 1700000060 1"


def test_nobody_gets_the_token_of_another() -> None:
    """Each account has its own, however they alternate."""
    wallet = _wallet()
    for _ in range(3):
        assert wallet.token("ada", NOW).startswith("ada ")
        assert wallet.token("bob", NOW).startswith("bob ")


def test_a_token_from_the_future_is_not_used() -> None:
    """When the clock is set back, one is made that is good by then."""
    wallet = _wallet()
    wallet.token("ada", NOW)
    assert wallet.token("ada", NOW - 10) == "ada 1699999990 1"


def test_an_empty_wallet_makes_new_ones() -> None:
    """What the server did not believe is not shown to it again."""
    wallet = _wallet()
    wallet.token("ada", NOW)
    wallet.empty()
    assert wallet.token("ada", NOW) == "ada 1700000000 1"


def test_it_does_not_grow_with_the_accounts() -> None:
    """After a thousand accounts it begins anew."""
    wallet = _wallet()
    for number in range(1_001):
        wallet.token(f"reader {number}", NOW)
    assert wallet.token("reader 1000", NOW) == "reader 1000 1700000000 1000"
    assert wallet.token("reader 0", NOW) == "reader 0 1700000000 1001"
