"""The letter that shows an account's owner what a mailbox service asks him to confirm.

He sets the forwarding up; the question comes to us. The mail itself is held, and its row says the
same: a notice that cannot be written loses nothing.
"""

from __future__ import annotations

import logging

from margins.agent.agent import Agent
from margins.agent.receipts import compose_notice, may_tell
from margins.errors import MailError, Unavailable
from margins.mail import parse
from margins.mail.forwarding import forwarding_confirmation
from margins.ports import Entry, Letter

__all__ = ["notify"]

_log = logging.getLogger("margins.agent")


def _notice(agent: Agent, entry: Entry, content: bytes) -> Letter | None:
    message = parse(content)
    asked = forwarding_confirmation(message)
    owner = agent.secrets.mailbox(entry.account) if agent.secrets is not None else None
    if asked is None or owner is None or may_tell(message, entry.envelope) is not None:
        return None
    written = compose_notice(
        asked,
        message,
        id_=entry.id,
        sender=agent.writes_from,
        to=str(owner),
        now=agent.clock.now(),
    )
    return Letter(to=str(owner), content=written)


def notify(agent: Agent, entry: Entry, content: bytes) -> None:
    """Put the letter into the outbox, where letters are sent at all.

    Args:
        content: of the mail, whose author the gate has believed.
    """
    if not agent.answers or not agent.writes_from or agent.outbox is None:
        return
    try:
        if (letter := _notice(agent, entry, content)) is not None:
            agent.outbox.put(entry.id, letter, now=agent.clock.now())
    except (MailError, Unavailable) as error:
        _log.warning("no notice of mail %s: %s", entry.id, error)
    except Exception:  # noqa: BLE001
        # Other mails are recorded with this one, and none of them may be kept from it.
        _log.exception("the notice of mail %s could not be written", entry.id)
