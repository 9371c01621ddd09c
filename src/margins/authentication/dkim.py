"""Who signed the message (RFC 6376), by dkimpy behind our own limits and conditions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dkim  # type: ignore[import-untyped]

from margins.authentication.alignment import align
from margins.authentication.body import Divided
from margins.authentication.key import Key, key_name, read_key
from margins.authentication.lookups import Lookups
from margins.authentication.signature import Defect, Signature, names_one_of, read_signature
from margins.errors import Unavailable
from margins.mail.address import Address
from margins.mail.authentication import Check, Method, Result

__all__ = ["SILENT", "check_signatures"]

_MAX_FIELDS = 50
_MAX_VERIFIED = 10

_Field = tuple[bytes, bytes]

# dkimpy logs what an attacker wrote, and what it logs nobody reads.
SILENT = logging.Logger("dkimpy", logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What a signature is held against.

    Attributes:
        strict: the author's domain accepts only signatures by that very domain.
        recipients: of the envelope.
    """

    author: Address
    strict: bool
    recipients: Sequence[str]
    now: float
    lookups: Lookups


class _Message:
    """A message as dkimpy reads it."""

    def __init__(self, content: Divided) -> None:
        self.body = content.body
        self.reading = dkim.DKIM(content.header, logger=SILENT, minkey=0)

    def fields(self, name: bytes) -> list[_Field]:
        return [field for field in self.reading.headers if field[0].lower() == name]

    def verify(self, signature: Signature, field: _Field, key: Key) -> bool:
        """Does the signature over the header fields hold; the body is compared afterwards."""
        tags = {name: value for name, value in signature.tags.items() if name != b"bh"}
        return bool(
            self.reading.verify_sig(tags, list(signature.names), field, lambda *_, **__: key.record)
        )


def check_signatures(
    content: Divided,
    author: Address,
    *,
    strict: bool = False,
    recipients: Sequence[str] = (),
    now: float,
    lookups: Lookups,
) -> tuple[Check, ...]:
    """One check for each DKIM-Signature field, at most 50; those of other domains are only named.

    At most ten are verified. Never raises.

    Args:
        strict: the author's domain accepts only signatures by that very domain (adkim=s).
        recipients: of the envelope, to see whether the signed message was meant for one.
    """
    terms = _Terms(
        author=author,
        strict=strict,
        recipients=recipients,
        now=now,
        lookups=lookups,
    )
    try:
        message = _Message(content)
    except Exception as error:  # noqa: BLE001
        # MessageFormatError and IndexError are known; a header block that two readers read in two
        # ways carries no signature worth having.
        return (_refused(Defect(Result.PERMERROR, f"unreadable ({type(error).__name__})")),)
    if len(message.fields(b"from")) != 1:
        return (_refused(Defect(Result.PERMERROR, "there is not exactly one From field")),)
    checks: list[Check] = []
    left = _MAX_VERIFIED
    for field in message.fields(b"dkim-signature")[:_MAX_FIELDS]:
        checks.append(_check(message, field, terms, verify=left > 0))
        left -= bool(checks[-1].alignment)
    return tuple(checks)


def _refused(defect: Defect) -> Check:
    return Check(method=Method.DKIM, result=defect.result, domain="", reason=defect.reason)


def _check(message: _Message, field: _Field, terms: _Terms, *, verify: bool) -> Check:
    signature = read_signature(field[1])
    if isinstance(signature, Defect):
        return _refused(signature)
    check = Check(
        method=Method.DKIM,
        result=Result.NEUTRAL,
        domain=signature.domain,
        alignment=align(terms.author.domain, signature.domain, strict=terms.strict),
        selector=signature.selector,
        reason="not the author's domain",
    )
    if not check.alignment:
        return check
    if not verify:
        return replace(check, reason="one signature too many")
    try:
        return _verified(message, field, signature, check, terms)
    except Unavailable as error:
        return replace(check, result=Result.TEMPERROR, reason=error.what)
    except Exception as error:  # noqa: BLE001
        # dkimpy raises what it stumbles over: binascii.Error, ValueError, AssertionError and more.
        reason = f"cannot be verified ({type(error).__name__})"
        return replace(check, result=Result.PERMERROR, reason=reason)


def _verified(
    message: _Message, field: _Field, signature: Signature, check: Check, terms: _Terms
) -> Check:
    """The check carried out: tags, key, signature, and the body last.

    The body may be large, and nobody but the domain itself gets so far as to have it read.
    """
    if defect := signature.defect(terms.now):
        return _with(check, defect)
    records = terms.lookups.texts(key_name(signature.selector, signature.domain))
    key = read_key(records, signature.tags[b"a"])
    if isinstance(key, Defect):
        return _with(check, key)
    check = replace(check, key_bits=key.bits)
    if defect := key.defect(signature):
        return _with(check, defect)
    if not message.verify(signature, field, key):
        return replace(check, result=Result.FAIL, reason="a signed field was changed")
    if defect := message.body.defect(signature.tags):
        return _with(check, defect)
    addressed = names_one_of(terms.recipients, message.reading.signed_headers)
    return replace(check, result=Result.PASS, addressed=addressed, reason="")


def _with(check: Check, defect: Defect) -> Check:
    return replace(check, result=defect.result, reason=defect.reason)
