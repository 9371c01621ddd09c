"""The mails: the list, one mail with everything that is known of it, and its raw content."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from margins.agent.explain import Explanation, explain
from margins.console.desk import Desk
from margins.console.pages import Pages
from margins.console.stages import ENDED, stages
from margins.errors import MailError, Unavailable
from margins.ports import Entry, Status

__all__ = ["Mails", "entry_of"]

_PAGE = 50
_MOST_ARRIVALS = 20
_SHOWN = (
    Status.ACCEPTED,
    Status.DELIVERING,
    Status.DEFERRED,
    Status.HELD,
    Status.DELIVERED,
    Status.FAILED,
    Status.REJECTED,
)


def entry_of(desk: Desk, request: Request) -> Entry:
    """The mail that the path names by its whole id; 404 when there is none."""
    name = request.path_params["mail"]
    entry = desk.inbox.get(name)
    if entry is None or entry.id != name:
        raise HTTPException(404, "There is no such mail.")
    return entry


def _state(request: Request) -> Status | None:
    try:
        return Status(request.query_params["state"])
    except (KeyError, ValueError):
        return None


class Mails:
    """Pages about mails."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    def list(self, request: Request) -> Response:
        """The newest mails, or those before one; in one state, or read by one format."""
        query = request.query_params
        state, format_, before = _state(request), query.get("format", ""), query.get("before", "")
        entries = self._desk.inbox.entries(
            status=state, format=format_, before=before, limit=_PAGE + 1
        )
        return self._pages.page(
            "mails.html",
            entries=entries[:_PAGE],
            more=len(entries) > _PAGE,
            state=state,
            format=format_,
            before=before,
            states=_SHOWN,
            ended=ENDED,
            accounts=self._desk.registry.accounts() if not entries else (),
            desk=self._desk,
        )

    def arrivals(self, request: Request) -> Response:
        """How many mails have come since the newest one that a list shows."""
        newest = request.query_params.get("after", "")
        state, format_ = _state(request), request.query_params.get("format", "")
        entries = self._desk.inbox.entries(status=state, format=format_, limit=_MOST_ARRIVALS + 1)
        count = sum(entry.id > newest for entry in entries)
        return self._pages.page(
            "arrivals.html",
            count=min(count, _MOST_ARRIVALS),
            more=count > _MOST_ARRIVALS,
            newest=newest,
            state=state,
            format=format_,
        )

    def row(self, request: Request) -> Response:
        """One mail as it stands in the list, to replace what the list shows of it."""
        entry = entry_of(self._desk, request)
        return self._pages.page("row.html", entry=entry, ended=ENDED)

    def standing(self, request: Request) -> Response:
        """Where one mail stands, to replace what its page shows of it."""
        entry = entry_of(self._desk, request)
        return self._pages.page("standing.html", entry=entry, stages=stages(entry), ended=ENDED)

    def show(self, request: Request) -> Response:
        """Everything known of one mail."""
        entry = entry_of(self._desk, request)
        found, problem = self._explanation(entry)
        return self._pages.page(
            "mail.html",
            entry=entry,
            stages=stages(entry),
            ended=ENDED,
            account=self._desk.owner(entry.account),
            accounts=self._desk.registry.accounts() if entry.status is Status.HELD else (),
            found=found,
            problem=problem,
        )

    def raw(self, request: Request) -> Response:
        """The message byte for byte, as a file that no browser opens."""
        entry = entry_of(self._desk, request)
        return Response(
            self._content(entry),
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="{entry.id}.eml"',
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )

    def _content(self, entry: Entry) -> bytes:
        try:
            return self._desk.agent.store.get(entry.digest)
        except KeyError:
            raise HTTPException(404, "The raw message is not kept.") from None

    def _explanation(self, entry: Entry) -> tuple[Explanation | None, str]:
        """What today's code makes of the content, or why there is nothing to show."""
        if not entry.digest:
            if entry.status is Status.REJECTED:
                return None, "What is rejected is not kept."
            return None, "The raw message is no longer kept: its retention time is over."
        try:
            return explain(self._content(entry), self._desk.agent.examine), ""
        except HTTPException as error:
            return None, error.detail
        except (MailError, Unavailable) as error:
            return None, str(error)
