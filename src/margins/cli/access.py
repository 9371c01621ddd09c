"""The commands about who may write: policies, secret addresses, blocks, approvals."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["aliases", "approvals", "policies"]

_POLICIES = ("authenticated", "authenticated+secret", "secret+provider", "secret")
_STATES = ("active", "paused", "closed")
_ACCOUNT = "name or id of the account, or an address of it"
_Add = Callable[[Any, str, str, str], argparse.ArgumentParser]


def policies(accounts: object, add: _Add) -> None:
    """Commands under `margins accounts`."""
    for name, run, text in (
        ("secret", "policies:secret", "Make a secret import address, and show it this once."),
        ("rotate", "policies:rotate", "Make another secret address; the old one is dead at once."),
        ("policy", "policies:policy", "Show or set what the account asks of a mail."),
        ("state", "accounts:state", "Show or set what becomes of the account's mail."),
    ):
        command = add(accounts, name, run, text)
        command.add_argument("account", help=_ACCOUNT)
        if name == "policy":
            command.add_argument("policy", nargs="?", choices=_POLICIES, help="the new one")
        if name == "state":
            command.add_argument(
                "state", nargs="?", choices=_STATES, help="taken, held until active, or refused"
            )
    for name, text in (
        ("block", "Refuse an address, or with @domain a whole domain."),
        ("unblock", "Take it off the block list."),
    ):
        command = add(accounts, name, f"policies:{name}", text)
        command.add_argument("address")
        command.add_argument("--account", help="only for this account")
    add(accounts, "blocked", "policies:blocked", "Print the block list.")


def aliases(alias: object, add: _Add) -> None:
    """Commands under `margins accounts alias`."""
    new = add(alias, "add", "aliases:add", "Mail a code to one more address of an account.")
    new.add_argument("account", help=_ACCOUNT)
    new.add_argument("address", help="may write once the code has come back from it")
    new.add_argument(
        "--verified", action="store_true", help="no code: you know that it is the owner's"
    )
    confirm = add(alias, "confirm", "aliases:confirm", "Register an address by its code.")
    confirm.add_argument("address")
    confirm.add_argument("code")
    add(alias, "list", "aliases:list_", "List the addresses whose code has not come back.")


def approvals(inbox: object, add: _Add) -> None:
    """Commands under `margins inbox`."""
    approve = add(inbox, "approve", "approval:approve", "Deliver a mail that is held.")
    approve.add_argument("id", help="id of the mail, or its beginning")
    approve.add_argument("--account", help="whose notes it may write, where that is open")
    approve.add_argument("--register", action="store_true", help="let its author write from now on")
    refuse = add(inbox, "refuse", "approval:refuse", "Reject a mail that is held.")
    refuse.add_argument("id", help="id of the mail, or its beginning")
    refuse.add_argument("--block", action="store_true", help="refuse its author from now on")
