"""The function SES asks, after it has taken a mail, whether to keep it.

It only stops what is certain to be refused, since it has neither the body nor a second chance: SES
has already told the peer 250, and does not say what it makes of an error. So this never raises,
always answers with a disposition SES knows, within seconds whoever is silent, and leaves every
doubt to the parser, which judges each mail again with all of it at hand.
"""

from __future__ import annotations

import logging
import time
from threading import Thread

from margins.aws.events import Arrival, arrival
from margins.aws.invocation import Context, seconds_of
from margins.aws.parts import Gate, open_gate
from margins.aws.telemetry import emit
from margins.clients.deadline import within
from margins.errors import Unavailable
from margins.gate import Policy
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.mail.receipt import Verdict
from margins.mail.reply import TABLE, Disposition, Outcome

__all__ = ["consider", "handler"]

_log = logging.getLogger("margins.gate")

_SECONDS = 7.0
_SECONDS_TO_ANSWER = 0.5
_SECONDS_OF_THE_REGISTRY = 3.0  # less than half: the envelope is passed on even when it is silent
_Decision = tuple[Outcome, str, str]


def consider(gate: Gate, mail: Arrival, *, now: float) -> tuple[Outcome, str]:
    """The outcome as far as it is certain now, and why; ACCEPTED means that the parser decides.

    Raises:
        Unavailable: the registry did not answer.
    """
    if mail.receipt.virus is Verdict.FAIL:
        return Outcome.MALFORMED, "SES found a virus in it"
    if any(secret_of(recipient) for recipient in mail.recipients):
        return Outcome.ACCEPTED, "it goes to a secret address"
    if mail.author is None:
        return Outcome.ACCEPTED, "the event does not name its author for certain"
    if (refused := _unwanted(gate, mail.author, now=now)) is not None:
        return refused
    if mail.receipt.dmarc is Verdict.FAIL:
        return Outcome.UNAUTHENTICATED, f"dmarcVerdict is FAIL for {mail.author}"
    return Outcome.ACCEPTED, f"{mail.author} is registered, or may have to be held"


def _unwanted(gate: Gate, author: Address, *, now: float) -> tuple[Outcome, str] | None:
    """Why mail of this author to an address that is not secret is refused whatever it says."""
    sender = gate.senders.find(author)
    if sender is None:
        if gate.hold_unknown or gate.senders.access.waits_for(author, now=now):
            return None
        return Outcome.UNKNOWN_SENDER, f"{author} is not registered"
    if not sender.enabled:
        return Outcome.UNKNOWN_SENDER, f"the account of {author} is closed"
    if sender.policy is not Policy.AUTHENTICATED:
        return (
            Outcome.UNKNOWN_SENDER,
            f"the account of {author} takes mail at its secret address only",
        )
    return None


def _decide(event: object) -> _Decision:
    mail = arrival(event)
    if mail is None:
        return Outcome.UNAVAILABLE, "this is no event of the SES Lambda action", ""
    gate, now = open_gate(), time.time()
    try:
        with within(_SECONDS_OF_THE_REGISTRY):
            outcome, reason = consider(gate, mail, now=now)
    except Unavailable as error:
        outcome, reason = Outcome.UNAVAILABLE, str(error)
    if TABLE[outcome].ses is Disposition.CONTINUE:
        try:
            gate.receipts.keep(mail, now=now)
        except Unavailable as error:
            return Outcome.UNAVAILABLE, str(error), mail.id
    return outcome, reason, mail.id


def _undecided(error: Exception) -> _Decision:
    _log.exception("the gate failed; the parser decides")
    return Outcome.UNAVAILABLE, type(error).__name__, ""


def _in_time(event: object, seconds: float) -> _Decision:
    """The decision, or that there is none yet.

    In a thread, since not everything has a time-out: asking the machine for an address has none.
    """
    decided: list[_Decision] = []

    def decide() -> None:
        try:
            with within(seconds):
                decided.append(_decide(event))
        except Exception as error:  # noqa: BLE001
            decided.append(_undecided(error))

    thread = Thread(target=decide, daemon=True)
    thread.start()
    thread.join(seconds + _SECONDS_TO_ANSWER)
    return decided[0] if decided else (Outcome.UNAVAILABLE, "there was no decision in time", "")


def handler(event: object, context: Context) -> dict[str, str]:
    """Lambda's entry point: `{"disposition": ...}`, whatever happens."""
    try:
        left = seconds_of(context, reserve=2 * _SECONDS_TO_ANSWER)
        outcome, reason, id_ = _in_time(event, min(_SECONDS, left))
    except Exception as error:  # noqa: BLE001
        outcome, reason, id_ = _undecided(error)
    disposition = TABLE[outcome].ses
    _log.info("%s: %s (%s)", disposition, reason, outcome.value, extra={"mail": id_})
    emit({"Judged": 1}, now=time.time(), Outcome=outcome.name.lower())
    return {"disposition": str(disposition)}
