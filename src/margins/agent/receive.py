"""From a mail object to an outcome: judge it, make it durable, only then say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from margins.agent.agent import Agent
from margins.agent.alias import answered
from margins.agent.facts import gather
from margins.agent.notice import notify
from margins.errors import MailError, NoSpace, Unavailable
from margins.gate import Verdict, judge
from margins.mail import parse
from margins.mail.envelope import Envelope, MailObject, fingerprint
from margins.mail.import_address import mask
from margins.mail.reply import TABLE, Outcome
from margins.ports import Acceptance, Entry, Status
from margins.text.normal import one_line

__all__ = ["Admission", "Receipt", "admit", "commit", "receive", "together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A mail and the verdict on it; nothing of the mail has been written yet.

    Attributes:
        asks: it is held for its owner, who is asked something; he is told.
    """

    mail: MailObject
    verdict: Verdict
    author: str
    subject: str
    asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How the handing over ended. `entry` is None when nothing could be recorded."""

    outcome: Outcome
    reason: str
    entry: Entry | None = None

    @property
    def mail(self) -> str:
        """The ledger's id of the mail, or of the one it is a duplicate of; empty without a row."""
        return self.entry.id if self.entry else ""


def admit(agent: Agent, mail: MailObject) -> Admission:
    """Decide about one mail. Never raises for anything the mail contains.

    A mail that brings the code of an alias back registers it.
    """
    try:
        message = parse(mail.content)
    except MailError as error:
        verdict = Verdict(outcome=Outcome.MALFORMED, reason=str(error))
        return Admission(mail=mail, verdict=verdict, author="", subject="")
    facts = gather(agent, mail, message)
    verdict = answered(agent, mail, message, facts) or judge(facts)
    return Admission(
        mail=mail,
        verdict=replace(verdict, reason=mask(verdict.reason)),
        author=mask(str(message.author or "")),
        subject=one_line(message.subject, 200),
        asks=bool(facts.confirmation) and verdict.reason.startswith(facts.confirmation),
    )


_NOT_RECORDED = frozenset({Outcome.UNAVAILABLE, Outcome.CONFIRMED})
_STATUS = {Outcome.ACCEPTED: Status.ACCEPTED, Outcome.HELD: Status.HELD}


def _masked(envelope: Envelope) -> Envelope:
    """As it is written down: whoever reads the ledger must not learn a secret import address.

    A mailbox that forwards by rule writes it into its reverse-path: reader+caf_=u-...@gmail.com.
    """
    return replace(
        envelope,
        reverse_path=mask(envelope.reverse_path),
        forward_paths=tuple(map(mask, envelope.forward_paths)),
        helo=mask(envelope.helo),
    )


def _acceptance(admission: Admission, digest: str) -> Acceptance:
    verdict, mail = admission.verdict, admission.mail
    return Acceptance(
        status=_STATUS.get(verdict.outcome, Status.REJECTED),
        account=verdict.account,
        digest=digest,
        fingerprint=fingerprint(mail.content) if digest else "",
        size=len(mail.content),
        envelope=_masked(mail.envelope),
        author=admission.author,
        subject=mask(admission.subject),
        reason=verdict.reason,
    )


def _record(agent: Agent, admissions: Sequence[Admission]) -> list[Receipt]:
    """Store what is accepted, then record every verdict; the order is the promise."""
    kept = [a for a in admissions if a.verdict.outcome in _STATUS]
    digests = iter(agent.store.put_many([a.mail.content for a in kept]))
    acceptances = [
        _acceptance(a, next(digests) if a.verdict.outcome in _STATUS else "") for a in admissions
    ]
    recorded = agent.ledger.record_many(acceptances, now=agent.clock.now())
    receipts = []
    for admission, (entry, new) in zip(admissions, recorded, strict=True):
        outcome, reason = admission.verdict.outcome, admission.verdict.reason
        if not new:
            outcome, reason = Outcome.DUPLICATE, f"the same mail is already {entry.id}"
        elif admission.asks:
            notify(agent, entry, admission.mail.content)
        receipts.append(Receipt(outcome=outcome, reason=reason, entry=entry))
    return receipts


def _unrecorded(error: Unavailable) -> Receipt:
    outcome = Outcome.NO_SPACE if isinstance(error, NoSpace) else Outcome.UNAVAILABLE
    return Receipt(outcome=outcome, reason=str(error))


def _commit_all(agent: Agent, admissions: Sequence[Admission]) -> list[Receipt]:
    """One batch; one by one only on a full disk, where a small mail may fit and a large does not.

    Any other error is the end of the batch: after a failed fsync the kernel may have dropped what
    was to be written, and the same again would be called durable (docs/decisions/0030).
    """
    try:
        return _record(agent, admissions)
    except NoSpace as error:
        if len(admissions) == 1:
            return [_unrecorded(error)]
    except Unavailable as error:
        return [_unrecorded(error)] * len(admissions)
    return [receipt for a in admissions for receipt in _commit_all(agent, [a])]


def commit(agent: Agent, admissions: Sequence[Admission]) -> list[Receipt]:
    """Make every admission durable; the receipts are in the order of the admissions.

    A mail whose storing or recording fails is deferred, never lost and never acknowledged.
    """
    decided = [a for a in admissions if a.verdict.outcome not in _NOT_RECORDED]
    receipts = iter(_commit_all(agent, decided) if decided else [])
    return [
        Receipt(outcome=a.verdict.outcome, reason=a.verdict.reason)
        if a.verdict.outcome in _NOT_RECORDED
        else next(receipts)
        for a in admissions
    ]


def receive(agent: Agent, mail: MailObject) -> Receipt:
    """Take one mail: when this returns ACCEPTED, it survives a power cut (RFC 5321 s6.1)."""
    return commit(agent, [admit(agent, mail)])[0]


def together(receipts: Sequence[Receipt]) -> tuple[Outcome, str]:
    """One outcome for what was handed over as one, and the ids of the mails that are kept.

    What is missing makes all of it come again. The ids are separated by commas.
    """
    outcomes = [receipt.outcome for receipt in receipts]
    deferred = [outcome for outcome in outcomes if 400 <= TABLE[outcome].code < 500]
    taken = [outcome for outcome in outcomes if TABLE[outcome].code < 300]
    named = [receipt.mail for receipt in receipts if TABLE[receipt.outcome].names]
    return [*deferred, *taken, *outcomes][0], ", ".join(filter(None, named))
