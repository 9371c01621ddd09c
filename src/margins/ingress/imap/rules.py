"""Which mailbox is looked into, and how much and how long is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's choices and the limits. Times are in seconds, sizes in bytes.

    Attributes:
        folder: name of the folder that is looked into, as people write it.
        done: the one that taken mail is moved to; empty leaves it where it is, with a mark.
        addresses: served addresses, "name@domain" or "@domain".
        tls: from the first byte on, the certificate checked; without it only on this machine.
        max_bytes: largest content; what is larger is not fetched.
        seconds: from one look to the next; IDLE (RFC 2177) wakes earlier.
        retry_seconds: the wait after the first failure; it doubles from there.
        command_seconds: for the answer to one command, however steadily it comes.
        content_seconds: for one content.
        rate: least bytes a second of any answer, below which it is given up after `grace`.
        grace: silence that is borne within an answer.
        memory: of one answer, the contents of mails apart.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    addresses: Sequence[str]
    folder: str = "INBOX"
    done: str = ""
    tls: bool = True
    max_bytes: int = 64 * 1024 * 1024
    seconds: float = 60.0
    retry_seconds: float = 2.0
    command_seconds: float = 120.0
    content_seconds: float = 1_800.0
    rate: float = 500.0
    grace: float = 30.0
    memory: int = 4 * 1024 * 1024

    @property
    def place(self) -> str:
        """The server, for people."""
        return f"{self.host}:{self.port}"
