"""The letter about a mail that came to its end: to its author, or to the account's owner.

Mail to a secret address may be anybody's, above all a reading app's robot's, so its author is not
answered unless he is one of the account's: the owner is told instead. That letter comes from an
address everybody may know, and holds no secret one.
"""

from __future__ import annotations

import logging

from margins.agent.agent import Agent
from margins.agent.receipts import Report, compose, may_reply, may_tell
from margins.errors import MailError, Unavailable
from margins.mail import Message, parse
from margins.mail.import_address import is_masked
from margins.ports import Entry, Letter

__all__ = ["answer"]

_log = logging.getLogger("margins.agent")


def _addresses(agent: Agent, entry: Entry, message: Message) -> tuple[str, str]:
    """Whom the letter comes from, and to whom it goes; either empty when there is nobody."""
    paths = entry.envelope.forward_paths
    if not any(map(is_masked, paths)):
        # The author, whom the gate admitted, and not the reverse-path, which nobody proved.
        return paths[0], entry.author
    if agent.secrets is None:
        return "", ""
    sender = agent.senders.find(message.author) if message.author else None
    owner = agent.secrets.mailbox(entry.account)
    own = sender is not None and sender.account == entry.account
    return agent.writes_from, entry.author if own else str(owner or "")


def answer(agent: Agent, entry: Entry, report: Report) -> Letter | None:
    """The letter to send, or None when there is to be none.

    A letter that cannot be written never keeps a mail from its end.
    """
    if not agent.answers or not entry.envelope.forward_paths:
        return None
    try:
        message = parse(agent.store.get(entry.digest))
        sender, to = _addresses(agent, entry, message)
    except (MailError, Unavailable, KeyError):
        return None
    if not sender or not to:
        return None
    allowed = may_reply if to == entry.author else may_tell
    if (why := allowed(message, entry.envelope)) is not None:
        _log.info("no receipt for mail %s: %s", entry.id, why)
        return None
    try:
        content = compose(report, message, sender=sender, to=to, now=agent.clock.now())
    except Exception:  # noqa: BLE001
        _log.exception("the receipt for mail %s could not be written", entry.id)
        return None
    return Letter(to=to, content=content)
