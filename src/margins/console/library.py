"""The books and notes of one account at a time, read through the notes API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from margins.clients.graphql import GraphQL
from margins.errors import Unavailable

__all__ = ["Library"]


@cache
def _operations() -> str:
    return files("margins.console").joinpath("library.graphql").read_text(encoding="utf-8")


class Library:
    """What the notes API shows to an account's owner, in the names of its schema.

    Every method raises Unavailable when the API does not answer and Refused when it says no.

    Args:
        client: whose tokens have the scope of a person.
    """

    def __init__(self, client: GraphQL) -> None:
        self._client = client

    def books(self, account: str, *, after: str | None = None) -> Mapping[str, Any]:
        """A PublicationConnection: fifty books, by title."""
        return self._ask(account, "Books", "publications", {"after": after})

    def book(
        self,
        account: str,
        id: str,  # noqa: A002
        *,
        after: str | None = None,
    ) -> Mapping[str, Any] | None:
        """A Publication and a hundred of its notes, in their place; None when it is not theirs."""
        book = self._ask(account, "Book", "node", {"id": id, "after": after})
        return book if "annotations" in book else None

    def search(self, account: str, words: str, *, after: str | None = None) -> Mapping[str, Any]:
        """A SearchConnection: fifty notes with these words, best first."""
        return self._ask(account, "Search", "search", {"words": words, "after": after})

    def _ask(
        self, account: str, operation: str, field: str, variables: Mapping[str, object]
    ) -> Mapping[str, Any]:
        data = self._client.execute(account, _operations(), variables, operation=operation)
        answer = data.get(field) or {}
        if field not in data or not isinstance(answer, dict):
            raise Unavailable(
                "The notes API gave an answer of another shape.",
                remedy="Check that it is the notes API of this version of Margins.",
            )
        return answer
