"""Whether mail can be fetched from the mailbox and the Maildir of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event

from margins.doctor.finding import Finding, ok, warning
from margins.ingress import imap
from margins.ingress import maildir as maildirs

__all__ = ["mailbox", "maildir"]


def mailbox(rules: imap.Rules | None) -> Iterator[Finding]:
    """Server, password and folders are as the settings say, and taken mail can be marked."""
    if rules is None:
        return
    with imap.open_session(rules, Event()) as session:
        waiting = len(session.search())
        yield ok(f"{rules.user} can be signed in at {rules.place}; mails that wait: {waiting}.")
        if not session.keywords:
            yield warning(
                f"{rules.folder} keeps no keywords, so mail that is read is taken for done with.",
                "Let a filter move what is for Margins to a folder of its own, and name that.",
            )
    yield from _addresses(rules.addresses)


def maildir(rules: maildirs.Rules | None) -> Iterator[Finding]:
    """It is one, and mail can be moved in it."""
    if rules is None:
        return
    with maildirs.open_maildir(rules, Event()) as folder:
        waiting = len(folder.search())
        yield ok(f"{rules.path} can be read and written; mails that wait: {waiting}.")
    yield from _addresses(rules.addresses)


def _addresses(served: Sequence[str]) -> Iterator[Finding]:
    if all(address.endswith("@localhost") for address in served):
        yield warning(
            "No mail in a mailbox is for an address at localhost.",
            "Set addresses to the one readers write to.",
        )
