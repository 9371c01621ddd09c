"""From an object SES wrote to a row of the ledger; the object is gone once the row is there."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from margins.agent.receive import receive
from margins.aws.parts import Parser
from margins.aws.receipts import Passed
from margins.aws.telemetry import emit
from margins.errors import MailError, Unavailable
from margins.ledger import DUE
from margins.mail import Envelope, MailObject, parse
from margins.mail.authentication import Authentication
from margins.mail.import_address import secret_of
from margins.mail.receipt import Receipt, Verdict, authentication
from margins.mail.reply import Outcome
from margins.ports import Entry

__all__ = ["INCOMING", "take"]

_log = logging.getLogger("margins.parser")

INCOMING = "incoming/"
"""Where SES writes; the template says so too."""

_BETWEEN = re.compile(r'[\s<>,;:"]+')


def _shown(passed: Passed | None, content: bytes) -> Authentication | None:
    """What SES vouches for: only a DMARC PASS, and then the recipient that matched the rule too."""
    if passed is None or passed.dmarc is not Verdict.PASS:
        return None
    try:
        author = parse(content).author
    except MailError:
        author = None
    if author is None:
        return None
    found = authentication(Receipt(dmarc=passed.dmarc), author)
    checks = tuple(replace(check, addressed=True) for check in found.checks)
    return replace(found, checks=checks)


def _secrets_named(content: bytes) -> tuple[str, ...]:
    """Secret import addresses the message itself says it is for: whoever wrote them knows them."""
    try:
        message = parse(content)
    except MailError:
        return ()
    words = " ".join((*message.values("To"), *message.values("Cc")))
    return tuple(word for word in _BETWEEN.split(words) if secret_of(word))


def _envelope(passed: Passed | None, content: bytes) -> Envelope:
    """As the gate passed it on; when it could not, as much of it as cannot do harm."""
    if passed is None:
        paths = _secrets_named(content)
        return Envelope(reverse_path="", forward_paths=paths, ingress="ses")
    return Envelope(
        reverse_path=passed.reverse_path, forward_paths=passed.recipients, ingress="ses"
    )


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
    mail = MailObject(
        envelope=_envelope(passed, content),
        content=content,
        shown=_shown(passed, content),
        arrived=arrived,
    )
    receipt = receive(parser.agent, mail)
    if receipt.entry is None and receipt.outcome is not Outcome.CONFIRMED:
        raise Unavailable(receipt.reason, place=key)
    parser.incoming.delete(key)
    name = receipt.entry.id if receipt.entry else ""
    _log.info("%s: %s", receipt.outcome.value, receipt.reason, extra={"mail": name, "ses": id_})
    emit({"Received": 1}, now=parser.agent.clock.now(), Outcome=receipt.outcome.name.lower())
    waiting = receipt.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}
    return receipt.entry if waiting and receipt.entry and receipt.entry.status in DUE else None
