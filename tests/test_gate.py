"""The gate: only a known, enabled author who is proven passes; all else has a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.gate import (
    MAX_HOPS,
    PAUSED,
    Owner,
    Policy,
    Sender,
    SenderFacts,
    Verdict,
    believed,
    judge,
)
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

SPF_ONLY = Authentication(
    author=ADA,
    checks=tuple(
        Check(method=m, result=Result.PASS, domain="example.org", alignment=Alignment.STRICT)
        for m in (Method.SPF, Method.DMARC)
    ),
)
SHOWN["SPF alone"] = SPF_ONLY
OWNERS = st.one_of(
    st.none(),
    st.builds(
        Owner,
        account=st.sampled_from(["a1", "a2"]),
        policy=st.sampled_from(Policy),
        enabled=st.booleans(),
        paused=st.booleans(),
    ),
)

FACTS = st.builds(
    SenderFacts,
    author=st.one_of(st.none(), st.just(ADA)),
    author_defect=st.sampled_from(["", "two From fields"]),
    sender=st.one_of(
        st.none(),
        st.builds(
            Sender,
            account=st.just("a1"),
            address=st.just(ADA),
            enabled=st.booleans(),
            paused=st.booleans(),
            policy=st.sampled_from(Policy),
        ),
    ),
    secret=st.booleans(),
    owner=OWNERS,
    blocked=st.booleans(),
    provider=st.sampled_from(["", "Acme Reader"]),
    confirmation=st.sampled_from(["", "Mail asks to confirm."]),
    hops=st.sampled_from([0, MAX_HOPS, MAX_HOPS + 1]),
    hold_unknown=st.booleans(),
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


def test_a_paused_account_holds_what_it_would_let_in() -> None:
    """By author and by secret address, with the evidence; what it would refuse it refuses."""
    paused = Sender(account="a1", address=ADA, paused=True)
    verdict = judge(SenderFacts(author=ADA, sender=paused, trusted=True))
    assert (verdict.outcome, verdict.account) == (Outcome.HELD, "a1")
    assert verdict.reason == f"{PAUSED}; ada@example.org is registered; the peer is trusted"
    owner = Owner(account="a1", policy=Policy.SECRET, paused=True)
    verdict = judge(SenderFacts(author=ADA, secret=True, owner=owner))
    assert (verdict.outcome, verdict.account) == (Outcome.HELD, "a1")
    assert judge(SenderFacts(author=ADA, sender=paused)).outcome is Outcome.UNAUTHENTICATED
    closed = Sender(account="a1", address=ADA, paused=True, enabled=False)
    facts = SenderFacts(author=ADA, sender=closed, trusted=True)
    assert judge(facts).outcome is Outcome.UNKNOWN_SENDER


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SenderFacts(author=ADA, trusted=True), True),
        (SenderFacts(author=ADA, authentication=SHOWN["to us"]), True),
        (SenderFacts(author=ADA, authentication=SHOWN["to somebody else"]), False),
        (SenderFacts(author=ADA, authentication=SPF_ONLY), False),
        (SenderFacts(author=ADA), False),
        (SenderFacts(author=None, trusted=True), False),
        (SenderFacts(author=ADA, trusted=True, blocked=True), False),
        (SenderFacts(author=ADA, trusted=True, registry_available=False), False),
        (SenderFacts(author=ADA, trusted=True, hops=MAX_HOPS + 1), False),
    ],
)
def test_who_is_believed(facts: SenderFacts, expected: bool) -> None:
    """Registered or not: proven to us, not blocked, not in circles."""
    assert believed(facts) is expected


ROBOT = Address("no-reply", "acme.example")
_ROBOTS_PROOF = Authentication(
    author=ROBOT,
    checks=(
        Check(
            method=Method.DKIM,
            result=Result.PASS,
            domain="acme.example",
            alignment=Alignment.STRICT,
        ),
    ),
)


def _mail(policy: Policy, kind: str, *, secret: bool) -> Verdict:
    """A mail of one kind to an account with this policy, at its secret address or not."""
    shown = {**SHOWN, "a provider's": _ROBOTS_PROOF, "a forged provider's": None}[kind]
    robot = "provider" in kind
    return judge(
        SenderFacts(
            author=ROBOT if robot else ADA,
            sender=None if robot else Sender(account="a1", address=ADA, policy=policy),
            secret=secret,
            owner=Owner(account="a1", policy=policy) if secret else None,
            authentication=shown,
            provider="Acme Reader" if robot else "",
        )
    )


# Which kinds of mail each policy lets in, without and with the account's secret address.
OPENS = {
    Policy.AUTHENTICATED: ({"to us"}, {"to us", "to somebody else", "SPF alone"}),
    Policy.AUTHENTICATED_SECRET: (set(), {"to us", "to somebody else", "SPF alone"}),
    Policy.SECRET_PROVIDER: (
        set(),
        {"to us", "to somebody else", "SPF alone", "a provider's"},
    ),
    Policy.SECRET: (
        set(),
        {
            "to us", "to somebody else", "SPF alone", "nothing", "not yet known",
            "a provider's", "a forged provider's",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("policy", Policy)
def test_what_each_policy_lets_in(policy: Policy, secret: bool) -> None:
    """Exactly the kinds of the table, into the account itself; others refused or put off."""
    kinds = [*SHOWN, "a provider's", "a forged provider's"]
    verdicts = {kind: _mail(policy, kind, secret=secret) for kind in kinds}
    accepted = {k for k, v in verdicts.items() if v.outcome is Outcome.ACCEPTED}
    assert accepted == OPENS[policy][secret]
    assert {v.account for v in verdicts.values() if v.account} <= {"a1"}


def test_a_secret_nobody_has_and_one_of_an_account_that_is_off_look_the_same() -> None:
    """And both like no secret at all, whatever is shown about the author."""
    for shown in SHOWN.values():
        for owner in (None, Owner(account="a1", enabled=False, policy=Policy.SECRET)):
            facts = SenderFacts(author=ADA, secret=True, owner=owner, authentication=shown)
            plain = SenderFacts(author=ADA, authentication=shown)
            assert judge(facts).outcome is judge(plain).outcome


@pytest.mark.parametrize("hold_unknown", [False, True])
@pytest.mark.parametrize("sender", [None, Sender(account="mallory", address=ADA)])
@pytest.mark.parametrize("policy", [p for p in Policy if p is not Policy.SECRET])
def test_no_answer_tells_that_a_secret_exists(
    policy: Policy, sender: Sender | None, hold_unknown: bool
) -> None:
    """To strangers and to readers with an account of their own, whatever proof they bring."""
    for trusted, shown in [(True, None), *((False, shown) for shown in (None, *SHOWN.values()))]:
        facts = SenderFacts(
            author=ADA,
            sender=sender,
            secret=True,
            trusted=trusted,
            authentication=shown,
            hold_unknown=hold_unknown,
        )
        for paused in (False, True):
            owner = Owner(account="a1", policy=policy, paused=paused)
            assert judge(replace(facts, owner=owner)).outcome is judge(facts).outcome


EVIDENCE = Authentication(
    author=ADA,
    checks=(
        Check(
            method=Method.DKIM,
            result=Result.PASS,
            domain="example.org",
            alignment=Alignment.STRICT,
            selector="s1",
            key_bits=2048,
            addressed=True,
        ),
    ),
)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"sender": KNOWN}, Outcome.ACCEPTED),
        ({"sender": replace(KNOWN, paused=True)}, Outcome.HELD),
        ({"sender": replace(KNOWN, enabled=False)}, Outcome.UNKNOWN_SENDER),
        ({"sender": replace(KNOWN, policy=Policy.SECRET)}, Outcome.UNKNOWN_SENDER),
        ({"sender": KNOWN, "blocked": True}, Outcome.UNKNOWN_SENDER),
        ({"owner": Owner(account="a1", policy=Policy.SECRET)}, Outcome.ACCEPTED),
        ({"owner": Owner(account="a1"), "confirmation": "Code 1"}, Outcome.HELD),
        ({"hold_unknown": True}, Outcome.HELD),
        ({"hops": MAX_HOPS + 1}, Outcome.TOO_MANY_HOPS),
        ({}, Outcome.UNKNOWN_SENDER),
    ],
)
def test_the_evidence_is_part_of_every_reason(facts: dict[str, object], outcome: Outcome) -> None:
    """Above all where somebody has to decide: held, refused, let in by the secret alone."""
    verdict = judge(SenderFacts(author=ADA, authentication=EVIDENCE, **facts))
    assert verdict.outcome is outcome
    said = "dkim=pass (strict alignment, 2048-bit key) header.d=example.org header.s=s1"
    assert verdict.reason.count(said) == 1


def test_somebody_elses_secret_proves_nothing_about_the_author() -> None:
    """Who has an account of his own cannot send in what Ada once wrote to him."""
    facts = SenderFacts(
        author=ADA,
        sender=KNOWN,
        secret=True,
        owner=Owner(account="mallory"),
        authentication=SHOWN["to somebody else"],
    )
    assert judge(facts).outcome is Outcome.UNAUTHENTICATED


def test_an_outage_defers_what_the_secret_might_have_opened() -> None:
    """Mail to a secret address proves nothing by itself, and is still not refused for good."""
    facts = SenderFacts(author=ADA, secret=True, registry_available=False)
    assert judge(facts).outcome is Outcome.UNAVAILABLE


def test_a_blocked_author_is_refused_like_an_unknown_one() -> None:
    """Registered or not, with the secret or without."""
    for owner in (None, Owner(account="a1", policy=Policy.SECRET)):
        facts = SenderFacts(
            author=ADA, sender=KNOWN, owner=owner, blocked=True, authentication=SHOWN["to us"]
        )
        assert judge(facts).outcome is Outcome.UNKNOWN_SENDER


@pytest.mark.parametrize("owner", [None, Owner(account="a2")])
def test_a_stranger_is_held_where_so_configured(owner: Owner | None) -> None:
    """Only a proven one; for the owner of the secret address, or for whoever approves it."""
    facts = SenderFacts(author=ADA, owner=owner, authentication=SHOWN["to us"], hold_unknown=True)
    verdict = judge(facts)
    assert (verdict.outcome, verdict.account) == (Outcome.HELD, owner.account if owner else "")
    unproven = SenderFacts(author=ADA, owner=owner, hold_unknown=True)
    assert judge(unproven).outcome is Outcome.UNAUTHENTICATED


def test_a_request_to_confirm_forwarding_is_held_with_its_code() -> None:
    """For the owner to read, whatever the policy; a forged one is treated as any other mail."""
    for policy in Policy:
        facts = {"author": ADA, "owner": Owner(account="a1", policy=policy), "secret": True}
        shown = judge(SenderFacts(**facts, confirmation="Code 1", authentication=SHOWN["to us"]))
        assert (shown.outcome, shown.account) == (Outcome.HELD, "a1")
        assert shown.reason == f"Code 1; {SHOWN['to us']}"
        forged = judge(SenderFacts(**facts, confirmation="Code 1"))
        assert forged.outcome is not Outcome.HELD


def test_a_mail_in_circles_is_refused() -> None:
    """Fifty hops are taken, one more is a loop."""
    near, far = (
        judge(SenderFacts(author=ADA, sender=KNOWN, trusted=True, hops=MAX_HOPS + n))
        for n in (0, 1)
    )
    assert (near.outcome, far.outcome) == (Outcome.ACCEPTED, Outcome.TOO_MANY_HOPS)


@given(FACTS)
def test_judge_is_total_and_opens_only_what_it_says(facts: SenderFacts) -> None:
    """Every combination of facts has a verdict with a reason; nothing opens without a ground."""
    verdict = judge(facts)
    assert verdict.reason
    if verdict.outcome is not Outcome.ACCEPTED:
        assert not verdict.account or verdict.outcome is Outcome.HELD
        return
    assert believed(facts) or facts.owner
    assert not facts.blocked
    assert facts.hops <= MAX_HOPS
    owner, sender = facts.owner, facts.sender
    by_author = (
        sender is not None
        and sender.enabled
        and not sender.paused
        and facts.registry_available
        and verdict.account == sender.account
        and (facts.proven or facts.authentication is SPF_ONLY)
    )
    by_secret = (
        owner is not None
        and owner.enabled
        and not owner.paused
        and verdict.account == owner.account
        and (
            owner.policy is Policy.SECRET
            or (owner.policy is Policy.SECRET_PROVIDER and facts.provider and facts.proven)
        )
    )
    assert by_author or by_secret
