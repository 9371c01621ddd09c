"""The function that takes mails out of S3, judges them again, posts their notes and answers them.

It is never killed while it works as it should: a mail is read in a process of its own, with bounds,
and whoever is silent is not waited for longer than there is time to say so.

A message of the queue is done once the mail is in the ledger; what can only be delivered or
answered later waits there, as everywhere else, and the schedule's tick picks it up. So the
dead-letter queue holds mails that could not even be recorded, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.post import post_next
from margins.annotation import Publication
from margins.aws.events import Notice, is_schedule, notices
from margins.aws.invocation import Context, seconds_of
from margins.aws.parts import SECONDS_TO_READ, Parser, open_parser
from margins.aws.replaying import carry_out, wanted
from margins.aws.taking import take
from margins.aws.telemetry import emit
from margins.clients.deadline import within
from margins.errors import Unavailable
from margins.plan import Plan, StoredNotebook
from margins.ports import Applied, Counts, Sink, Status

__all__ = ["handler"]

_log = logging.getLogger("margins.parser")

_SECONDS_TO_END = 3.0
"""What is asked of anybody is asked before then."""
_SECONDS_TO_SETTLE = 10.0
"""The notes API has its say before then, so that what came of it can be written down."""
_SECONDS_TO_TAKE = 15.0
_SECONDS_TO_POST = 20.0
_SECONDS_TO_DELIVER = SECONDS_TO_READ + 2 * _SECONDS_TO_SETTLE


@dataclass(frozen=True, slots=True)
class _Hurried:
    """The sink, as long as there is time to write down what came of it."""

    sink: Sink
    context: Context

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """See margins.ports.Sink."""
        with within(seconds_of(self.context, reserve=_SECONDS_TO_SETTLE)):
            return self.sink.fetch(account, publications)

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """See margins.ports.Sink."""
        with within(seconds_of(self.context, reserve=_SECONDS_TO_SETTLE)):
            return self.sink.apply(account, plans, key=key)


def _hurried(parser: Parser, context: Context) -> Agent:
    return replace(parser.agent, sink=_Hurried(parser.agent.sink, context))


def _deliver(parser: Parser, only: str | None, context: Context) -> bool:
    """Deliver this mail, or any that is due; False when there was nothing to do.

    A mail that has ended is left alone: the schedule's tick may have been faster.
    """
    agent = _hurried(parser, context)
    now, seconds = agent.clock.now(), agent.lease_seconds
    entry = agent.ledger.lease(now=now, seconds=seconds, only=only, replay=False)
    if entry is None:
        return False
    try:
        done = deliver(agent, entry)
    except LookupError:
        _log.warning("taken over by another worker", extra={"mail": entry.id})
        return True
    _log.info("%s: %s", done.status, done.reason, extra={"mail": done.id})
    # Those of a mail that was not delivered this time are of an earlier reading.
    counts = done.counts if done.status is Status.DELIVERED else Counts()
    emit(
        {
            "Ended": 1,
            "Created": counts.created,
            "Updated": counts.updated,
            "Unchanged": counts.unchanged,
            "Skipped": counts.skipped,
        },
        now=agent.clock.now(),
        Status=str(done.status),
    )
    return True


def _time_left(context: Context, seconds: float) -> bool:
    return seconds_of(context, reserve=seconds) > 0


def _handle(parser: Parser, notice: Notice, context: Context) -> bool:
    """True when the message is done with."""
    if notice.defect:
        _log.error("unreadable message: %s", notice.defect)
        return False
    try:
        for stored in notice.objects:
            if not _time_left(context, _SECONDS_TO_TAKE):
                raise Unavailable("There is no time left for another mail.", place=stored.key)
            entry = take(parser, stored.key, arrived=stored.at)
            if entry is not None and _time_left(context, _SECONDS_TO_DELIVER):
                _deliver(parser, entry.id, context)
    except Exception:  # noqa: BLE001
        # One mail must not hold up those that came with it; the queue brings it back.
        _log.exception("a mail could not be taken")
        return False
    return True


def _sweep(parser: Parser, context: Context) -> None:
    """Deliver what waits in the ledger, as long as there is time."""
    while _time_left(context, _SECONDS_TO_DELIVER) and _deliver(parser, None, context):
        pass


def _post(parser: Parser, context: Context) -> None:
    """Send the letters that are due; whatever goes wrong, the next tick tries again."""
    if parser.mailer is None:
        return
    try:
        while _time_left(context, _SECONDS_TO_POST):
            if not post_next(parser.agent, parser.ledger.outbox, parser.mailer):
                break
    except Exception:  # noqa: BLE001
        # The mails they answer are settled: the queue must not bring those back.
        _log.exception("letters could not be sent")


def handler(event: object, context: Context) -> dict[str, object]:
    """Lambda's entry point: which messages of the batch are to come back, or how a replay ended.

    Raises:
        Unavailable: the event came without a queue and could not be handled; Lambda tries again.
    """
    parser = open_parser()
    failed: list[Notice] = []
    with within(seconds_of(context, reserve=_SECONDS_TO_END)):
        if (asked := wanted(event)) is not None:
            replayed = carry_out(_hurried(parser, context), parser.ledger, asked)
            _post(parser, context)
            return replayed
        if is_schedule(event):
            _sweep(parser, context)
        else:
            failed = [n for n in notices(event) if not _handle(parser, n, context)]
        _post(parser, context)
    if any(not notice.id for notice in failed):
        raise Unavailable("The event could not be handled; see the log above.")
    return {"batchItemFailures": [{"itemIdentifier": notice.id} for notice in failed]}
