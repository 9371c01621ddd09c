"""The way out for replies to readers, and the queue before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from margins.ports.ledger import Letter

__all__ = ["Mailer", "Outbox", "Outgoing"]


class Mailer(Protocol):
    """Hands messages over to whoever carries them."""

    def send(self, letter: Letter) -> None:
        """Hand one message over, with the null reverse-path: nothing may bounce back to us.

        Raises:
            Unavailable: it was not taken for now; or it was, and the answer got lost.
            Refused: it was not taken and will not be.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A letter on its way.

    Attributes:
        mail: id of the mail it answers, or the name it was put in under.
        queued_at: seconds since 1970.
        attempts: tries begun, this one included.
    """

    mail: str
    letter: Letter
    queued_at: float
    attempts: int


class Outbox(Protocol):
    """Letters that have not been sent yet. Durable.

    `Ledger.settle` puts in those that answer a mail.
    """

    def put(self, name: str, letter: Letter, *, now: float) -> bool:
        """Put in a letter that answers no mail, once under one name.

        Returns:
            False when there was one of this name, or when its address has had its share of the
            hour: it is not written.
        """
        ...

    def take(self, *, now: float, seconds: float) -> Outgoing | None:
        """The next letter that is due; nobody else gets it for so many seconds."""
        ...

    def postpone(self, outgoing: Outgoing, *, until: float, reason: str) -> None:
        """Try it again then."""
        ...

    def close(self, outgoing: Outgoing, *, now: float, reason: str) -> None:
        """It was sent, or never will be: keep the reason, forget the content."""
        ...
