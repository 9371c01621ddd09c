"""Whether a message may be answered by a program: never in a loop, never to many (RFC 3834 s2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from margins.mail import Message
from margins.mail.envelope import Envelope

__all__ = ["MARK", "MOST_HOPS", "may_reply", "may_tell"]

MARK = "X-Margins-Receipt"
"""Header field of every receipt: none is ever answered by another."""

MOST_HOPS = 30
"""Received fields of a message that is not going in circles; ordinary mail has fewer than ten."""

_PROGRAM = re.compile(
    r"mailer-daemon|postmaster|no-?reply|do-?not-?reply|daemon|bounces?"
    r"|owner-.*|.*-request|.*-owner|.*-bounces?",
    re.IGNORECASE,
)


def _null_path(message: Message, envelope: Envelope) -> bool:
    written = {value.strip() for value in message.values("Return-Path")}
    return not envelope.reverse_path.strip("<> ") or "<>" in written


def _automatic(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    said = {v.partition(";")[0].strip().lower() for v in message.values("Auto-Submitted")}
    return bool(said - {"no"})


def _answer(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    said = {v.partition(";")[0].strip().lower() for v in message.values("Auto-Submitted")}
    return "auto-replied" in said


def _bulk(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    said = {value.strip().lower() for value in message.values("Precedence")}
    return bool(said & {"bulk", "list", "junk", "auto_reply"})


def _list(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    names = (field.name.lower() for field in message.header.fields)
    return any(name.startswith("list-") or name == "mailing-list" for name in names)


def _suppressed(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    # [MS-OXCMAIL] 2.1.3.2.20: what Exchange asks automatic answers to leave alone.
    said = ",".join(message.values("X-Auto-Response-Suppress")).lower()
    return any(word.strip() in {"all", "autoreply"} for word in said.split(","))


def _receipt(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    return bool(message.values(MARK))


def _circling(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    return len(message.header.all("Received")) > MOST_HOPS


def _nobody(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    return message.author is None


def _program(message: Message, envelope: Envelope) -> bool:  # noqa: ARG001
    return bool(_PROGRAM.fullmatch(str(message.author).rpartition("@")[0]))


def _ourselves(message: Message, envelope: Envelope) -> bool:
    served = {path.lower() for path in envelope.forward_paths}
    return str(message.author).lower() in served


_RULES: tuple[tuple[Callable[[Message, Envelope], bool], str], ...] = (
    (_nobody, "it has no one author"),
    (_null_path, "its reverse-path is null"),
    (_automatic, "a program sent it (Auto-Submitted)"),
    (_receipt, "it is a receipt itself"),
    (_bulk, "its precedence is that of bulk mail"),
    (_list, "it came over a mailing list"),
    (_suppressed, "it asks for no automatic answers"),
    (_circling, f"it has passed more than {MOST_HOPS} servers"),
    (_program, "its author's address is that of a program"),
    (_ourselves, "its author is its recipient"),
)

_RULES_OF_TELLING: tuple[tuple[Callable[[Message, Envelope], bool], str], ...] = (
    (_null_path, "its reverse-path is null"),
    (_answer, "it is an automatic answer (Auto-Submitted)"),
    (_receipt, "it is a receipt itself"),
    (_circling, f"it has passed more than {MOST_HOPS} servers"),
)


def may_reply(message: Message, envelope: Envelope) -> str | None:
    """Why the author must not be answered; None when a reply may be sent.

    That the author is who he says, and wants mail from us, is for the caller to know: only admitted
    mail is ever answered.
    """
    return next((why for applies, why in _RULES if applies(message, envelope)), None)


def may_tell(message: Message, envelope: Envelope) -> str | None:
    """Why the account's owner must not be told of a message either; None when he may.

    He is told of what robots send. A letter to him that his mailbox forwards to the secret address
    must end there: otherwise each would make the next.
    """
    return next((why for applies, why in _RULES_OF_TELLING if applies(message, envelope)), None)
