"""The fakes keep the same promises as the real adapters."""

from __future__ import annotations

import pytest

from margins.annotation import Publication
from margins.errors import Unavailable
from margins.gate import Sender
from margins.mail.address import Address
from margins.plan import Plan
from margins.testing.contracts import (
    LedgerContract,
    SendersContract,
    SignerContract,
    SinkContract,
    StoreContract,
)
from margins.testing.fakes import (
    ManualClock,
    MemoryLedger,
    MemorySenders,
    MemorySigner,
    MemorySink,
    MemoryStore,
)


class TestMemoryStore(StoreContract):
    """Raw mail in memory."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestMemoryLedger(LedgerContract):
    """The ledger in memory."""

    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        return MemoryLedger()


class TestMemorySenders(SendersContract):
    """The registry in memory."""

    @pytest.fixture
    def senders(self) -> MemorySenders:
        return MemorySenders(
            [
                Sender(account="ada", address=Address("ada", "example.org")),
                Sender(account="bob", address=Address("bob", "example.org"), enabled=False),
            ]
        )


class TestMemorySink(SinkContract):
    """Notes in memory."""

    @pytest.fixture
    def sink(self) -> MemorySink:
        return MemorySink()


class TestMemorySigner(SignerContract):
    """A key in memory."""

    @pytest.fixture
    def signer(self) -> MemorySigner:
        return MemorySigner()


def test_a_fake_fails_when_told_to() -> None:
    """Outages can be played."""
    store = MemoryStore()
    store.failing = Unavailable("The disk is gone.")
    with pytest.raises(Unavailable, match="gone"):
        store.put(b"")
    store.failing = None
    store.put(b"")


def test_a_lost_answer_has_had_its_effect() -> None:
    """The worst case of every network can be played."""
    sink = MemorySink()
    sink.losing_answers = True
    plan = Plan(publication=Publication(title="Dune"))
    with pytest.raises(Unavailable, match="lost"):
        sink.apply("ada", [plan], key="k")
    sink.losing_answers = False
    assert sink.apply("ada", [plan], key="k").created == 0


def test_the_clock_moves_only_when_moved() -> None:
    """Tests own the time."""
    clock = ManualClock(10.0)
    assert clock.now() == clock.now() == 10.0
    clock.advance(5)
    assert clock.now() == 15.0
