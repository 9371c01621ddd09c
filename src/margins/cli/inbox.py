"""`margins inbox`: every mail, where it stands and why."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

from margins.agent.deliver import deliver
from margins.agent.preview import preview
from margins.bootstrap import open_agent, open_ledger, open_senders, open_store
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.ports import Entry, Inbox, Status
from margins.text.normal import one_line

__all__ = ["list_", "replay", "show"]


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _status(text: str | None) -> Status | None:
    try:
        return Status(text) if text else None
    except ValueError:
        raise InputError(
            f"There is no state {text!r}.", remedy=f"The states are: {', '.join(Status)}."
        ) from None


def _get(inbox: Inbox, name: str) -> Entry:
    entry = inbox.get(name)
    if entry is None:
        raise InputError(
            f"There is no mail {name!r}, or more than one begins so.",
            remedy="See `margins inbox list`.",
        )
    return entry


def list_(args: argparse.Namespace) -> int:
    """Print a line per mail."""
    status = _status(args.status)
    for e in open_ledger(load(args.config)).entries(status=status, limit=args.limit):
        author = e.author or e.envelope.reverse_path or "(nobody)"
        print(f"{e.id}  {_when(e.received_at)}  {e.status:<10}  {author}  {one_line(e.reason, 90)}")
    return Exit.OK


def _details(entry: Entry) -> str:
    c = entry.counts
    rows = {
        "mail": entry.id,
        "state": entry.status,
        "because": entry.reason,
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
    entry = _get(open_ledger(settings), args.id)
    if not args.raw:
        print(_details(entry))
        return Exit.OK
    if not entry.digest:
        raise InputError("This mail was refused; its content was not kept.", place=entry.id)
    sys.stdout.buffer.write(open_store(settings).get(entry.digest))
    return Exit.OK


def replay(args: argparse.Namespace) -> int:
    """Deliver a mail again, or show what that would change."""
    settings = load(args.config)
    ledger = open_ledger(settings)
    agent = open_agent(settings, ledger, open_senders(settings))
    entry = _get(ledger, args.id)
    if args.dry_run:
        print(preview(agent, entry))
        return Exit.OK
    leased = ledger.lease(now=time.time(), seconds=agent.lease_seconds, only=entry.id)
    if leased is None:
        raise InputError(
            f"A mail that is {entry.status} cannot be replayed.",
            place=entry.id,
            remedy="Wait until its delivery has ended."
            if entry.status is Status.DELIVERING
            else "Only what was accepted can be delivered.",
        )
    done = deliver(agent, leased)
    print(_details(done))
    return Exit.OK if done.status is Status.DELIVERED else Exit.DATA
