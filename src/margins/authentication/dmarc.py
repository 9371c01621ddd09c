"""The policy of the author's domain (RFC 7489): does it have one, and how strictly does it align.

What the domain asks to be done with failing mail (p=) changes nothing here: nothing unproven is let
in for any domain, and a domain that publishes p=none is as provable as another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from margins.authentication.alignment import organizational_domain
from margins.authentication.lookups import Lookups
from margins.mail.authentication import Alignment, Check, Method, Result

__all__ = ["Policy", "find_policy", "judge"]

_MAX_RECORD = 4_096
_REQUESTS = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A DMARC policy record.

    Attributes:
        domain: where it was found.
        request: "none", "quarantine" or "reject".
        strict_dkim, strict_spf: only the author's very domain aligns.
    """

    domain: str
    request: str
    strict_dkim: bool = False
    strict_spf: bool = False


def _tags(record: bytes) -> dict[str, str]:
    """The tags, without those that cannot be read; empty when it is no DMARC record."""
    if len(record) > _MAX_RECORD or not record.isascii():
        return {}
    pairs = [part.partition("=") for part in record.decode("ascii").split(";")]
    if pairs[0][0].strip() != "v" or pairs[0][2].strip() != "DMARC1":
        return {}
    return {name.strip().lower(): value.strip().lower() for name, sign, value in pairs if sign}


def _policy(domain: str, lookups: Lookups) -> Policy | None:
    found = [tags for record in lookups.texts(f"_dmarc.{domain}") if (tags := _tags(record))]
    if len(found) != 1:  # s6.6.3: several records are as good as none
        return None
    (tags,) = found
    request = tags.get("p", "")
    if request not in _REQUESTS:
        if "rua" not in tags:
            return None
        request = "none"
    return Policy(
        domain=domain,
        request=request,
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
    )


def find_policy(domain: str, lookups: Lookups) -> Policy | None:
    """The policy of a domain or else of its organisation (s6.6.3); None when neither has one.

    Raises:
        Unavailable: it could not be found out.
    """
    found = _policy(domain, lookups)
    parent = organizational_domain(domain)
    return _policy(parent, lookups) if found is None and parent != domain else found


def judge(domain: str, policy: Policy | None, checks: Iterable[Check]) -> Check:
    """DMARC's own result: does any aligned identifier pass, under a policy that exists."""
    if policy is None:
        result, reason = Result.NONE, "the domain has no DMARC policy"
    else:
        passed = any(c.result is Result.PASS and c.alignment for c in checks)
        result = Result.PASS if passed else Result.FAIL
        reason = f"p={policy.request} at {policy.domain}"
    return Check(
        method=Method.DMARC,
        result=result,
        domain=domain,
        alignment=Alignment.STRICT,
        reason=reason,
    )
