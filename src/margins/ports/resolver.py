"""The domain name system, as sender authentication needs it."""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["RecordType", "Resolver"]

RecordType = Literal["A", "AAAA", "MX", "PTR"]


class Resolver(Protocol):
    """Look-ups of absolute names; aliases (CNAME) are followed.

    A name that does not exist and a name without such a record are the same empty answer, and so is
    a name that could not exist: an empty label, a label of more than 63 bytes, a non-ASCII letter.
    """

    def texts(self, name: str) -> tuple[bytes, ...]:
        """The TXT records, the strings of each joined.

        Raises:
            Unavailable: no server gave an answer in time.
        """
        ...

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """Addresses as text (A, AAAA), or names without their last dot (PTR; MX, preferred first).

        Raises:
            Unavailable: no server gave an answer in time.
        """
        ...
