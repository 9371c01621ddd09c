"""One connection: aiosmtpd's session with our paths, limits and DATA phase."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiosmtpd.smtp import SMTP

from margins.ingress.smtp.connections import Connections
from margins.ingress.smtp.content import Intake
from margins.ingress.smtp.handler import Handler
from margins.ingress.smtp.path import parse_path
from margins.ingress.smtp.rules import Rules
from margins.ingress.smtp.xclient import ATTRIBUTES, FORWARDED, parse_xclient
from margins.mail.reply import TABLE, Outcome

__all__ = ["LmtpConnection", "SmtpConnection"]

_COMMAND_BYTES = 1024
_PROXY_SECONDS = 5.0
_NEVER = 1e9  # aiosmtpd's timer stops neither a slow content nor a session of NOOPs
_JUNK = ("NOOP", "RSET", "VRFY", "HELP", "EHLO", "HELO", "LHLO", "EXPN", "XCLIENT", "XFORWARD")
_HTTP = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "HOST:")


class SmtpConnection(SMTP):
    """An SMTP session.

    Attributes:
        peer: the address the limits and the author's proof go by: of the transport, or what a
            load balancer or mail server in front said.
        helo: what that mail server said its peer called itself; empty when it said nothing.
        forwarded: what it said of this one mail alone (XFORWARD).
    """

    # The stream's buffer, not a limit on content lines: HTML exports have very long ones.
    line_length_limit = 64 * 1024
    ingress = "smtp"
    forwarded: Mapping[str, str] = {}

    def __init__(
        self,
        handler: Handler,
        rules: Rules,
        connections: Connections,
        everyone: set[SmtpConnection],
        *,
        tls: ssl.SSLContext | None,
        name: str,
    ) -> None:
        # Of its own: aiosmtpd's belongs to the class, and every EHLO of every peer raises it.
        self.command_size_limits = defaultdict(lambda: _COMMAND_BYTES)
        super().__init__(
            handler,
            data_size_limit=rules.max_bytes,
            enable_SMTPUTF8=True,
            hostname=name,
            ident="Margins",
            tls_context=tls,
            timeout=_NEVER,
        )
        del self._smtp_methods["AUTH"]  # nobody has a password here
        self._smtp_methods |= dict.fromkeys(_HTTP, self._speaks_http)
        for command in _JUNK:
            if command in self._smtp_methods:
                self._smtp_methods[command] = self._counted(self._smtp_methods[command])
        self._rules = rules
        self._connections = connections
        self._everyone = everyone
        self._entered = ""
        self._errors = self._junk = 0
        self._waiting_since = math.inf
        self._intake: Intake | None = None
        self._timer: float | None = None
        self.peer = self.helo = ""

    # Beginning and end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:
            self.peer = str((transport.get_extra_info("peername") or ("",))[0])
            if refusal := self._connections.enter(self.peer):
                self._turn_away(transport, refusal)
                return
            self._entered = self.peer
            self._everyone.add(self)
            self._waiting_since = self.loop.time()
            if self._rules.proxied(self.peer):
                self._proxy_timeout = _PROXY_SECONDS
        super().connection_made(transport)

    @staticmethod
    def _turn_away(transport: asyncio.BaseTransport, refusal: str) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(refusal.encode("ascii") + b"\r\n")
        transport.close()

    def eof_received(self) -> bool | None:
        return super().eof_received() if self.session is not None else False

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._everyone:
            self._everyone.discard(self)
            self._connections.leave(self._entered)
        if self.session is not None:
            super().connection_lost(error)

    async def _handle_client(self) -> None:
        # A peer that goes away in the middle of something is no error of ours.
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await super()._handle_client()

    @property
    def xclients(self) -> bool:
        # Asked of whom the front has named: what follows his name may be passed on from him.
        return self._rules.may_xclient(self.peer)

    def speak_for(self, peer: str) -> bool:
        """Count this connection as another peer's; False when that peer has too many."""
        self._connections.leave(self._entered)
        self._entered = self.peer = peer
        if not (refusal := self._connections.enter(peer)):
            return True
        self._everyone.discard(self)
        self._turn_away(self._writer.transport, refusal)
        return False

    def dismiss(self) -> None:
        """Say goodbye, unless a mail is being received: that one is finished first."""
        if self._intake is None:
            self._leave("421 4.3.2 Shutting down")

    # Limits

    def overdue(self, now: float) -> bool:
        """True when the peer is slower than the rules allow; `now` is the loop's clock."""
        rules = self._rules
        stressed = self._connections.stressed and not rules.trusts(self.peer)
        if self._intake is not None and self._waiting_since < math.inf:
            patience = min(rules.stress_seconds, rules.data_grace) if stressed else rules.data_grace
            slow = self._intake.overdue(now, patience=patience)
            return slow or now - self._intake.began > rules.data_seconds
        patience = rules.stress_seconds if stressed else rules.command_seconds
        return now - self._waiting_since > patience

    def time_out(self) -> None:
        """Close on a peer that is overdue, without waiting for it to listen."""
        self._leave("421 4.4.2 Timed out")

    def _leave(self, farewell: str) -> None:
        transport = self._writer.transport
        if transport.get_write_buffer_size():
            transport.abort()
        elif not transport.is_closing():
            self._turn_away(transport, farewell)

    def _reset_timeout(self, duration: float | None = None) -> None:
        # For the PROXY header alone: `overdue` keeps the time of commands without a timer each.
        if self._timeout_handle is None or duration != self._timer:
            super()._reset_timeout(duration)
            self._timer = duration

    async def push(self, status: str | bytes) -> None:
        line = status if isinstance(status, bytes) else status.encode("utf-8", "replace")
        self._waiting_since = self.loop.time()
        await super().push(line)
        if line[:1] in {b"4", b"5"} and not self._rules.trusts(self.peer):
            self._errors += 1
            if self._errors > self._rules.errors:
                await self._goodbye("421 4.7.0 Too many errors")

    async def _goodbye(self, line: str) -> None:
        self._errors = -1_000_000  # it is said once
        await self.push(line)
        if self.transport is not None:
            self.transport.close()

    def _counted(self, method: Any) -> Any:
        async def junk(arg: str | None) -> None:
            self._junk += 1
            if self._junk > self._rules.junk and not self._rules.trusts(self.peer):
                await self._goodbye("421 4.7.0 Too many commands without a mail")
            else:
                await method(arg)

        junk.__dict__.update(method.__dict__)  # the syntax that HELP prints
        return junk

    async def _speaks_http(self, arg: str | None) -> None:  # noqa: ARG002
        # A browser that a page has sent here: what follows is not for us to interpret.
        await self._goodbye("421 4.7.0 This is a mail server")

    # Commands

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return parse_path(arg)

    async def smtp_XCLIENT(self, arg: str | None) -> None:  # noqa: N802
        """Take the word of a mail server in front; it begins anew with the peer it names."""
        if not self.xclients:
            await self.push("550 5.7.0 Not authorised")
        elif self.envelope is not None and self.envelope.mail_from:
            await self.push("503 5.5.1 Not within a mail")
        elif (found := parse_xclient(arg or "")) is None:
            await self.push("501 5.5.4 Syntax: XCLIENT " + "= ".join(ATTRIBUTES) + "=")
        else:
            assert self.session is not None
            self.helo = found.get("HELO", self.helo)
            self.session.host_name = None
            self._set_rset_state()  # type: ignore[no-untyped-call]
            if "ADDR" not in found or self.speak_for(found["ADDR"]):
                await self.push(f"220 {self.hostname} {self.__ident__}")

    async def smtp_XFORWARD(self, arg: str | None) -> None:  # noqa: N802
        """Take the word of a mail server in front about one mail; the limits stay with itself."""
        if not self.xclients:
            await self.push("550 5.7.0 Not authorised")
        elif self.envelope is not None and self.envelope.mail_from:
            await self.push("503 5.5.1 Not within a mail")
        elif (found := parse_xclient(arg or "", FORWARDED)) is None:
            await self.push("501 5.5.4 Syntax: XFORWARD " + "= ".join(FORWARDED) + "=")
        else:
            self.forwarded = {**self.forwarded, **found}
            await self.push("250 2.0.0 Ok")

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self.forwarded = {}

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        assert envelope is not None
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 Need RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        began = self.loop.time()
        self._intake = Intake(self._connections, self.peer, self._rules, began=began)
        try:
            for line in await self._take(self._intake):
                await self.push(line)
        finally:
            self._intake.close()
            self._intake = None
            self._set_post_data_state()

    async def _take(self, intake: Intake) -> Sequence[str]:
        """Receive the content and have it judged: the reply lines."""
        envelope = self.envelope
        assert envelope is not None
        content = await intake.read(self._reader)
        self._waiting_since = math.inf  # from here on it is we who take the time
        if content is None:
            outcome = Outcome.NO_SPACE if intake.crowded else Outcome.TOO_LARGE
            return [TABLE[outcome].smtp()] * self._replies(len(envelope.rcpt_tos))
        envelope.content = envelope.original_content = content
        self._junk = 0
        replies: Sequence[str] = await self._call_handler_hook("content")
        return replies

    def _replies(self, recipients: int) -> int:  # noqa: ARG002
        """How many replies a content gets."""
        return 1


class LmtpConnection(SmtpConnection):
    """An LMTP session (RFC 2033): greeted by LHLO, and a reply for every recipient."""

    ingress = "lmtp"

    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        """The greeting of LMTP."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:  # noqa: ARG002, N802
        """Not a command of LMTP (RFC 2033 s4.1)."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        """Not a command of LMTP (RFC 2033 s4.1)."""
        await self.smtp_HELO(arg)

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:  # noqa: ARG002
        return await super().check_helo_needed("LHLO")

    def _replies(self, recipients: int) -> int:
        return recipients
