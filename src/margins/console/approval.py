"""Held mails: somebody decides whether each is let in."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from margins.console.desk import Desk
from margins.console.mails import entry_of
from margins.errors import InputError
from margins.mail.address import parse_addr_spec
from margins.ports import Entry, Status

__all__ = ["Approval"]


class Approval:
    """The two answers to a held mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def approve(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Deliver it to the account chosen; where asked to, its author's future mail too."""
        entry = entry_of(self._desk, request)
        account = entry.account or fields.get("account", "")
        if self._desk.owner(account) is None:
            raise InputError(
                "The mail belongs to no account yet.",
                remedy="Go back and choose whose notes it may write.",
            )
        self._decide(entry, Status.ACCEPTED, account, "Approved by hand.")
        author = parse_addr_spec(entry.author)
        if fields.get("register") and author is not None:
            self._desk.registry.add(account, author, now=self._desk.agent.clock.now())
        return RedirectResponse(f"/mails/{entry.id}", 303)

    def refuse(self, request: Request, _fields: Mapping[str, str]) -> Response:
        """Reject it."""
        entry = entry_of(self._desk, request)
        self._decide(entry, Status.REJECTED, entry.account, "Refused by hand.")
        return RedirectResponse(f"/mails/{entry.id}", 303)

    def _decide(self, entry: Entry, status: Status, account: str, reason: str) -> None:
        now = self._desk.agent.clock.now()
        said = f"{reason} {entry.reason}"
        decided = self._desk.approvals.decide(
            entry.id, status, account=account, now=now, reason=said
        )
        if decided is None:
            raise HTTPException(
                409, "It is not held any more, or the account has the same mail already."
            )
