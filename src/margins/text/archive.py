"""Compressed data, taken out of it under limits: zip archives and zlib streams in memory.

The standard library's reader trusts sizes that the archive states about itself and inflates until
the data ends. Here nothing is inflated beyond what was asked for, whatever the headers say.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3), RFC 1950.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from margins.errors import FormatError

__all__ = ["MAX_ENTRIES", "MAX_RATIO", "Archive", "inflate", "open_zip"]

MAX_ENTRIES = 1000
MAX_RATIO = 100
# Below this, data may repeat itself as much as it likes: it is no burden.
_FREE = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_RAW = -zlib.MAX_WBITS


def _inflated(content: bytes, limit: int, window: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and True when that was all there is."""
    machine = zlib.decompressobj(window)
    try:
        data = machine.decompress(content, limit)
        more = b"" if machine.eof else machine.decompress(machine.unconsumed_tail, 1)
    except zlib.error as error:
        raise _broken(str(error)) from error
    if not more and not machine.eof:
        raise _broken("its end is missing")
    return data, not more


def inflate(content: bytes, *, limit: int, whole: bool = True) -> bytes:
    """What a zlib stream holds.

    Args:
        limit: bytes, at most.
        whole: more than the limit is an error; False takes the beginning.

    Raises:
        FormatError: broken, cut short, or longer than the limit.
    """
    data, complete = _inflated(content, limit, zlib.MAX_WBITS)
    if whole and not complete:
        raise _bomb(f"The file unpacks to more than {limit} bytes.")
    return data


def _bomb(what: str) -> FormatError:
    return FormatError(what, remedy="No reading app writes such files; it is not unpacked.")


@dataclass(frozen=True, slots=True)
class _Entry:
    method: int
    packed: int
    offset: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip archive whose directory has been read."""

    content: bytes
    entries: dict[str, _Entry]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def read(self, name: str, *, limit: int, whole: bool = True) -> bytes:
        """One member.

        Args:
            limit: bytes, at most.
            whole: more than the limit is an error; False takes the beginning.

        Raises:
            FormatError: no such member, broken, beyond the limit, or packed more than MAX_RATIO
                times over.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise FormatError(f"The archive has no {name}.", remedy="Export the file again.")
        packed = self._packed(entry)
        if entry.method == _STORED:
            data, complete = packed[:limit], len(packed) <= limit
        elif entry.method == _DEFLATED:
            data, complete = _inflated(packed, limit, _RAW)
        else:
            raise FormatError(
                f"{name} is packed by method {entry.method}.",
                remedy="Save the file again as an ordinary document, without a password.",
            )
        if whole and not complete:
            raise _bomb(f"{name} unpacks to more than {limit} bytes.")
        if len(data) > _FREE and len(data) > MAX_RATIO * len(packed):
            raise _bomb(f"{name} unpacks to more than {MAX_RATIO} times its size.")
        return data

    def _packed(self, entry: _Entry) -> bytes:
        header = self.content[entry.offset : entry.offset + _LOCAL.size]
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise _broken("a member is not where the directory says")
        *_, name_length, extra_length = _LOCAL.unpack(header)
        start = entry.offset + _LOCAL.size + name_length + extra_length
        return self.content[start : start + entry.packed]


def _broken(what: str) -> FormatError:
    return FormatError(
        f"The compressed file is broken: {what}.",
        remedy="Send the file again; it may have been damaged on the way.",
    )


def open_zip(content: bytes) -> Archive:
    """The archive's directory; nothing is unpacked yet.

    Raises:
        FormatError: no zip archive, broken, or more than MAX_ENTRIES members.
    """
    at = content.rfind(b"PK\5\6", -(_END.size + 0xFFFF))
    if at < 0 or len(content) < at + _END.size:
        raise _broken("it has no directory")
    _, _, _, _, count, _, position, _ = _END.unpack_from(content, at)
    if count > MAX_ENTRIES:
        raise _bomb(f"The archive has {count} members; {MAX_ENTRIES} are the most that is read.")
    entries: dict[str, _Entry] = {}
    for _ in range(count):
        if len(content) < position + _CENTRAL.size or content[position : position + 4] != b"PK\1\2":
            raise _broken("its directory is cut short")
        fields = _CENTRAL.unpack_from(content, position)
        name_end = position + _CENTRAL.size + fields[10]
        name = content[position + _CENTRAL.size : name_end].decode("utf-8", "replace")
        entry = _Entry(method=fields[4], packed=fields[8], offset=fields[16])
        if entries.setdefault(name, entry) is not entry:
            raise _broken(f"it has two members named {name}")
        position = name_end + fields[11] + fields[12]
    return Archive(content, entries)
