"""`margins inbox replay`: deliver mails again, one or many, or see what that would change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from margins.agent.replay import select
from margins.bootstrap import Replayer, open_ledger, open_replayer
from margins.cli.inbox import details, entry_of, status_of_name
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError, MarginsError
from margins.ports import Entry, Inbox, Status

__all__ = ["replay"]


def _chosen(args: argparse.Namespace, inbox: Inbox) -> Iterator[Entry]:
    for id_ in select(inbox, status=status_of_name(args.status), format=args.format or ""):
        if (entry := inbox.get(id_)) is not None:
            yield entry


def _one(args: argparse.Namespace, by: Replayer, entry: Entry) -> int:
    if args.dry_run:
        print(by.preview(entry))
        return Exit.OK
    done = by.replay(entry)
    print(details(done))
    return Exit.OK if done.status is Status.DELIVERED else Exit.DATA


def _many(args: argparse.Namespace, by: Replayer, entries: Iterator[Entry]) -> int:
    """Each on its own: one that goes wrong does not stop the others."""
    good = bad = 0
    for entry in entries:
        try:
            if args.dry_run:
                print(f"{entry.id}\n{by.preview(entry)}")
                good += 1
                continue
            done = by.replay(entry)
        except (MarginsError, LookupError) as error:
            print(f"{entry.id}: {error}", file=sys.stderr)
            bad += 1
            continue
        print(f"{done.id}  {done.status:<10}  {done.reason}")
        good += done.status is Status.DELIVERED
        bad += done.status is not Status.DELIVERED
    print(f"{good} mails {'read' if args.dry_run else 'delivered'}, {bad} not")
    return Exit.DATA if bad else Exit.OK


def replay(args: argparse.Namespace) -> int:
    """Deliver a mail again, or all that are chosen; with --dry-run only show the changes."""
    chosen = bool(args.status or args.format)
    if chosen == bool(args.id):
        raise InputError(
            "Which mails?", remedy="Name one by its id, or choose with --status and --format."
        )
    settings = load(args.config)
    ledger = open_ledger(settings)
    by = open_replayer(settings, ledger)
    if chosen:
        return _many(args, by, _chosen(args, ledger))
    return _one(args, by, entry_of(ledger, args.id))
