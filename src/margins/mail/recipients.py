"""Whom a To or Cc field names (RFC 5322 s3.4): addr-specs, and nothing that only looks like one.

A display name, a comment and a group's name are the choice of whoever wrote to the author first:
an answer to `"notes@in.example" <friend@example.net>` is not addressed to notes@in.example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from margins.mail.address import Address, parse_addr_spec
from margins.mail.import_address import secret_of

__all__ = ["named_addresses", "named_among", "one_account_each", "served"]

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


def served(rules: Sequence[str], address: str) -> bool:
    """True for an address that takes mail here, or has the shape of a secret one in such a domain.

    Which secrets there are is not asked: that answer would tell.

    Args:
        rules: "name@domain", or "@domain" for any name in it; compared without case.
    """
    folded = address.lower()
    _, at, domain = folded.rpartition("@")
    known = [rule.lower() for rule in rules]
    if folded in known or at + domain in known:
        return True
    return secret_of(folded) is not None and any(rule.endswith(at + domain) for rule in known)


def named_among(values: Iterable[str], serves: Callable[[Address], bool]) -> tuple[str, ...]:
    """Addresses of ours that a message itself says it is for, sorted; for want of an envelope.

    Who wrote a secret one there knows it; any other counts only where a signature covers it.

    Args:
        values: bodies of To, Cc and the like.
        serves: True for an address that takes mail here; secret ones always do.
    """
    found = {address for value in values for address in named_addresses(value)}
    return tuple(sorted(str(a) for a in found if secret_of(str(a)) or serves(a)))


def one_account_each(paths: Sequence[str]) -> list[tuple[str, ...]]:
    """The recipients of each mail: no mail has two secret addresses, for it has one account."""
    secrets = [path for path in paths if secret_of(path)]
    others = [path for path in paths if not secret_of(path)]
    return [(*secrets[:1], *others), *((secret,) for secret in secrets[1:])]
