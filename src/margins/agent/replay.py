"""Delivering mails again: one, or all in a state or of a format's version."""

from __future__ import annotations

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.pages import every
from margins.errors import InputError
from margins.ports import Entry, Inbox, Status

__all__ = ["REPLAYABLE", "replay", "select"]

REPLAYABLE = (Status.DELIVERED, Status.FAILED)


def select(inbox: Inbox, *, status: Status | None = None, format: str = "") -> list[str]:  # noqa: A002
    """Ids of the mails to replay, in their order of arrival: the newest export has the last word.

    Args:
        status: DELIVERED or FAILED; both when None.
        format: only what this format read: "kobo-sqlite/1", or "kobo-sqlite" for any version.

    Raises:
        InputError: mails in this state are not replayed.
    """
    if status is not None and status not in REPLAYABLE:
        raise InputError(
            f"Mails that are {status} cannot be replayed.",
            remedy=f"Choose among: {', '.join(REPLAYABLE)}.",
        )
    return sorted(
        entry.id
        for each in (REPLAYABLE if status is None else (status,))
        for entry in every(inbox, each, format=format)
        if entry.digest
    )


def replay(agent: Agent, entry: Entry) -> Entry:
    """Deliver a mail again, with the formats there are now.

    Returns:
        The entry in its new state.

    Raises:
        InputError: it cannot be replayed, or not now.
        LookupError: it took longer than its lease, and another worker has it.
    """
    if not entry.digest:
        raise InputError(
            "Its raw message is no longer kept.",
            place=entry.id,
            remedy="Ask for the export to be sent again.",
        )
    leased = agent.ledger.lease(now=agent.clock.now(), seconds=agent.lease_seconds, only=entry.id)
    if leased is None:
        waits = entry.status in {*REPLAYABLE, Status.DELIVERING, Status.DEFERRED}
        raise InputError(
            f"A mail that is {entry.status} cannot be replayed now.",
            place=entry.id,
            remedy="Wait until it, or the other mail of its account, has been delivered."
            if waits
            else "Only what was accepted can be delivered.",
        )
    return deliver(agent, leased)
