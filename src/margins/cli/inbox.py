"""`margins inbox`: every mail, where it stands and why."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from margins.bootstrap import open_ledger, open_store
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.ports import Entry, Inbox, Status
from margins.text.normal import one_line

__all__ = ["details", "entry_of", "list_", "show", "status_of_name"]


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def status_of_name(text: str | None) -> Status | None:
    """The state a person named.

    Raises:
        InputError: there is none of this name.
    """
    try:
        return Status(text) if text else None
    except ValueError:
        raise InputError(
            f"There is no state {text!r}.", remedy=f"The states are: {', '.join(Status)}."
        ) from None


def entry_of(inbox: Inbox, name: str) -> Entry:
    """The mail of an id or its beginning.

    Raises:
        InputError: there is none, or more than one.
    """
    entry = inbox.get(name)
    if entry is None:
        raise InputError(
            f"There is no mail {name!r}, or more than one begins so.",
            remedy="See `margins inbox list`.",
        )
    return entry


def list_(args: argparse.Namespace) -> int:
    """Print a line per mail."""
    status = status_of_name(args.status)
    for e in open_ledger(load(args.config)).entries(status=status, limit=args.limit):
        author = e.author or e.envelope.reverse_path or "(nobody)"
        print(f"{e.id}  {_when(e.received_at)}  {e.status:<10}  {author}  {one_line(e.reason, 90)}")
    return Exit.OK


def details(entry: Entry) -> str:
    """A row, a line for each thing known."""
    c = entry.counts
    rows = {
        "mail": entry.id,
        "state": entry.status,
        "because": entry.reason,
        "let in": entry.admitted if entry.admitted != entry.reason else "",
        "author": entry.author,
        "subject": entry.subject,
        "account": entry.account,
        "received": _when(entry.received_at),
        "changed": _when(entry.changed_at),
        "next try": _when(entry.next_try_at) if entry.status is Status.DEFERRED else "",
        "attempts": str(entry.attempts),
        "replays": str(entry.replays) if entry.replays else "",
        "envelope": f"{entry.envelope.reverse_path or '<>'} -> "
        f"{', '.join(entry.envelope.forward_paths)} (from {entry.envelope.peer})",
        "size": f"{entry.size} bytes, sha256 {entry.digest or 'not kept'}",
        "formats": ", ".join(entry.formats),
        "counts": f"{c.found} found, {c.created} new, {c.updated} updated, {c.unchanged} "
        f"unchanged, {c.duplicates} repeated, {c.skipped} skipped"
        if entry.status is Status.DELIVERED
        else "",
    }
    return "\n".join(f"{name + ':':<10} {text}" for name, text in rows.items() if text)


def show(args: argparse.Namespace) -> int:
    """Print one mail's row, or the message itself."""
    settings = load(args.config)
    entry = entry_of(open_ledger(settings), args.id)
    if not args.raw:
        print(details(entry))
        return Exit.OK
    if not entry.digest:
        raise InputError("Its raw message is not kept, or no longer.", place=entry.id)
    sys.stdout.buffer.write(open_store(settings).get(entry.digest))
    return Exit.OK
