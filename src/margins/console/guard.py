"""The door of the console: who is let in, and what every answer says to the browser.

A console on loopback is within reach of every web page the operator has open. What keeps those out:
a name that somebody else may point at this machine is no name of ours (DNS rebinding), and nothing
is changed on behalf of another page (Origin; the token in every form is in `forms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from margins.console.password import Access, Password

__all__ = ["HEADERS", "Guard"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer that does not say otherwise."""

_READING = {"GET", "HEAD"}


def _name(host: str) -> str:
    """The name or address in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """An ASGI application around another one.

    Args:
        names: host names it is reached by, beside localhost and every IP address: nobody can
            point an address elsewhere.
        password: asked of everybody; None lets everybody in who reaches the port.
    """

    def __init__(self, app: ASGIApp, *, names: Sequence[str], password: Password | None) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(_name(hosts[0])):
            return PlainTextResponse(
                "The console is not known by this name. Add it to console_names, or use the "
                "address of this machine.\n",
                421,
            )
        if request.method not in _READING and not _same_origin(request, hosts[0]):
            return PlainTextResponse("This was sent by another page than the console's.\n", 403)
        return self._asked_for_password(request)

    def _is_ours(self, name: str) -> bool:
        return name in self._names or _is_address(name)

    def _asked_for_password(self, request: Request) -> Response | None:
        if self._password is None:
            return None
        peer = request.client.host if request.client else ""
        access = self._password.check(request.headers.get("authorization", ""), peer)
        if access is Access.GRANTED:
            return None
        if access is Access.LATER:
            return PlainTextResponse("Too many wrong passwords. Try again in a minute.\n", 429)
        challenge = {"WWW-Authenticate": 'Basic realm="Margins", charset="UTF-8"'}
        return PlainTextResponse("The console asks for its password.\n", 401, challenge)


def _same_origin(request: Request, host: str) -> bool:
    """The request was sent by a page of ours: every browser says so, with one of two headers.

    The scheme is not compared: a proxy that ends TLS before us changes it.
    """
    origins = request.headers.getlist("origin")
    if not origins:
        return request.headers.get("sec-fetch-site") == "same-origin"
    try:
        return len(origins) == 1 and urlsplit(origins[0]).netloc.lower() == host.lower()
    except ValueError:
        return False
