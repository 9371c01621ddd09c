"""What the endpoints share: bodies that end, types that no form can send, answers in JSON."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from margins.api.faults import Code, Fault, rejected

__all__ = ["Rejected", "answer_rejected", "answer_unavailable", "json_body"]

_RETRY_SECONDS = 5  # a supervisor has started us again by then


class Rejected(Fault):
    """A request that never got as far as its content.

    Attributes:
        status: the HTTP status that says why.
    """

    def __init__(self, status: int, code: Code, what: str) -> None:
        super().__init__(code, what)
        self.status = status


async def answer_rejected(_request: Request, error: Exception) -> JSONResponse:
    """The answer to a request that was rejected."""
    assert isinstance(error, Rejected)
    headers = {"WWW-Authenticate": 'Bearer realm="notes"'} if error.status == 401 else None
    return JSONResponse(rejected(error.code, str(error)), error.status, headers)


async def answer_unavailable(_request: Request, _error: Exception) -> JSONResponse:
    """The answer while the database is not to be used; what is wrong is the operator's to know."""
    body = rejected(Code.INTERNAL, "The notes are not available; nothing was changed.")
    return JSONResponse(body, 503, {"Retry-After": str(_RETRY_SECONDS)})


async def _bytes(request: Request, most: int) -> bytes:
    """The body, given up as soon as it is too long, whatever Content-Length says."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Rejected(413, Code.TOO_COMPLEX, f"The body is longer than {most} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


async def json_body(request: Request, *, most: int) -> tuple[Any, int]:
    """The JSON value of the body, and its length in bytes.

    Raises:
        Rejected: 415, 413 or 400.
    """
    # Any other type could be posted by a form on somebody else's page.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Rejected(415, Code.BAD_USER_INPUT, "The body must be application/json.")
    body = await _bytes(request, most)
    try:
        return json.loads(body), len(body)
    except (ValueError, RecursionError) as error:
        raise Rejected(400, Code.BAD_USER_INPUT, "The body is not JSON.") from error
