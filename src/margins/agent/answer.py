"""The receipt for a mail that came to its end, if its author may have one."""

from __future__ import annotations

import logging

from margins.agent.agent import Agent
from margins.agent.receipts import Report, compose, may_reply
from margins.errors import MailError, Unavailable
from margins.mail import parse
from margins.mail.import_address import is_masked
from margins.ports import Entry, Letter

__all__ = ["answer"]

_log = logging.getLogger("margins.agent")


def answer(agent: Agent, entry: Entry, report: Report) -> Letter | None:
    """The letter to send, or None when there is to be none.

    It goes to the author, whom the gate admitted, and not to the reverse-path, which nobody proved.
    A letter that cannot be written never keeps a mail from its end.
    """
    if not agent.answers or not entry.envelope.forward_paths:
        return None
    if is_masked(entry.envelope.forward_paths[0]):
        # Nobody may have proven this author, and a letter must not show the owner's secret.
        return None
    try:
        message = parse(agent.store.get(entry.digest))
    except (MailError, Unavailable, KeyError):
        return None
    if (why := may_reply(message, entry.envelope)) is not None:
        _log.info("no receipt for mail %s: %s", entry.id, why)
        return None
    sender = entry.envelope.forward_paths[0]
    try:
        content = compose(report, message, sender=sender, to=entry.author, now=agent.clock.now())
    except Exception:  # noqa: BLE001
        _log.exception("the receipt for mail %s could not be written", entry.id)
        return None
    return Letter(to=entry.author, content=content)
