"""One more address of an account: a code is mailed to it, and comes back from it.

The answer counts only when the gate believes its author and no program wrote it: a mailbox that
answers everything by itself has agreed to nothing. A wrong code, one that nobody asked for and one
that has expired end as the mail of any stranger ends, so that nobody learns what was asked.
"""

from __future__ import annotations

import logging
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from secrets import token_hex

from margins.agent.agent import Agent
from margins.agent.receipts import may_reply
from margins.errors import InputError, Unavailable
from margins.gate import SenderFacts, Verdict, believed
from margins.mail import Message
from margins.mail.address import Address
from margins.mail.envelope import MailObject
from margins.mail.import_address import open_address
from margins.mail.reply import Outcome
from margins.ports import Aliases, Letter, Outbox

__all__ = ["answered", "ask", "compose_question"]

_log = logging.getLogger("margins.agent")
_CODE = re.compile(r"\[margins-([A-Z2-7]{8})\]", re.IGNORECASE)
_MOST_SUBJECT = 500

_QUESTION = """\
Somebody asked that mail from {to} becomes notes of the Margins account “{account}”.

If that was you, answer this mail and leave its subject as it is, or give the code to whoever asks
you for it:

    {code}

It is good for a day. If you know nothing of this, do nothing: no mail of yours is taken.
"""


def compose_question(code: str, *, account: str, sender: str, to: str, now: float) -> bytes:
    """The letter with the code, in the subject too, where an answer keeps it (RFC 3834 s3.1.5).

    Args:
        account: its name.
        sender: the address the answer goes to.
        now: seconds since 1970, for the Date field.
    """
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    letter["From"] = f"Margins <{sender}>"
    letter["To"] = to
    letter["Subject"] = f"Is this your address? [margins-{code}]"
    letter["Date"] = formatdate(now)
    letter["Message-ID"] = f"<alias.{token_hex(12)}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(_QUESTION.format(to=to, account=account, code=code))
    return letter.as_bytes()


def ask(
    aliases: Aliases,
    outbox: Outbox | None,
    address: Address,
    *,
    account: str,
    name: str,
    served: str,
    now: float,
) -> None:
    """Note an address that may write to the account once its code has come back, and mail the code.

    Args:
        outbox: None where letters cannot be sent.
        account: its id.
        name: what its owner knows it by.
        served: an address that takes mail here, or "@domain".

    Raises:
        InputError: there is no way out for letters, or it was asked too often lately.
        Unavailable: the registry or the outbox did not answer.
    """
    if outbox is None:
        raise InputError(
            "A code cannot be mailed: no relay is set for letters.",
            place="receipts_relay",
            remedy="Set it, or vouch for the address yourself.",
        )
    sender = open_address(served)
    code = aliases.propose(account, address, now=now)
    content = compose_question(code, account=name, sender=sender, to=str(address), now=now)
    letter = Letter(to=str(address), content=content)
    if not outbox.put(f"alias.{token_hex(12)}", letter, now=now):
        raise InputError(
            f"{address} has had too many letters within the hour.",
            remedy="Wait an hour, then ask again.",
        )


def answered(
    agent: Agent, mail: MailObject, message: Message, facts: SenderFacts
) -> Verdict | None:
    """The verdict on a mail that brings its author's code back; None for every other mail.

    The address may write from then on.
    """
    code = _CODE.search(message.subject[:_MOST_SUBJECT])
    if code is None or agent.aliases is None or facts.author is None or not believed(facts):
        return None
    if (why := may_reply(message, mail.envelope)) is not None:
        _log.info("a code from %s does not count: %s", facts.author, why)
        return None
    try:
        account = agent.aliases.confirm(facts.author, code[1], now=agent.clock.now())
    except Unavailable as error:
        return Verdict(outcome=Outcome.UNAVAILABLE, reason=str(error))
    if account is None:
        _log.info("%s answered with no code of its own", facts.author)
        return None
    return Verdict(
        outcome=Outcome.CONFIRMED,
        reason=f"{facts.author} answered its code and is registered",
        account=account,
    )
