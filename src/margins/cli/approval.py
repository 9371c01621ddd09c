"""`margins inbox approve` and `refuse`: what the owner says about a held mail."""

from __future__ import annotations

import argparse
import time

from margins.bootstrap import ServerLedger, open_ledger, open_senders
from margins.cli.accounts import find_account
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.mail.address import parse_addr_spec
from margins.ports import Entry, Status

__all__ = ["approve", "refuse"]


def _held(ledger: ServerLedger, name: str) -> Entry:
    entry = ledger.get(name)
    if entry is None or entry.status is not Status.HELD:
        raise InputError(
            f"There is no held mail {name!r}.", remedy="See `margins inbox list --status held`."
        )
    return entry


def _decide(ledger: ServerLedger, entry: Entry, status: Status, account: str, reason: str) -> None:
    decided = ledger.decide(
        entry.id, status, account=account, now=time.time(), reason=f"{reason} {entry.reason}"
    )
    if decided is None:
        raise InputError(
            "The account has this mail already, or somebody else has just decided.",
            place=entry.id,
            remedy="See `margins inbox list`.",
        )
    print(f"{decided.id}  {decided.status}")


def approve(args: argparse.Namespace) -> int:
    """Deliver a held mail; with --register, its author's future mail too."""
    settings = load(args.config)
    ledger, senders = open_ledger(settings), open_senders(settings)
    entry = _held(ledger, args.id)
    accounts = senders.accounts()
    only = accounts[0].id if len(accounts) == 1 else ""
    account = find_account(senders, args.account).id if args.account else entry.account or only
    if not account:
        raise InputError(
            "The mail belongs to no account yet.",
            place=entry.id,
            remedy="Say whose notes it may write with --account.",
        )
    _decide(ledger, entry, Status.ACCEPTED, account, "Approved by hand.")
    author = parse_addr_spec(entry.author)
    if args.register and author is not None:
        senders.add(account, author, now=time.time())
        print(f"{author} is registered.")
    return Exit.OK


def refuse(args: argparse.Namespace) -> int:
    """Reject a held mail; with --block, its author's future mail too."""
    settings = load(args.config)
    ledger, senders = open_ledger(settings), open_senders(settings)
    entry = _held(ledger, args.id)
    _decide(ledger, entry, Status.REJECTED, entry.account, "Refused by hand.")
    if args.block:
        senders.access.block(entry.author, now=time.time())
        print(f"{entry.author} is blocked.")
    return Exit.OK
