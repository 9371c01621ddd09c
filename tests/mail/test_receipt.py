"""The verdicts of Amazon SES."""

from __future__ import annotations

import pytest

from margins.mail import Address
from margins.mail.receipt import Receipt, Verdict, authentication, parse_receipt

ADA = Address("ada", "legit.example")


def test_verdicts_are_read() -> None:
    """Each verdict stands under its own name."""
    found = parse_receipt(
        {
            "spfVerdict": {"status": "PASS"},
            "dkimVerdict": {"status": "FAIL"},
            "dmarcVerdict": {"status": "GRAY"},
            "spamVerdict": {"status": "PROCESSING_FAILED"},
            "virusVerdict": {"status": "DISABLED"},
            "dmarcPolicy": "none",
        }
    )
    assert found == Receipt(
        spf=Verdict.PASS,
        dkim=Verdict.FAIL,
        dmarc=Verdict.GRAY,
        spam=Verdict.PROCESSING_FAILED,
        virus=None,
    )


@pytest.mark.parametrize("verdict", [None, "PASS", [], {}, {"status": None}, {"status": ["PASS"]}])
def test_a_strange_verdict_is_none(verdict: object) -> None:
    """What SES has not been seen to send says nothing, and above all not PASS."""
    assert parse_receipt({"dmarcVerdict": verdict}) == Receipt()


@pytest.mark.parametrize(
    ("dmarc", "proven", "unsettled"),
    [
        (Verdict.PASS, True, False),
        (Verdict.GRAY, False, False),
        (Verdict.FAIL, False, False),
        (Verdict.PROCESSING_FAILED, False, True),
        (None, False, False),
    ],
)
def test_only_a_passed_dmarc_proves(dmarc: Verdict | None, proven: bool, unsettled: bool) -> None:
    """GRAY is what forged mail of a p=none domain gets; SPF and DKIM may be anybody's."""
    receipt = Receipt(spf=Verdict.PASS, dkim=Verdict.PASS, dmarc=dmarc)
    found = authentication(receipt, ADA)
    assert found.proves(ADA) is proven
    assert found.unsettled is unsettled
    assert not found.spf_aligned(ADA)


@pytest.mark.parametrize(
    ("receipt", "harmful"),
    [
        (Receipt(), False),
        (Receipt(spam=Verdict.PASS, virus=Verdict.GRAY), False),
        (Receipt(spam=Verdict.FAIL), True),
        (Receipt(virus=Verdict.FAIL), True),
        (Receipt(dmarc=Verdict.FAIL), False),
    ],
)
def test_spam_and_viruses(receipt: Receipt, harmful: bool) -> None:
    """Either verdict alone makes a message harmful."""
    assert receipt.harmful is harmful
