"""Body parts that may carry an export (RFC 2045 entity, RFC 2183 disposition)."""

from __future__ import annotations

from dataclasses import dataclass, field

from margins.text.charset import decode

__all__ = ["Attachment"]

_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One leaf of the message, transfer-decoded, or a file given to the library.

    Attributes:
        content: the decoded bytes.
        filename: as the sender names it, decoded, without folders; empty when unnamed.
        media_type: lower case, "text/html"; "application/octet-stream" when unknown.
        charset: the declared one, or empty.
        place: where it was found, for people: "part 2 (Book.html)", "part 3.1 of forwarded mail".
        inline: it is the text of the mail itself rather than an attached file.
    """

    content: bytes
    filename: str = ""
    media_type: str = "application/octet-stream"
    charset: str = ""
    place: str = ""
    inline: bool = False
    _heads: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The content as text: BOM first, then the declared charset, then UTF-8, then Windows-1252.

        Never raises; undecodable bytes become U+FFFD.
        """
        return decode(self.content, self.charset)

    @property
    def head(self) -> str:
        """The first 64 KiB as text, not cut inside a character of UTF-8: what identify() reads."""
        if not self._heads:  # every format asks for it
            end = _HEAD
            while end > _HEAD - 4 and end < len(self.content) and self.content[end] & 0xC0 == 0x80:
                end -= 1
            self._heads.append(decode(self.content[:end], self.charset))
        return self._heads[0]

    @property
    def suffix(self) -> str:
        """The file name's last extension, lower case, with its dot; or empty."""
        _, dot, suffix = self.filename.rpartition(".")
        return f".{suffix.lower()}" if dot else ""
