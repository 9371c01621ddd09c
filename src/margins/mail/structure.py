"""The tree of entities in a message (RFC 2045 s2.4, RFC 2046 s5.1): one pass, bounded, total.

Delimiter lines are found by one search for every boundary that is open at that point, and each is
looked at once, so reading is linear in the size of the message however it is nested. Structural
damage (delimiters that are missing, come late or belong to an outer multipart) is repaired the
way mail programs do and listed as a defect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from margins.errors import MailError
from margins.mail.header import Header, read_header
from margins.mail.limits import LIMITS, Limits
from margins.mail.parameter import Parametrised, base_name, read_parameters
from margins.mail.transfer import decode_transfer

__all__ = ["Part", "read_structure"]

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_MAX_BOUNDARY = 250  # RFC 2046 says 70
_ENCODED = ("base64", "quoted-printable")
_MESSAGES = ("message/rfc822", "message/global")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entity: a leaf with a body, or a multipart or message with parts.

    Attributes:
        number: as in IMAP (RFC 3501 s6.4.5): "2", "3.1"; empty for the message itself.
        forwarded: it lies inside a message within the message.
        media_type: lower case; what the context says when it is missing or not one.
        content, start, stop: the message, and where this entity's body lies in it.
    """

    header: Header
    media_type: str
    content_type: Parametrised
    disposition: Parametrised
    parts: tuple[Part, ...] = ()
    number: str = ""
    forwarded: bool = False
    content: bytes = field(repr=False)
    start: int
    stop: int

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, lower case."""
        return self.header.value("Content-Transfer-Encoding").lower()

    @property
    def charset(self) -> str:
        """The declared charset, or empty; what follows white space is another parameter's."""
        return "".join(self.content_type.get("charset").split()[:1])

    @property
    def body(self) -> bytes:
        """The body, transfer-decoded."""
        return decode_transfer(self.content[self.start : self.stop], self.encoding)

    def head(self, size: int) -> bytes:
        """What the first `size` bytes of the body decode to, for those who only look at it."""
        return decode_transfer(
            self.content[self.start : min(self.stop, self.start + size)], self.encoding
        )

    @property
    def filename(self) -> str:
        """As the sender names it, without folders; empty when unnamed."""
        name = self.disposition.get("filename") or self.content_type.get("name")
        return base_name(name)

    def walk(self) -> Iterator[Part]:
        """This entity and all below it, in the order of the message."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delimiter:
    """A delimiter line: where the text before it ends, whose it is, where the next part starts."""

    before: int
    boundary: bytes
    closing: bool
    after: int


class _Delimiters:
    """Finds the delimiter lines of every multipart that is open; each is looked at once."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.boundaries: list[bytes] = []
        self.here = self.ahead = re.compile(rb"(?!)")

    def _compile(self) -> None:
        # Innermost first: it owns a boundary that an outer multipart uses too.
        names = b"|".join(re.escape(b) for b in reversed(self.boundaries))
        line = rb"--(" + names + rb")(--)?[ \t]*+(?:\r?\n|\Z)" if names else rb"(?!)"
        self.here, self.ahead = re.compile(line), re.compile(rb"\n" + line)

    def push(self, boundary: bytes) -> None:
        self.boundaries.append(boundary)
        self._compile()

    def pop(self) -> None:
        self.boundaries.pop()
        self._compile()

    def next(self, start: int, stop: int) -> _Delimiter | None:
        """The first delimiter line in content[start:stop], where `start` begins a line."""
        if not self.boundaries:
            return None
        found = self.here.match(self.content, start, stop)
        if found is None and (found := self.ahead.search(self.content, start, stop)) is None:
            return None
        # The line break before a delimiter is part of it (RFC 2046 s5.1.1).
        before = found.start()
        if self.content[before : before + 1] == b"\n" and before > start:
            before -= self.content[before - 1 : before] == b"\r"
        return _Delimiter(
            before=before, boundary=found[1], closing=found[2] is not None, after=found.end()
        )


class _Reader:
    """Recursive descent over entities. `at` is the delimiter that ended the last; None at EOF."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.content = content
        self.limits = limits
        self.delimiters = _Delimiters(content)
        self.at: _Delimiter | None = None
        self.defects: list[str] = []
        self.count = 0
        self.header_total = 0

    def _advance(self, start: int) -> int:
        """Move `at` to the next delimiter; where the text that begins at `start` ends."""
        self.at = self.delimiters.next(start, len(self.content))
        return len(self.content) if self.at is None else self.at.before

    def _header(self, start: int) -> Header:
        """The header block at `start`; a delimiter line ends it when no empty line does."""
        reach = self.content.rfind(b"\n", start, start + self.limits.header_bytes) + 1
        cut = self.delimiters.next(start, reach or len(self.content))
        stop = cut.before if cut else None
        header = read_header(self.content, start, stop, limits=self.limits)
        self.header_total += header.end - start
        if self.header_total > self.limits.header_total:
            size = self.limits.header_total // 1024
            raise MailError(f"The headers of all parts together are larger than {size} KiB.")
        return header

    def _parametrised(self, header: Header, name: str) -> Parametrised:
        fields = header.all(name)
        return read_parameters(fields[0], limits=self.limits) if fields else Parametrised()

    def _check(self, depth: int) -> None:
        self.count += 1
        if self.count > self.limits.parts:
            raise MailError(f"The message has more than {self.limits.parts:,} parts.")
        if depth > self.limits.depth:
            raise MailError(f"The message is nested more than {self.limits.depth} levels deep.")

    def entity(self, start: int, number: str, default: str, depth: int, *, forwarded: bool) -> Part:
        """The entity whose header begins at `start`; afterwards `at` is what ended it.

        Args:
            number: of the entity, or of the message it is the content of when it ends in a dot.
            default: the media type it has when it states none.
        """
        self._check(depth)
        header = self._header(start)
        content_type = self._parametrised(header, "Content-Type")
        stated = content_type.value
        part = Part(
            header=header,
            media_type=stated if _MEDIA_TYPE.fullmatch(stated) else default,
            content_type=content_type,
            disposition=self._parametrised(header, "Content-Disposition"),
            number=number.rstrip("."),
            forwarded=forwarded,
            content=self.content,
            start=header.end,
            stop=header.end,
        )
        if part.media_type.startswith("multipart/"):
            return self._multipart(part, depth)
        if number.endswith(".") or not number:
            part = replace(part, number=f"{number}1")
        if part.media_type in _MESSAGES and part.encoding not in _ENCODED:
            inside = f"{part.number}."
            inner = self.entity(part.start, inside, "text/plain", depth + 1, forwarded=True)
            return replace(part, parts=(inner,), stop=inner.stop)
        return replace(part, stop=self._advance(part.start))

    def _multipart(self, part: Part, depth: int) -> Part:
        name = f"Part {part.number}" if part.number else "The message"
        boundary = part.content_type.get("boundary").encode()[:_MAX_BOUNDARY]
        if not boundary:
            self.defects.append(f"{name} is a multipart without a boundary.")
            return replace(
                part,
                media_type="text/plain",
                number=part.number or "1",
                stop=self._advance(part.start),
            )
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        parts: list[Part] = []
        self.delimiters.push(boundary)
        stop = self._advance(part.start)
        while self.at is not None and self.at.boundary == boundary and not self.at.closing:
            number = f"{part.number}.{len(parts) + 1}".lstrip(".")
            inner = self.entity(self.at.after, number, default, depth + 1, forwarded=part.forwarded)
            parts.append(inner)
            stop = inner.stop
        self.delimiters.pop()
        if self.at is None:
            self.defects.append(f"{name} is a multipart that does not end; something may be lost.")
        elif self.at.boundary == boundary:
            self._advance(self.at.after)  # past the epilogue
        if not parts:
            self.defects.append(f"{name} is a multipart without parts.")
            return replace(part, media_type="text/plain", number=part.number or "1", stop=stop)
        return replace(part, parts=tuple(parts), stop=stop)


def read_structure(
    content: bytes, *, limits: Limits = LIMITS, depth: int = 1
) -> tuple[Part, tuple[str, ...]]:
    """The message's tree of entities, and what is wrong with it, one sentence each.

    Args:
        depth: how deep the message itself lies in another one.

    Raises:
        MailError: a limit is exceeded.
    """
    reader = _Reader(content, limits)
    root = reader.entity(0, "", "text/plain", depth, forwarded=False)
    return root, tuple(reader.defects)
