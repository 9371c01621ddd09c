"""What aiosmtpd asks of us at each stage of a session, and how a mail is handed over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from aiosmtpd.proxy_protocol import V2_CMD, ProxyData
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session

from margins.agent.receive import Receipt
from margins.ingress.smtp.content import irregular
from margins.ingress.smtp.path import NULL_PATH
from margins.ingress.smtp.rules import Rules
from margins.ingress.smtp.xclient import ATTRIBUTES, FORWARDED
from margins.mail.envelope import Envelope, MailObject
from margins.mail.import_address import secret_of
from margins.mail.reply import TABLE, Outcome

__all__ = ["Handler"]

_log = logging.getLogger("margins.ingress.smtp")
_MAX_HELO = 255


class Handler:
    """aiosmtpd's hooks. `submit` hands a mail over and gives its receipt when it is durable.

    A `server` is the connection (`margins.ingress.smtp.session`), which aiosmtpd passes around.
    """

    def __init__(self, rules: Rules, submit: Callable[[MailObject], Future[Receipt]]) -> None:
        self._rules = rules
        self._submit = submit

    async def handle_PROXY(  # noqa: N802
        self,
        server: Any,
        session: Session,  # noqa: ARG002
        envelope: SmtpEnvelope,  # noqa: ARG002
        proxy: ProxyData,
    ) -> bool:
        """The peer a load balancer names; the balancer's own health checks name none."""
        if proxy.version == 2 and proxy.command == V2_CMD.LOCAL:
            return True
        if not proxy.valid or proxy.src_addr is None:
            return bool(proxy.valid)
        return bool(server.speak_for(str(proxy.src_addr)))

    async def handle_EHLO(  # noqa: N802
        self,
        server: Any,
        session: Session,
        envelope: SmtpEnvelope,  # noqa: ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """The extensions: no AUTH, enhanced status codes, and XCLIENT for whom it is meant."""
        session.host_name = hostname[:_MAX_HELO]
        first, *rest = (line for line in responses if not line.startswith("250-AUTH"))
        offered = [first, "250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
        if server.xclients:
            offered.append("250-XCLIENT " + " ".join(ATTRIBUTES))
            offered.append("250-XFORWARD " + " ".join(FORWARDED))
        return offered + rest

    async def handle_RCPT(  # noqa: N802
        self,
        server: Any,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: SmtpEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        """Whether the address takes mail here; of a secret one only the shape is looked at."""
        if not self._rules.serves(address):
            return TABLE[Outcome.UNKNOWN_RECIPIENT].smtp()
        known = envelope.rcpt_tos
        second_secret = secret_of(address) and any(map(secret_of, known))
        if len(known) >= self._rules.max_recipients or second_secret:
            # The peer sends the rest in another mail (RFC 5321 s4.5.3.1.10), so that one mail
            # never belongs to two accounts.
            return "452 4.5.3 Too many recipients"
        known.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient accepted"

    def _mail(self, server: Any, session: Session, paths: Sequence[str]) -> MailObject:
        envelope: SmtpEnvelope = server.envelope
        peer = server.forwarded.get("ADDR", server.peer)
        helo = server.forwarded.get("HELO") or server.helo or str(session.host_name or "")
        return MailObject(
            envelope=Envelope(
                reverse_path=str(envelope.mail_from or "").replace(NULL_PATH, ""),
                forward_paths=tuple(paths),
                peer=peer,
                helo=helo,
                ingress=server.ingress,
                trusted=self._rules.trusts(peer),
            ),
            content=envelope.original_content or b"",
        )

    async def handle_content(
        self, server: Any, session: Session, envelope: SmtpEnvelope
    ) -> Sequence[str]:
        """One reply to the mail, or with LMTP one for each recipient."""
        paths = envelope.rcpt_tos
        groups = [[path] for path in paths] if server.ingress == "lmtp" else [paths]
        if irregular(envelope.original_content or b""):
            return [TABLE[Outcome.BARE_LINE_ENDINGS].smtp()] * len(groups)
        handed_over = [self._submit(self._mail(server, session, group)) for group in groups]
        receipts = await asyncio.gather(*map(asyncio.wrap_future, handed_over))
        for receipt in receipts:
            name = receipt.mail or "-"
            _log.info("mail %s from %s: %s", name, server.peer, receipt.outcome.value)
        return [TABLE[receipt.outcome].smtp(receipt.mail) for receipt in receipts]

    async def handle_exception(self, error: Exception) -> str:
        """Answer a failure of ours; aiosmtpd would say 500, and the peer would give the mail up."""
        _log.error("session failed", exc_info=error)
        return TABLE[Outcome.UNAVAILABLE].smtp()
