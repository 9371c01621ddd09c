"""`margins accounts`: who may send, and tokens for people."""

from __future__ import annotations

import argparse
import time

from margins.bootstrap import open_senders, open_signer, personal_token
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.gate import Policy
from margins.mail.address import Address, parse_addr_spec
from margins.senders.sqlite import Account, SqliteSenders

__all__ = ["add", "disable", "enable", "find_account", "list_", "parse_address", "remove", "token"]


def parse_address(text: str) -> Address:
    """The address a person typed.

    Raises:
        InputError: it is none that can be registered.
    """
    address = parse_addr_spec(text)
    if address is None:
        raise InputError(
            f"{text!r} is no plain mail address.", remedy="Write it as name@example.org."
        )
    return address


def _line(account: Account) -> str:
    addresses = ", ".join(str(address) for address in account.addresses) or "no address"
    state = "" if account.enabled else "  (disabled)"
    policy = "" if account.policy is Policy.AUTHENTICATED else f"  [{account.policy}]"
    return f"{account.id}  {account.name}: {addresses}{policy}{state}"


def find_account(senders: SqliteSenders, name: str) -> Account:
    """The account of a name, an id or an address.

    Raises:
        InputError: there is none.
    """
    address = parse_addr_spec(name)
    sender = senders.find(address) if address else None
    return senders.account(sender.account if sender else name)


def add(args: argparse.Namespace) -> int:
    """Register an address, and an account for it unless one is named."""
    senders = open_senders(load(args.config))
    now = time.time()
    address = parse_address(args.address)
    if args.account is None and senders.find(address) is not None:
        print(_line(find_account(senders, args.address)))
        return Exit.OK
    name = args.account or senders.create(str(address), now=now).name
    print(_line(senders.add(name, address, now=now)))
    return Exit.OK


def list_(args: argparse.Namespace) -> int:
    """Print every account on a line."""
    for account in open_senders(load(args.config)).accounts():
        print(_line(account))
    return Exit.OK


def remove(args: argparse.Namespace) -> int:
    """Unregister an address."""
    print(_line(open_senders(load(args.config)).remove(parse_address(args.address))))
    return Exit.OK


def token(args: argparse.Namespace) -> int:
    """Print a token that reads and edits the account's notes until it expires."""
    settings = load(args.config)
    account = find_account(open_senders(settings), args.account)
    signer = open_signer(settings)
    print(personal_token(settings, signer, account.id, minutes=args.minutes))
    return Exit.OK


def disable(args: argparse.Namespace) -> int:
    """Refuse all mail to the account; its notes stay."""
    senders = open_senders(load(args.config))
    print(_line(senders.enable(find_account(senders, args.account).id, False)))
    return Exit.OK


def enable(args: argparse.Namespace) -> int:
    """Take mail to the account again."""
    senders = open_senders(load(args.config))
    print(_line(senders.enable(find_account(senders, args.account).id, True)))
    return Exit.OK
