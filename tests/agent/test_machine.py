"""Agent, ledger and notes API under duplicates, reordering, lost events, crashes, two workers.

Whatever happens: what was acknowledged is waiting, delivered or visibly failed; its raw message is
kept until it has ended; no note stands twice; and once the world is well again everything
acknowledged is in the notes, whether or not anybody told of it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from desk import READER, Desk, export, mail
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from margins.agent.deliver import deliver, prepare
from margins.agent.upkeep import tidy
from margins.errors import NoSpace, Unavailable
from margins.gate import Sender
from margins.ledger.sqlite import SqliteLedger
from margins.mail import parse_addr_spec
from margins.mail.envelope import fingerprint
from margins.mail.reply import Outcome
from margins.ports import Entry, Status
from margins.testing.fakes import MemoryLedger, MemorySenders, MemoryStore
from margins.testing.fakes.breakable import Breakable

_BOOKS = 3
_EDITIONS = 4
_ENDED = {Status.DELIVERED, Status.FAILED, Status.REJECTED}


def _content(book: int, edition: int) -> bytes:
    """Edition n of a book has n + 1 highlights, the older ones longer than before."""
    quotes = [
        f"tide{book}x{n} came in over the flats" + " and further" * (edition - n)
        for n in range(edition + 1)
    ]
    return mail(export(*quotes, title=f"Book {book}"), subject=f"{book}/{edition}")


class Machine(RuleBasedStateMachine):
    """Mails come in any order and number; workers work, stall and die; the world fails."""

    acknowledged = Bundle("acknowledged")
    in_hand = Bundle("in_hand")
    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        address = parse_addr_spec(READER)
        assert address is not None
        self.desk = Desk(senders=MemorySenders([Sender(account="a1", address=address)]))
        self.desk.store = MemoryStore(self.desk.clock)
        self.desk.ledger = self.open_ledger()
        self.bucket: dict[str, bytes] = {}
        self.known: dict[str, tuple[int, int]] = {}
        self.taken_by_ses: set[tuple[int, int]] = set()

    def open_ledger(self) -> MemoryLedger:
        """An empty one."""
        return MemoryLedger()

    @rule(
        target=acknowledged,
        book=st.integers(0, _BOOKS - 1),
        edition=st.integers(0, _EDITIONS - 1),
    )
    def a_mail_arrives(self, book: int, edition: int) -> object:
        receipt = self.desk.receive(_content(book, edition))
        if receipt.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}:
            assert receipt.entry is not None
            self.known[receipt.entry.id] = book, edition
            return receipt.entry.id
        assert receipt.outcome in {Outcome.UNAVAILABLE, Outcome.NO_SPACE}
        return multiple()

    @rule(
        target=events,
        book=st.integers(0, _BOOKS - 1),
        edition=st.integers(0, _EDITIONS - 1),
    )
    def ses_takes_a_mail(self, book: int, edition: int) -> str:
        """It has said 250. The event may come late, again and again, or never."""
        self.taken_by_ses.add((book, edition))
        key = f"incoming/{book}.{edition}.{len(self.bucket)}"
        self.bucket[key] = _content(book, edition)
        return key

    @rule(key=events)
    def an_event_comes(self, key: str) -> None:
        if (content := self.bucket.get(key)) is None:
            return
        if self.desk.receive(content).entry is not None:
            del self.bucket[key]

    def _reconcile(self) -> None:
        """Whatever nobody told of is taken from where it lies."""
        for key in list(self.bucket):
            self.an_event_comes(key)

    @rule(target=in_hand)
    def a_worker_takes_a_mail(self) -> object:
        if self.desk.ledger.failing is not None:
            return multiple()
        entry = self.desk.ledger.lease(now=self.desk.clock.now(), seconds=60)
        return multiple() if entry is None else entry

    @rule(entry=in_hand)
    def it_delivers_what_it_has(self, entry: Entry) -> None:
        """Perhaps long after its lease ran out, perhaps for the second time."""
        if entry.next_try_at <= self.desk.clock.now():
            return  # a lease is longer than all time-outs together: by now it has given up
        with suppress(LookupError, Unavailable):
            deliver(self.desk.agent, entry)

    @rule(entry=in_hand)
    def it_dies_after_reading(self, entry: Entry) -> None:
        with suppress(Unavailable):
            prepare(self.desk.agent, entry)

    @rule()
    def the_notes_api_fails(self) -> None:
        self.desk.sink.failing = Unavailable("down", retry_after=7)

    @rule()
    def its_answers_get_lost(self) -> None:
        self.desk.sink.losing_answers = True

    @rule()
    def the_disk_is_full(self) -> None:
        self.desk.store.failing = NoSpace("full")

    @rule()
    def the_ledger_fails(self) -> None:
        self.desk.ledger.failing = Unavailable("locked")

    @rule()
    def all_is_well(self) -> None:
        self.desk.sink.failing = self.desk.store.failing = self.desk.ledger.failing = None
        self.desk.sink.losing_answers = False

    @rule(seconds=st.sampled_from([1, 30, 61, 3600, -3600, 86_400]))
    def the_clock_jumps(self, seconds: float) -> None:
        self.desk.clock.advance(seconds)

    @rule(mail_id=acknowledged)
    def somebody_replays(self, mail_id: str) -> None:
        if self.desk.ledger.failing is None and self._rows()[mail_id].digest:
            self.desk.deliver(only=mail_id)

    @rule(days=st.sampled_from([0, 0.01, 1]))
    def upkeep_runs(self, days: float) -> None:
        """What is left behind is taken, what has ended so long ago goes."""
        self._reconcile()
        with suppress(Unavailable):
            tidy(self.desk.agent, self.desk.ledger, self.desk.store, retention_days=days)

    @invariant()
    def no_mail_stands_twice(self) -> None:
        prints = [row.fingerprint for row in self._rows().values()]
        assert len(prints) == len(set(prints))

    @invariant()
    def what_has_not_ended_is_kept(self) -> None:
        waiting = [row for row in self._rows().values() if row.status not in _ENDED]
        assert all(row.digest in self.desk.store._contents for row in waiting)

    @invariant()
    def no_note_stands_twice(self) -> None:
        assert all(times == 1 for times in self._found().values())

    @invariant()
    def what_was_acknowledged_is_in_the_ledger(self) -> None:
        rows = self._rows()
        assert self.known.keys() <= rows.keys()
        assert all(rows[id_].status is not Status.REJECTED for id_ in self.known)

    def _rows(self) -> dict[str, Entry]:
        failing, self.desk.ledger.failing = self.desk.ledger.failing, None
        rows = {row.id: row for row in self.desk.ledger.entries(limit=-1)}
        self.desk.ledger.failing = failing
        return rows

    def _found(self) -> Counter[str]:
        return Counter(
            stored.annotation.target.quote.split(" ", 1)[0]
            for book in self.desk.sink._books.values()
            for stored in book.notes.values()
        )

    def teardown(self) -> None:
        """The world is well for long enough: everything acknowledged is delivered."""
        self.all_is_well()
        for _ in range(40):
            while self.desk.deliver() is not None:
                pass
            self.desk.clock.advance(86_400)
            self._reconcile()
        rows = self._rows().values()
        assert self.bucket == {}
        by_fingerprint = {row.fingerprint: row.id for row in rows}
        self.known |= {by_fingerprint[fingerprint(_content(*m))]: m for m in self.taken_by_ses}
        gave_up = {row.id for row in rows if row.status is Status.FAILED}
        assert all("Given up" in self._rows()[id_].reason for id_ in gave_up)
        assert {row.status for row in rows} <= {Status.DELIVERED, Status.FAILED}
        wanted = {
            f"tide{book}x{n}"
            for id_, (book, edition) in self.known.items()
            if id_ not in gave_up
            for n in range(edition + 1)
        }
        found = self._found()
        assert wanted <= found.keys()
        assert all(times == 1 for times in found.values())


class _BreakableFile(Breakable):
    """An SQLite ledger that can be told to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._ledger = SqliteLedger(path)

    def __getattr__(self, name: str) -> Any:
        known = getattr(self._ledger, name)
        return partial(self._call, known) if callable(known) else known

    def _call(self, method: Any, *args: Any, **named: Any) -> Any:
        self.answer_or_fail()
        return method(*args, **named)


class MachineWithFile(Machine):
    """The same over the ledger of a laptop."""

    def open_ledger(self) -> MemoryLedger:
        """In a directory of its own."""
        self.folder = TemporaryDirectory()
        return cast("MemoryLedger", _BreakableFile(Path(self.folder.name) / "ledger.db"))

    def teardown(self) -> None:
        """The same promise, and the file goes."""
        try:
            super().teardown()
        finally:
            self.desk.ledger.failing = None
            cast("Any", self.desk.ledger).close()
            self.folder.cleanup()


# The profile says how many examples; of the one without a disk never fewer than 60.
_SETTINGS = settings(
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestMachine = Machine.TestCase
TestMachine.settings = settings(_SETTINGS, max_examples=max(60, _SETTINGS.max_examples))
TestMachineWithFile = MachineWithFile.TestCase
TestMachineWithFile.settings = _SETTINGS
