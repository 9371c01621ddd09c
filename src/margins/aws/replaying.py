"""Mails that are delivered again because somebody asks the function to, by the function's own key.

The event is `{"replay": "MAIL", "dry_run": false}`, the mail's id in full. Whoever may call the
function may ask; neither SQS nor a schedule makes such an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from margins.agent.agent import Agent
from margins.agent.preview import preview
from margins.agent.replay import replay
from margins.errors import InputError, MarginsError, Unavailable
from margins.ledger.dynamodb import DynamoLedger
from margins.ports import Entry

__all__ = ["Wanted", "carry_out", "wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for.

    Attributes:
        dry_run: only say what would change.
    """

    mail: str
    dry_run: bool


def wanted(event: object) -> Wanted | None:
    """What the event asks for; None when it is another one."""
    if not isinstance(event, Mapping) or not isinstance(event.get("replay"), str):
        return None
    return Wanted(mail=event["replay"], dry_run=event.get("dry_run") is True)


def _entry(ledger: DynamoLedger, mail: str) -> Entry:
    if (entry := ledger.at(mail)) is None:
        raise InputError(f"There is no mail {mail!r}.", remedy="See `margins inbox list`.")
    return entry


def carry_out(agent: Agent, ledger: DynamoLedger, asked: Wanted) -> dict[str, object]:
    """Do it: `{"status", "reason"}` of the mail, or `{"preview"}`, or an `{"error"}` of a sentence
    with its place and its remedy, and whether it is `temporary`. Expected errors are answers, so
    that nobody is alarmed.
    """
    try:
        entry = _entry(ledger, asked.mail)
        if asked.dry_run:
            return {"preview": preview(agent, entry)}
        done = replay(agent, entry)
    except MarginsError as error:
        said = {"what": error.what, "place": error.place, "remedy": error.remedy}
        return {"error": said, "temporary": isinstance(error, Unavailable)}
    except LookupError:
        said = {"what": "Another worker has taken the mail over.", "place": asked.mail}
        return {"error": said, "temporary": True}
    return {"status": str(done.status), "reason": done.reason}
