"""`margins accounts`: secret import addresses, policies and the block list."""

from __future__ import annotations

import argparse
import time

from margins.bootstrap import open_senders
from margins.cli.accounts import find_account, parse_address
from margins.cli.status import Exit
from margins.config import Settings, load
from margins.errors import InputError
from margins.gate import Policy
from margins.mail.address import parse_addr_spec

__all__ = ["block", "blocked", "policy", "rotate", "secret", "unblock"]


def _domain(settings: Settings) -> str:
    return settings.addresses[0].rpartition("@")[2]


def secret(args: argparse.Namespace) -> int:
    """Give the account a secret import address, and show it this once."""
    settings = load(args.config)
    senders = open_senders(settings)
    account = find_account(senders, args.account)
    if account.secret_made:
        raise InputError(
            f"{account.name!r} has a secret import address, which is not kept in the clear.",
            remedy="If it is lost, `margins accounts rotate` makes another.",
        )
    print(senders.access.renew_secret(account.id, _domain(settings), now=time.time()))
    return Exit.OK


def rotate(args: argparse.Namespace) -> int:
    """Make another secret import address; the old one opens nothing from now on."""
    settings = load(args.config)
    senders = open_senders(settings)
    account = find_account(senders, args.account)
    print(senders.access.renew_secret(account.id, _domain(settings), now=time.time()))
    return Exit.OK


def policy(args: argparse.Namespace) -> int:
    """Say what the account asks of a mail, or show it."""
    senders = open_senders(load(args.config))
    account = find_account(senders, args.account)
    if args.policy:
        account = senders.access.set_policy(account.id, Policy(args.policy))
    print(f"{account.name}: {account.policy}")
    return Exit.OK


def _pattern(text: str) -> str:
    address = parse_addr_spec(f"x{text}") if text.startswith("@") else None
    return f"@{address.domain}" if address else str(parse_address(text))


def block(args: argparse.Namespace) -> int:
    """Refuse an address or a domain."""
    senders = open_senders(load(args.config))
    account = find_account(senders, args.account).id if args.account else ""
    senders.access.block(_pattern(args.address), account=account, now=time.time())
    return blocked(args)


def unblock(args: argparse.Namespace) -> int:
    """Take an address or a domain off the block list."""
    senders = open_senders(load(args.config))
    account = find_account(senders, args.account).id if args.account else ""
    if not senders.access.unblock(_pattern(args.address), account=account):
        raise InputError(
            f"{args.address} is not blocked.", remedy="See `margins accounts blocked`."
        )
    return Exit.OK


def blocked(args: argparse.Namespace) -> int:
    """Print the block list."""
    for account, pattern in open_senders(load(args.config)).access.blocked():
        print(f"{pattern}  for {account or 'every account'}")
    return Exit.OK
