"""A message, what it tries, and what becomes of it: the form of the rows, and how one is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from signing import NOW

from margins.authentication import authenticate
from margins.errors import MailError
from margins.mail import Address, Envelope, parse
from margins.ports import Resolver

ADA = Address("ada", "legit.example")
NOTES = "notes@in.example"
LEGIT_HOST = "192.0.2.10"
MALLORYS_HOST = "203.0.113.66"


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


def outcome(case: Case, resolver: Resolver) -> Outcome:
    """Run a case the way mail runs: the header reader, then every check, then the gate's rule."""
    content = case.make()
    try:
        author = parse(content).author
    except MailError:
        author = None
    found = authenticate(content, case.envelope, author, resolver, now=NOW, sealers=case.sealers)
    if author is None:
        return Outcome.MALFORMED
    if found.proves(author):
        if author != case.author:
            return Outcome.OTHER
        return Outcome.ADMITTED if found.addressed else Outcome.REPLAYED
    if found.unsettled:
        return Outcome.DEFERRED
    return Outcome.SECRET if found.spf_aligned(author) else Outcome.UNPROVEN


def table(cases: Iterable[Case]) -> str:
    """The cases as a Markdown table, for the threat model."""
    rows = ["| attempt | what becomes of it |", "|---|---|"]
    rows += [f"| {case.trick} | {case.outcome} |" for case in cases]
    return "\n".join(rows) + "\n"
