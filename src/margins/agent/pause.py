"""What was held while an account was paused goes on with it."""

from __future__ import annotations

from margins.agent.pages import every
from margins.gate import PAUSED
from margins.ports import Approvals, Entry, Inbox, Status

__all__ = ["go_on"]


def _waiting(inbox: Inbox, account: str) -> list[Entry]:
    """Its mails that are held for the pause alone, in their order of arrival."""
    held = every(inbox, Status.HELD)
    return [e for e in held if e.account == account and e.reason.startswith(PAUSED)][::-1]


def go_on(inbox: Inbox, approvals: Approvals, account: str, *, now: float) -> int:
    """Let in what would have been let in, had the account not been paused; how many mails.

    What waits for its owner's decision for another reason goes on waiting.

    Args:
        account: its id.

    Raises:
        Unavailable: the ledger did not answer; what was let in until then is.
    """
    decided = [
        approvals.decide(
            entry.id,
            Status.ACCEPTED,
            account=account,
            now=now,
            reason=f"The account goes on. {entry.reason.removeprefix(PAUSED).lstrip('; ')}",
        )
        for entry in _waiting(inbox, account)
    ]
    return sum(entry is not None for entry in decided)
