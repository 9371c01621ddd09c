"""The web application: a URL for every provider that has a secret, and what it is answered.

200 is said when the mail is durable, and not before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from margins.agent.receive import Receipt, together
from margins.ingress.relay.intake import Intake
from margins.ingress.relay.provider import Head, Posted, Provider, Refusal
from margins.mail.envelope import Envelope, MailObject
from margins.mail.recipients import one_account_each
from margins.mail.reply import TABLE, Outcome

__all__ = ["create_app"]

_log = logging.getLogger("margins.ingress.relay")
_OVERHEAD = 1024 * 1024
_MOST_RECIPIENTS = 100  # RFC 5321 s4.5.3.1.8
_READERS = 2  # requests taken apart at a time: each may need several times its own size
_RETRY_SECONDS = "60"
_Answer = tuple[Outcome, str]  # with the ids of the mails that are kept, separated by commas


class _Relay:
    """The relay for one provider, with limits of its own: nobody's requests hold up another's."""

    def __init__(
        self,
        provider: Provider,
        submit: Callable[[MailObject], Future[Receipt]],
        serves: Callable[[str], bool],
        *,
        max_bytes: int,
        intake: Intake,
        clock: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._submit = submit
        self._serves = serves
        self._max_bytes = max_bytes
        self._intake = intake
        self._clock = clock
        self._readers = asyncio.Semaphore(_READERS)

    async def post(self, request: Request) -> Response:
        """Take one request."""
        try:
            answer = await self._take(request)
        except Refusal as refusal:
            _log.warning("%s: %d, %s", self._provider.path, refusal.status, refusal.why)
            return _refused(self._provider, refusal)
        return _judged(self._provider, *answer)

    async def _take(self, request: Request) -> _Answer:
        provider = self._provider
        peer = request.client.host if request.client else ""
        head = Head(headers=request.headers, peer=peer)
        if head.one("Content-Type").partition(";")[0].strip().lower() not in provider.types:
            raise Refusal(415, "the body has another type than this provider posts")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refusal(415, "the body is compressed")
        now = self._clock()
        provider.admit(head, now)
        most = self._max_bytes * provider.growth + _OVERHEAD
        async with self._intake.body(request, most) as body:
            if body is None:
                return Outcome.TOO_LARGE, ""
            async with self._readers:
                posted = await asyncio.to_thread(provider.read, head, body, now)
            return await self._hand_over(posted)

    async def _hand_over(self, posted: Posted) -> _Answer:
        """Make every mail of a request durable, or not; only then there is an answer."""
        if len(posted.content) > self._max_bytes:
            return Outcome.TOO_LARGE, ""
        paths = [path for path in dict.fromkeys(posted.forward_paths) if self._serves(path)]
        if not paths:
            return Outcome.UNKNOWN_RECIPIENT, ""
        if len(paths) > _MOST_RECIPIENTS:
            raise Refusal(422, "the mail has too many recipients")
        mails = [_mail(posted, group) for group in one_account_each(paths)]
        receipts = await asyncio.gather(
            *(asyncio.wrap_future(self._submit(mail)) for mail in mails)
        )
        for receipt in receipts:
            name = receipt.mail or "-"
            _log.info("mail %s by %s: %s", name, self._provider.path, receipt.outcome.value)
        return together(receipts)


def _mail(posted: Posted, paths: tuple[str, ...]) -> MailObject:
    """The mail as the gate judges it: nobody who posts it vouches for its author."""
    envelope = Envelope(
        reverse_path=posted.reverse_path,
        forward_paths=paths,
        peer=posted.peer,
        helo=posted.helo,
        ingress="relay",
    )
    return MailObject(envelope=envelope, content=posted.content)


def _judged(provider: Provider, outcome: Outcome, mail: str) -> Response:
    """The answer to a mail. Its fields tell a verdict from what a proxy in between may say."""
    headers = {"Margins-Outcome": outcome.value}
    if mail:
        headers["Margins-Mail"] = mail
    if 400 <= TABLE[outcome].code < 500:
        headers["Retry-After"] = _RETRY_SECONDS
    status = provider.dialect.verdict(outcome)
    return PlainTextResponse(TABLE[outcome].said(mail) + "\n", status, headers)


def _refused(provider: Provider, refusal: Refusal) -> Response:
    headers = {"Retry-After": _RETRY_SECONDS} if refusal.status >= 500 else {}
    if refusal.status == 401 and provider.dialect.challenge:
        headers["WWW-Authenticate"] = provider.dialect.challenge
    # What exactly is wrong is the operator's to know.
    status = provider.dialect.refusal(refusal.status)
    return PlainTextResponse("The request was not taken.\n", status, headers)


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok")


def create_app(
    providers: Sequence[Provider],
    submit: Callable[[MailObject], Future[Receipt]],
    serves: Callable[[str], bool],
    *,
    max_bytes: int,
    intake: Callable[[], Intake] = Intake,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The application. What is posted to any other URL is 404, by any other method 405.

    Args:
        submit: hands one mail over and gives its receipt once it is durable; must not block.
        serves: True for an address that takes mail here.
        max_bytes: largest message.
        intake: the limits of one provider.
        clock: seconds since 1970.
    """
    routes = [Route("/healthz", _health)]
    for provider in providers:
        relay = _Relay(provider, submit, serves, max_bytes=max_bytes, intake=intake(), clock=clock)
        routes.append(Route(f"/relay/{provider.path}", relay.post, methods=["POST"]))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app
