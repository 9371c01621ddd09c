"""Who may write notes: facts about a sender in, a verdict out. Total, never raises, does no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from margins.mail.address import Address
from margins.mail.reply import Outcome

__all__ = ["Sender", "SenderFacts", "Verdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A registered address and the account whose notes it may write.

    Attributes:
        account: the account's id, the `sub` of every token minted for it.
        enabled: False when the owner or operator has switched the account off.
    """

    account: str
    address: Address
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderFacts:
    """Everything the decision rests on, gathered beforehand.

    Attributes:
        author: the one author of the message (RFC 5598), or None when the header block does not
            name exactly one.
        author_defect: why there is no author; empty when there is one.
        sender: the registry's answer for the author; None when it does not know the address.
        registry_available: False when the registry did not answer.
        vouched: the author is proven, or the peer is one the operator trusts to have checked.
    """

    author: Address | None
    author_defect: str = ""
    sender: Sender | None = None
    registry_available: bool = True
    vouched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision and its reason, for the operator's log; the peer hears only the outcome."""

    outcome: Outcome
    reason: str
    account: str = ""


def judge(facts: SenderFacts) -> Verdict:
    """Only a known, enabled, vouched-for author passes; a registry that is down defers."""
    if facts.author is None:
        return Verdict(outcome=Outcome.MALFORMED, reason=facts.author_defect or "no author")
    if not facts.vouched:
        return Verdict(
            outcome=Outcome.UNAUTHENTICATED,
            reason=f"nothing proves that {facts.author} wrote this",
        )
    if not facts.registry_available:
        return Verdict(outcome=Outcome.UNAVAILABLE, reason="the registry of senders did not answer")
    if facts.sender is None:
        return Verdict(outcome=Outcome.UNKNOWN_SENDER, reason=f"{facts.author} is not registered")
    if not facts.sender.enabled:
        return Verdict(
            outcome=Outcome.UNKNOWN_SENDER, reason=f"the account of {facts.author} is disabled"
        )
    return Verdict(
        outcome=Outcome.ACCEPTED,
        reason=f"{facts.author} is registered",
        account=facts.sender.account,
    )
