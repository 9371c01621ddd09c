"""Attachments inside winmail.dat, as Outlook sends it in rich-text mail: MS-OXTNEF, bounded.

Source: [MS-OXTNEF] s2.1, https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef.
Only attachments are read; the text of the mail stands beside the container anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, error

from margins.mail.container import Allowance, Opened, Packed
from margins.text.charset import decode

__all__ = ["TNEF", "open_tnef"]

TNEF = b"\x78\x9f\x3e\x22"

_ATTRIBUTE = Struct("<BII")  # level, id, length; then the data and a checksum of 2 bytes
_PROPERTY = Struct("<HH")  # type, id
_U32 = Struct("<I")

_REND_DATA, _TITLE, _DATA, _MAPI = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_ATTACH_DATA, _SHORT_NAME, _LONG_NAME, _MIME_TAG = 0x3701, 0x3704, 0x3707, 0x370E

# [MS-OXTNEF] s2.1.3.3 property types: bytes per value, padded to four.
_FIXED = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_OBJECT, _STRING8, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_MULTIPLE = 0x1000
_MAX_PROPERTIES = 1_000


class _Cursor:
    """Reads forward through bytes; struct.error at their end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: Struct) -> tuple[int, ...]:
        values: tuple[int, ...] = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return values

    def u32(self) -> int:
        return self.unpack(_U32)[0]

    def take(self, size: int, padded: int = 1) -> bytes:
        if size > len(self.data) - self.at:
            raise error("the data ends early")
        taken = self.data[self.at : self.at + size]
        self.at += size + -size % padded
        return taken


@dataclass(slots=True)
class _Attached:
    name: str = ""
    long_name: str = ""
    media_type: str = ""
    content: bytes = b""

    def packed(self) -> Packed:
        return Packed(
            name=self.long_name or self.name, content=self.content, media_type=self.media_type
        )


def _skip_name(cursor: _Cursor) -> None:
    """Properties from 0x8000 on carry a GUID and a number or a name."""
    cursor.take(16)
    named = cursor.u32()
    cursor.take(cursor.u32() if named else 4, padded=4)


def _values(cursor: _Cursor, kind: int) -> list[bytes]:
    base = kind & ~_MULTIPLE
    if base in _FIXED:
        count = cursor.u32() if kind & _MULTIPLE else 1
        return [cursor.take(count * _FIXED[base])]
    if base not in {_OBJECT, _STRING8, _UNICODE, _BINARY}:
        raise error("unknown property type")
    count = min(cursor.u32(), _MAX_PROPERTIES)
    return [cursor.take(cursor.u32(), padded=4) for _ in range(count)]


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, id and first value of each property."""
    cursor = _Cursor(data)
    for _ in range(min(cursor.u32(), _MAX_PROPERTIES)):
        kind, identifier = cursor.unpack(_PROPERTY)
        if identifier >= 0x8000:
            _skip_name(cursor)
        values = _values(cursor, kind)
        yield kind, identifier, values[0] if values else b""


def _text(kind: int, value: bytes) -> str:
    text = value.decode("utf-16-le", "replace") if kind == _UNICODE else decode(value)
    return text.partition("\0")[0]


def _read_properties(attached: _Attached, data: bytes) -> None:
    try:
        for kind, identifier, value in _properties(data):
            if identifier == _LONG_NAME:
                attached.long_name = _text(kind, value)
            elif identifier == _SHORT_NAME:
                attached.name = attached.name or _text(kind, value)
            elif identifier == _MIME_TAG:
                attached.media_type = _text(kind, value).lower()
            elif identifier == _ATTACH_DATA and kind == _OBJECT and TNEF in value[:20]:
                # A forwarded message: an interface id of 16 bytes, then TNEF again.
                attached.content = value[value.index(TNEF) :]
    except error:
        return  # the name or type is lost, the content is not


def open_tnef(content: bytes, allowance: Allowance) -> Opened:
    """The attachments, in order. Never raises; what is cut short is reported."""
    found: list[_Attached] = []
    problems: list[str] = []
    cursor = _Cursor(content)
    try:
        cursor.take(6)  # signature and key
        while cursor.at < len(content):
            _, identifier, length = cursor.unpack(_ATTRIBUTE)
            data = cursor.take(length)
            cursor.take(2)
            if identifier == _REND_DATA:
                if len(found) >= allowance.files:
                    problems.append("Outlook's winmail.dat holds too many files.")
                    break
                found.append(_Attached())
            elif not found:
                continue
            elif identifier == _TITLE:
                found[-1].name = decode(data).partition("\0")[0]
            elif identifier == _DATA:
                found[-1].content = data
            elif identifier == _MAPI:
                _read_properties(found[-1], data)
    except error:
        problems.append("Outlook's winmail.dat is cut short; something may be missing from it.")
    files = tuple(a.packed() for a in found if a.content)
    allowance.files -= len(files)
    return Opened(files=files, problems=tuple(problems))
