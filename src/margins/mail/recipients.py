"""Whom a To or Cc field names (RFC 5322 s3.4): addr-specs, and nothing that only looks like one.

A display name, a comment and a group's name are the choice of whoever wrote to the author first:
an answer to `"notes@in.example" <friend@example.net>` is not addressed to notes@in.example.
"""

from __future__ import annotations

import re

from margins.mail.address import Address, parse_addr_spec

__all__ = ["named_addresses"]

_PIECE = re.compile(r'\\.|["()]|[^\\"()]+|\\', re.DOTALL)
_BETWEEN_MAILBOXES = re.compile(r"[,;]")
_NAME_AND_ADDRESS = re.compile(r"[^<>]*<([^<>]*)>\s*")
_QUOTED = '"'  # stands for a quoted string; no addr-spec that counts contains one


def _bare(value: str) -> str | None:
    """The field without comments and without what stands in quotes; None when either never ends."""
    kept: list[str] = []
    quoted, depth = False, 0
    for piece in _PIECE.findall(value):
        if quoted:
            quoted = piece != '"'
        elif depth or piece == "(":
            depth += (piece == "(") - (piece == ")")
            kept.append(" ")
        else:
            quoted = piece == '"'
            kept.append(_QUOTED if quoted else piece)
    return None if quoted or depth else "".join(kept)


def _addr_spec(mailbox: str) -> str:
    if pair := _NAME_AND_ADDRESS.fullmatch(mailbox):
        return pair[1]
    group, _, spec = mailbox.rpartition(":")
    return "" if ":" in group else spec


def named_addresses(value: str) -> frozenset[Address]:
    """The plain addresses among the mailboxes of an address list, groups included.

    Linear and total. A mailbox that two readers may read in two ways names nobody, and neither does
    a field with a quote or a comment that never ends.

    Args:
        value: the body of the field; folded or not, encoded words as they came.
    """
    mailboxes = _BETWEEN_MAILBOXES.split(_bare(value) or "")
    found = (parse_addr_spec(_addr_spec(mailbox).strip()) for mailbox in mailboxes)
    return frozenset(address for address in found if address)
