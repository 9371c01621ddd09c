"""What the owner says about a held mail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from margins.ledger.sqlite import SqliteLedger
from margins.mail import Envelope
from margins.ports import Acceptance, Status
from margins.testing.fakes import MemoryLedger

HELD = Acceptance(
    status=Status.HELD,
    account="",
    digest="d1",
    fingerprint="f1",
    size=10,
    envelope=Envelope(reverse_path="a@example.org", forward_paths=("import@in.example",)),
    author="a@example.org",
    subject="Notes",
    reason="not registered",
)
NOW = 1_700_000_000.0


@pytest.fixture(params=["sqlite", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> SqliteLedger | MemoryLedger:
    return SqliteLedger(tmp_path / "l.db") if request.param == "sqlite" else MemoryLedger()


def test_an_approved_mail_is_due_for_its_account(ledger: SqliteLedger) -> None:
    """At once, under the account the owner named; nothing held is ever leased before."""
    entry, _ = ledger.record(HELD, now=NOW)
    assert ledger.lease(now=NOW, seconds=60) is None
    decided = ledger.decide(
        entry.id, Status.ACCEPTED, account="a1", now=NOW + 5, reason="Approved."
    )
    assert decided is not None
    assert (decided.status, decided.account, decided.reason) == (
        Status.ACCEPTED, "a1", "Approved.",
    )  # fmt: skip
    assert (entry.admitted, decided.admitted) == ("", "Approved.")
    leased = ledger.lease(now=NOW + 5, seconds=60)
    assert leased is not None
    assert leased.id == entry.id


def test_a_mail_is_decided_once(ledger: SqliteLedger) -> None:
    """Whoever comes second changes nothing, and delivering is not for the owner to say."""
    entry, _ = ledger.record(HELD, now=NOW)
    values = {"account": "a1", "now": NOW, "reason": "x"}
    refused = ledger.decide(entry.id, Status.REJECTED, **values)
    assert refused is not None
    assert refused.admitted == ""
    assert ledger.decide(entry.id, Status.ACCEPTED, **values) is None
    with pytest.raises(ValueError, match="cannot go from held"):
        ledger.decide(entry.id, Status.DELIVERED, **values)


def test_a_mail_the_account_has_already_stays_held(tmp_path: Path) -> None:
    """Two rows of one account never hold the same mail."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    entry, _ = ledger.record(HELD, now=NOW)
    ledger.record(replace(HELD, status=Status.ACCEPTED, account="a1"), now=NOW)
    assert ledger.decide(entry.id, Status.ACCEPTED, account="a1", now=NOW, reason="x") is None
    kept = ledger.get(entry.id)
    assert kept is not None
    assert kept.status is Status.HELD
