"""Ten minutes without the notes API, with the clock in our hands: late, and then all there."""

from __future__ import annotations

from desk import Desk, export, mail

from margins.errors import Unavailable
from margins.ports import Status


def test_ten_minutes_of_outage_cost_time_and_nothing_else(desk: Desk) -> None:
    """Twenty mails come in meanwhile; all wait, none fails, and each is tried a few times only."""
    desk.sink.failing = Unavailable("The notes API is down.")
    back = desk.clock.now() + 600
    for n in range(20):
        desk.receive(mail(export(f"Quote {n}.", title=f"Book {n}"), subject=f"{n}"))
    tries = 0
    while desk.clock.now() < back:
        while desk.deliver() is not None:
            tries += 1
        desk.clock.advance(1)
    rows = desk.ledger.entries(limit=99)
    assert {row.status for row in rows} == {Status.DEFERRED}
    assert max(row.attempts for row in rows) <= 10
    assert tries == sum(row.attempts for row in rows)
    desk.sink.failing = None
    longest = max(row.next_try_at for row in rows)
    assert longest - desk.clock.now() < 600
    while desk.clock.now() <= longest + 1:
        while desk.deliver() is not None:
            pass
        desk.clock.advance(1)
    rows = desk.ledger.entries(limit=99)
    assert {row.status for row in rows} == {Status.DELIVERED}
    assert sum(row.counts.created for row in rows) == 20


def test_a_replay_has_its_own_time_to_give_up(desk: Desk) -> None:
    """A mail replayed after a month is not given up at its first trouble."""
    desk.receive(mail(export("One.")))
    done = desk.deliver()
    assert done is not None
    desk.clock.advance(30 * 86_400)
    desk.sink.failing = Unavailable("The notes API is down.")
    again = desk.deliver(only=done.id)
    assert again is not None
    assert again.status is Status.DEFERRED
    desk.clock.advance(6 * 86_400)
    last = desk.deliver()
    assert last is not None
    assert last.status is Status.FAILED


def test_a_mail_that_stops_every_worker_fails_in_the_end(desk: Desk) -> None:
    """After ten leases that ran out it is set aside, visibly, and can be replayed."""
    desk.receive(mail(export("One.")))
    for _ in range(11):
        assert desk.ledger.lease(now=desk.clock.now(), seconds=60) is not None
        desk.clock.advance(61)
    last = desk.deliver()
    assert last is not None
    assert last.status is Status.FAILED
    assert "11 times" in last.reason
    again = desk.deliver(only=last.id)
    assert again is not None
    assert again.status is Status.DELIVERED
