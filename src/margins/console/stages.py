"""What became of a mail, stage by stage, as far as its row in the ledger tells. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from margins.ports import Entry, Status

__all__ = ["ENDED", "Mark", "Stage", "stages"]

ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.REJECTED})
"""States that a mail leaves only when a person wants it to."""


class Mark(StrEnum):
    """How a stage stands."""

    DONE = "done"
    NOW = "now"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage.

    Attributes:
        at: seconds since 1970; 0 when the ledger does not know.
    """

    name: str
    mark: Mark
    sentence: str
    at: float = 0.0


_UNKNOWN = "Its author was proven, or somebody approved it; which it was, was not kept then."
_WAITING = Stage(name="Waiting", mark=Mark.NOW, sentence="Its delivery is next.")


def _received(entry: Entry) -> Stage:
    envelope = entry.envelope
    way = f" over {envelope.ingress.upper()}" if envelope.ingress else ""
    peer = f" from {envelope.peer}" if envelope.peer else ""
    called = f", which calls itself {envelope.helo}" if envelope.helo else ""
    return Stage(
        name="Received",
        mark=Mark.DONE,
        sentence=f"{entry.size:,} bytes{way}{peer}{called}.",
        at=entry.received_at,
    )


def _admitted(entry: Entry) -> Stage:
    names = {Status.REJECTED: "Rejected", Status.HELD: "Held", Status.RECEIVED: "Undecided"}
    marks = {Status.REJECTED: Mark.WRONG, Status.HELD: Mark.NOW, Status.RECEIVED: Mark.NOW}
    if entry.status in {*names, Status.ACCEPTED}:
        sentence = entry.reason
    else:
        sentence = entry.admitted or _UNKNOWN
    return Stage(
        name=names.get(entry.status, "Admitted"),
        mark=marks.get(entry.status, Mark.DONE),
        sentence=sentence,
        at=entry.received_at,
    )


def _replayed(entry: Entry) -> list[Stage]:
    if not entry.replays:
        return []
    times = "once" if entry.replays == 1 else f"{entry.replays} times"
    sentence = f"Delivered again {times}, by request."
    return [Stage(name="Replayed", mark=Mark.DONE, sentence=sentence, at=entry.begun_at)]


def _delivering(entry: Entry) -> Stage:
    again = f" Taken over {entry.takeovers} times after a stop." if entry.takeovers else ""
    sentence = f"Attempt {entry.attempts} is under way.{again}"
    return Stage(name="Delivering", mark=Mark.NOW, sentence=sentence, at=entry.changed_at)


def _deferred(entry: Entry) -> Stage:
    sentence = f"{entry.reason} Attempt {entry.attempts} failed for now; it is tried again."
    return Stage(name="Deferred", mark=Mark.NOW, sentence=sentence, at=entry.changed_at)


def _failed(entry: Entry) -> Stage:
    return Stage(name="Failed", mark=Mark.WRONG, sentence=entry.reason, at=entry.changed_at)


def _delivered(entry: Entry) -> Stage:
    return Stage(name="Delivered", mark=Mark.DONE, sentence=entry.reason, at=entry.changed_at)


_LAST: dict[Status, Callable[[Entry], Stage]] = {
    Status.ACCEPTED: lambda _: _WAITING,
    Status.DELIVERING: _delivering,
    Status.DEFERRED: _deferred,
    Status.FAILED: _failed,
    Status.DELIVERED: _delivered,
}


def stages(entry: Entry) -> tuple[Stage, ...]:
    """The stages a mail has reached, in order; the last one is where it stands."""
    last = [_LAST[entry.status](entry)] if entry.status in _LAST else []
    return (_received(entry), _admitted(entry), *_replayed(entry), *last)
