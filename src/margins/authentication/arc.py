"""What forwarders say about a message they changed (RFC 8617), by dkimpy behind our own limits.

A chain is worth exactly what its sealers are worth: anybody can seal anything. So it counts only
when the operator listed every domain that sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import dkim  # type: ignore[import-untyped]
from dkim.util import parse_tag_value  # type: ignore[import-untyped]

from margins.authentication.body import Divided
from margins.authentication.dkim import SILENT
from margins.authentication.key import key_name, read_key
from margins.authentication.lookups import Lookups
from margins.authentication.signature import Defect, bounded, names_one_of
from margins.errors import Unavailable
from margins.mail.address import Address
from margins.mail.authentication import Alignment, Check, Method, Result
from margins.mail.results import parse_results
from margins.text.normal import one_line

__all__ = ["check_chain"]

_MAX_INSTANCES = 50  # RFC 8617 s4.2.1


class _Chain(dkim.ARC):  # type: ignore[misc]
    """The ARC sets of a message, walked by dkimpy; keys and body digests as for DKIM.

    Attributes:
        from_signed: every message signature covers the From field.
        signed: the fields that the newest message signature covers.
    """

    def __init__(self, content: Divided, lookups: Lookups) -> None:
        self._body = content.body
        super().__init__(content.header, logger=SILENT)
        self._lookups = lookups
        self.from_signed = True
        self.signed: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def sealers(self) -> frozenset[str]:
        """d= of every ARC-Seal field, lower case; empty when the message has no chain.

        Raises:
            ValueError: the fields are too many, too long, or no sets.
        """
        count, numbered = self.sorted_arc_headers()
        fields = [(n.lower(), v) for n, v in self.headers if n.lower() in self.ARC_HEADERS]
        seals = [value for name, value in fields if name == b"arc-seal"]
        if count > _MAX_INSTANCES or not len(numbered) == len(fields) == 3 * len(seals):
            raise ValueError("the fields are not sets of three")
        if not all(bounded(value) for _, value in fields):
            raise ValueError("a field is too long")
        return frozenset(parse_tag_value(s)[b"d"].decode("ascii").lower() for s in seals)

    def verify_sig(
        self,
        sig: dict[bytes, bytes],
        include_headers: list[bytes],
        sig_header: tuple[bytes, bytes],
        dnsfunc: object,  # noqa: ARG002
    ) -> bool:
        """One seal or message signature, called by dkimpy, the newest set first."""
        name = key_name(sig[b"s"].decode("ascii"), sig[b"d"].decode("ascii"))
        key = read_key(self._lookups.texts(name), sig[b"a"])
        if isinstance(key, Defect) or key.flaw:
            return False
        of_message = b"bh" in sig
        if of_message:
            self.from_signed &= b"from" in include_headers
        tags = {name: value for name, value in sig.items() if name != b"bh"}
        valid = super().verify_sig(tags, include_headers, sig_header, lambda *_, **__: key.record)
        if of_message and not self.signed:
            self.signed = tuple(self.signed_headers)
        return bool(valid) and not (of_message and self._body.defect(sig))

    def walk(self) -> tuple[Result, str, str]:
        """The state of the chain (s5.2), why, and the first sealer's results."""
        status, sets, reason = self.verify()
        passed = status == dkim.CV_Pass
        first = sets[-1]["aar-value"].decode("ascii", "replace") if passed else ""
        return Result.PASS if passed else Result.FAIL, reason, first


def _saw_dmarc_pass(results: str, domain: str) -> bool:
    """Two results of DMARC are as good as none, as in `margins.mail.results`."""
    first = parse_results(results)
    reports = first.of(Method.DMARC) if first else ()
    return len(reports) == 1 and all(
        report.result is Result.PASS and report.value("header.from").lower() == domain
        for report in reports
    )


def check_chain(
    content: Divided,
    author: Address,
    *,
    sealers: frozenset[str],
    recipients: Sequence[str] = (),
    lookups: Lookups,
) -> Check | None:
    """The chain of a message, aligned when its first sealer saw the author pass DMARC.

    None when there is no chain. A chain that somebody sealed who is not in `sealers` is not
    verified. Never raises.

    Args:
        recipients: of the envelope, to see whether the sealed message was meant for one.
    """
    try:
        chain = _Chain(content, lookups)
        seals = chain.sealers
        if not seals:
            return None
        if strangers := seals - sealers:
            reason = f"sealed by {min(strangers)}, who is not trusted"
            return _check(Result.NEUTRAL, min(strangers), reason)
        result, reason, first = chain.walk()
        if result is Result.PASS and not chain.from_signed:
            return _check(Result.POLICY, min(seals), "From is not signed")
        aligned = _saw_dmarc_pass(first, author.domain)
        check = _check(result, min(seals), reason, aligned=aligned)
        return replace(check, addressed=names_one_of(recipients, chain.signed))
    except Unavailable as error:
        return _check(Result.TEMPERROR, "", error.what, aligned=True)
    except Exception as error:  # noqa: BLE001
        # dkimpy raises what it stumbles over in a hostile chain.
        return _check(Result.PERMERROR, "", f"cannot be verified ({type(error).__name__})")


def _check(result: Result, sealer: str, reason: str, *, aligned: bool = False) -> Check:
    return Check(
        method=Method.ARC,
        result=result,
        domain=one_line(sealer),
        alignment=Alignment.STRICT if aligned else Alignment.NONE,
        reason=one_line(reason),
    )
