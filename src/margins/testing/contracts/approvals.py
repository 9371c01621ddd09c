"""What every ledger promises about mails that are held."""

from __future__ import annotations

from typing import Protocol

import pytest

from margins.ports import Approvals, Status
from margins.testing.contracts.given import NOW, AnyLedger
from margins.testing.contracts.given import mail as _mail

__all__ = ["ApprovalsContract"]


class _Ledger(AnyLedger, Approvals, Protocol):
    """A ledger in which somebody decides."""


class ApprovalsContract:
    """Wants a fixture `ledger`, as LedgerContract does."""

    @pytest.mark.parametrize("account", ["", "ada"])
    def test_an_approved_mail_is_due_for_its_account(self, ledger: _Ledger, account: str) -> None:
        """At once, under the account the owner named; nothing held is ever leased before."""
        entry, _ = ledger.record(_mail(Status.HELD, account=account), now=NOW)
        assert ledger.lease(now=NOW, seconds=60) is None
        decided = ledger.decide(
            entry.id, Status.ACCEPTED, account="ada", now=NOW + 5, reason="Approved."
        )
        assert decided is not None
        assert ledger.get(entry.id) == decided
        assert (decided.status, decided.account, decided.reason, decided.admitted) == (
            Status.ACCEPTED, "ada", "Approved.", "Approved.",
        )  # fmt: skip
        leased = ledger.lease(now=NOW + 5, seconds=60)
        assert leased is not None
        assert leased.id == entry.id

    def test_an_approved_mail_is_a_duplicate_from_then_on(self, ledger: _Ledger) -> None:
        """The same mail again, now that its author is registered, is the row it has."""
        held = _mail(Status.HELD, account="")
        entry, _ = ledger.record(held, now=NOW)
        ledger.decide(entry.id, Status.ACCEPTED, account="ada", now=NOW, reason="x")
        again = _mail(account="ada", fingerprint=held.fingerprint)
        known, new = ledger.record(again, now=NOW + 9)
        assert (known.id, new) == (entry.id, False)

    def test_a_mail_is_decided_once(self, ledger: _Ledger) -> None:
        """Whoever comes second changes nothing, and delivering is not for the owner to say."""
        entry, _ = ledger.record(_mail(Status.HELD), now=NOW)
        decided = ledger.decide(entry.id, Status.REJECTED, account="ada", now=NOW, reason="x")
        assert decided is not None
        assert decided.admitted == ""
        assert ledger.decide(entry.id, Status.ACCEPTED, account="ada", now=NOW, reason="x") is None
        assert ledger.get(entry.id) == decided
        assert ledger.decide("0" * 26, Status.REJECTED, account="", now=NOW, reason="x") is None
        with pytest.raises(ValueError, match="cannot go from held"):
            ledger.decide(entry.id, Status.DELIVERED, account="ada", now=NOW, reason="x")

    def test_a_mail_the_account_has_already_stays_held(self, ledger: _Ledger) -> None:
        """Two rows of one account never hold the same mail."""
        held = _mail(Status.HELD, account="")
        entry, _ = ledger.record(held, now=NOW)
        ledger.record(_mail(account="ada", fingerprint=held.fingerprint), now=NOW)
        assert ledger.decide(entry.id, Status.ACCEPTED, account="ada", now=NOW, reason="x") is None
        kept = ledger.get(entry.id)
        assert kept is not None
        assert kept.status is Status.HELD

    def test_a_refused_mail_stands_in_nobodys_way(self, ledger: _Ledger) -> None:
        """Sent again it is a mail of its own; and its raw message is given up like any other."""
        held = _mail(Status.HELD)
        entry, _ = ledger.record(held, now=NOW)
        ledger.decide(entry.id, Status.REJECTED, account=held.account, now=NOW, reason="x")
        assert ledger.lease(now=NOW + 1e6, seconds=60) is None
        assert ledger.release(ended_before=NOW + 1) == [held.digest]
        again = _mail(account=held.account, fingerprint=held.fingerprint)
        assert ledger.record(again, now=NOW)[1]
