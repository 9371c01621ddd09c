"""The one author of a message (RFC 5598 s2.1.1), decided here and nowhere else.

Spoofing works by making two readers of one message see two authors: twenty such messages are
described in Chen, Paxson and Jiang, "Composition Kills" (USENIX Security 2020). So an author is
named only where no two readers can disagree, and every other message has none.
"""

from __future__ import annotations

import re

from margins.mail.address import Address, parse_addr_spec
from margins.mail.header import Header

__all__ = ["decide_author"]

# RFC 5322 s3.6: at most one of each. A second one can be prepended to a signed message.
_ONCE = (
    "From", "Sender", "To", "Cc", "Subject", "Date", "Message-ID",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
_MAX_FROM = 2_000
_QUOTED = re.compile(r'"(?:[^"\\<>]|\\["\\])*+"')
_NOT_IN_NAME = re.compile(r'["(),:;<>@\[\]\\]')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def _display_name_defect(name: str) -> str:
    """What could make another reader find an address in the display name; empty when nothing."""
    bare = _QUOTED.sub("", name)
    if _NOT_IN_NAME.search(bare):
        return "The name in the From field contains characters that must be quoted."
    if "\\" in name and any(c in name for c in "@,:;"):
        return "The name in the From field hides punctuation behind a backslash."
    return ""


def _one_mailbox(value: str) -> tuple[Address | None, str]:
    name, bracket, spec = value.rpartition("<")
    if bracket:
        if not spec.endswith(">"):
            return None, "The From field does not end with its address."
        spec = spec[:-1]
        # A name that is the address itself says nothing else, quoted or not.
        if name.strip() != spec and (defect := _display_name_defect(name)):
            return None, defect
    author = parse_addr_spec(spec)
    if author is None:
        return None, "The From field is not one plain address."
    return author, ""


def decide_author(header: Header) -> tuple[Address | None, str]:
    """The author, or None and one sentence that says why there is none.

    There is an author when the block is regular in every byte, has exactly one From field and at
    most one of each field that a message has once, and From holds exactly one plain addr-spec,
    bare or in angle brackets behind a display name: no list, group, route, comment, quoted or
    encoded local part, domain literal.
    """
    if header.defects:
        return None, header.defects[0]
    for name in _ONCE:
        if (count := len(header.all(name))) > 1:
            return None, f"The header block has {count} {name} fields instead of one."
    fields = header.all("From")
    if not fields:
        return None, "The message has no From field."
    raw = fields[0].unfolded
    if len(raw) > _MAX_FROM:
        return None, f"The From field is longer than {_MAX_FROM:,} bytes."
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None, "The From field is not ASCII or UTF-8."
    if _CONTROL.search(value):
        return None, "The From field contains a control character."
    return _one_mailbox(value)
