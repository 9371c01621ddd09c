"""Who may write notes: facts about a sender in, a verdict out. Total, never raises, does no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from margins.mail.address import Address
from margins.mail.authentication import Authentication
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
        trusted: the peer is one the operator trusts to have checked the author.
        authentication: what could be shown about the author; None when nothing was looked up.
    """

    author: Address | None
    author_defect: str = ""
    sender: Sender | None = None
    registry_available: bool = True
    trusted: bool = False
    authentication: Authentication | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision and its reason, for the operator's log; the peer hears only the outcome."""

    outcome: Outcome
    reason: str
    account: str = ""


def _doubt(facts: SenderFacts, author: Address) -> Verdict | None:
    """Why the author is not believed, or None."""
    shown = facts.authentication
    if facts.trusted or (shown is not None and shown.proves(author) and shown.addressed):
        return None
    if shown is not None and shown.unsettled:
        return Verdict(
            outcome=Outcome.UNAVAILABLE,
            reason=f"the proof of {author} cannot be looked up: {shown}",
        )
    if shown is not None and shown.proves(author):
        # A genuine message to somebody else, which anybody who has it may send here again.
        return Verdict(
            outcome=Outcome.UNAUTHENTICATED, reason=f"{author} wrote this to somebody else: {shown}"
        )
    return Verdict(
        outcome=Outcome.UNAUTHENTICATED,
        reason=f"nothing proves that {author} wrote this" + (f": {shown}" if shown else ""),
    )


def judge(facts: SenderFacts) -> Verdict:
    """Only a known, enabled author who is proven passes; what is down for now defers."""
    if facts.author is None:
        return Verdict(outcome=Outcome.MALFORMED, reason=facts.author_defect or "no author")
    if (doubt := _doubt(facts, facts.author)) is not None:
        return doubt
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
        reason=f"{facts.author} is registered; "
        + ("the peer is trusted" if facts.trusted else str(facts.authentication)),
        account=facts.sender.account,
    )
