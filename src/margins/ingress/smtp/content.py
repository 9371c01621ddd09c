"""The content of a mail as it comes over the wire (RFC 5321 s4.1.1.4, s4.5.2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from margins.ingress.smtp.connections import Connections
from margins.ingress.smtp.rules import Rules
from margins.mail.peer import Patience

__all__ = ["Intake", "irregular"]

_END = b"\r\n.\r\n"


def irregular(content: bytes) -> bool:
    """True for NUL, or CR and LF that do not stand together: the tools of SMTP smuggling."""
    pairs = content.count(b"\r\n")
    return content.count(b"\r") != pairs or content.count(b"\n") != pairs or b"\0" in content


@dataclass(slots=True)
class Intake:
    """One content while it is being received.

    What is too large, or finds no memory, is still read to its end and thrown away: the peer hears
    its reply only there.

    Attributes:
        began: when the peer was asked for it, seconds of the loop's clock.
        size: bytes so far, thrown away or not.
        crowded: it was thrown away because other contents take all the memory there is.
    """

    connections: Connections
    peer: str
    rules: Rules
    began: float
    size: int = 0
    crowded: bool = False
    _held: int = 0
    _blocks: list[bytes] = field(default_factory=list)
    _reader: asyncio.StreamReader | None = None
    _seen: int = 0
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.rules.data_rate)

    def overdue(self, now: float, *, patience: float) -> bool:
        """True when the peer has used up its patience.

        Args:
            now: seconds of the loop's clock, later than at the last call.
            patience: seconds, the most that can be saved up.
        """
        waiting = len(self._reader._buffer) if self._reader else 0  # type: ignore[attr-defined]  # noqa: SLF001
        received = max(0, self.size + waiting)
        came, self._seen = received - self._seen, received
        return now > self._patience.earn(came, now=now, most=patience)

    def _add(self, block: bytes) -> None:
        self.size += len(block)
        if self.crowded or self.size > self.rules.max_bytes + len(_END):
            self.close()
        elif self.connections.take(self.peer, len(block)):
            self._held += len(block)
            self._blocks.append(block)
        else:
            self.crowded = True
            self.close()

    def close(self) -> None:
        """Give the memory back."""
        self.connections.give(self.peer, self._held)
        self._held = 0
        self._blocks.clear()

    async def read(self, reader: asyncio.StreamReader) -> bytes | None:
        """The content up to the end of data, transparency undone; None when it was thrown away.

        Raises:
            asyncio.IncompleteReadError: the peer went away.
        """
        self._reader = reader
        # RFC 5321 s4.1.1.4: the CRLF that ended the DATA command also begins the end of data.
        reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # noqa: SLF001
        self.size -= 2
        while True:
            try:
                last = await reader.readuntil(_END)
            except asyncio.LimitOverrunError as error:
                self._add(await reader.read(error.consumed))
            else:
                break
        self._add(last)
        if self.crowded or self.size - len(_END) + 2 > self.rules.max_bytes:
            return None
        # RFC 5321 s4.5.2: a line that begins with a dot loses it.
        return b"".join(self._blocks)[:-3].replace(b"\r\n.", b"\r\n")[2:]
