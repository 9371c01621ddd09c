"""Raw messages go when nothing needs them any more, and never before."""

from __future__ import annotations

import pytest
from desk import Desk, export, mail

from margins.agent.upkeep import Tidied, tidy
from margins.errors import Unavailable
from margins.ports import Status
from margins.testing.fakes import MemoryStore

DAY = 86_400.0


@pytest.fixture
def dated(desk: Desk) -> Desk:
    """The desk with a store that knows its clock."""
    desk.store = MemoryStore(desk.clock)
    return desk


def _tidy(desk: Desk, days: float = 90) -> Tidied:
    return tidy(desk.agent, desk.ledger, desk.store, retention_days=days)


def test_a_mail_goes_when_its_time_is_over(dated: Desk) -> None:
    """Ninety days after it was delivered, not after it came; its row stays."""
    dated.receive(mail(export("One.")))
    dated.clock.advance(80 * DAY)
    done = dated.deliver()
    assert done is not None
    dated.clock.advance(89 * DAY)
    assert _tidy(dated) == Tidied(expired=0, orphans=0)
    dated.clock.advance(2 * DAY)
    assert _tidy(dated) == Tidied(expired=1, orphans=0)
    assert list(dated.store.digests()) == []
    row = dated.ledger.get(done.id)
    assert row is not None
    assert (row.status, row.digest) == (Status.DELIVERED, "")


def test_zero_days_is_for_ever(dated: Desk) -> None:
    """Then nothing that has a row is removed."""
    dated.receive(mail(export("One.")))
    dated.deliver()
    dated.clock.advance(1e9)
    assert _tidy(dated, days=0) == Tidied(expired=0, orphans=0)


def test_what_has_not_ended_is_never_removed(dated: Desk) -> None:
    """A mail that waits for the notes API waits with its content, however long."""
    dated.receive(mail(export("One.")))
    dated.sink.failing = Unavailable("down")
    dated.deliver()
    dated.clock.advance(1000 * DAY)
    assert _tidy(dated) == Tidied(expired=0, orphans=0)


def test_an_orphan_goes_after_a_day(dated: Desk) -> None:
    """Nobody was told 250 for it; until then it may be one whose row is being written."""
    dated.store.put(b"stored, and then the power went")
    dated.clock.advance(0.9 * DAY)
    assert _tidy(dated) == Tidied(expired=0, orphans=0)
    dated.clock.advance(0.2 * DAY)
    assert _tidy(dated) == Tidied(expired=0, orphans=1)


def test_an_orphan_whose_mail_comes_again_is_adopted(dated: Desk) -> None:
    """The peer that never heard 250 sends it again, and the row then names the old content."""
    content = mail(export("One."))
    dated.store.put(content)
    dated.clock.advance(0.9 * DAY)
    dated.receive(content)
    dated.clock.advance(0.9 * DAY)
    assert _tidy(dated) == Tidied(expired=0, orphans=0)
    done = dated.deliver()
    assert done is not None
    assert done.status is Status.DELIVERED


def test_many_are_removed_in_one_run(dated: Desk) -> None:
    """Batches are no limit."""
    for n in range(1200):
        dated.store.put(f"orphan {n}".encode())
    dated.clock.advance(2 * DAY)
    assert _tidy(dated).orphans == 1200
