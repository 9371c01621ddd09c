"""Taking a mail: durable before it is accepted, and every failure is a deferral."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest
from desk import READER, Desk, export, mail

from margins.agent.receive import admit, commit
from margins.errors import NoSpace, Unavailable
from margins.mail import Envelope, MailObject, Outcome
from margins.ports import Status
from margins.store.fs import FileStore
from margins.testing.fakes.disk import MemoryDisk


def test_an_accepted_mail_is_stored_and_recorded(desk: Desk) -> None:
    """The raw content is kept under its digest, and the row says whose it is and why."""
    content = mail(export("One."), subject="My notes")
    receipt = desk.receive(content)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.entry is not None
    assert desk.store.get(receipt.entry.digest) == content
    assert (receipt.entry.account, receipt.entry.subject) == ("a1", "My notes")
    assert receipt.entry.status is Status.ACCEPTED


def test_a_rejected_mail_is_recorded_and_not_stored(desk: Desk) -> None:
    """A stranger's mail leaves a row with the reason, and no content on our disk."""
    receipt = desk.receive(mail(export("One."), author="stranger@example.net"))
    assert receipt.outcome is Outcome.UNKNOWN_SENDER
    assert receipt.entry is not None
    assert (receipt.entry.status, receipt.entry.digest) == (Status.REJECTED, "")


def test_an_unproven_author_is_rejected(desk: Desk) -> None:
    """From a peer that is not trusted, a registered address alone opens nothing."""
    assert desk.receive(mail(export("One.")), trusted=False).outcome is Outcome.UNAUTHENTICATED


def test_relayed_twice_is_one_mail(desk: Desk) -> None:
    """The same message with other trace fields is the mail we have."""
    content = mail(export("One."))
    first = desk.receive(content)
    again = desk.receive(b"Received: from relay.example\r\n" + content)
    assert again.outcome is Outcome.DUPLICATE
    assert again.entry == first.entry


@pytest.mark.parametrize(
    ("port", "error", "outcome"),
    [
        ("store", Unavailable("The disk is gone."), Outcome.UNAVAILABLE),
        ("store", NoSpace("The disk is full."), Outcome.NO_SPACE),
        ("ledger", Unavailable("The ledger is locked."), Outcome.UNAVAILABLE),
        ("ledger", NoSpace("The disk is full."), Outcome.NO_SPACE),
        ("senders", Unavailable("The registry is down."), Outcome.UNAVAILABLE),
    ],
)
def test_what_cannot_be_kept_is_deferred(
    desk: Desk, port: str, error: Unavailable, outcome: Outcome
) -> None:
    """While a port is broken the peer keeps the mail; when it works again the mail is taken."""
    content = mail(export("One."))
    getattr(desk, port).failing = error
    assert desk.receive(content).outcome is outcome
    getattr(desk, port).failing = None
    assert desk.receive(content).outcome is Outcome.ACCEPTED


def _together(desk: Desk, contents: Sequence[bytes]) -> list[Outcome]:
    """The outcomes of mails that arrive together."""
    envelope = Envelope(reverse_path=READER, forward_paths=("import@localhost",), trusted=True)
    mails = [MailObject(envelope=envelope, content=content) for content in contents]
    return [r.outcome for r in commit(desk.agent, [admit(desk.agent, each) for each in mails])]


class _FailingDisk(MemoryDisk):
    """Its next fsync of a directory of mails fails, as Linux tells it: once."""

    failing = 0

    def sync_directory(self, path: Path) -> None:
        if self.failing and len(path.name) == 1:
            self.failing -= 1
            raise OSError(errno.EIO, "the disk failed")
        super().sync_directory(path)


def test_a_failed_fsync_is_the_end_of_the_batch(desk: Desk) -> None:
    """All that came together hear 451: a second try would be told that all is well."""
    disk = _FailingDisk()
    desk.store = FileStore(Path("/var/mail"), disk=disk)  # type: ignore[assignment]
    contents = [mail(export("One."), subject=str(n)) for n in range(3)]
    disk.failing = 1
    assert _together(desk, contents) == [Outcome.UNAVAILABLE] * 3
    assert list(desk.ledger.entries()) == []
    assert _together(desk, contents) == [Outcome.ACCEPTED] * 3


def test_an_error_of_the_ledger_is_the_end_of_the_batch(desk: Desk) -> None:
    """It is asked once, not once more for each mail."""
    contents = [mail(export("One."), subject=str(n)) for n in range(3)]
    record, asked = desk.ledger.record_many, 0

    def fail_once(*args: object, **named: object) -> object:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise Unavailable("disk I/O error")
        return record(*args, **named)  # type: ignore[arg-type]

    desk.ledger.record_many = fail_once  # type: ignore[assignment, method-assign]
    assert _together(desk, contents) == [Outcome.UNAVAILABLE] * 3
    assert asked == 1


def test_on_a_full_disk_the_small_ones_are_taken(desk: Desk) -> None:
    """What does not fit together may fit alone."""
    put_many = desk.store.put_many

    def put_small(contents: Sequence[bytes]) -> list[str]:
        if sum(map(len, contents)) > 5_000:
            raise NoSpace("The disk is full.")
        return put_many(contents)

    desk.store.put_many = put_small  # type: ignore[assignment, method-assign]
    contents = [mail(export(text)) for text in ("One.", "Two. " * 1000, "Three.")]
    outcomes = [Outcome.ACCEPTED, Outcome.NO_SPACE, Outcome.ACCEPTED]
    assert _together(desk, contents) == outcomes
