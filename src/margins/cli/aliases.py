"""`margins accounts alias`: more addresses of an account, verified by a code mailed to each."""

from __future__ import annotations

import argparse
import time

from margins.agent.alias import ask
from margins.bootstrap import open_ledger, open_senders
from margins.cli.accounts import find_account, line, parse_address
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError

__all__ = ["add", "confirm", "list_"]


def add(args: argparse.Namespace) -> int:
    """Mail a code to the address; with --verified, register it at once."""
    settings = load(args.config)
    senders, now = open_senders(settings), time.time()
    account, address = find_account(senders, args.account), parse_address(args.address)
    if args.verified or senders.find(address) is not None:
        print(line(senders.add(account.id, address, now=now)))
        return Exit.OK
    if not settings.receipts_relay:
        raise InputError(
            "A code cannot be mailed: no relay is set.",
            place="receipts_relay",
            remedy="Set it, or say --verified if you know that the address is the owner's.",
        )
    ask(
        senders.access,
        open_ledger(settings).outbox,
        address,
        account=account.id,
        name=account.name,
        served=settings.addresses[0],
        now=now,
    )
    print(f"A code goes to {address}. It may write once its owner has answered that mail.")
    return Exit.OK


def confirm(args: argparse.Namespace) -> int:
    """Register an address with the code that was mailed to it."""
    senders, address = open_senders(load(args.config)), parse_address(args.address)
    account = senders.access.confirm(address, args.code, now=time.time())
    if account is None:
        raise InputError(
            "That is not the code, or it has expired.",
            place=str(address),
            remedy="Ask for another with `margins accounts alias add`.",
        )
    print(line(senders.account(account)))
    return Exit.OK


def list_(args: argparse.Namespace) -> int:
    """Print every address that was sent a code and has not answered yet."""
    senders = open_senders(load(args.config))
    for account, address in senders.access.asked(now=time.time()):
        print(f"{address}  for {senders.account(account).name}")
    return Exit.OK
