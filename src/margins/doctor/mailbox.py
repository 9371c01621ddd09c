"""Whether mail can be fetched from the mailbox of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

from margins.doctor.finding import Finding, ok, warning
from margins.ingress.imap import Rules, open_session

__all__ = ["mailbox"]


def mailbox(rules: Rules | None) -> Iterator[Finding]:
    """Server, password and folders are as the settings say, and taken mail can be marked."""
    if rules is None:
        return
    with open_session(rules, Event()) as session:
        waiting = len(session.search())
        yield ok(f"{rules.user} can be signed in at {rules.place}; {waiting} mails wait.")
        if not session.keywords:
            yield warning(
                f"{rules.folder} keeps no keywords, so mail that is read is taken for done with.",
                "Let a filter move what is for Margins to a folder of its own, and name that.",
            )
    if all(address.endswith("@localhost") for address in rules.addresses):
        yield warning(
            "No mail in a mailbox is for an address at localhost.",
            "Set addresses to the one readers write to.",
        )
