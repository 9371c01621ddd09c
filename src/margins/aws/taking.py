"""From an object SES wrote to a row of the ledger; the object is gone once the row is there."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from margins.agent.receive import receive
from margins.authentication import authenticate
from margins.aws.parts import Parser
from margins.aws.receipts import Passed
from margins.aws.telemetry import emit
from margins.errors import MailError, Unavailable
from margins.ledger import DUE
from margins.mail import Envelope, MailObject, Message, parse
from margins.mail.address import Address
from margins.mail.authentication import Authentication
from margins.mail.receipt import Receipt, Verdict, authentication
from margins.mail.recipients import named_among
from margins.mail.reply import Outcome
from margins.ports import Entry

__all__ = ["INCOMING", "take"]

_log = logging.getLogger("margins.parser")

INCOMING = "incoming/"
"""Where SES writes; the template says so too."""


def _authentication(
    parser: Parser, mail: MailObject, message: Message, passed: Passed | None
) -> Authentication | None:
    """What we find ourselves, and beside it what SES vouches for: a DMARC PASS, and nothing else.

    That shows who wrote the message and not to whom: it passes by a signature as well, and whoever
    was once written to can hand such a message to SES for us.
    """
    author, resolver = message.author, parser.agent.resolver
    if passed is None or passed.dmarc is not Verdict.PASS or author is None or resolver is None:
        return None
    now = parser.agent.clock.now() if mail.arrived is None else mail.arrived
    found = authenticate(mail.content, mail.envelope, author, resolver, now=now)
    vouched = authentication(Receipt(dmarc=passed.dmarc), author)
    return replace(found, checks=(*vouched.checks, *found.checks))


def _serves(pattern: str, address: Address) -> bool:
    """Whether a receipt rule for this recipient takes mail to the address.

    Source: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules-console-walkthrough.html
    """
    name, at, domain = pattern.lower().rpartition("@")
    if domain.startswith("."):
        return address.domain.endswith(domain)
    # Nobody but the owner of a name has what is behind its plus sign.
    return address.domain == domain and (not at or address.local_part.partition("+")[0] == name)


def _named(message: Message, serves: str) -> tuple[str, ...]:
    """Addresses of ours that the message itself says it is for."""
    return named_among((*message.values("To"), *message.values("Cc")), partial(_serves, serves))


def _envelope(parser: Parser, message: Message, passed: Passed | None) -> Envelope:
    """As the gate passed it on; when it could not, as much of it as cannot do harm."""
    if passed is None:
        paths = _named(message, parser.serves)
        return Envelope(reverse_path="", forward_paths=paths, ingress="ses")
    return Envelope(
        reverse_path=passed.reverse_path, forward_paths=passed.recipients, ingress="ses"
    )


def _mail(parser: Parser, content: bytes, passed: Passed | None, at: float | None) -> MailObject:
    """The mail as it is judged.

    Raises:
        Unavailable: it is a reader's, and nobody knows where it was sent.
    """
    try:
        message = parse(content)
    except MailError:
        return MailObject(envelope=Envelope(reverse_path="", forward_paths=()), content=content)
    envelope = _envelope(parser, message, passed)
    author = None if envelope.forward_paths else message.author
    if author is not None and parser.agent.senders.find(author) is not None:
        # It would be refused for good, and it may have been sent to a secret address by Bcc.
        raise Unavailable("The gate passed no envelope on, and the message names none of ours.")
    mail = MailObject(envelope=envelope, content=content, arrived=at)
    return replace(mail, shown=_authentication(parser, mail, message, passed))


def take(parser: Parser, key: str, *, arrived: float | None) -> Entry | None:
    """Make the mail of this object an entry of the ledger; None when it is not waiting there.

    Args:
        arrived: when SES wrote the object; signatures are judged as of then.

    Raises:
        Unavailable: it could not be decided or recorded.
    """
    try:
        content = parser.incoming.get(key)
    except KeyError:
        _log.info("already taken", extra={"key": key})
        return None
    id_ = key.rpartition("/")[2]
    passed = parser.receipts.find(id_)
    receipt = receive(parser.agent, _mail(parser, content, passed, arrived))
    if receipt.entry is None and receipt.outcome is not Outcome.CONFIRMED:
        raise Unavailable(receipt.reason, place=key)
    parser.incoming.delete(key)
    name = receipt.entry.id if receipt.entry else ""
    _log.info("%s: %s", receipt.outcome.value, receipt.reason, extra={"mail": name, "ses": id_})
    emit({"Received": 1}, now=parser.agent.clock.now(), Outcome=receipt.outcome.name.lower())
    waiting = receipt.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}
    return receipt.entry if waiting and receipt.entry and receipt.entry.status in DUE else None
