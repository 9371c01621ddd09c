"""What every registry of senders promises."""

from __future__ import annotations

import pytest

from margins.mail.address import Address
from margins.ports import Senders

__all__ = ["SendersContract"]


class SendersContract:
    """Wants a fixture `senders` that knows ada@example.org, account "ada", enabled, and
    bob@example.org, account "bob", disabled; the ids of the accounts may differ.
    """

    def test_a_registered_address_is_found(self, senders: Senders) -> None:
        """The answer names the account and the address that was asked for."""
        address = Address("ada", "example.org")
        found = senders.find(address)
        assert found is not None
        assert found.account
        assert found.address == address
        assert found.enabled

    def test_a_disabled_account_says_so(self, senders: Senders) -> None:
        """A disabled account is found: the gate decides what to make of it."""
        found = senders.find(Address("bob", "example.org"))
        assert found is not None
        assert not found.enabled

    @pytest.mark.parametrize(
        "address",
        [
            Address("eve", "example.org"),
            Address("ada", "mail.example.org"),
            Address("ada+tag", "example.org"),
            Address("%", "example.org"),
            Address("a_a", "example.org"),
            Address("' or ''='", "example.org"),
        ],
    )
    def test_any_other_address_is_not(self, senders: Senders, address: Address) -> None:
        """Only the exact address counts: no sub-domain, no tag, no pattern."""
        assert senders.find(address) is None

    def test_accounts_are_distinct(self, senders: Senders) -> None:
        """Two people never write to one another's notes."""
        ada = senders.find(Address("ada", "example.org"))
        bob = senders.find(Address("bob", "example.org"))
        assert ada is not None
        assert bob is not None
        assert ada.account != bob.account
