"""Forms: read within bounds, and believed only when they carry the token of this process.

The console has no sessions and sets no cookies. The token is on every page it writes, and only a
page of its own can read those; so whoever knows the token was shown it here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Forms", "Handler"]

Handler = Callable[[Request, Mapping[str, str]], Response]

_MOST_BYTES = 16 * 1024
_MOST_FIELDS = 20
_MEDIA_TYPE = "application/x-www-form-urlencoded"


async def _fields(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise HTTPException(415, f"A form is sent as {_MEDIA_TYPE}.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, f"A form is no longer than {_MOST_BYTES} bytes.")
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise HTTPException(400, "This is no form.") from error
    return dict(pairs)


class Forms:
    """The forms of one process.

    Attributes:
        token: what every form must carry in its field `token`.
    """

    def __init__(self) -> None:
        self.token = token_urlsafe(32)

    def post(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint that gives a form to its handler, which runs in a thread."""

        async def endpoint(request: Request) -> Response:
            fields = await _fields(request)
            if not compare_digest(fields.get("token", "").encode(), self.token.encode()):
                raise HTTPException(
                    403, "This form is from before a restart. Go back, reload the page, try again."
                )
            return await run_in_threadpool(handler, request, fields)

        return endpoint
