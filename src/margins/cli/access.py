"""The commands about who may write: policies, secret addresses, blocks, approvals."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["approvals", "policies"]

_POLICIES = ("authenticated", "authenticated+secret", "secret+provider", "secret")
_ACCOUNT = "name or id of the account, or an address of it"
_Add = Callable[[Any, str, str, str], argparse.ArgumentParser]


def policies(accounts: object, add: _Add) -> None:
    """Commands under `margins accounts`."""
    for name, run, text in (
        ("secret", "policies:secret", "Make a secret import address, and show it this once."),
        ("rotate", "policies:rotate", "Make another secret address; the old one is dead at once."),
        ("policy", "policies:policy", "Show or set what the account asks of a mail."),
        ("enable", "accounts:enable", "Take mail to the account again."),
        ("disable", "accounts:disable", "Refuse all mail to the account; its notes stay."),
        ("alias", "policies:alias", "Note another address, and print the code to mail to it."),
    ):
        command = add(accounts, name, run, text)
        command.add_argument("account", help=_ACCOUNT)
        if name == "policy":
            command.add_argument("policy", nargs="?", choices=_POLICIES, help="the new one")
        if name == "alias":
            command.add_argument("address", help="the other address")
    confirm = add(accounts, "confirm", "policies:confirm", "Register an alias with its code.")
    confirm.add_argument("address")
    confirm.add_argument("code")
    for name, text in (
        ("block", "Refuse an address, or with @domain a whole domain."),
        ("unblock", "Take it off the block list."),
    ):
        command = add(accounts, name, f"policies:{name}", text)
        command.add_argument("address")
        command.add_argument("--account", help="only for this account")
    add(accounts, "blocked", "policies:blocked", "Print the block list.")


def approvals(inbox: object, add: _Add) -> None:
    """Commands under `margins inbox`."""
    approve = add(inbox, "approve", "approval:approve", "Deliver a mail that is held.")
    approve.add_argument("id", help="id of the mail, or its beginning")
    approve.add_argument("--account", help="whose notes it may write, where that is open")
    approve.add_argument("--register", action="store_true", help="let its author write from now on")
    refuse = add(inbox, "refuse", "approval:refuse", "Reject a mail that is held.")
    refuse.add_argument("id", help="id of the mail, or its beginning")
    refuse.add_argument("--block", action="store_true", help="refuse its author from now on")
