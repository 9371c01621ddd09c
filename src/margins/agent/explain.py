"""Every stage's value for one mail, without effects: what Margins would make of it, and why."""

from __future__ import annotations

from dataclasses import dataclass

from margins.agent.reading import Reading, read
from margins.formats import Format
from margins.mail import Message, attachments, parse
from margins.mail.envelope import digest, fingerprint
from margins.plan import Plan, reconcile

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The values in the order in which they come about.

    Attributes:
        problems: what could not be unpacked from the mail.
        plans: against an empty store: what a first import would create.
    """

    digest: str
    fingerprint: str
    message: Message
    problems: tuple[str, ...]
    reading: Reading
    plans: tuple[Plan, ...]


def explain(content: bytes, formats: tuple[Format, ...]) -> Explanation:
    """Read one mail through every pure stage.

    Raises:
        MailError: it cannot be read at all.
    """
    message = parse(content)
    unpacked = attachments(message)
    reading = read(unpacked.attachments, formats)
    return Explanation(
        digest=digest(content),
        fingerprint=fingerprint(content),
        message=message,
        problems=unpacked.problems,
        reading=reading,
        plans=tuple(reconcile((), n) for n in reading.notebooks),
    )
