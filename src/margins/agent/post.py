"""From the outbox to the mailer: letters go out once, or at the worst twice, and never for ever.

A letter is closed after the relay took it. A crash between the two sends it again: at most one
letter per crash, and mail programs that know its Message-ID show it once.
"""

from __future__ import annotations

import logging

from margins.agent.agent import Agent
from margins.agent.backoff import delay
from margins.errors import Refused, Unavailable
from margins.ports import Mailer, Outbox, Outgoing

__all__ = ["post_next"]

_log = logging.getLogger("margins.agent")
_LEASE_SECONDS = 300.0


def _send(mailer: Mailer, outgoing: Outgoing) -> tuple[str, bool]:
    """What became of it, and whether to try again."""
    try:
        mailer.send(outgoing.letter)
    except Unavailable as error:
        return str(error), True
    except Refused as error:
        return str(error), False
    except Exception as error:  # noqa: BLE001
        # A bug, ours or a library's, which an update may mend: visible, and not for ever.
        _log.exception("receipt for mail %s could not be sent", outgoing.mail)
        return f"Margins failed to send it ({type(error).__name__}).", True
    return "sent", False


def post_next(agent: Agent, outbox: Outbox, mailer: Mailer) -> bool:
    """Send one letter that is due; False when there is none.

    Raises:
        Unavailable: the outbox did not answer.
    """
    outgoing = outbox.take(now=agent.clock.now(), seconds=_LEASE_SECONDS)
    if outgoing is None:
        return False
    reason, again = _send(mailer, outgoing)
    if again:
        now = agent.clock.now()
        if now - outgoing.queued_at <= agent.give_up_after:
            wait = delay(outgoing.mail, outgoing.attempts, first=agent.retry_seconds)
            outbox.postpone(outgoing, until=now + wait, reason=reason)
            return True
        reason = f"Given up after {outgoing.attempts} tries. {reason}"
    outbox.close(outgoing, now=agent.clock.now(), reason=reason)
    _log.info("receipt for mail %s: %s", outgoing.mail, reason)
    return True
