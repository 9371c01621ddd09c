"""Mailbox addresses: addr-spec (RFC 5322 s3.4.1) and paths (RFC 5321 s4.1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Address", "parse_addr_spec"]

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """A plain addr-spec in its normal form: the form in which addresses are registered.

    Attributes:
        local_part: ASCII letters folded to lower case; nothing else is touched, no plus-tag is cut.
        domain: lower case, A-labels (xn--...).
    """

    local_part: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"


def _a_label(domain: str) -> str | None:
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def parse_addr_spec(text: str) -> Address | None:
    """The address, or None when it is anything but one plain dot-atom addr-spec.

    Quoted local parts, comments, routes, domain literals, groups and non-ASCII local parts are
    valid mail and still None here: an author is decided only where no two readers can disagree.
    """
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    ascii_domain = _a_label(domain)
    if ascii_domain is None or len(ascii_domain) > 253:
        return None
    if not all(_LABEL.fullmatch(label) for label in ascii_domain.split(".")):
        return None
    return Address(local.lower(), ascii_domain)
