"""What one message may cost. Larger ones are refused with a sentence, never truncated."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on a message and on what is packed inside it; sizes are in bytes.

    The defaults leave real mail much to spare: in 650 messages from the test suites of other mail
    programs the most are 60 entities, 6 levels, 91 fields and 22 KiB of header.

    Attributes:
        header_bytes: one header block, root or part; Postfix takes 102,400.
        header_total: all header blocks of one message together.
        header_line: one line of it; RFC 5322 s2.1.1 says 998.
        fields: header fields in one block.
        depth: entities within entities, forwarded messages counted.
        parts: entities in one message, the messages forwarded in it included.
        parameters: of one Content-Type or Content-Disposition field; further ones are ignored.
        entries: files in all containers (zip, gzip, winmail.dat) of one message.
        containers: containers within containers.
        inflated_bytes: everything unpacked from all containers of one message.
        ratio: inflated to packed size of one file, once it is larger than a mebibyte.
    """

    header_bytes: int = 128 * 1024
    header_total: int = 1024 * 1024
    header_line: int = 64 * 1024
    fields: int = 1_000
    depth: int = 20
    parts: int = 1_000
    parameters: int = 100
    entries: int = 1_000
    containers: int = 2
    inflated_bytes: int = 50 * 1024 * 1024
    ratio: int = 100


LIMITS = Limits()
