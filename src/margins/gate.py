"""Who may write notes: facts about a sender in, a verdict out. Total, never raises, does no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from margins.mail.address import Address
from margins.mail.authentication import Authentication
from margins.mail.reply import Outcome

__all__ = [
    "MAX_HOPS",
    "PAUSED",
    "Owner",
    "Policy",
    "Sender",
    "SenderFacts",
    "Verdict",
    "believed",
    "judge",
]

MAX_HOPS = 50
"""Received fields beyond which a mail is going in circles; Postfix's hopcount_limit."""

PAUSED = "the account is paused"
"""How the reason of a mail begins that is held for this alone."""


class Policy(StrEnum):
    """What an account asks of a mail before it writes its notes.

    AUTHENTICATED: a registered author who is proven. AUTHENTICATED_SECRET: that, and the account's
    secret import address. SECRET_PROVIDER: the secret address, and as author a registered one or a
    reading app's own mail robot (margins.mail.providers), proven. SECRET: the secret address,
    whoever wrote.
    """

    AUTHENTICATED = "authenticated"
    AUTHENTICATED_SECRET = "authenticated+secret"  # noqa: S105
    SECRET_PROVIDER = "secret+provider"  # noqa: S105
    SECRET = "secret"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The account behind a secret import address.

    Attributes:
        enabled: False when the account is closed: its mail is refused.
        paused: True while what would be let in is held instead, until the account goes on.
    """

    account: str
    policy: Policy = Policy.AUTHENTICATED
    enabled: bool = True
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender(Owner):
    """A registered address and the account whose notes it may write.

    Attributes:
        account: the account's id, the `sub` of every token minted for it.
    """

    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderFacts:
    """Everything the decision rests on, gathered beforehand.

    Attributes:
        author: the one author of the message (RFC 5598), or None when the header block does not
            name exactly one.
        author_defect: why there is no author; empty when there is one.
        sender: the registry's answer for the author; None when it does not know the address.
        secret: the mail came to something that has the shape of a secret import address.
        owner: the registry's answer for that address; None when no account has this secret.
        blocked: the author is on the block list.
        registry_available: False when the registry did not answer.
        trusted: the peer is one the operator trusts to have checked the author.
        authentication: what could be shown about the author; None when nothing was looked up.
        provider: the reading app whose mail robot the author is; empty for anybody else.
        confirmation: what the mail asks the owner to confirm (margins.mail.forwarding), or empty.
        hops: Received fields.
        hold_unknown: proven authors who are not registered are held rather than rejected.
    """

    author: Address | None
    author_defect: str = ""
    sender: Sender | None = None
    secret: bool = False
    owner: Owner | None = None
    blocked: bool = False
    registry_available: bool = True
    trusted: bool = False
    authentication: Authentication | None = None
    provider: str = ""
    confirmation: str = ""
    hops: int = 0
    hold_unknown: bool = False

    @property
    def proven(self) -> bool:
        """The author wrote this, to whomever."""
        shown = self.authentication
        return self.trusted or (
            shown is not None and self.author is not None and shown.proves(self.author)
        )

    @property
    def vouched(self) -> bool:
        """The secret address is that of the author's own account.

        That of somebody else shows nothing: anybody with an account could send in what the author
        once wrote to him, and a stranger could tell by the answer which secrets exist.
        """
        if self.owner is None or self.sender is None:
            return False
        return self.owner.enabled and self.owner.account == self.sender.account

    @property
    def evidence(self) -> str:
        """What was found out about the author, in words; empty when nobody looked."""
        return "the peer is trusted" if self.trusted else str(self.authentication or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision and its reason, for the operator's log; the peer hears only the outcome."""

    outcome: Outcome
    reason: str
    account: str = ""


def _doubt(facts: SenderFacts, author: Address) -> Verdict | None:
    """Why the author is not believed, or None.

    The secret address shows that the mail is meant for us, and makes of aligned SPF a proof.
    """
    shown = facts.authentication
    if facts.trusted or (facts.proven and (facts.vouched or (shown and shown.addressed))):
        return None
    if facts.vouched and shown is not None and shown.spf_aligned(author):
        return None
    if shown is not None and shown.unsettled:
        return Verdict(
            outcome=Outcome.UNAVAILABLE,
            reason=f"the proof of {author} cannot be looked up: {shown}",
        )
    if facts.proven:
        # A genuine message to somebody else, which anybody who has it may send here again.
        return Verdict(
            outcome=Outcome.UNAUTHENTICATED, reason=f"{author} wrote this to somebody else: {shown}"
        )
    return Verdict(
        outcome=Outcome.UNAUTHENTICATED,
        reason=f"nothing proves that {author} wrote this" + (f": {shown}" if shown else ""),
    )


def _let_in(owner: Owner, reason: str) -> Verdict:
    if owner.paused:
        return Verdict(outcome=Outcome.HELD, reason=f"{PAUSED}; {reason}", account=owner.account)
    return Verdict(outcome=Outcome.ACCEPTED, reason=reason, account=owner.account)


def _by_secret(facts: SenderFacts, author: Address) -> Verdict | None:
    """What the secret address opens to somebody who is not registered, or None."""
    owner = facts.owner
    if owner is None or not owner.enabled or facts.blocked:
        return None
    if facts.confirmation and facts.proven:
        return Verdict(outcome=Outcome.HELD, reason=facts.confirmation, account=owner.account)
    why = ""
    if owner.policy is Policy.SECRET:
        why = "which is enough for this account"
    elif owner.policy is Policy.SECRET_PROVIDER and facts.provider and facts.proven:
        why = f"from {facts.provider}: {facts.evidence}"
    return _let_in(owner, f"{author} wrote to the secret address, {why}") if why else None


def _stranger(facts: SenderFacts, author: Address) -> Verdict:
    if not facts.hold_unknown:
        return Verdict(outcome=Outcome.UNKNOWN_SENDER, reason=f"{author} is not registered")
    owner = facts.owner if facts.owner and facts.owner.enabled else None
    return Verdict(
        outcome=Outcome.HELD,
        reason=f"{author} is not registered; approve or refuse the mail",
        account=owner.account if owner else "",
    )


def _registered(facts: SenderFacts, author: Address, sender: Sender) -> Verdict:
    if not sender.enabled:
        return Verdict(outcome=Outcome.UNKNOWN_SENDER, reason=f"the account of {author} is closed")
    if sender.policy is not Policy.AUTHENTICATED and not facts.vouched:
        return Verdict(
            outcome=Outcome.UNKNOWN_SENDER,
            reason=f"the account of {author} takes mail at its secret address only",
        )
    return _let_in(sender, f"{author} is registered; {facts.evidence}")


def believed(facts: SenderFacts) -> bool:
    """True when the author is shown to be who the mail says and is not blocked, registered or not.

    What else is asked of a mail, `judge` asks.
    """
    author, known = facts.author, facts.registry_available and not facts.blocked
    in_time = facts.hops <= MAX_HOPS
    return author is not None and known and in_time and _doubt(facts, author) is None


def judge(facts: SenderFacts) -> Verdict:
    """Only a known, enabled author who is proven passes; what is down for now defers.

    A secret address opens what its account's policy says. That no account has it looks from
    outside exactly as if the author were unknown. The reason ends with the evidence, whatever
    became of the mail: whoever decides about it later needs it, and it cannot be had again.
    """
    if facts.author is None:
        return Verdict(outcome=Outcome.MALFORMED, reason=facts.author_defect or "no author")
    verdict = _judge(facts, facts.author)
    if facts.evidence in verdict.reason:
        return verdict
    return replace(verdict, reason=f"{verdict.reason}; {facts.evidence}")


def _judge(facts: SenderFacts, author: Address) -> Verdict:
    if facts.hops > MAX_HOPS:
        return Verdict(
            outcome=Outcome.TOO_MANY_HOPS, reason=f"the mail has come over {facts.hops} hops"
        )
    if (opened := _by_secret(facts, author)) is not None:
        return opened
    silent = Verdict(outcome=Outcome.UNAVAILABLE, reason="the registry of senders did not answer")
    if facts.secret and not facts.registry_available:
        return silent  # the address might have been enough
    if (doubt := _doubt(facts, author)) is not None:
        return doubt
    if not facts.registry_available:
        return silent
    if facts.blocked:
        return Verdict(outcome=Outcome.UNKNOWN_SENDER, reason=f"{author} is blocked")
    if facts.sender is None:
        return _stranger(facts, author)
    return _registered(facts, author, facts.sender)
