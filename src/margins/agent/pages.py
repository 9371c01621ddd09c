"""All rows of an inbox, however many there are."""

from __future__ import annotations

from collections.abc import Iterator

from margins.ports import Entry, Inbox, Status

__all__ = ["every"]

_PAGE = 500


def every(inbox: Inbox, status: Status, *, format: str = "") -> Iterator[Entry]:  # noqa: A002
    """The mails in this state, the newest first; a row may change state once it has been given.

    Args:
        format: only those this format read; see margins.ports.Inbox.

    Raises:
        Unavailable
    """
    before = ""
    while page := inbox.entries(status=status, format=format, before=before, limit=_PAGE):
        yield from page
        before = page[-1].id
