"""The function that keeps order once an hour: mails left behind, and raw mail nobody needs.

A mail is left behind when S3 told of it and nobody listened, or when it went to the dead letters:
it still lies where SES wrote it, and is taken from there. What is due in the ledger, the parser's
own schedule sees to, every minute.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from random import shuffle

from margins.agent.upkeep import Tidied, tidy
from margins.aws.events import is_setup
from margins.aws.invocation import Context, seconds_of
from margins.aws.parts import Upkeep, open_upkeep
from margins.aws.taking import INCOMING, take
from margins.aws.telemetry import emit
from margins.clients.deadline import within
from margins.store.s3 import S3Store

__all__ = ["handler"]

_log = logging.getLogger("margins.upkeep")

_PATIENCE = 3600.0  # longer than the queue takes for its five tries
_SECONDS_TO_TAKE = 60.0
_SECONDS_TO_END = 5.0
_HOUR = 3600.0
_SLICES = 256


def _left_behind(upkeep: Upkeep) -> Iterator[tuple[str, float]]:
    """Mails that have lain there too long, since when; in no order: a bad one cannot block all."""
    bucket = upkeep.parser.incoming
    keys = [key for key in bucket.keys(INCOMING) if not is_setup(key)]
    shuffle(keys)
    before = upkeep.parser.agent.clock.now() - _PATIENCE
    for key in keys:
        found = bucket.head(key)
        if found is not None and found.modified < before:
            yield key, found.modified


def _tell(upkeep: Upkeep, **counts: int) -> None:
    now, name = upkeep.parser.agent.clock.now(), os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    emit(counts, now=now, Function=name)


def _reconcile(upkeep: Upkeep, context: Context) -> None:
    """Take what was left behind; what still cannot be taken is tried again in an hour."""
    taken = failed = 0
    for key, arrived in _left_behind(upkeep):
        if context.get_remaining_time_in_millis() < _SECONDS_TO_TAKE * 1000:
            break
        try:
            take(upkeep.parser, key, arrived=arrived)
            taken += 1
        except Exception:  # noqa: BLE001
            _log.exception("a mail is left behind", extra={"key": key})
            failed += 1
    _tell(upkeep, Reconciled=taken, LeftBehind=failed)


def _tidy(upkeep: Upkeep) -> Tidied:
    """Remove raw mail past its time, and the orphans of one slice: every hour another one."""
    agent = upkeep.parser.agent
    part = f"{int(agent.clock.now() // _HOUR) % _SLICES:02x}"
    store = S3Store(upkeep.parser.incoming, part=part)
    return tidy(agent, upkeep.parser.ledger, store, retention_days=upkeep.retention_days)


def handler(event: object, context: Context) -> None:  # noqa: ARG001
    """Lambda's entry point.

    Raises:
        Unavailable: the ledger or the bucket did not answer, or not in time; the next hour tries
            again.
    """
    upkeep = open_upkeep()
    with within(seconds_of(context, reserve=_SECONDS_TO_END)):
        _reconcile(upkeep, context)
        done = _tidy(upkeep)
    _log.info("removed %d expired raw mails and %d orphans", done.expired, done.orphans)
    _tell(upkeep, Expired=done.expired, Orphans=done.orphans)
