"""A message as the rest of the program sees it (RFC 5322, RFC 2045): one value, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from margins.mail.address import Address
from margins.mail.author import decide_author
from margins.mail.date import parse_date_time
from margins.mail.header import Header
from margins.mail.limits import LIMITS, Limits
from margins.mail.structure import Part, read_structure

__all__ = ["Message", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message.

    Attributes:
        header: its header fields, raw, in order.
        author: the one author, or None when the header block does not name exactly one.
        author_defect: why there is no author, one sentence; empty when there is one.
        subject: decoded, on one line; empty when missing.
        message_id: as written, with its angle brackets; empty when missing.
        date: what the sender's clock said, with its zone; None when missing or unreadable.
        root: the tree of entities.
        defects: what is irregular about header and structure, one sentence each. None of it
            stopped the message from being read.
    """

    header: Header
    author: Address | None
    author_defect: str
    subject: str
    message_id: str
    date: datetime | None
    root: Part
    defects: tuple[str, ...]

    def values(self, name: str) -> tuple[str, ...]:
        """The decoded bodies of every header field of that name, in order; case does not matter."""
        return self.header.values(name)


def parse(content: bytes, *, limits: Limits = LIMITS) -> Message:
    """Read a message; line endings may be CRLF or LF.

    Linear in the size of the content. Bodies are decoded only when they are asked for.

    Raises:
        MailError: the message exceeds the limits. Nothing else is ever raised.
    """
    root, damage = read_structure(content, limits=limits)
    header = root.header
    author, author_defect = decide_author(header)
    return Message(
        header=header,
        author=author,
        author_defect=author_defect,
        subject=header.value("Subject"),
        message_id=header.value("Message-ID"),
        date=parse_date_time(header.value("Date")),
        root=root,
        defects=(*header.defects, *damage),
    )
