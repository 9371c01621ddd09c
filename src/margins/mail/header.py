"""The header block (RFC 5322 s2.2), read byte by byte before anything else looks at the message.

Total within its limits: whatever is irregular is kept readable and listed as a defect. The one
rule that is strict stands in `margins.mail.author`: an irregular block names no author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from margins.errors import MailError
from margins.mail.encoded_word import decode_words
from margins.mail.limits import LIMITS, Limits
from margins.text.charset import decode

__all__ = ["Field", "Header", "read_header"]

_NAME = re.compile(rb"([!-9;-~]+)([ \t]*+):")
_END = re.compile(rb"\n\r?\n")
_BREAK = re.compile(rb"\r?\n")
# RFC 4155 s A: sender and asctime. Without them "From :" would be passed over, which others read.
_MBOX = re.compile(
    rb"From [!-9;-~\x80-\xff]{1,320} {1,9}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d[ :\d]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field.

    Attributes:
        name: as written.
        raw: everything after the colon, folded as it came, without the last line ending.
    """

    name: str
    raw: bytes

    @property
    def unfolded(self) -> bytes:
        """The body on one line (RFC 5322 s2.2.3), without white space at the ends."""
        return _BREAK.sub(b"", self.raw).strip(b" \t")

    @property
    def value(self) -> str:
        """The body as text: unfolded, encoded words decoded, on one line."""
        return decode_words(decode(self.unfolded))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header block.

    Attributes:
        fields: in order.
        defects: what is irregular about the block, one sentence each.
        end: offset of the first byte of the body.
    """

    fields: tuple[Field, ...]
    defects: tuple[str, ...] = ()
    end: int = 0

    def all(self, name: str) -> tuple[Field, ...]:
        """Every field of that name, in order; case does not matter."""
        folded, size = name.lower(), len(name)
        return tuple(f for f in self.fields if len(f.name) == size and f.name.lower() == folded)

    def values(self, name: str) -> tuple[str, ...]:
        """The decoded bodies of every field of that name, in order."""
        return tuple(f.value for f in self.all(name))

    def value(self, name: str) -> str:
        """The decoded body of the first field of that name, or empty."""
        return next(iter(self.values(name)), "")


def _block_end(content: bytes, start: int, stop: int, limits: Limits) -> tuple[int, int]:
    """Where the lines of the block end, and where the body starts."""
    for blank in (b"\r\n", b"\n"):
        if content.startswith(blank, start):
            return start, start + len(blank)
    window = min(stop, start + limits.header_bytes + 4)
    found = _END.search(content, start, window)
    if found is None and window == stop:
        return stop, stop
    if found is None or found.start() - start >= limits.header_bytes:
        raise MailError(
            f"The header block is larger than {limits.header_bytes // 1024} KiB.",
            place="header",
            remedy="Send the export in a fresh mail instead of forwarding this one.",
        )
    return found.start() + 1, found.end()


def _lines(content: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Each line with its ending, and its offset."""
    while start < end:
        after = content.find(b"\n", start, end) + 1 or end
        yield start, content[start:after]
        start = after


def _irregular_bytes(block: bytes) -> list[str]:
    """Byte sequences that different readers take differently."""
    defects = []
    lone_lf = block.count(b"\n") - block.count(b"\r\n")
    if b"\0" in block:
        defects.append("The header block contains a NUL byte.")
    if block.count(b"\r") != block.count(b"\r\n"):
        defects.append("The header block contains a carriage return that ends no line.")
    if lone_lf and b"\r\n" in block:
        defects.append("The header block mixes two kinds of line endings.")
    if block.startswith(b"\xef\xbb\xbf"):
        defects.append("The message begins with a byte order mark.")
    return defects


class _Reading:
    """The fields and defects of one block while it is being read.

    Attributes:
        stray: offset of the last line when it belonged to no field, else -1.
        blank: the last line was nothing but white space.
        body: where the body begins when a line says so before any empty one, else -1.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.names: list[str] = []
        self.bodies: list[list[bytes]] = []
        self.defects: list[str] = []
        self.stray = -1
        self.blank = False
        self.body = -1

    def line(self, number: int, at: int, line: bytes) -> None:
        """Take the line that stands at this offset."""
        if len(line) > self.limits.header_line:
            raise MailError(
                f"Header line {number} is longer than {self.limits.header_line // 1024} KiB.",
                place="header",
            )
        if line[:1] in {b" ", b"\t"}:
            self._continuation(number, at, line)
        elif name := _NAME.match(line):
            self._field(number, name, line[name.end() :])
        elif self.stray >= 0 or self.blank:
            self.body = at if self.stray < 0 else self.stray
        else:
            self.defects.append(f"Header line {number} is not a header field.")
            self.stray = at

    def _continuation(self, number: int, at: int, line: bytes) -> None:
        self.blank = not line.strip()
        if self.blank:
            self.defects.append(f"Header line {number} is blank but for white space.")
        if self.stray >= 0:
            return  # it continues the stray line
        if self.names:
            self.bodies[-1].append(line)
        else:
            self.defects.append("The first header line is a continuation of nothing.")
            self.stray = at

    def _field(self, number: int, name: re.Match[bytes], body: bytes) -> None:
        if name[2]:
            self.defects.append(f"Header line {number} has white space before its colon.")
        if len(self.names) >= self.limits.fields:
            raise MailError(
                f"The header block has more than {self.limits.fields:,} fields.", place="header"
            )
        self.names.append(name[1].decode("ascii"))
        self.bodies.append([body])
        self.stray, self.blank = -1, False

    def fields(self) -> tuple[Field, ...]:
        return tuple(
            Field(name=name, raw=b"".join(body).rstrip(b"\r\n"))
            for name, body in zip(self.names, self.bodies, strict=True)
        )


def read_header(
    content: bytes, start: int = 0, stop: int | None = None, *, limits: Limits = LIMITS
) -> Header:
    """The header block that starts at `start`; it ends at an empty line, or at `stop`.

    A line that is no field is skipped with a defect; where two in a row, or one behind a line of
    white space, or nothing but such lines stand, the body has begun: some programs forget the
    empty line. An mbox separator (RFC 4155) before the first field is passed over without a defect.

    Args:
        start, stop: offsets into the content; `stop` defaults to its end.

    Raises:
        MailError: the block exceeds the limits.
    """
    end, body = _block_end(content, start, len(content) if stop is None else stop, limits)
    reading = _Reading(limits)
    reading.defects += _irregular_bytes(content[start:end])
    skip = 3 if content.startswith(b"\xef\xbb\xbf", start) else 0
    for number, (at, line) in enumerate(_lines(content, start + skip, end), start=1):
        if number == 1 and _MBOX.match(line):
            continue
        reading.line(number, at, line)
        if reading.body >= 0:
            body = reading.body
            break
    else:
        if reading.stray >= 0 and (end == body or not reading.names):
            body = reading.stray
    return Header(fields=reading.fields(), defects=tuple(reading.defects), end=body)
