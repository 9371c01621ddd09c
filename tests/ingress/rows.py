"""A row of the ledger, for what is said about it."""

from __future__ import annotations

from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Entry, Status
from margins.testing.fakes import MemoryLedger


def row() -> Entry:
    """Of a mail that was just taken."""
    acceptance = Acceptance(
        status=Status.ACCEPTED,
        account="ada",
        digest="d",
        fingerprint="f",
        size=1,
        envelope=Envelope(reverse_path="", forward_paths=()),
        author="ada@example.org",
        subject="",
        reason="",
    )
    return MemoryLedger().record(acceptance, now=1.0)[0]
