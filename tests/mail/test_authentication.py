"""The values that the gate judges."""

from __future__ import annotations

from itertools import product

import pytest

from margins.mail import Address
from margins.mail.authentication import Alignment, Authentication, Check, Method, Result

ADA = Address("ada", "legit.example")


def check(
    method: Method = Method.DKIM,
    result: Result = Result.PASS,
    alignment: Alignment = Alignment.STRICT,
    *,
    addressed: bool = False,
) -> Check:
    """A check of Ada's domain."""
    return Check(
        method=method,
        result=result,
        domain="legit.example",
        alignment=alignment,
        addressed=addressed,
    )


def of(*checks: Check) -> Authentication:
    """These checks of a message by Ada."""
    return Authentication(author=ADA, checks=checks)


@pytest.mark.parametrize(
    ("method", "result", "alignment"), list(product(Method, Result, Alignment))
)
def test_what_proves(method: Method, result: Result, alignment: Alignment) -> None:
    """A pass that is aligned, of DKIM, ARC or a receipt, and nothing else."""
    expected = (
        result is Result.PASS
        and alignment is not Alignment.NONE
        and method in (Method.DKIM, Method.ARC, Method.RECEIPT)
    )
    assert of(check(method, result, alignment)).proves(ADA) is expected


def test_one_proof_is_enough() -> None:
    """A good signature is not spoilt by a bad one beside it."""
    assert of(check(result=Result.FAIL), check(), check(result=Result.TEMPERROR)).proves(ADA)


def test_nothing_proves_somebody_else() -> None:
    """Checks about one author say nothing about another."""
    assert not of(check()).proves(Address("ada", "other.example"))
    assert not Authentication(author=None, checks=(check(),)).proves(ADA)


@pytest.mark.parametrize("result", Result)
def test_half_a_proof(result: Result) -> None:
    """Aligned SPF counts where DMARC passes, which it does only under a policy."""
    half = of(check(Method.SPF), check(Method.DMARC, result))
    assert half.spf_aligned(ADA) is (result is Result.PASS)
    assert not half.spf_aligned(Address("eve", "legit.example"))


def test_spf_that_is_not_aligned_is_not_half_a_proof() -> None:
    """DMARC that passed by DKIM says nothing about the host."""
    unaligned = check(Method.SPF, alignment=Alignment.NONE)
    assert not of(unaligned, check(Method.DMARC), check()).spf_aligned(ADA)
    failed = check(Method.SPF, Result.FAIL)
    assert not of(failed, check(Method.DMARC), check()).spf_aligned(ADA)


def test_only_a_proof_shows_who_was_meant() -> None:
    """A recipient named under a signature that does not count was named by anybody."""
    assert of(check(addressed=True)).addressed
    assert not of(check(addressed=False)).addressed
    assert not of(check(result=Result.FAIL, addressed=True)).addressed


def test_unsettled() -> None:
    """A failed look-up leaves doubt where it could have shown what nothing else shows."""
    waiting = check(result=Result.TEMPERROR)
    assert of(waiting).unsettled
    assert not of(waiting, check(addressed=True)).unsettled
    assert of(waiting, check()).unsettled
    assert not of(check(Method.SPF, Result.TEMPERROR), check()).unsettled
    assert not of(check(result=Result.TEMPERROR, alignment=Alignment.NONE)).unsettled
    assert not of(check(result=Result.FAIL)).unsettled


def test_the_report() -> None:
    """Checks read like the field of RFC 8601, with the evidence."""
    signature = Check(
        method=Method.DKIM,
        result=Result.POLICY,
        domain="legit.example",
        alignment=Alignment.RELAXED,
        selector="mail",
        key_bits=512,
        reason="short",
    )
    assert str(of(signature, Check(method=Method.SPF, result=Result.NONE, domain=""))) == (
        'dkim=policy (relaxed alignment, 512-bit key) reason="short" '
        "header.d=legit.example header.s=mail; spf=none (none alignment)"
    )
    assert str(of()) == "none"
