"""The way in by SMTP (RFC 5321) on aiosmtpd, which handles commands, extensions and STARTTLS.

Ours are the limits, the DATA phase and every reply about a mail. It knows the agent only as a
function from mail object to receipt. A mail is answered 250 when that receipt says it is durable.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from margins.agent.receive import Receipt
from margins.mail.envelope import Envelope, MailObject
from margins.mail.reply import TABLE, Outcome

__all__ = ["Rules", "SmtpServer"]

_log = logging.getLogger("margins.ingress.smtp")
_END = b"\r\n.\r\n"
_IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What this server takes.

    Attributes:
        addresses: served addresses, "name@domain" or "@domain", compared without case.
        trusted: networks whose peers vouch for the author.
        max_bytes: largest content, announced as SIZE (RFC 1870).
        max_recipients: RCPT commands per mail.
        command_seconds: a session this long without a command is closed (RFC 5321 s4.5.3.2).
    """

    addresses: Sequence[str]
    trusted: Sequence[_IPNetwork]
    max_bytes: int
    max_recipients: int = 100
    command_seconds: float = 300.0

    def serves(self, address: str) -> bool:
        """True for an address that takes mail here."""
        folded = address.lower()
        _, at, domain = folded.rpartition("@")
        return any(rule.lower() in (folded, at + domain) for rule in self.addresses)

    def trusts(self, peer: str) -> bool:
        """True for a peer inside a trusted network."""
        try:
            ip = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(ip, "ipv4_mapped", None)
        return any((mapped or ip) in network for network in self.trusted)


def _reply(outcome: Outcome) -> str:
    return TABLE[outcome].smtp()


def _bare(content: bytes) -> bool:
    """True for NUL, or CR and LF that do not stand together: the tools of SMTP smuggling."""
    pairs = content.count(b"\r\n")
    return content.count(b"\r") != pairs or content.count(b"\n") != pairs or b"\0" in content


class _Handler:
    """aiosmtpd's hooks. `submit` hands a mail over and gives its receipt when it is durable."""

    def __init__(self, rules: Rules, submit: Callable[[MailObject], Future[Receipt]]) -> None:
        self._rules = rules
        self._submit = submit

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: SmtpEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        if not self._rules.serves(address):
            return _reply(Outcome.UNKNOWN_RECIPIENT)
        if len(envelope.rcpt_tos) >= self._rules.max_recipients:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient accepted"

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: SmtpEnvelope,
    ) -> str:
        content = envelope.original_content or b""
        if _bare(content):
            return _reply(Outcome.BARE_LINE_ENDINGS)
        peer = str(session.peer[0]) if session.peer else ""
        mail = MailObject(
            envelope=Envelope(
                reverse_path=envelope.mail_from or "",
                forward_paths=tuple(envelope.rcpt_tos),
                peer=peer,
                helo=session.host_name or "",
                ingress="smtp",
                trusted=self._rules.trusts(peer),
            ),
            content=content,
        )
        receipt = await asyncio.wrap_future(self._submit(mail))
        _log.info(
            "mail %s from %s: %s", receipt.entry.id if receipt.entry else "-", peer, receipt.outcome
        )
        return _reply(receipt.outcome)

    async def handle_exception(self, error: Exception) -> str:
        # aiosmtpd would say 500, which makes the peer give the mail up for our mistake.
        _log.error("session failed", exc_info=error)
        return _reply(Outcome.UNAVAILABLE)


class _Session(SMTP):
    """aiosmtpd's session with a DATA phase that reads in blocks and answers with our table."""

    # The stream's buffer, not a limit on content lines: HTML exports have very long ones.
    line_length_limit = 64 * 1024

    def __init__(
        self,
        handler: _Handler,
        rules: Rules,
        tls: ssl.SSLContext | None,
        name: str,
        sessions: set[_Session],
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=rules.max_bytes,
            enable_SMTPUTF8=True,
            hostname=name,
            ident="Margins",
            tls_context=tls,
            timeout=rules.command_seconds,
        )
        self._max_bytes = rules.max_bytes
        self._sessions = sessions
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)

    async def dismiss(self) -> None:
        """Say goodbye, unless a mail is being received: that one is finished first."""
        if not self._in_data and self.transport is not None:
            await self.push("421 4.3.2 Shutting down")
            self.transport.close()

    async def _read_data(self) -> bytes | None:
        """The content up to the end of data, transparency undone; None when it is too large.

        What is too large is still read to its end: the peer hears its reply only there.
        """
        # RFC 5321 s4.1.1.4: the CRLF that ended the DATA command also begins the end of data.
        self._reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # noqa: SLF001
        blocks: list[bytes] = []
        size = 0
        while True:
            try:
                block = await self._reader.readuntil(_END)
            except asyncio.LimitOverrunError as error:
                block = await self._reader.read(error.consumed)
                size += len(block)
                if size <= self._max_bytes:
                    blocks.append(block)
                else:
                    blocks.clear()
                continue
            size += len(block)
            if size - len(_END) > self._max_bytes:
                return None
            stuffed = b"".join([*blocks, block])[:-3]
            # RFC 5321 s4.5.2: a line that begins with a dot loses it.
            return stuffed.replace(b"\r\n.", b"\r\n")[2:]

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
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
        self._in_data = True
        try:
            await self.push(await self._take(envelope))
        finally:
            self._in_data = False

    async def _take(self, envelope: SmtpEnvelope) -> str:
        content = await self._read_data()
        if content is None:
            status = _reply(Outcome.TOO_LARGE)
        else:
            envelope.content = envelope.original_content = content
            status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        return status


def _tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


class SmtpServer:
    """Listens for SMTP on the running event loop.

    Args:
        submit: hands one mail over and gives its receipt once it is durable; must not block.
        hostname: what the greeting says.
        certificate: paths of a PEM chain and its key; STARTTLS (RFC 3207) is offered with them.
    """

    def __init__(
        self,
        rules: Rules,
        submit: Callable[[MailObject], Future[Receipt]],
        *,
        hostname: str = "localhost",
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self._rules = rules
        self._handler = _Handler(rules, submit)
        self._hostname = hostname
        self._tls = _tls(*certificate) if certificate else None
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    def _session(self) -> _Session:
        return _Session(self._handler, self._rules, self._tls, self._hostname, self._sessions)

    async def start(self, listener: socket.socket) -> None:
        """Begin taking connections on a listening socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, sock=listener, backlog=512)

    async def stop(self, *, seconds: float = 10.0) -> None:
        """Take no new connections; let mails that are being received end, at most so long."""
        if self._server is not None:
            self._server.close()
        deadline = asyncio.get_running_loop().time() + seconds
        while self._sessions and asyncio.get_running_loop().time() < deadline:
            for session in tuple(self._sessions):
                await session.dismiss()
            await asyncio.sleep(0.05)
        for session in tuple(self._sessions):
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
