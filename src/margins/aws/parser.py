"""The function that takes mails out of S3, judges them again and posts their notes.

A message of the queue is done once the mail is in the ledger; what can only be delivered later
waits there, as everywhere else, and the schedule's tick picks it up. So the dead-letter queue holds
mails that could not even be recorded, and nothing else.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Protocol

from margins.agent.deliver import deliver
from margins.agent.receive import receive
from margins.aws.events import Notice, Stored, is_schedule, notices
from margins.aws.parts import Parser, open_parser
from margins.aws.receipts import Passed
from margins.aws.telemetry import emit
from margins.errors import MailError, Unavailable
from margins.ledger import DUE
from margins.mail import Envelope, MailObject, parse
from margins.mail.authentication import Authentication
from margins.mail.receipt import Receipt, Verdict, authentication
from margins.mail.reply import Outcome
from margins.ports import Entry

__all__ = ["Context", "handler"]

_log = logging.getLogger("margins.parser")

_SECONDS_TO_DELIVER = 20.0


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        ...


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


def _take(parser: Parser, stored: Stored) -> Entry | None:
    """Make the mail of this object an entry of the ledger; None when it is not waiting there.

    Raises:
        Unavailable: it could not be decided or recorded.
    """
    try:
        content = parser.incoming.get(stored.key)
    except KeyError:
        _log.info("already taken", extra={"key": stored.key})
        return None
    id_ = stored.key.rpartition("/")[2]
    passed = parser.receipts.find(id_)
    envelope = Envelope(
        reverse_path=passed.reverse_path if passed else "",
        forward_paths=passed.recipients if passed else (),
        ingress="ses",
    )
    mail = MailObject(envelope=envelope, content=content, shown=_shown(passed, content))
    receipt = receive(parser.agent, mail)
    if receipt.entry is None:
        raise Unavailable(receipt.reason, place=stored.key)
    parser.incoming.delete(stored.key)
    _log.info(
        "%s: %s",
        receipt.outcome.value,
        receipt.reason,
        extra={"mail": receipt.entry.id, "ses": id_},
    )
    emit({"Received": 1}, now=parser.agent.clock.now(), Outcome=receipt.outcome.name.lower())
    waiting = receipt.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}
    return receipt.entry if waiting and receipt.entry.status in DUE else None


def _deliver(parser: Parser, only: str | None) -> bool:
    """Deliver this mail, or any that is due; False when there was nothing to do."""
    agent = parser.agent
    entry = agent.ledger.lease(now=agent.clock.now(), seconds=agent.lease_seconds, only=only)
    if entry is None:
        return False
    try:
        done = deliver(agent, entry)
    except LookupError:
        _log.warning("taken over by another worker", extra={"mail": entry.id})
        return True
    _log.info("%s: %s", done.status, done.reason, extra={"mail": done.id})
    emit(
        {
            "Ended": 1,
            "Created": done.counts.created,
            "Updated": done.counts.updated,
            "Unchanged": done.counts.unchanged,
            "Skipped": done.counts.skipped,
        },
        now=agent.clock.now(),
        Status=str(done.status),
    )
    return True


def _time_left(context: Context) -> bool:
    return context.get_remaining_time_in_millis() > _SECONDS_TO_DELIVER * 1000


def _handle(parser: Parser, notice: Notice, context: Context) -> bool:
    """True when the message is done with."""
    if notice.defect:
        _log.error("unreadable message: %s", notice.defect)
        return False
    try:
        for stored in notice.objects:
            entry = _take(parser, stored)
            if entry is not None and _time_left(context):
                _deliver(parser, entry.id)
    except Exception:  # noqa: BLE001
        # One mail must not hold up those that came with it; the queue brings it back.
        _log.exception("a mail could not be taken")
        return False
    return True


def _sweep(parser: Parser, context: Context) -> None:
    """Deliver what waits in the ledger, as long as there is time."""
    while _time_left(context) and _deliver(parser, None):
        pass


def handler(event: object, context: Context) -> dict[str, list[dict[str, str]]]:
    """Lambda's entry point: which messages of the batch are to come back.

    Raises:
        Unavailable: the event came without a queue and could not be handled; Lambda tries again.
    """
    parser = open_parser()
    if is_schedule(event):
        _sweep(parser, context)
        return {"batchItemFailures": []}
    failed = [n for n in notices(event) if not _handle(parser, n, context)]
    if any(not notice.id for notice in failed):
        raise Unavailable("The event could not be handled; see the log above.")
    return {"batchItemFailures": [{"itemIdentifier": notice.id} for notice in failed]}
