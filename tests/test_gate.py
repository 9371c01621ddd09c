"""The gate: only a known, enabled author who is proven passes; all else has a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.gate import Sender, SenderFacts, judge
from margins.mail import Address, Outcome
from margins.mail.authentication import Alignment, Authentication, Check, Method, Result

ADA = Address("ada", "example.org")
KNOWN = Sender(account="a1", address=ADA)


def _shown(result: Result, *, addressed: bool = False) -> Authentication:
    check = Check(
        method=Method.DKIM,
        result=result,
        domain="example.org",
        alignment=Alignment.STRICT,
        addressed=addressed,
    )
    return Authentication(author=ADA, checks=(check,))


SHOWN = {
    "to us": _shown(Result.PASS, addressed=True),
    "to somebody else": _shown(Result.PASS),
    "nothing": _shown(Result.FAIL),
    "not yet known": _shown(Result.TEMPERROR),
}

FACTS = st.builds(
    SenderFacts,
    author=st.one_of(st.none(), st.just(ADA)),
    author_defect=st.sampled_from(["", "two From fields"]),
    sender=st.sampled_from([None, KNOWN, Sender(account="a1", address=ADA, enabled=False)]),
    registry_available=st.booleans(),
    trusted=st.booleans(),
    authentication=st.sampled_from([None, *SHOWN.values()]),
)


def test_a_known_vouched_author_passes() -> None:
    """A registered author whom something vouches for is accepted into the registered account."""
    verdict = judge(SenderFacts(author=ADA, sender=KNOWN, trusted=True))
    assert (verdict.outcome, verdict.account) == (Outcome.ACCEPTED, "a1")


def test_no_author_is_malformed() -> None:
    """A message without exactly one author is malformed, with the reader's reason."""
    verdict = judge(SenderFacts(author=None, author_defect="two From fields", trusted=True))
    assert (verdict.outcome, verdict.reason) == (Outcome.MALFORMED, "two From fields")


def test_an_unproven_author_is_unauthenticated_registered_or_not() -> None:
    """A stranger learns nothing about who is registered: both answers are the same."""
    answers = {judge(SenderFacts(author=ADA, sender=s)).outcome for s in (KNOWN, None)}
    assert answers == {Outcome.UNAUTHENTICATED}


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ("to us", Outcome.ACCEPTED),
        ("to somebody else", Outcome.UNAUTHENTICATED),
        ("nothing", Outcome.UNAUTHENTICATED),
        ("not yet known", Outcome.UNAVAILABLE),
    ],
)
def test_only_a_proof_addressed_to_us_opens(shown: str, outcome: Outcome) -> None:
    """A replayed proof is no proof; one that cannot be looked up now is asked for again later."""
    facts = SenderFacts(author=ADA, sender=KNOWN, authentication=SHOWN[shown])
    assert judge(facts).outcome is outcome


def test_a_registry_that_does_not_answer_defers() -> None:
    """An outage is never read as "not registered"."""
    verdict = judge(SenderFacts(author=ADA, registry_available=False, trusted=True))
    assert verdict.outcome is Outcome.UNAVAILABLE


def test_unknown_and_disabled_senders_get_the_same_answer() -> None:
    """The peer cannot tell a disabled account from none; the operator's reason can."""
    off = Sender(account="a1", address=ADA, enabled=False)
    verdicts = [judge(SenderFacts(author=ADA, sender=s, trusted=True)) for s in (None, off)]
    assert {v.outcome for v in verdicts} == {Outcome.UNKNOWN_SENDER}
    assert len({v.reason for v in verdicts}) == 2


@given(FACTS)
def test_judge_is_total_and_opens_only_one_way(facts: SenderFacts) -> None:
    """Every combination of facts has a verdict with a reason; one combination is accepted."""
    verdict = judge(facts)
    assert verdict.reason
    passes = (
        facts.author is not None
        and (facts.trusted or facts.authentication is SHOWN["to us"])
        and facts.registry_available
        and facts.sender is not None
        and facts.sender.enabled
    )
    assert (verdict.outcome is Outcome.ACCEPTED) == passes
    assert bool(verdict.account) == passes
