"""The mail that goes the whole way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import pytest

from margins.doctor import Level
from margins.doctor import canary as module
from margins.doctor.canary import EXPORT, canary
from margins.errors import Refused
from margins.formats.kindle_clippings import extract
from margins.mail.entity import Attachment
from margins.mail.envelope import Envelope
from margins.ports import Entry, Status

SUBJECT = "Notes: margins-canary-1.txt"


def _entry(subject: str, status: Status) -> Entry:
    return Entry(
        id="01",
        status=status,
        account="ada",
        digest="",
        fingerprint="",
        size=1,
        envelope=Envelope(reverse_path="", forward_paths=()),
        author="reader@example.org",
        subject=subject,
        reason="so it ended",
        received_at=0.0,
        changed_at=0.0,
    )


class Inbox:
    """A ledger in which the canary comes by these states, one at each look."""

    def __init__(self, *states: Status) -> None:
        self._states = chain(states, repeat(states[-1])) if states else repeat(None)

    def get(self, id: str) -> Entry | None:  # noqa: A002
        raise AssertionError(id)

    def entries(self, **_: object) -> Sequence[Entry]:
        other, state = _entry("Notes: another", Status.DELIVERED), next(self._states)
        return [other] if state is None else [other, _entry(SUBJECT, state)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)


def test_the_export_is_one_note() -> None:
    """Read by the format of Kindle's clippings, without anything skipped."""
    [notebook] = extract(Attachment(filename="My Clippings.txt", content=EXPORT.encode()))
    assert (notebook.found, len(notebook.annotations), notebook.warnings) == (1, 1, ())


@pytest.mark.parametrize(
    ("end", "level"),
    [
        (Status.DELIVERED, Level.OK),
        (Status.FAILED, Level.FAILED),
        (Status.REJECTED, Level.FAILED),
        (Status.HELD, Level.FAILED),
    ],
)
def test_it_waits_for_an_end(end: Status, level: Level) -> None:
    """Whatever the mail comes by on the way; the reason is what the ledger says."""
    inbox = Inbox(Status.ACCEPTED, Status.DELIVERING, Status.DEFERRED, end)
    [finding] = canary(lambda: "250 ok", inbox, SUBJECT, seconds=5)
    assert finding.level is level
    assert "so it ended" in finding.what


def test_it_does_not_wait_for_ever() -> None:
    """A mail that never came is told by the reply, one on the way by its state."""
    [finding] = canary(lambda: "250 ok", Inbox(), SUBJECT, seconds=0.05)
    assert finding.level is Level.FAILED
    assert "(250 ok)" in finding.what
    [finding] = canary(lambda: "250 ok", Inbox(Status.DEFERRED), SUBJECT, seconds=0.05)
    assert finding.level is Level.FAILED
    assert "deferred" in finding.what


def test_a_canary_that_is_refused() -> None:
    """The server's reply is the finding; nothing is waited for."""

    def refuse() -> str:
        raise Refused("The server said: 550 5.7.1.")

    with pytest.raises(Refused):
        list(canary(refuse, Inbox(), SUBJECT, seconds=60))
