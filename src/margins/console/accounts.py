"""The accounts: who may send, and from which addresses."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from margins.console.desk import Desk
from margins.console.pages import Pages
from margins.errors import InputError
from margins.mail.address import Address, parse_addr_spec
from margins.senders.sqlite import Account

__all__ = ["Accounts"]


def _address(text: str) -> Address:
    address = parse_addr_spec(text.strip())
    if address is None:
        raise InputError("This is no plain mail address.", remedy="Write it like name@example.org.")
    return address


class Accounts:
    """The page of accounts and its form."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    def list(self, _request: Request) -> Response:
        """Every account with its addresses, and the form that adds one."""
        return self._page({}, "")

    def add(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Register an address, for a new account unless one was chosen."""
        try:
            account = self._add(_address(fields.get("address", "")), fields.get("account", ""))
        except InputError as error:
            return self._page(fields, str(error), status=422)
        return RedirectResponse(f"/accounts#{account.id}", 303)

    def _add(self, address: Address, chosen: str) -> Account:
        registry, now = self._desk.registry, self._desk.agent.clock.now()
        if not chosen:
            known = registry.find(address)
            chosen = known.account if known else registry.create(str(address), now=now).id
        return registry.add(chosen, address, now=now)

    def _page(self, fields: Mapping[str, str], problem: str, *, status: int = 200) -> Response:
        return self._pages.page(
            "accounts.html",
            status=status,
            accounts=self._desk.registry.accounts(),
            address=fields.get("address", ""),
            chosen=fields.get("account", ""),
            problem=problem,
        )
