"""Files packed into one: zip and gzip. Bounded; nothing is written and no path is followed.

Whatever cannot be taken out is reported in a sentence, never passed over in silence.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from margins.mail.limits import Limits
from margins.text.charset import decode
from margins.text.normal import one_line

__all__ = ["Allowance", "Opened", "Packed", "open_gzip", "open_zip"]

_MEBIBYTE = 1024 * 1024
_GZIP = b"\x1f\x8b"
_MAX_MEMBERS = 50
_CENTRAL = b"PK\x01\x02"
# A zip with one of these is a document of its own: OOXML, EPUB and ODF, iWork.
_DOCUMENT = frozenset(
    {"[Content_Types].xml", "word/document.xml", "mimetype", "Index/Document.iwa"}
)
# What Python's zipfile raises on damaged archives besides its own BadZipFile.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One file taken out of a container; `name` as written there, never used as a path."""

    name: str
    content: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a container held, and what could not be taken out, one sentence each."""

    files: tuple[Packed, ...] = ()
    problems: tuple[str, ...] = ()


class Allowance:
    """How much may still be unpacked from one message."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = limits.inflated_bytes
        self.files = limits.entries

    def room_for(self, packed_size: int) -> int:
        """Bytes to which a packed file of this size may inflate."""
        return min(self.bytes, max(_MEBIBYTE, packed_size * self.limits.ratio))

    def take(self, size: int) -> None:
        """Count a file of this size as unpacked."""
        self.bytes -= size
        self.files -= 1

    def refusal(self, name: str, packed_size: int) -> str:
        """Why a file that outgrew `room_for` is left packed."""
        if self.room_for(packed_size) < self.bytes:
            ratio = self.limits.ratio
            return f"{name} unpacks to more than {ratio} times its size and was left packed."
        limit = self.limits.inflated_bytes // _MEBIBYTE
        return f"{name} was left packed: the mail unpacks to more than {limit} MiB."


def _entry_name(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag are in whatever charset the packing machine had."""
    if info.flag_bits & 0x800:
        return info.filename
    return decode(info.filename.encode("cp437", "replace"))


def _is_file(info: zipfile.ZipInfo) -> bool:
    return not (
        info.is_dir()
        or info.filename.startswith("__MACOSX/")
        or info.filename.rpartition("/")[2] == ".DS_Store"
    )


def _unzip(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, allowance: Allowance
) -> tuple[bytes, str]:
    """The content, or what is wrong with it."""
    name = one_line(_entry_name(info))
    if info.flag_bits & 0x1:
        return b"", f"{name} is encrypted. Send it without a password."
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return b"", f"{name} is packed by a method that is not supported. Send it as a plain zip."
    room = allowance.room_for(info.compress_size)
    try:
        with archive.open(info) as stream:
            content = stream.read(room + 1)
    except _DAMAGE:
        return b"", f"{name} is damaged. Pack it again."
    if len(content) > room:
        return b"", allowance.refusal(name, info.compress_size)
    return content, ""


def open_zip(content: bytes, allowance: Allowance) -> Opened | None:
    """The files of a zip archive in its own order, or None when it is a document of its own."""
    # Counted before zipfile sees it, since that reads the whole directory at once.
    if content.count(_CENTRAL) > allowance.files:
        limit = allowance.limits.entries
        return Opened(problems=(f"The archives of the mail hold more than {limit:,} files.",))
    files, problems = [], []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not _DOCUMENT.isdisjoint(archive.namelist()):
                return None
            for info in filter(_is_file, archive.infolist()):
                unpacked, problem = _unzip(archive, info, allowance)
                if problem:
                    problems.append(problem)
                else:
                    allowance.take(len(unpacked))
                    files.append(Packed(name=_entry_name(info), content=unpacked))
    except _DAMAGE:
        problems.append("The zip archive is damaged. Pack it again.")
    return Opened(files=tuple(files), problems=tuple(problems))


def _inflate(content: bytes, room: int) -> tuple[bytes, str]:
    """All members of a gzip stream; more than `room` bytes when there is more, or what is wrong."""
    out: list[bytes] = []
    rest = content
    try:
        while rest.startswith(_GZIP) and room >= 0:
            if len(out) == _MAX_MEMBERS:
                return b"", "The file is packed in too many pieces. Send it unpacked."
            stream = zlib.decompressobj(wbits=31)
            out.append(stream.decompress(rest, room + 1))
            room -= len(out[-1])
            if room >= 0 and not stream.eof:
                return b"", "The file is cut short. Send it again."
            rest = stream.unused_data
    except zlib.error:
        return b"", "The file is damaged. Pack it again."
    return b"".join(out), ""


def open_gzip(content: bytes, name: str, allowance: Allowance) -> Opened:
    """The one file in a gzip stream (RFC 1952), of one or more members.

    Args:
        name: of the gzip file; the file inside is taken to be called the same without ".gz".
    """
    room = allowance.room_for(len(content))
    unpacked, problem = _inflate(content, room)
    if len(unpacked) > room:
        problem = allowance.refusal("The file", len(content))
    if problem:
        return Opened(problems=(problem,))
    allowance.take(len(unpacked))
    inner = name[:-3] if name.lower().endswith(".gz") else name
    return Opened(files=(Packed(name=inner, content=unpacked),))
