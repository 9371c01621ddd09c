"""What an identity provider calls once a person has confirmed their address."""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from margins.api.database import Database
from margins.api.faults import Code
from margins.api.handbook import welcome
from margins.api.tokens import is_account
from margins.api.web import Rejected, json_body
from margins.errors import ConfigError

__all__ = ["AccountConfirmed"]

_SHORTEST_SECRET = 32
_LONGEST_BODY = 4 * 1024


class AccountConfirmed:
    """POST {"account": "..."} with the secret as bearer token: makes the account, 204.

    Calling it again changes nothing.

    Raises:
        ConfigError: the secret is too short to be one.
    """

    def __init__(self, database: Database, secret: str) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ConfigError(
                "The secret of the hook is too short.",
                place="hook_secret",
                remedy=f"Use {_SHORTEST_SECRET} random characters or more.",
            )
        self._database = database
        self._expected = f"Bearer {secret}".encode()

    async def post(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, self._expected):
            raise Rejected(401, Code.UNAUTHENTICATED, "The secret of the hook is needed.")
        body, _ = await json_body(request, most=_LONGEST_BODY)
        account = body.get("account") if isinstance(body, dict) else None
        if not is_account(account):
            raise Rejected(422, Code.BAD_USER_INPUT, "The body must name an account.")
        await run_in_threadpool(self._welcome, account)
        return Response(status_code=204)

    def _welcome(self, account: str) -> None:
        with self._database.transaction(account, writes=True) as connection:
            welcome(connection, account)
