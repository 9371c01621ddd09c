"""The console as a web application: its routes, its errors, its guard."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, ExceptionHandler

from margins.console.accounts import Accounts
from margins.console.approval import Approval
from margins.console.desk import Desk
from margins.console.forms import Forms
from margins.console.guard import Guard
from margins.console.mails import Mails
from margins.console.pages import Pages
from margins.console.password import Password
from margins.console.replay import Replay
from margins.console.shelf import Shelf
from margins.errors import InputError, MarginsError, Unavailable

__all__ = ["create_app"]


class _Files(StaticFiles):
    """Files of ours: kept by browsers, and asked for again, which costs an empty answer."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _routes(desk: Desk, pages: Pages, forms: Forms) -> list[Route | Mount]:
    mails, replay = Mails(desk, pages), Replay(desk, pages)
    approval = Approval(desk)
    shelf, accounts = Shelf(desk, pages), Accounts(desk, pages)
    return [
        Route("/", mails.list),
        Route("/arrivals", mails.arrivals),
        Route("/mails/{mail}", mails.show),
        Route("/mails/{mail}/row", mails.row),
        Route("/mails/{mail}/standing", mails.standing),
        Route("/mails/{mail}/raw", mails.raw),
        Route("/mails/{mail}/preview", forms.post(replay.preview), methods=["POST"]),
        Route("/mails/{mail}/replay", forms.post(replay.replay), methods=["POST"]),
        Route("/mails/{mail}/approve", forms.post(approval.approve), methods=["POST"]),
        Route("/mails/{mail}/refuse", forms.post(approval.refuse), methods=["POST"]),
        Route("/shelf", shelf.choose),
        Route("/shelf/{account}", shelf.books),
        Route("/shelf/{account}/{book}", shelf.book),
        Route("/accounts", accounts.list),
        Route("/accounts", forms.post(accounts.add), methods=["POST"]),
        Route("/accounts/confirm", forms.post(accounts.confirm), methods=["POST"]),
        Route("/accounts/{account}/state", forms.post(accounts.state), methods=["POST"]),
        Mount("/static", _Files(packages=[("margins.console", "static")])),
    ]


def _errors(pages: Pages) -> dict[type[Exception], ExceptionHandler]:
    def page(status: int, what: str, remedy: str = "", place: str = "") -> Response:
        name = HTTPStatus(status).phrase
        return pages.page(
            "error.html", status=status, name=name, what=what, remedy=remedy, place=place
        )

    def of_http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return page(error.status_code, error.detail)

    def of_margins(_request: Request, error: Exception) -> Response:
        assert isinstance(error, MarginsError)
        status = 503 if isinstance(error, Unavailable) else 502
        status = 400 if isinstance(error, InputError) else status
        return page(status, error.what, error.remedy, error.place)

    def of_a_mistake(_request: Request, _error: Exception) -> Response:
        return page(500, "The console made a mistake. Its log has the details.")

    return {HTTPException: of_http, MarginsError: of_margins, Exception: of_a_mistake}


def create_app(desk: Desk, *, names: Sequence[str] = (), password: str = "") -> ASGIApp:
    """The application.

    Args:
        names: host names it is reached by, beside localhost and IP addresses.
        password: asked of everybody; empty lets everybody in who reaches the port.
    """
    forms = Forms()
    pages = Pages({"token": forms.token})
    app = Starlette(routes=_routes(desk, pages, forms), exception_handlers=_errors(pages))
    return Guard(app, names=names, password=Password(password) if password else None)
