"""A message, what it tries, and what becomes of it: the form of the rows, and how one is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from signing import NOW

from margins.agent.agent import Agent
from margins.agent.receive import admit
from margins.gate import Owner, Sender, Verdict
from margins.mail import Address, Envelope, MailObject
from margins.mail import Outcome as Verdicts
from margins.mail.import_address import SECRET_BYTES, import_address, secret_of
from margins.ports import Resolver
from margins.testing.fakes import ManualClock, MemoryLedger, MemorySink, MemoryStore

ADA = Address("ada", "legit.example")
NOTES = "notes@in.example"
LEGIT_HOST = "192.0.2.10"
MALLORYS_HOST = "203.0.113.66"
HER_SECRET = import_address(b"\7" * SECRET_BYTES, "in.example")


class Outcome(StrEnum):
    """What becomes of a message; only the first writes into the victim's notes."""

    ADMITTED = "admitted as the author"
    REPLAYED = "the author's own words, sent on by somebody else: proven, but not addressed here"
    OTHER = "proven, for another author than the one attacked"
    SECRET = "refused without the account's secret address"
    DEFERRED = "asked again later"
    UNPROVEN = "refused: nothing proves the author"
    MALFORMED = "refused: no single author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message and what must become of it.

    Attributes:
        trick: how it tries, one clause.
        make: makes the content; signing takes time, so only when the case is run.
        author: whom it wants to be taken for.
    """

    trick: str
    make: Callable[[], bytes]
    outcome: Outcome
    author: Address = ADA
    envelope: Envelope = field(
        default_factory=lambda: envelope("mallory@attack.example", MALLORYS_HOST)
    )
    sealers: frozenset[str] = frozenset()


def envelope(
    sender: str, peer: str, *, helo: str = "mail.attack.example", to: str = NOTES
) -> Envelope:
    """An envelope as the listener would hand it over."""
    return Envelope(reverse_path=sender, forward_paths=(to,), peer=peer, helo=helo)


class _Registry:
    """Knows the one who is attacked, and her secret address; margins.ports.Senders and Secrets."""

    def __init__(self, author: Address) -> None:
        self._sender = Sender(account="victim", address=author)

    def find(self, address: Address) -> Sender | None:
        return self._sender if address == self._sender.address else None

    def owner(self, secret: str) -> Owner | None:
        return Owner(account="victim") if secret == secret_of(HER_SECRET) else None

    def blocks(self, address: Address, account: str) -> bool:  # noqa: ARG002
        return False


def _verdict(case: Case, content: bytes, sent: Envelope, resolver: Resolver) -> Verdict:
    """What the service itself decides: its header reader, its facts, its gate."""
    registry = _Registry(case.author)
    agent = Agent(
        store=MemoryStore(),
        ledger=MemoryLedger(),
        senders=registry,
        sink=MemorySink(),
        clock=ManualClock(NOW),
        formats=lambda: (),
        resolver=resolver,
        secrets=registry,
        sealers=case.sealers,
    )
    return admit(agent, MailObject(envelope=sent, content=content)).verdict


_ENDS = {
    Verdicts.ACCEPTED: Outcome.ADMITTED,
    Verdicts.UNKNOWN_SENDER: Outcome.OTHER,
    Verdicts.UNAVAILABLE: Outcome.DEFERRED,
    Verdicts.MALFORMED: Outcome.MALFORMED,
}


def outcome(case: Case, resolver: Resolver) -> Outcome:
    """Hand the message over as it comes, and once more at the victim's secret address.

    She is registered and nobody else is, so mail of another author ends as that of a stranger. What
    is refused at the open address and let in at the secret one was half proven, or hers and meant
    for somebody else.
    """
    content = case.make()
    found = _verdict(case, content, case.envelope, resolver)
    if found.outcome is not Verdicts.UNAUTHENTICATED:
        return _ENDS[found.outcome]
    secret = replace(case.envelope, forward_paths=(HER_SECRET,))
    if _verdict(case, content, secret, resolver).outcome is not Verdicts.ACCEPTED:
        return Outcome.UNPROVEN
    elsewhere = "wrote this to somebody else" in found.reason
    return Outcome.REPLAYED if elsewhere else Outcome.SECRET


def table(cases: Iterable[Case]) -> str:
    """The cases as a Markdown table, for the threat model."""
    rows = ["| attempt | what becomes of it |", "|---|---|"]
    rows += [f"| {case.trick} | {case.outcome} |" for case in cases]
    return "\n".join(rows) + "\n"
