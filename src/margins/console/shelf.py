"""The shelf: the books of an account, their notes, and a search through them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from margins.console.desk import Desk
from margins.console.library import Library
from margins.console.pages import Pages
from margins.senders import Account

__all__ = ["Shelf"]

_LONGEST_SEARCH = 200


class Shelf:
    """Pages about notes."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    def choose(self, _request: Request) -> Response:
        """The accounts to choose from; the only one is not asked for."""
        accounts = self._desk.registry.accounts()
        if len(accounts) == 1:
            return RedirectResponse(f"/shelf/{accounts[0].id}", 303)
        return self._pages.page("shelves.html", accounts=accounts)

    def books(self, request: Request) -> Response:
        """An account's books, or the notes in which some words occur."""
        account = self._account(request)
        words = request.query_params.get("q", "").strip()[:_LONGEST_SEARCH]
        after = request.query_params.get("after") or None
        library = self._library()
        return self._pages.page(
            "search.html" if words else "books.html",
            found=library.search(account.id, words, after=after) if words else None,
            books=None if words else library.books(account.id, after=after),
            words=words,
            account=account,
            accounts=self._desk.registry.accounts(),
            desk=self._desk,
        )

    def book(self, request: Request) -> Response:
        """One book's notes, in the order of the book."""
        account = self._account(request)
        book = self._library().book(
            account.id,
            request.path_params["book"],
            after=request.query_params.get("after") or None,
        )
        if book is None:
            raise HTTPException(404, "There is no such book on this shelf.")
        return self._pages.page("book.html", book=book, account=account)

    def _library(self) -> Library:
        if self._desk.library is None:
            raise HTTPException(404, "The settings send notes elsewhere: read them there.")
        return self._desk.library

    def _account(self, request: Request) -> Account:
        account = self._desk.owner(request.path_params["account"])
        if account is None:
            raise HTTPException(404, "There is no such account.")
        return account
