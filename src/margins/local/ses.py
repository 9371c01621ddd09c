"""Amazon SES receiving mail, played by an SMTP port and the receipt rules of the template.

As SES does: recipients are refused in the conversation, and everything else happens after the 250,
rule by rule and action by action, for every mail by itself. What SES does with a function that
fails is not documented; here the action is tried again for as long as SES says it tries, and a mail
that is still waiting when this program ends is lost with it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from email.utils import formatdate
from secrets import choice
from string import ascii_lowercase, digits

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from margins.local.function import Function
from margins.local.rules import Action, Received, Rule, disposition_of
from margins.local.ses_event import VERDICTS, ses_event
from margins.local.settings import Closed
from margins.local.steps import Steps

__all__ = ["Ses"]

_log = logging.getLogger("margins.local.ses")

_MOST_BYTES = 40 * 1024 * 1024
_FIRST_RETRY, _LAST_RETRY, _GIVE_UP = 1.0, 60.0, 4 * 3600.0
_AT_A_TIME = 10
_CLOSING_SECONDS = 35.0
_SETUP = "AMAZON_SES_SETUP_NOTIFICATION"


_TOP = """\
Return-Path: <{source}>
Received: from {helo} ([{peer}]) by inbound-smtp.{region}.amazonaws.com with SMTP id {id} for {to};
 {date}
X-SES-Spam-Verdict: {spam}
X-SES-Virus-Verdict: {virus}
Received-SPF: {spf} (spfCheck: local) client-ip={peer}; envelope-from={source}; helo={helo};
Authentication-Results: amazonses.com; spf={spf} client-ip={peer}; dkim={dkim} header.i=@{domain};
 dmarc={dmarc} header.from={domain};
X-SES-RECEIPT: local
X-SES-DKIM-SIGNATURE: local
"""


_RESULTS = {
    "PASS": "pass",
    "FAIL": "fail",
    "GRAY": "none",
    "PROCESSING_FAILED": "temperror",
    "DISABLED": "none",
}
"""A verdict in the words of RFC 8601, which are those of RFC 7208 in lower case."""


def _stamp(mail: Received, helo: str, region: str) -> bytes:
    """The header fields SES puts on top of a message."""
    verdicts = mail.verdicts
    result = {name: _RESULTS[verdict] for name, verdict in verdicts.items()}
    top = _TOP.format(
        source=mail.source,
        helo=helo,
        peer="127.0.0.1",
        region=region,
        id=mail.id,
        to=mail.recipients[0],
        date=formatdate(),
        spam=verdicts["spam"],
        virus=verdicts["virus"],
        spf=result["spf"],
        dkim=result["dkim"],
        dmarc=result["dmarc"],
        domain=mail.source.rpartition("@")[2] or helo,
    )
    return top.replace("\n", "\r\n").encode()


def _free_port() -> int:
    """aiosmtpd's controller connects to the port it was given, so it must be told a real one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Session:
    """aiosmtpd's handler: the part of SES that talks."""

    def __init__(self, ses: Ses) -> None:
        self._ses = ses

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002  aiosmtpd's signature
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if not any(rule.matching([address]) for rule in self._ses.rules):
            return "550 5.1.1 Mailbox unavailable"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = Received(
            id="".join(choice(ascii_lowercase + digits) for _ in range(40)),
            source=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            content=content,
            verdicts=dict(self._ses.verdicts),
        )
        await asyncio.to_thread(self._ses.accept, mail, session.host_name or "localhost")
        return f"250 OK {mail.id}"


class Ses:
    """Takes mail until it is closed.

    Args:
        rules: in their order.
        put: writes an object: bucket, key, content.
        sign: as the author's domain signs what it sends; mails that are to pass DMARC are signed.
        port: 0 takes any free one.

    Attributes:
        verdicts: what is said about the next mails; tests change it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        put: Callable[[str, str, bytes], None],
        *,
        region: str,
        port: int = 0,
        sign: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.rules = tuple(rules)
        self.verdicts: dict[str, str] = dict(VERDICTS)
        self._put = put
        self._region = region
        self._sign = sign
        self._mails = Steps("ses", _AT_A_TIME)
        self._controller = Controller(
            _Session(self),
            hostname="127.0.0.1",
            port=port or _free_port(),
            data_size_limit=_MOST_BYTES,
            ident="Amazon SES, played by Margins",
        )

    def start(self) -> None:
        """Write the object SES writes when a rule is saved, and begin to listen."""
        for rule in self.rules:
            for action in rule.actions:
                if action.bucket:
                    self._put(action.bucket, action.prefix + _SETUP, b"local set-up notification")
        self._mails.start()
        self._controller.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._controller.port)

    def accept(self, mail: Received, helo: str) -> None:
        """What happens before the 250."""
        passes = mail.verdicts["dmarc"] == "PASS"
        content = self._sign(mail.content) if passes else mail.content
        top = _stamp(mail, helo, self._region)
        self._mails.add(self._way(replace(mail, content=top + content)))

    @property
    def idle(self) -> bool:
        """Every mail has been through the rules."""
        return self._mails.idle

    def _way(self, mail: Received) -> Iterator[float]:
        """A mail through every rule that matches, in order, until one stops them all; yields the
        seconds to wait before an action is tried again.
        """
        for rule in self.rules:
            recipients = rule.matching(mail.recipients)
            if not recipients:
                continue
            for action in rule.actions:
                disposition = yield from self._act(action, mail, recipients)
                if disposition in {"STOP_RULE", "STOP_RULE_SET"}:
                    _log.info("%s: %s by rule %s", mail.id, disposition, rule.name)
                    break
            else:
                continue
            if disposition == "STOP_RULE_SET":
                return

    def _act(
        self, action: Action, mail: Received, recipients: Sequence[str]
    ) -> Generator[float, None, str]:
        """One action, tried again while it fails; the disposition it ends in."""
        if action.stops:
            return "STOP_RULE_SET"
        wait, since = _FIRST_RETRY, time.monotonic()
        while time.monotonic() - since <= _GIVE_UP:
            try:
                if action.function is None:
                    self._put(action.bucket, action.prefix + mail.id, mail.content)
                    return "CONTINUE"
                return self._ask(action, action.function, mail, recipients)
            except Closed:
                return "STOP_RULE_SET"
            except Exception as error:  # noqa: BLE001
                _log.warning("%s: PublishFailure: %s", mail.id, error)
            yield wait
            wait = min(2 * wait, _LAST_RETRY)
        _log.error("%s: PublishExpired: the mail is lost", mail.id)
        return "STOP_RULE_SET"

    def _ask(
        self, action: Action, function: Function, mail: Received, recipients: Sequence[str]
    ) -> str:
        event = ses_event(
            mail.content,
            id_=mail.id,
            source=mail.source,
            recipients=recipients,
            now=time.time(),
            verdicts=mail.verdicts,
            function_arn=function.settings.arn,
            synchronous=action.synchronous,
        )
        if not action.synchronous:
            function.invoke_later(event)
            return "CONTINUE"
        return disposition_of(function.invoke(event))

    def close(self) -> None:
        """Stop listening, and finish the actions in hand."""
        self._controller.stop()
        self._mails.close(_CLOSING_SECONDS)
