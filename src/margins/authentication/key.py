"""The public key of a selector, and what may be held against it (RFC 6376 s3.6.1, RFC 8301)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from dkim import evaluate_pk  # type: ignore[import-untyped]
from dkim.crypto import parse_public_key  # type: ignore[import-untyped]
from dkim.util import parse_tag_value  # type: ignore[import-untyped]

from margins.authentication.signature import Defect, Signature
from margins.mail.authentication import Result

__all__ = ["Key", "key_name", "read_key"]

_MAX_RECORD = 4_096
_MIN_BITS = 1_024
_MAX_BITS = 8_192
_MAX_EXPONENT = 1 << 64  # a huge one makes verifying take minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key record.

    Attributes:
        kind: "rsa" or "ed25519".
        bits: of the modulus; 256 for Ed25519.
        testing: t=y, the domain is only trying DKIM out and asks not to be taken at its word.
        strict: t=s, the identity i= must have the very domain of d=.
    """

    record: bytes
    kind: str
    bits: int
    testing: bool = False
    strict: bool = False

    @property
    def flaw(self) -> Defect | None:
        """What makes it worthless for any signature."""
        if self.testing:
            return Defect(Result.POLICY, "the key is published for tests (t=y)")
        if self.kind == "rsa" and not _MIN_BITS <= self.bits <= _MAX_BITS:
            return Defect(Result.POLICY, f"a key of {self.bits} bits shows nothing (RFC 8301)")
        return None

    def defect(self, signature: Signature) -> Defect | None:
        """What makes it worthless for this one."""
        if self.strict and signature.identity != signature.domain:
            return Defect(Result.PERMERROR, "the key is only for its very own domain (t=s)")
        return self.flaw


def key_name(selector: str, domain: str) -> str:
    """Where the key is published."""
    return f"{selector}._domainkey.{domain}"


def _words(tags: dict[bytes, bytes], name: bytes, default: bytes) -> set[bytes]:
    return {word.strip().lower() for word in tags.get(name, default).split(b":")}


def read_key(records: tuple[bytes, ...], algorithm: bytes) -> Key | Defect:
    """The one key among the TXT records of a selector, fit for an algorithm (a=)."""
    if not records:
        return Defect(Result.PERMERROR, "there is no key")
    if len(records) > 1:
        return Defect(Result.PERMERROR, "there is more than one key")
    (record,) = records
    if len(record) > _MAX_RECORD:
        return Defect(Result.PERMERROR, "the key record is too long")
    try:
        return _read(record, algorithm)
    except Exception as error:  # noqa: BLE001
        # dkimpy raises whatever a broken record makes it stumble over.
        return Defect(Result.PERMERROR, f"the key cannot be read ({type(error).__name__})")


def _read(record: bytes, algorithm: bytes) -> Key | Defect:
    tags: dict[bytes, bytes] = parse_tag_value(record)
    kind, _, digest = algorithm.partition(b"-")
    flags = _words(tags, b"t", b"")
    faults = {
        "the key is revoked": not tags[b"p"],
        "the key is not for mail": not _words(tags, b"s", b"*") & {b"*", b"email"},
        "the key is not for this digest": digest not in _words(tags, b"h", digest),
        "the key is not for this algorithm": tags.get(b"k", b"rsa") != kind,
    }
    if reason := next((reason for reason, found in faults.items() if found), ""):
        return Defect(Result.PERMERROR, reason)
    if kind == b"rsa":
        exponent = parse_public_key(base64.b64decode(tags[b"p"]))["publicExponent"]
        if exponent > _MAX_EXPONENT:
            return Defect(Result.POLICY, "the key's exponent is too large")
    _, bits, _, _ = evaluate_pk("", record)
    return Key(
        record=record,
        kind=kind.decode("ascii"),
        bits=bits,
        testing=b"y" in flags,
        strict=b"s" in flags,
    )
