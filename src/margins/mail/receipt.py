"""The verdicts of Amazon SES on a message it received (the `receipt` object of its events)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from margins.mail.address import Address
from margins.mail.authentication import Alignment, Authentication, Check, Method, Result

__all__ = ["Receipt", "Verdict", "authentication", "parse_receipt"]


class Verdict(StrEnum):
    """A `status`, as SES writes it.

    GRAY of DMARC means "failed, and the domain publishes p=none or nothing": forged mail in the
    name of such a domain, gmail.com among them, is GRAY and not FAIL.
    """

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    GRAY = "GRAY"
    PROCESSING_FAILED = "PROCESSING_FAILED"


_VERDICTS = {str(verdict): verdict for verdict in Verdict}
_RESULTS = {
    Verdict.PASS: Result.PASS,
    Verdict.FAIL: Result.FAIL,
    Verdict.GRAY: Result.NEUTRAL,
    Verdict.PROCESSING_FAILED: Result.TEMPERROR,
    None: Result.NONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The five verdicts; None where SES gave none, or one (DISABLED) that says nothing."""

    spf: Verdict | None = None
    dkim: Verdict | None = None
    dmarc: Verdict | None = None
    spam: Verdict | None = None
    virus: Verdict | None = None

    @property
    def harmful(self) -> bool:
        """True when SES takes the message for spam or found a virus in it."""
        return Verdict.FAIL in (self.spam, self.virus)


def _verdict(receipt: Mapping[str, object], name: str) -> Verdict | None:
    verdict = receipt.get(f"{name}Verdict")
    status = verdict.get("status") if isinstance(verdict, Mapping) else None
    return _VERDICTS.get(status) if isinstance(status, str) else None


def parse_receipt(receipt: Mapping[str, object]) -> Receipt:
    """The verdicts in a `receipt` object as it came in the event. Total: the strange is None."""
    return Receipt(
        spf=_verdict(receipt, "spf"),
        dkim=_verdict(receipt, "dkim"),
        dmarc=_verdict(receipt, "dmarc"),
        spam=_verdict(receipt, "spam"),
        virus=_verdict(receipt, "virus"),
    )


def authentication(receipt: Receipt, author: Address) -> Authentication:
    """What a receipt shows about an author: only `dmarcVerdict`, and only PASS.

    `spfVerdict` is about the reverse-path and `dkimVerdict` about any signature: a sender chooses
    both domains.
    """
    check = Check(
        method=Method.RECEIPT,
        result=_RESULTS[receipt.dmarc],
        domain=author.domain,
        alignment=Alignment.STRICT,
        reason=f"dmarcVerdict is {receipt.dmarc or 'missing'}",
    )
    return Authentication(author=author, checks=(check,))
