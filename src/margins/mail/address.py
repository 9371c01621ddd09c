"""Mailbox addresses: addr-spec (RFC 5322 s3.4.1) and paths (RFC 5321 s4.1.2)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Address", "parse_addr_spec"]

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# What RFC 5892 lets into a label: lower-case letters, letters without case, marks, digits.
_LETTERS = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
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


def _a_label(label: str) -> str | None:
    """The label as it stands in the DNS, or None when it has no single agreed form.

    IDNA 2008 (RFC 5891), not Python's codec, which is IDNA 2003 and takes "straße" for
    "strasse": two owners. Capitals are folded; other letters that Unicode thinks equal to plainer
    ones (full-width, ligatures, the Kelvin sign) are refused, since readers differ about them.
    """
    lower = label.lower()
    if label.isascii():
        return lower
    letters = all(c == "-" or unicodedata.category(c) in _LETTERS for c in lower)
    plainer = lower.isascii() or unicodedata.normalize("NFKC", lower) != lower
    if plainer or not letters or len(lower) > 63:
        return None
    return "xn--" + lower.encode("punycode").decode("ascii")


def parse_addr_spec(text: str) -> Address | None:
    """The address, or None when it is anything but one plain dot-atom addr-spec.

    Quoted local parts, comments, routes, domain literals, groups and non-ASCII local parts are
    valid mail and still None here: an author is decided only where no two readers can disagree.
    """
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    if len(domain) > 253:
        return None
    labels = [_a_label(label) or "" for label in domain.split(".")]
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    ascii_domain = ".".join(labels)
    return Address(local.lower(), ascii_domain) if len(ascii_domain) <= 253 else None
