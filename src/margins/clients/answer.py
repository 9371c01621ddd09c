"""What an HTTP answer to a GraphQL request means: data, a refusal, or "try again later". Pure.

What is wrong with the mail is permanent; what is wrong with the API, or with how it knows us, is an
operator's to mend and must not fail a reader's mail in the meantime.

Sources: RFC 9110 s15, RFC 6585 s4, https://graphql.github.io/graphql-over-http/draft/; the codes
of Hasura 2 are those of server/src-lib/Hasura/Base/Error.hs in hasura/graphql-engine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from margins.errors import Refused, TooLarge, Unavailable
from margins.text.normal import one_line

__all__ = ["Answered", "FieldError", "Response", "judge", "judge_fields", "server_time"]

_TEMPORARY_STATUS = frozenset({408, 425, 429})
_TEMPORARY_CODES = frozenset({
    "CONFLICT", "INTERNAL", "INTERNAL_SERVER_ERROR", "RATE_LIMITED", "THROTTLED", "TIMEOUT",
    "UNAVAILABLE",
    # Hasura's, which says 200 to all of these: what it would call a 409, 429 or 5xx elsewhere.
    # `unexpected` is also any error of the database that it has no code for, such as its shutdown.
    "busy", "concurrent-update", "conflict", "connection-not-established", "data-connector-error",
    "postgres-error", "postgres-max-connections-error", "remote-schema-error", "timeout",
    "unexpected",
})  # fmt: skip
_UNBELIEVED_STATUS = frozenset({401, 403})
_UNBELIEVED_CODES = frozenset({
    "FORBIDDEN", "UNAUTHENTICATED",
    "access-denied", "invalid-headers", "invalid-jwt", "jwt-invalid-claims",
    "jwt-missing-role-claims",
})  # fmt: skip
_LONGEST_WAIT = 86_400.0
_NO_MORE = "The mail is kept; replay it once this is mended."
_KNOW_US = "Give it this Margins' issuer, audience and key set, or this Margins the secret it wants"

_Errors = list[Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One field of a GraphQL operation that failed while others may have succeeded.

    Attributes:
        path: to the field: aliases, and positions from 0 (GraphQL specification s7.1.2).
        extensions: what the server adds to its message.
        temporary: by its code, or for lack of one, it may succeed when it is asked again; also
            when all that is wrong is how the API knows us.
    """

    path: tuple[str | int, ...]
    message: str
    extensions: Mapping[str, object]
    temporary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The data of an answer, and the fields it lacks."""

    data: Mapping[str, object]
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def server_time(response: Response) -> float | None:
    """The Date header in seconds since 1970, or None when there is no readable one."""
    return _moment(response.headers.get("date", ""))


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(response: Response, now: float) -> float | None:
    """Seconds to wait, of either form of Retry-After (RFC 9110 s10.2.3)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT)
    moment = _moment(text)
    return None if moment is None else min(max(moment - now, 0.0), _LONGEST_WAIT)


def _parse(body: bytes) -> Mapping[str, object] | None:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _errors(answer: Mapping[str, object] | None) -> _Errors:
    errors = answer.get("errors") if answer else None
    return [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []


def _words(errors: _Errors) -> str:
    return one_line(" ".join(map(_sentence, errors[:3])), 300)


def _sentence(error: Mapping[str, object]) -> str:
    place = ".".join(map(str, _path(error)))
    message = str(error.get("message", ""))
    return f"{place}: {message}" if place else message


def _path(error: Mapping[str, object]) -> tuple[str | int, ...]:
    path = error.get("path")
    return tuple(p for p in path if isinstance(p, str | int)) if isinstance(path, list) else ()


def _field_error(error: Mapping[str, object]) -> FieldError:
    extensions = error.get("extensions")
    return FieldError(
        path=_path(error),
        message=one_line(str(error.get("message", "")), 300),
        extensions=extensions if isinstance(extensions, dict) else {},
        temporary=_is_temporary(error),
    )


def _code(error: Mapping[str, object]) -> object:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str | None) else str(code)


def _is_temporary(error: Mapping[str, object]) -> bool:
    code = _code(error)
    if code is None:
        # A document that is wrong has no path; a resolver that broke down has one.
        return "path" in error
    return code in _TEMPORARY_CODES or code in _UNBELIEVED_CODES


def judge(response: Response, *, now: float) -> Mapping[str, object] | Refused | Unavailable:
    """The `data` of the answer, or the error it amounts to, as a value.

    Any error outweighs what data there is: the notes API does all or nothing.
    """
    answer = _parse(response.body)
    errors = _errors(answer)
    return _judge_status(response, _words(errors), now) or _judge_body(answer, errors)


def judge_fields(response: Response, *, now: float) -> Answered | Refused | Unavailable:
    """As `judge`, for operations whose fields succeed and fail one by one."""
    answer = _parse(response.body)
    errors = _errors(answer)
    if (failed := _judge_status(response, _words(errors), now)) is not None:
        return failed
    data = answer.get("data") if answer else None
    if isinstance(data, dict) and all(_path(error) for error in errors):
        return Answered(data=data, errors=tuple(map(_field_error, errors)))
    judged = _judge_body(answer, errors)
    return Answered(data=judged) if isinstance(judged, Mapping) else judged


def _judge_status(response: Response, said: str, now: float) -> Refused | Unavailable | None:
    status = response.status
    if status >= 500 or status in _TEMPORARY_STATUS:
        return Unavailable(
            f"The notes API answered {status}. {said}".rstrip(),
            retry_after=_retry_after(response, now),
        )
    if status in _UNBELIEVED_STATUS:
        return _unbelieved(f"It answered {status}. {said}")
    if status == 413:
        return TooLarge(
            f"The notes API takes no import of this size. {said}".rstrip(),
            remedy=f"Raise its limit, or have the export sent in parts. {_NO_MORE}",
        )
    if 300 <= status < 400:
        return Refused(
            f"The notes API answered {status}: it has moved.",
            remedy=f"Set the URL it has now; redirects are not followed. {_NO_MORE}",
        )
    if status >= 400:
        return Refused(f"The notes API answered {status}. {said}".rstrip(), remedy=_NO_MORE)
    return None


def _unbelieved(said: str) -> Unavailable:
    return Unavailable(
        f"The notes API does not believe our tokens. {said}".rstrip(),
        remedy=f"{_KNOW_US}; mails wait for it.",
    )


def _judge_body(
    answer: Mapping[str, object] | None, errors: _Errors
) -> Mapping[str, object] | Refused | Unavailable:
    if errors:
        said = _words(errors)
        if all(_code(error) in _UNBELIEVED_CODES for error in errors):
            return _unbelieved(said)
        if all(_is_temporary(error) for error in errors):
            return Unavailable(f"The notes API failed. {said}".rstrip())
        return Refused(f"The notes API refused. {said}".rstrip(), remedy=_NO_MORE)
    data = answer.get("data") if answer else None
    if not isinstance(data, dict):
        return Unavailable(
            "What answered is not a GraphQL API.", remedy="Check the URL of the notes API."
        )
    return data
