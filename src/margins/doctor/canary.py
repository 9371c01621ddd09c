"""A mail that goes the whole way, and the ledger's word for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from margins.doctor.finding import Finding, failed, ok
from margins.ports import Entry, Inbox, Status

__all__ = ["EXPORT", "canary"]

EXPORT = """\
The canary of Margins (margins doctor)\r
- Your Highlight on page 1 | Location 1-2 | Added on Thursday, January 1, 2026 12:00:00 AM\r
\r
This note came by mail, and shows that the way is open.\r
==========\r
"""
"""A clippings file of one note. Sent again it changes nothing."""

_ENDED = {Status.DELIVERED, Status.FAILED, Status.REJECTED, Status.HELD}
_POLL_SECONDS = 0.5
_LOOKED_THROUGH = 50


def _find(inbox: Inbox, subject: str) -> Entry | None:
    entries = inbox.entries(limit=_LOOKED_THROUGH)
    return next((entry for entry in entries if entry.subject == subject), None)


def canary(
    send: Callable[[], str], inbox: Inbox, subject: str, *, seconds: float
) -> Iterator[Finding]:
    """Send it, and wait until the ledger shows it in an end state.

    Args:
        send: hands the mail over, and returns the server's reply.
        subject: of the mail; nobody else's.
    """
    reply = send()
    began = time.monotonic()
    entry = None
    while time.monotonic() - began < seconds:
        entry = _find(inbox, subject)
        if entry is not None and entry.status in _ENDED:
            break
        time.sleep(_POLL_SECONDS)
    waited = time.monotonic() - began
    if entry is None:
        yield failed(
            f"The canary was taken ({reply}), but is not in the ledger after {waited:.0f} s.",
            "Look for it in the gate's log: is the sender registered, does the mail pass DMARC?",
        )
    elif entry.status is Status.DELIVERED:
        yield ok(f"The canary was delivered after {waited:.1f} s: {entry.reason}")
    else:
        yield failed(
            f"The canary is {entry.status} after {waited:.0f} s: {entry.reason}",
            f"See `margins inbox show {entry.id}`, or the parser's log.",
        )
