"""Delivering a mail again: first what that would change, then doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from margins.agent.deliver import deliver, prepare
from margins.annotation import Annotation
from margins.console.desk import Desk
from margins.console.mails import entry_of
from margins.console.pages import Pages
from margins.errors import MarginsError
from margins.plan import Plan
from margins.ports import Entry, Status

__all__ = ["Difference", "Replay", "differences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of an annotation that changes, as people read it."""

    name: str
    before: str
    after: str


def _words(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _said(annotation: Annotation) -> dict[str, str]:
    """Every field that says something about the note, its target's fields among them."""
    said: dict[str, str] = {}
    for value in (annotation.target, annotation):
        for field in fields(value):
            if field.name not in {"target", "sources"}:
                said[field.name.replace("_", " ")] = _words(getattr(value, field.name))
    return said


def differences(before: Annotation, after: Annotation) -> tuple[Difference, ...]:
    """The fields that differ."""
    old, new = _said(before), _said(after)
    return tuple(
        Difference(name=name, before=old[name], after=new[name])
        for name in old
        if old[name] != new[name]
    )


def _refused(entry: Entry) -> HTTPException:
    busy = entry.status in {Status.DELIVERING, Status.DEFERRED, Status.ACCEPTED}
    return HTTPException(
        409,
        "It is being delivered, or another mail of this account is. Try again when that has ended."
        if busy or entry.status in {Status.DELIVERED, Status.FAILED}
        else f"A mail that is {entry.status} cannot be delivered.",
    )


class Replay:
    """The two things one can do with a mail that was accepted."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    def preview(self, request: Request, _fields: Mapping[str, str]) -> Response:
        """What delivering it now would change in the notes. Writes nothing."""
        entry = entry_of(self._desk, request)
        plans: tuple[Plan, ...] = ()
        problem = ""
        try:
            _, plans = prepare(self._desk.agent, entry)
        except MarginsError as error:
            problem = str(error)
        return self._pages.page(
            "preview.html", entry=entry, plans=plans, problem=problem, differences=differences
        )

    def replay(self, request: Request, _fields: Mapping[str, str]) -> Response:
        """Deliver it, and show how that ended."""
        entry, agent = entry_of(self._desk, request), self._desk.agent
        leased = agent.ledger.lease(
            now=agent.clock.now(), seconds=agent.lease_seconds, only=entry.id
        )
        if leased is None:
            raise _refused(entry)
        try:
            deliver(agent, leased)
        except LookupError:
            raise HTTPException(409, "Another worker has taken the delivery over.") from None
        return RedirectResponse(f"/mails/{entry.id}", 303)
