"""What every provider's dialect says: is this request its own, and which mail is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers

from margins.mail.reply import TABLE, Outcome

__all__ = ["Dialect", "Head", "Posted", "Provider", "Refusal"]


class Refusal(Exception):
    """A request in which there is no mail to judge: forged, too late, too slow, not understood.

    Attributes:
        status: the HTTP status that says so.
        why: for the operator's log; never holds what the request held.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request before its body.

    Attributes:
        peer: IP address of the client of the HTTP connection.
    """

    headers: Headers
    peer: str = ""

    def one(self, name: str) -> str:
        """The value of a field that stands there once.

        Raises:
            Refusal: 401, since every field asked for is part of a proof.
        """
        values = self.headers.getlist(name)
        if len(values) != 1:
            raise Refusal(401, f"the field {name} must be there once, not {len(values)} times")
        return values[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One mail as a provider hands it over; made from a request that is shown to be genuine.

    Attributes:
        content: the message as the provider received it.
        reverse_path: MAIL FROM without brackets; empty when the provider does not say.
        forward_paths: RCPT TO, without brackets.
        peer: IP address of the provider's own client, or empty.
        helo: what that client called itself, or empty.
    """

    content: bytes
    reverse_path: str
    forward_paths: tuple[str, ...]
    peer: str = ""
    helo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Which HTTP status a provider takes for what.

    Until a request is shown to be genuine and whole there is no verdict on a mail, so the answer
    must be one after which the provider tries again: a key that was just changed, or an option
    forgotten in the provider's settings, must not cost a mail.

    Attributes:
        rejected: ends the provider's tries; 0 when the status of each outcome does.
        again: makes it try again; 0 when every status of a refusal does.
        challenge: the WWW-Authenticate field of a 401 (RFC 9110 s11.6.1); empty for none.
    """

    rejected: int = 0
    again: int = 0
    challenge: str = ""

    def verdict(self, outcome: Outcome) -> int:
        """The status for a mail that was judged."""
        reply = TABLE[outcome]
        return (reply.code >= 500 and self.rejected) or reply.http

    def refusal(self, status: int) -> int:
        """The status for a request without a mail to judge."""
        return (status < 500 and self.again) or status


class Provider(Protocol):
    """One provider.

    Attributes:
        path: what follows /relay/ in the URL it posts to.
        types: media types it posts.
        growth: how many bytes of a request one byte of a message may become.
        dialect: how it is answered.
    """

    path: str
    types: frozenset[str]
    growth: int
    dialect: Dialect

    def admit(self, head: Head, now: float) -> None:
        """Refuse what can be refused before the body is read.

        Raises:
            Refusal: it does not come from the provider.
        """

    def read(self, head: Head, body: bytes, now: float) -> Posted:
        """The mail in a request. Threads may read side by side.

        Args:
            now: seconds since 1970.

        Raises:
            Refusal: it does not come from the provider, or holds no mail.
        """
