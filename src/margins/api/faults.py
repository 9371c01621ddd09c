"""What a client is told when a request fails: a sentence and one of seven codes, nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum

from graphql import GraphQLError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from margins.errors import InputError, MarginsError

__all__ = ["MEANINGS", "Code", "Fault", "describe", "rejected"]

_log = logging.getLogger("margins.api")


class Code(StrEnum):
    """The values of `extensions.code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    TOO_COMPLEX = "TOO_COMPLEX"
    INTERNAL = "INTERNAL"


MEANINGS: Mapping[Code, str] = {
    Code.UNAUTHENTICATED: "No token, or one that is not believed or has expired: get another one.",
    Code.FORBIDDEN: "The scope of the token does not allow this.",
    Code.BAD_USER_INPUT: "The document, its variables or a value is wrong; the message says which.",
    Code.NOT_FOUND: "The account has nothing with this id.",
    Code.CONFLICT: "What an import was made from has changed since: read it again, then send.",
    Code.TOO_COMPLEX: "A limit was passed, or it took too long: ask for less at once.",
    Code.INTERNAL: "A fault of the API or its database; nothing was changed. Try again later.",
}
"""What each code tells a front-end; a page of the documentation is made from it."""


class Fault(MarginsError):
    """A failure whose sentence may be shown to the client."""

    def __init__(self, code: Code, what: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(what, place=place, remedy=remedy)
        self.code = code


def rejected(code: Code, sentence: str) -> dict[str, object]:
    """The body of an answer that never got as far as GraphQL."""
    return {"errors": [{"message": sentence, "extensions": {"code": code.value}}]}


def _ran_too_long(failed: OperationalError) -> bool:
    # SQLite: sqlite3_interrupt; PostgreSQL: query_canceled (57014).
    return str(failed.orig) == "interrupted" or getattr(failed.orig, "sqlstate", "") == "57014"


def _judge(error: GraphQLError) -> tuple[Code, str]:
    match error.original_error:
        case Fault() as fault:
            return fault.code, str(fault)
        case InputError() as wrong:
            return Code.BAD_USER_INPUT, str(wrong)
        case None | GraphQLError():  # the document or its variables, judged by GraphQL itself
            return Code.BAD_USER_INPUT, error.message
        case IntegrityError():
            return Code.BAD_USER_INPUT, "Two of the things sent claim to be the same one."
        case DataError() | UnicodeError():
            return Code.BAD_USER_INPUT, "A value sent cannot be stored."
        case OperationalError() as failed if _ran_too_long(failed):
            return Code.TOO_COMPLEX, "It took too long."
        case unexpected:
            _log.error("a request failed", exc_info=unexpected)
            return Code.INTERNAL, "Something went wrong here; nothing was changed. Try again later."


def describe(error: GraphQLError) -> dict[str, object]:
    """The error as it goes to the client; what is nobody's business goes to the log instead."""
    code, sentence = _judge(error)
    described: dict[str, object] = {"message": sentence, "extensions": {"code": code.value}}
    if error.locations:
        described["locations"] = [place.formatted for place in error.locations]
    if error.path:
        described["path"] = list(error.path)
    return described
