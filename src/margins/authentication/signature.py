"""What a DKIM-Signature field says, and what may be held against it before any look-up (RFC 6376).

Its tags are read by dkimpy, which also verifies it: two parsers of one signature could disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dkim.util import InvalidTagValueList, parse_tag_value  # type: ignore[import-untyped]

from margins.mail.address import parse_addr_spec
from margins.mail.authentication import Result
from margins.mail.recipients import named_addresses

__all__ = ["Defect", "Signature", "bounded", "names_one_of", "read_signature"]

Tags = Mapping[bytes, bytes]

_MAX_FIELD = 8_192
_MAX_NAMES = 200
_CLOCK_SKEW = 3_600  # seconds a signer's clock may be ahead of ours
_REQUIRED = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")
_MAX_DOMAIN = 253
_LABEL = re.compile(rb"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DIGITS = re.compile(rb"[0-9]{1,12}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
# dkimpy's expressions need quadratic time for a long run of white space.
_LONG_SPACE = re.compile(rb"\s{100}")


class Defect(NamedTuple):
    """Why a signature does not count."""

    result: Result
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM-Signature field.

    Attributes:
        tags: all of them, as written.
        domain, selector: d= and s=, lower case.
        names: of the signed header fields, lower case, in the order of h=.
    """

    tags: Tags
    domain: str
    selector: str
    names: tuple[bytes, ...]

    @property
    def identity(self) -> str:
        """The domain of i= (RFC 6376 s3.5). Its local part means nothing to anybody else."""
        _, at, domain = _text(self.tags.get(b"i", b"@" + self.tags[b"d"])).rpartition("@")
        return domain.lower() if at else ""

    def defect(self, now: float) -> Defect | None:
        """What makes it worthless at this time, whatever the key says."""
        return _malformed(self) or _outdated(self, now) or _of_another_kind(self)


def names_one_of(recipients: Iterable[str], signed: Iterable[tuple[bytes, bytes]]) -> bool:
    """True when a To or Cc among the signed fields names one of the recipients."""
    named = {
        address
        for name, value in signed
        if name.lower() in (b"to", b"cc")
        for address in named_addresses(value.decode("utf-8", "replace"))
    }
    return not named.isdisjoint(map(parse_addr_spec, recipients))


def bounded(field: bytes) -> bool:
    """True when a field is small and plain enough to be given to dkimpy."""
    return len(field) <= _MAX_FIELD and not _LONG_SPACE.search(field)


def read_signature(field: bytes) -> Signature | Defect:
    """The signature in the body of a DKIM-Signature field."""
    if not bounded(field):
        return Defect(Result.PERMERROR, "the field is too long")
    try:
        tags: Tags = parse_tag_value(field)
    except InvalidTagValueList:
        return Defect(Result.PERMERROR, "the field is not a list of tags")
    if missing := [name for name in _REQUIRED if name not in tags]:
        return Defect(Result.PERMERROR, f"{_text(missing[0])}= is missing")
    domain, selector = tags[b"d"].lower(), tags[b"s"].lower()
    # Anything else never reaches the DNS: a NUL or a quote in a name is read in two ways.
    if not _is_domain(domain) or not _is_domain(selector):
        return Defect(Result.PERMERROR, "d= or s= is not a domain name")
    names = tuple(name.strip().lower() for name in tags[b"h"].split(b":", _MAX_NAMES))
    return Signature(tags=tags, domain=_text(domain), selector=_text(selector), names=names)


def _is_domain(name: bytes) -> bool:
    return len(name) <= _MAX_DOMAIN and all(map(_LABEL.fullmatch, name.split(b".")))


def _text(tag: bytes) -> str:
    return tag.decode("ascii", "replace")


def _malformed(signature: Signature) -> Defect | None:
    """RFC 6376 s3.5 and s6.1.1."""
    tags = signature.tags
    faults = {
        "v= is not 1": tags[b"v"] != b"1",
        "b= or bh= is not base64": not all(_BASE64.fullmatch(tags[t]) for t in (b"b", b"bh")),
        "h= names too many fields": len(signature.names) > _MAX_NAMES,
        "From is not signed": b"from" not in signature.names,
        "q= asks for another way to find the key": b"dns/txt" not in tags.get(b"q", b"dns/txt"),
        "i= is outside of d=": not f".{signature.identity}".endswith(f".{signature.domain}"),
        "t=, x= or l= is not a number": not all(
            _DIGITS.fullmatch(tags[t]) for t in (b"t", b"x", b"l") if t in tags
        ),
    }
    reason = next((reason for reason, found in faults.items() if found), "")
    return Defect(Result.PERMERROR, reason) if reason else None


def _outdated(signature: Signature, now: float) -> Defect | None:
    tags = signature.tags
    if b"x" in tags and int(tags[b"x"]) < now:
        return Defect(Result.FAIL, "the signature has expired")
    if b"t" in tags and int(tags[b"t"]) > now + _CLOCK_SKEW:
        return Defect(Result.FAIL, "the signature is from the future")
    return None


def _of_another_kind(signature: Signature) -> Defect | None:
    algorithm = signature.tags[b"a"]
    if algorithm == b"rsa-sha1":
        return Defect(Result.POLICY, "rsa-sha1 shows nothing any more (RFC 8301)")
    if algorithm not in _ALGORITHMS:
        return Defect(Result.PERMERROR, "the algorithm is not known")
    return None
