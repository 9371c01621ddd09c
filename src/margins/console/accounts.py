"""The accounts: who may send, from which addresses, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from margins.agent.alias import ask
from margins.agent.pause import go_on
from margins.console.desk import Desk
from margins.console.pages import Pages
from margins.errors import InputError
from margins.mail.address import Address, parse_addr_spec
from margins.senders import Account, State

__all__ = ["Accounts"]


def _address(text: str) -> Address:
    address = parse_addr_spec(text.strip())
    if address is None:
        raise InputError("This is no plain mail address.", remedy="Write it like name@example.org.")
    return address


class Accounts:
    """The page of accounts and its forms."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    def list(self, _request: Request) -> Response:
        """Every account with its addresses, and the form that adds one."""
        return self._page({}, "")

    def add(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Register an address of a new account, or mail a code to one more of an account."""
        try:
            account = self._add(_address(fields.get("address", "")), fields)
        except InputError as error:
            return self._page(fields, str(error), status=422)
        return RedirectResponse(f"/accounts#{account}", 303)

    def _add(self, address: Address, fields: Mapping[str, str]) -> str:
        registry, now = self._desk.registry, self._desk.agent.clock.now()
        chosen, known = fields.get("account", ""), registry.find(address)
        if not chosen and known:
            return known.account
        if not chosen:
            chosen = registry.create(str(address), now=now).id
        elif known is None and not fields.get("verified"):
            return self._ask(registry.account(chosen), address, now)
        return registry.add(chosen, address, now=now).id

    def _ask(self, account: Account, address: Address, now: float) -> str:
        ask(
            self._desk.registry.access,
            self._desk.outbox,
            address,
            account=account.id,
            name=account.name,
            served=self._desk.addresses[0],
            now=now,
        )
        return account.id

    def confirm(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Register an address with the code that was mailed to it."""
        now = self._desk.agent.clock.now()
        try:
            address = _address(fields.get("address", ""))
            code = fields.get("code", "")
            account = self._desk.registry.access.confirm(address, code, now=now)
            if account is None:
                raise InputError(
                    f"That is not the code of {address}, or it has expired.",
                    remedy="Add the address again for another one.",
                )
        except InputError as error:
            return self._page({}, str(error), status=422)
        return RedirectResponse(f"/accounts#{account}", 303)

    def state(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Take the account's mail, hold it, or refuse it; what was held for a pause goes on."""
        account = self._desk.owner(request.path_params["account"])
        wanted = fields.get("state", "")
        if account is None or wanted not in set(State):
            raise HTTPException(404, "There is no such account, or no such state.")
        registry, agent = self._desk.registry, self._desk.agent
        registry.enable(account.id, wanted != State.CLOSED)
        registry.pause(account.id, wanted == State.PAUSED)
        if wanted == State.ACTIVE:
            go_on(self._desk.inbox, self._desk.approvals, account.id, now=agent.clock.now())
        return RedirectResponse(f"/accounts#{account.id}", 303)

    def _page(self, fields: Mapping[str, str], problem: str, *, status: int = 200) -> Response:
        registry, now = self._desk.registry, self._desk.agent.clock.now()
        return self._pages.page(
            "accounts.html",
            status=status,
            accounts=registry.accounts(),
            asked=registry.access.asked(now=now),
            address=fields.get("address", ""),
            chosen=fields.get("account", ""),
            problem=problem,
        )
