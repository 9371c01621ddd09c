"""From a ledger entry to notes in the sink; safe to run twice, safe to stop anywhere.

Whatever happens ends the lease in DELIVERED, FAILED or DEFERRED, with a sentence. A crash ends it
by expiry, and the next run converges: it reads what is stored before it writes, and it writes
under the same idempotency key.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from margins.agent.agent import Agent
from margins.agent.answer import answer
from margins.agent.backoff import delay
from margins.agent.reading import Reading
from margins.agent.receipts import Report
from margins.errors import InputError, MailError, NoNotes, Refused, TooLarge, Unavailable
from margins.plan import Plan, reconcile
from margins.ports import Applied, Counts, Entry, Status

__all__ = ["Delivery", "deliver", "idempotency_key", "prepare"]

_log = logging.getLogger("margins.agent")

_MOST_TAKEOVERS = 10
"""Leases in a row that may run out. A mail that stops every worker must not do so for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one run found and did."""

    reading: Reading
    plans: tuple[Plan, ...]
    applied: Applied

    @property
    def counts(self) -> Counts:
        """The numbers of the receipt."""
        return Counts(
            found=sum(n.found for n in self.reading.notebooks),
            created=self.applied.created,
            updated=self.applied.updated,
            unchanged=self.applied.unchanged,
            duplicates=sum(p.duplicates for p in self.plans),
            skipped=sum(len(n.skipped) for n in self.reading.notebooks),
        )


def idempotency_key(entry: Entry) -> str:
    """The same for every attempt at one delivery, another one for each replay."""
    return f"{entry.id}.{entry.replays}"


def prepare(agent: Agent, entry: Entry) -> tuple[Reading, tuple[Plan, ...]]:
    """What the mail says, and what that changes in the sink. Writes nothing.

    Raises:
        MailError, NoNotes, Unavailable, Refused
    """
    try:
        content = agent.store.get(entry.digest)
    except KeyError:
        raise MailError("The raw message is no longer kept.", place=entry.id) from None
    reading = agent.read(content)
    notebooks = [n for n in reading.notebooks if n.annotations]
    stored = agent.sink.fetch(entry.account, [n.publication for n in notebooks])
    return reading, tuple(
        reconcile(known.annotations, notebook, revision=known.revision, said_at=entry.received_at)
        for known, notebook in zip(stored, notebooks, strict=True)
    )


def _insist_on_lease(agent: Agent, entry: Entry) -> None:
    """Another worker may have the mail, or another mail of the account, once the lease is over."""
    if agent.clock.now() >= entry.next_try_at:
        raise Unavailable(
            f"Reading the mail took longer than its lease of {agent.lease_seconds:.0f} seconds.",
            remedy="Raise lease_seconds if this happens again.",
        )


def _run(agent: Agent, entry: Entry) -> Delivery:
    reading, plans = prepare(agent, entry)
    if entry.attempts <= 1 and all(plan.empty for plan in plans):
        unchanged = sum(len(plan.unchanged) for plan in plans)
        applied = Applied(created=0, updated=0, unchanged=unchanged)
    else:
        _insist_on_lease(agent, entry)
        # An earlier attempt may have been applied without our hearing of it: the same key then
        # brings back its result, so that the counts are those of the mail and not of the retry.
        applied = agent.sink.apply(entry.account, plans, key=idempotency_key(entry))
    return Delivery(reading=reading, plans=plans, applied=applied)


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def sentence(delivery: Delivery) -> str:
    """The outcome in words, nothing left out."""
    c = delivery.counts
    made = sum(len(n.annotations) for n in delivery.reading.notebooks)
    repeated = f", {c.duplicates} repeated" if c.duplicates else ""
    changes = f"{c.created} new, {c.updated} updated, {c.unchanged} unchanged{repeated}"
    entries = _number(c.found, "entry makes", "entries make")
    annotations = _number(made, "annotation", "annotations")
    skipped = _number(c.skipped, "entry", "entries")
    parts = [f"{entries} {annotations}: {changes}; {skipped} skipped."]
    for notebook in delivery.reading.notebooks:
        parts += [f"{s.place}: {s.reason}" for s in notebook.skipped[:3]]
        if (more := len(notebook.skipped) - 3) > 0:
            parts.append(f"... and {more} more skipped.")
        parts += notebook.warnings
    return " ".join([*parts, *delivery.reading.problems])


def report(entry: Entry, delivery: Delivery) -> Report:
    """The same for the reader."""
    notebooks = delivery.reading.notebooks
    return Report(
        id=entry.id,
        counts=delivery.counts,
        books=tuple((n.publication.title, len(n.annotations)) for n in notebooks),
        skipped=tuple(f"{s.place}: {s.reason}" for n in notebooks for s in n.skipped),
        problems=(*(w for n in notebooks for w in n.warnings), *delivery.reading.problems),
        names=tuple(claim.attachment.filename for claim in delivery.reading.claims),
    )


def _for_reader(entry: Entry, error: Exception) -> Report:
    """Why it failed, without addresses, settings and remedies that are the operator's."""
    if isinstance(error, NoNotes) and error.reasons:
        return Report(id=entry.id, failure=error.reasons)
    if isinstance(error, InputError):
        return Report(id=entry.id, failure=(str(error),))
    if isinstance(error, TooLarge):
        said = "The export holds more than can be taken at once. Send it in parts."
        return Report(id=entry.id, failure=(said,), ours=True)
    return Report(id=entry.id, ours=True)


def _fail(agent: Agent, entry: Entry, error: Exception, reason: str) -> Entry:
    letter = answer(agent, entry, _for_reader(entry, error))
    now = agent.clock.now()
    return agent.ledger.settle(entry, Status.FAILED, now=now, reason=reason, letter=letter)


def _stuck(agent: Agent, entry: Entry) -> Entry:
    """The message is not even looked at again, not to answer it either."""
    reason = (
        f"Margins was stopped, or ran out of time, {entry.takeovers} times while delivering it. "
        "The mail is kept; replay it once this is mended."
    )
    return agent.ledger.settle(entry, Status.FAILED, now=agent.clock.now(), reason=reason)


def _defer(agent: Agent, entry: Entry, error: Unavailable) -> Entry:
    now = agent.clock.now()
    if now - entry.begun_at > agent.give_up_after:
        return _fail(agent, entry, error, f"Given up after {entry.attempts} tries. {error}")
    wait = delay(entry.id, entry.attempts, error.retry_after, first=agent.retry_seconds)
    return agent.ledger.settle(
        entry, Status.DEFERRED, now=now, reason=str(error), next_try_at=now + wait
    )


def _finish(agent: Agent, entry: Entry, done: Delivery) -> Entry:
    return agent.ledger.settle(
        entry,
        Status.DELIVERED,
        now=agent.clock.now(),
        reason=sentence(done),
        formats=done.reading.formats,
        counts=done.counts,
        letter=answer(agent, entry, report(entry, done)),
    )


def deliver(agent: Agent, entry: Entry) -> Entry:
    """Deliver a leased mail and settle it.

    Args:
        entry: as returned by Ledger.lease.

    Returns:
        The entry in its new state.

    Raises:
        LookupError: the lease was lost meanwhile; the other worker settles it.
    """
    if entry.takeovers > _MOST_TAKEOVERS:
        return _stuck(agent, entry)
    try:
        done = _run(agent, entry)
    except Unavailable as error:
        return _defer(agent, entry, error)
    except (InputError, Refused) as error:
        return _fail(agent, entry, error, str(error))
    except Exception as error:  # noqa: BLE001
        # A bug in us or in a third-party format must leave the mail visible and replayable.
        _log.exception("delivery failed", extra={"mail": entry.id})
        what = f"Margins failed to read it ({type(error).__name__}). Please report this."
        return _fail(agent, entry, error, what)
    return _finish(agent, entry, done)
