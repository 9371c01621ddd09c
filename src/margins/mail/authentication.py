"""What was found out about a message's origin, in the words of RFC 8601: values, no look-ups.

`margins.authentication` finds it out, `margins.mail.results` and `margins.mail.receipt` read what
somebody trusted found out, and the gate judges the one value all three make: `Authentication`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from margins.mail.address import Address

__all__ = ["Alignment", "Authentication", "Check", "Method", "Result"]


class Method(StrEnum):
    """How the origin was checked (RFC 8601 s2.7; `receipt` is the verdict of Amazon SES)."""

    DKIM = "dkim"
    SPF = "spf"
    DMARC = "dmarc"
    ARC = "arc"
    RECEIPT = "receipt"


class Result(StrEnum):
    """What a check came to (RFC 8601 s2.7.1, s2.7.2)."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    POLICY = "policy"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Alignment(IntEnum):
    """How the domain that was checked relates to the author's (RFC 7489 s3.1)."""

    NONE = 0
    RELAXED = 1
    STRICT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and its evidence.

    Attributes:
        domain: the identifier checked: d= of a signature, the domain of MAIL FROM, the author's
            domain for DMARC and for a receipt, the last sealer for ARC.
        alignment: of that identifier with the author's domain, under the domain's own policy.
        selector: of the signature; empty elsewhere.
        key_bits: length of the key that signed; 0 when no key was read.
        addressed: what is signed includes a To or Cc field that names a recipient of the envelope.
        reason: one clause for the operator's log.
    """

    method: Method
    result: Result
    domain: str
    alignment: Alignment = Alignment.NONE
    selector: str = ""
    key_bits: int = 0
    addressed: bool = False
    reason: str = ""

    @property
    def proves(self) -> bool:
        """True when this check alone shows that the author's domain stands behind the message.

        SPF does not: it speaks of a host, and anybody else's message may leave by the same one.
        DMARC does not: it only repeats what SPF or DKIM said.
        """
        passed = self.result is Result.PASS and self.alignment is not Alignment.NONE
        return passed and self.method in _PROOFS

    def __str__(self) -> str:
        """As one resinfo of an Authentication-Results field, with the evidence as a comment."""
        key = f"{self.key_bits}-bit key" if self.key_bits else ""
        comment = ", ".join(filter(None, (f"{self.alignment.name.lower()} alignment", key)))
        selector = f" header.s={self.selector}" if self.selector else ""
        reason = f' reason="{self.reason}"' if self.reason else ""
        identifier = f" {_PROPERTY[self.method]}={self.domain}" if self.domain else ""
        return f"{self.method}={self.result} ({comment}){reason}{identifier}{selector}"


_PROOFS = frozenset({Method.DKIM, Method.ARC, Method.RECEIPT})
_PROPERTY = {
    Method.DKIM: "header.d",
    Method.SPF: "smtp.mailfrom",
    Method.DMARC: "header.from",
    Method.ARC: "header.d",
    Method.RECEIPT: "header.from",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Every check of one message, about one author.

    Attributes:
        author: whom the checks are about; None when the header block names no single author, and
            then there are no checks.
    """

    author: Address | None
    checks: tuple[Check, ...] = ()

    def proves(self, author: Address) -> bool:
        """True when the message is shown to come from the author's own domain.

        By an aligned DKIM signature, by an ARC chain of sealers the operator listed, or by a
        receipt of the service that took the message in. A domain that signs a message answers for
        the local part; nobody else can.
        """
        return author == self.author and any(check.proves for check in self.checks)

    def spf_aligned(self, author: Address) -> bool:
        """True when the host may send for the author's domain, which has a DMARC policy.

        Not a proof: it suffices only together with the account's secret address.
        """
        passed = {check.method for check in self.checks if check.result is Result.PASS}
        aligned = any(c.method is Method.SPF and c.alignment for c in self.checks)
        return author == self.author and aligned and {Method.SPF, Method.DMARC} <= passed

    @property
    def addressed(self) -> bool:
        """True when a proof also shows that the message was meant for a recipient of the envelope.

        False for a Bcc or a redirect, and for a genuine message to somebody else that a third
        party sends here again (DKIM replay).
        """
        return any(check.proves and check.addressed for check in self.checks)

    @property
    def unsettled(self) -> bool:
        """True when a look-up that failed for now could have shown what nothing else shows.

        Beside a proof that is not addressed, only another proof could: one that covers To.
        """
        failed = {c.method for c in self.checks if c.result is Result.TEMPERROR and c.alignment}
        if any(check.proves for check in self.checks):
            return not self.addressed and not failed.isdisjoint(_PROOFS)
        return bool(failed)

    def __str__(self) -> str:
        """The checks as the resinfo list of an Authentication-Results field, for logs."""
        return "; ".join(map(str, self.checks)) or "none"
