"""From a mail object to an outcome: judge it, make it durable, only then say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from margins.agent.agent import Agent
from margins.errors import MailError, NoSpace, Unavailable
from margins.gate import Sender, SenderFacts, Verdict, judge
from margins.mail import Message, parse
from margins.mail.address import Address
from margins.mail.envelope import MailObject, fingerprint
from margins.mail.reply import Outcome
from margins.ports import Acceptance, Entry, Status
from margins.text.normal import one_line

__all__ = ["Admission", "Receipt", "admit", "commit", "receive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A mail and the verdict on it; nothing has been written yet."""

    mail: MailObject
    verdict: Verdict
    author: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How the handing over ended. `entry` is None when nothing could be recorded."""

    outcome: Outcome
    reason: str
    entry: Entry | None = None


def _find(agent: Agent, author: Address | None) -> tuple[Sender | None, bool]:
    """The registered sender, and whether the registry answered."""
    if author is None:
        return None, True
    try:
        return agent.senders.find(author), True
    except Unavailable:
        return None, False


def _facts(agent: Agent, mail: MailObject, message: Message) -> SenderFacts:
    sender, available = _find(agent, message.author)
    return SenderFacts(
        author=message.author,
        author_defect=message.author_defect,
        sender=sender,
        registry_available=available,
        vouched=mail.envelope.trusted,
    )


def admit(agent: Agent, mail: MailObject) -> Admission:
    """Decide about one mail. Never raises for anything the mail contains."""
    try:
        message = parse(mail.content)
    except MailError as error:
        verdict = Verdict(outcome=Outcome.MALFORMED, reason=str(error))
        return Admission(mail=mail, verdict=verdict, author="", subject="")
    return Admission(
        mail=mail,
        verdict=judge(_facts(agent, mail, message)),
        author=str(message.author or ""),
        subject=one_line(message.subject, 200),
    )


_STATUS = {Outcome.ACCEPTED: Status.ACCEPTED, Outcome.HELD: Status.HELD}


def _record(agent: Agent, admission: Admission) -> Receipt:
    """Store what is accepted, record every verdict; the order is the promise."""
    verdict, mail = admission.verdict, admission.mail
    status = _STATUS.get(verdict.outcome, Status.REJECTED)
    kept = status is not Status.REJECTED
    acceptance = Acceptance(
        status=status,
        account=verdict.account,
        digest=agent.store.put(mail.content) if kept else "",
        fingerprint=fingerprint(mail.content) if kept else "",
        size=len(mail.content),
        envelope=mail.envelope,
        author=admission.author,
        subject=admission.subject,
        reason=verdict.reason,
    )
    entry, new = agent.ledger.record(acceptance, now=agent.clock.now())
    if not new:
        return Receipt(
            outcome=Outcome.DUPLICATE, reason=f"the same mail is already {entry.id}", entry=entry
        )
    return Receipt(outcome=verdict.outcome, reason=verdict.reason, entry=entry)


def commit(agent: Agent, admissions: Sequence[Admission]) -> list[Receipt]:
    """Make every admission durable; the receipts are in the order of the admissions.

    A mail whose storing or recording fails is deferred, never lost and never acknowledged.
    """
    receipts = []
    for admission in admissions:
        if admission.verdict.outcome is Outcome.UNAVAILABLE:
            receipts.append(Receipt(outcome=Outcome.UNAVAILABLE, reason=admission.verdict.reason))
            continue
        try:
            receipts.append(_record(agent, admission))
        except NoSpace as error:
            receipts.append(Receipt(outcome=Outcome.NO_SPACE, reason=str(error)))
        except Unavailable as error:
            receipts.append(Receipt(outcome=Outcome.UNAVAILABLE, reason=str(error)))
    return receipts


def receive(agent: Agent, mail: MailObject) -> Receipt:
    """Take one mail: when this returns ACCEPTED, it survives a power cut (RFC 5321 s6.1)."""
    return commit(agent, [admit(agent, mail)])[0]
