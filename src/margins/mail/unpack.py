"""Every file and text in a message that may carry an export, wherever it is packed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from margins.errors import MailError
from margins.mail.container import Allowance, Opened, Packed, open_gzip, open_zip
from margins.mail.entity import Attachment
from margins.mail.limits import LIMITS, Limits
from margins.mail.message import Message
from margins.mail.parameter import base_name
from margins.mail.structure import Part, read_structure
from margins.mail.tnef import TNEF, open_tnef
from margins.text.normal import one_line

__all__ = ["Unpacked", "attachments", "unpack"]

_NEVER = frozenset({
    "application/applefile", "application/pgp-signature", "application/pkcs7-signature",
    "application/x-pkcs7-signature", "message/delivery-status", "text/rfc822-headers",
    "text/vcard", "text/x-vcard",
})  # fmt: skip
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_MESSAGES = ("message/rfc822", "message/global")
_FIELD = re.compile(rb"(?:From [^\r\n]{0,998}\r?\n)?[!-9;-~]{1,77}:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What a message carries.

    Attributes:
        attachments: in the order of the message; every alternative of a text, too.
        problems: what was found and could not be taken out, one sentence each, with its place.
    """

    attachments: tuple[Attachment, ...]
    problems: tuple[str, ...] = ()


def _place(part: Part, *, alone: bool, outer: str) -> str:
    where = f"part {part.number}" + (" of forwarded mail" if part.forwarded else "")
    if alone:
        where = "the mail itself"
    named = f" ({part.filename})" if part.filename else ""
    return one_line(where + named + (f" in {outer}" if outer else ""), 200)


def _attachment(part: Part, place: str) -> Attachment:
    attached = part.filename or part.disposition.value == "attachment"
    return Attachment(
        content=part.body,
        filename=part.filename,
        media_type=part.media_type,
        charset=part.charset,
        place=place,
        inline=part.media_type.startswith("text/") and not attached,
    )


def _no_export(attachment: Attachment) -> bool:
    """Signatures, delivery reports, pictures and empty text bodies, as any mail may have them."""
    if attachment.inline:
        return not attachment.content.strip()
    return attachment.media_type in _NEVER or attachment.content.startswith(_PICTURES)


def _is_message(attachment: Attachment) -> bool:
    named = attachment.suffix == ".eml" or attachment.media_type in _MESSAGES
    return named and _FIELD.match(attachment.content) is not None


class _Unpacking:
    """Walks entities and containers; gathers files and problems."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.allowance = Allowance(limits)
        self.parts = limits.parts
        self.found: list[Attachment] = []
        self.problems: list[str] = []

    def message(self, root: Part, depth: int, containers: int, outer: str = "") -> None:
        """Every leaf of a message that lies in `outer`."""
        if not root.parts:
            place = _place(root, alone=True, outer=outer)
            self.file(_attachment(root, place), depth, containers)
        for part in root.parts:
            self._entity(part, depth + 1, containers, outer)

    def _entity(self, part: Part, depth: int, containers: int, outer: str) -> None:
        self.parts -= 1
        for inner in part.parts:
            self._entity(inner, depth + 1, containers, outer)
        if not part.parts:
            place = _place(part, alone=False, outer=outer)
            self.file(_attachment(part, place), depth, containers)

    def file(self, attachment: Attachment, depth: int, containers: int) -> None:
        if _no_export(attachment):
            return
        if _is_message(attachment):
            self._message(attachment, depth, containers)
        elif (opened := self._open(attachment, containers)) is not None:
            self.problems += [f"{attachment.place}: {p}" for p in opened.problems]
            for packed in opened.files:
                self.file(self._unpacked(packed, attachment), depth, containers + 1)
        else:
            self.found.append(attachment)

    def _message(self, attachment: Attachment, depth: int, containers: int) -> None:
        limits = replace(self.limits, parts=max(self.parts, 0))
        try:
            root, _ = read_structure(attachment.content, limits=limits, depth=depth + 1)
        except MailError as refused:
            said = MailError(refused.what, place=attachment.place, remedy=refused.remedy)
            self.problems.append(str(said))
            return
        self.message(root, depth + 1, containers, attachment.place)

    def _open(self, attachment: Attachment, containers: int) -> Opened | None:
        """What the container holds; None when the file is no container."""
        content = attachment.content
        magic = content[:4]
        if magic not in {b"PK\x03\x04", b"PK\x05\x06", TNEF} and magic[:3] != b"\x1f\x8b\x08":
            return None
        if containers >= self.limits.containers:
            return Opened(problems=("It is packed more than twice. Send the file itself.",))
        if magic == TNEF:
            return open_tnef(content, self.allowance)
        if magic[:2] == b"PK":
            return open_zip(content, self.allowance)
        return open_gzip(content, attachment.filename, self.allowance)

    @staticmethod
    def _unpacked(packed: Packed, container: Attachment) -> Attachment:
        name = base_name(packed.name)
        return Attachment(
            content=packed.content,
            filename=name,
            media_type=packed.media_type or "application/octet-stream",
            place=one_line(f"{name or 'a file'} in {container.place}", 200),
        )

    def result(self) -> Unpacked:
        return Unpacked(attachments=tuple(self.found), problems=tuple(self.problems))


def attachments(message: Message, *, limits: Limits = LIMITS) -> Unpacked:
    """Every leaf that may carry an export: attached, inline, forwarded or packed. Never raises.

    Text bodies count, with every alternative, as `inline`; a message whose single part is the
    file gives that file. Forwarded messages are opened however they are encoded or labelled, and
    so are zip, gzip and winmail.dat. Documents that happen to be zip files (docx, epub) are not.
    """
    unpacking = _Unpacking(limits)
    unpacking.message(message.root, 1, 0)
    return unpacking.result()


def unpack(attachment: Attachment, *, limits: Limits = LIMITS) -> Unpacked:
    """The same for a file that came without a message: itself, or what is packed in it."""
    unpacking = _Unpacking(limits)
    unpacking.file(attachment, 1, 0)
    return unpacking.result()
