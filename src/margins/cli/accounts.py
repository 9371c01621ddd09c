"""`margins accounts`: who may send, and tokens for people."""

from __future__ import annotations

import argparse
import time

from margins.agent.pause import go_on
from margins.bootstrap import open_ledger, open_senders, open_signer, personal_token
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.gate import Policy
from margins.mail.address import Address, parse_addr_spec
from margins.senders import Account, State
from margins.senders.registry import Registry

__all__ = ["add", "find_account", "line", "list_", "parse_address", "remove", "state", "token"]


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


def line(account: Account) -> str:
    """An account as lists show it."""
    addresses = ", ".join(str(address) for address in account.addresses) or "no address"
    state = "" if account.state is State.ACTIVE else f"  ({account.state})"
    policy = "" if account.policy is Policy.AUTHENTICATED else f"  [{account.policy}]"
    return f"{account.id}  {account.name}: {addresses}{policy}{state}"


def find_account(senders: Registry, name: str) -> Account:
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
        print(line(find_account(senders, args.address)))
        return Exit.OK
    name = args.account or senders.create(str(address), now=now, id_=args.id).name
    print(line(senders.add(name, address, now=now)))
    return Exit.OK


def list_(args: argparse.Namespace) -> int:
    """Print every account on a line."""
    for account in open_senders(load(args.config)).accounts():
        print(line(account))
    return Exit.OK


def remove(args: argparse.Namespace) -> int:
    """Unregister an address."""
    print(line(open_senders(load(args.config)).remove(parse_address(args.address))))
    return Exit.OK


def token(args: argparse.Namespace) -> int:
    """Print a token that reads and edits the account's notes until it expires."""
    settings = load(args.config)
    account = find_account(open_senders(settings), args.account)
    signer = open_signer(settings)
    print(personal_token(settings, signer, account.id, minutes=args.minutes))
    return Exit.OK


def state(args: argparse.Namespace) -> int:
    """Say what becomes of the account's mail, or show it; what was held for a pause goes on."""
    settings = load(args.config)
    senders = open_senders(settings)
    account = find_account(senders, args.account)
    if args.state:
        wanted = State(args.state)
        senders.enable(account.id, wanted is not State.CLOSED)
        account = senders.pause(account.id, wanted is State.PAUSED)
    print(f"{account.name}: {account.state}")
    if args.state == State.ACTIVE:
        ledger = open_ledger(settings)
        if count := go_on(ledger, ledger, account.id, now=time.time()):
            print(f"{count} held {'mail goes' if count == 1 else 'mails go'} on.")
    return Exit.OK
