"""Every stage's value for one mail, without effects: what Margins would make of it, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from margins.agent.reading import Reading
from margins.mail import Message, parse
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


def explain(content: bytes, examine: Callable[[bytes], Reading]) -> Explanation:
    """Read one mail through every pure stage.

    Args:
        examine: reads what the mail says, as `margins.agent.reading.read_through` does; for mail
            of strangers in a process of its own (`IsolatedReader.examine`).

    Raises:
        MailError: it cannot be read at all.
    """
    message = parse(content)
    reading = examine(content)
    told = {claim.problem for claim in reading.claims}
    return Explanation(
        digest=digest(content),
        fingerprint=fingerprint(content),
        message=message,
        problems=tuple(problem for problem in reading.problems if problem not in told),
        reading=reading,
        plans=tuple(reconcile((), n) for n in reading.notebooks),
    )
