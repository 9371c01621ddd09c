"""What a secret import address opens, hides, and never gives away; with a real registry."""

from __future__ import annotations

import sys
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "agent"))
sys.path.append(str(Path(__file__).parents[1] / "authentication"))

from desk import READER, Desk, export, mail
from domains import LEGIT_HOST, MALLORYS_HOST, zone
from signing import NOW, SIGNED, rsa_key, sign
from signing import mail as write

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.receive import Receipt, receive
from margins.cli.inbox import details
from margins.gate import Policy
from margins.mail import Address, Envelope, MailObject, Outcome
from margins.mail.import_address import SECRET_BYTES, import_address
from margins.mail.reply import TABLE
from margins.ports import Letter, Status
from margins.senders.sqlite import SqliteSenders
from margins.testing.fakes import ManualClock
from margins.testing.resolver import FakeResolver

STRANGER = "eve@legit.example"
NOBODYS = import_address(b"\1" * SECRET_BYTES, "in.example")
GMAIL = (
    b"From: Gmail <forwarding-noreply@google.com>\r\nTo: you\r\n"
    b"Subject: (#304200958) Gmail Forwarding Confirmation\r\n\r\n"
    b"Confirmation code: 304200958\r\nhttps://mail-settings.google.com/mail/vf-x1\r\n"
)


class Household:
    """An agent over a real registry with one reader, and his secret address."""

    def __init__(self, path: Path) -> None:
        self.desk = Desk()
        self.senders = SqliteSenders(path)
        self.account = self.senders.create("Ada", now=0.0)
        self.secret = self.senders.access.renew_secret("Ada", "in.example", now=1.0)

    @property
    def agent(self) -> Agent:
        """It answers, so that a letter that must not be written would be."""
        return replace(
            self.desk.agent,
            senders=self.senders,
            secrets=self.senders.access,
            answers=True,
            outbox=self.desk.ledger.outbox,
            writes_from="import@in.example",
        )

    def take(self, content: bytes, to: str, *, trusted: bool = False) -> Receipt:
        """Hand a mail over at this address."""
        envelope = Envelope(reverse_path=READER, forward_paths=(to,), trusted=trusted)
        return receive(self.agent, MailObject(envelope=envelope, content=content))


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path / "senders.db")


def test_a_secret_nobody_has_looks_like_one_that_is_not_enough(household: Household) -> None:
    """Under every policy but `secret`, for proven and unproven strangers alike."""
    for policy in (Policy.AUTHENTICATED, Policy.AUTHENTICATED_SECRET, Policy.SECRET_PROVIDER):
        household.senders.access.set_policy("Ada", policy)
        for trusted in (False, True):
            content = mail(export("One."), author="stranger@example.net")
            outcomes = {
                household.take(content, to, trusted=trusted).outcome
                for to in (household.secret, NOBODYS)
            }
            assert len(outcomes) == 1
            assert outcomes < {Outcome.UNAUTHENTICATED, Outcome.UNKNOWN_SENDER}


PROOFS = ("nothing", "SPF and DMARC", "DKIM to", "DKIM to somebody else", "DKIM without To",
          "DKIM whose key is silent", "SPF that is silent")  # fmt: skip


def _stranger(proof: str, to: str) -> tuple[MailObject, tuple[str, ...]]:
    """A stranger's mail to an address with that proof, and the names nobody answers for."""
    named = {"DKIM to": to, "DKIM to somebody else": "friend@elsewhere.example"}.get(proof, to)
    content = write(STRANGER, to=named)
    if proof.startswith("DKIM"):
        names = ("from", "subject") if proof == "DKIM without To" else SIGNED
        content = sign(content, rsa_key("legit"), "legit.example", signed=names)
    by_spf = proof.startswith("SPF")
    envelope = Envelope(
        reverse_path=STRANGER if by_spf else "m@attack.example",
        forward_paths=(to,),
        peer=LEGIT_HOST if by_spf else MALLORYS_HOST,
    )
    silent = {
        "DKIM whose key is silent": ("mail._domainkey.legit.example",),
        "SPF that is silent": ("legit.example",),
    }
    return MailObject(envelope=envelope, content=content), silent.get(proof, ())


@pytest.mark.parametrize("hold_unknown", [False, True])
@pytest.mark.parametrize("policy", [p for p in Policy if p is not Policy.SECRET])
@pytest.mark.parametrize("proof", PROOFS)
def test_no_proof_of_a_strangers_own_finds_a_secret(
    household: Household, proof: str, policy: Policy, hold_unknown: bool
) -> None:
    """He hears the same bytes at Ada's address as at one nobody has, after the same questions.

    Whoever found a leaked address could otherwise watch for years whether it is still good.
    """
    household.senders.access.set_policy("Ada", policy)
    heard = []
    for to in (household.secret, NOBODYS):
        sent, silent = _stranger(proof, to)
        resolver = FakeResolver(zone(), silent=silent)
        agent = replace(
            household.agent,
            resolver=resolver,
            hold_unknown=(lambda: True) if hold_unknown else None,
        )
        agent = replace(agent, clock=ManualClock(NOW))
        registry = Counting(agent.senders, agent.secrets)
        agent = replace(agent, senders=registry, secrets=registry)
        heard.append((TABLE[receive(agent, sent).outcome].smtp(), resolver.asked, registry.asked))
    assert heard[0] == heard[1]


class Counting:
    """A registry that remembers which questions it was asked."""

    def __init__(self, *registries: object) -> None:
        self._registries = registries
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        return next(getattr(r, name) for r in self._registries if hasattr(r, name))


def test_the_secret_alone_opens_only_where_the_owner_said_so(household: Household) -> None:
    """And nobody hears of it by letter, for the author may be anybody."""
    household.senders.access.set_policy("Ada", Policy.SECRET)
    receipt = household.take(mail(export("One."), author="victim@example.net"), household.secret)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.entry is not None
    assert receipt.entry.account == household.account.id
    desk = household.desk
    leased = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert leased is not None
    assert deliver(household.agent, leased).status is Status.DELIVERED
    assert desk.ledger.outbox.take(now=desk.clock.now() + 1e6, seconds=1) is None


def _letter(household: Household, content: bytes, to: str = "") -> Letter | None:
    """What is written about a mail that was delivered, or failed to be."""
    receipt = household.take(content, to or household.secret, trusted=True)
    assert receipt.entry is not None
    desk = household.desk
    leased = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert leased is not None
    deliver(household.agent, leased)
    outgoing = desk.ledger.outbox.take(now=desk.clock.now(), seconds=1e9)
    return outgoing and outgoing.letter


@pytest.fixture
def forwarding(household: Household) -> Household:
    """Ada takes what robots send, and reads mail at two addresses."""
    household.senders.access.set_policy("Ada", Policy.SECRET_PROVIDER)
    household.senders.add("Ada", Address("reader", "example.org"), now=1.0)
    household.senders.add("Ada", Address("ada", "work.example"), now=2.0)
    return household


def test_the_owner_hears_of_a_robots_mail(forwarding: Household) -> None:
    """At the address she registered first; the robot hears nothing, and no secret is shown."""
    head = b"Precedence: bulk\r\nList-Unsubscribe: <https://amazon.com/x>\r\n"
    subject = f"Notes for {forwarding.secret}"
    content = head + mail(export("One."), author="no-reply@amazon.com", subject=subject)
    letter = _letter(forwarding, content)
    assert letter is not None
    assert letter.to == READER
    assert b"From: Margins <import@in.example>" in letter.content
    assert b"Auto-Submitted: auto-generated" in letter.content
    assert b"Found: 1" in letter.content
    text = message_from_bytes(letter.content, policy=default).as_string()
    assert forwarding.secret[2:34] not in text.lower()
    assert b"amazon.com" not in letter.content


def test_the_owner_hears_at_the_address_she_wrote_from(forwarding: Household) -> None:
    """When she uses the secret address herself, and what she sent was no export."""
    letter = _letter(forwarding, mail(author="ada@work.example"))
    assert letter is not None
    assert letter.to == "ada@work.example"
    assert b"Auto-Submitted: auto-replied" in letter.content
    assert forwarding.secret[2:34].encode() not in letter.content.lower()


def test_nobody_elses_mail_is_answered_to_its_author(forwarding: Household) -> None:
    """Whoever wrote to an address that is enough by itself: only the owner is told."""
    forwarding.senders.access.set_policy("Ada", Policy.SECRET)
    letter = _letter(forwarding, mail(export("One."), author="victim@example.net"))
    assert letter is not None
    assert letter.to == READER


@pytest.mark.parametrize(
    "head",
    [
        b"X-Margins-Receipt: 01A\r\n",
        b"Auto-Submitted: auto-replied\r\n",
        b"Return-Path: <>\r\n",
        b"Received: from a by b\r\n" * 31,
    ],
)
def test_a_letter_that_comes_back_makes_no_other(forwarding: Household, head: bytes) -> None:
    """Her mailbox may forward everything to the secret address, our own letters too."""
    forwarding.senders.access.set_policy("Ada", Policy.SECRET)
    assert _letter(forwarding, head + mail(author="import@in.example")) is None


def test_a_mailbox_that_forwards_everything_makes_no_loop(forwarding: Household) -> None:
    """The letter itself, sent on to the secret address, is the last one."""
    forwarding.senders.access.set_policy("Ada", Policy.SECRET)
    letter = _letter(forwarding, mail(author="victim@example.net"))
    assert letter is not None
    assert _letter(forwarding, letter.content) is None


@pytest.mark.parametrize("author", [READER, "stranger@example.net", "itself"])
def test_no_row_holds_the_secret(
    household: Household, author: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted or refused, wherever a mailbox that forwards, a relay or a stranger wrote it."""
    secret = household.secret[2:34]
    household.senders.add("Ada", Address("reader", "example.org"), now=0.0)
    local = f"u-{secret}"
    author = household.secret if author == "itself" else author
    content = mail(export("One."), author=author, subject=f"to {household.secret}")
    for reverse_path in (
        f"reader+caf_={local}=in.example@gmail.com",
        f"SRS0=x1Yz=A2=in.example={local.upper()}@forwarder.example",
        f"bounce_{local}@list.example",
    ):
        envelope = Envelope(
            reverse_path=reverse_path,
            forward_paths=(household.secret,),
            helo=f"{local}.example",
            trusted=True,
        )
        receipt = receive(household.agent, MailObject(envelope=envelope, content=content))
        assert receipt.entry is not None
        assert secret not in repr(receipt).lower()
        assert secret not in details(receipt.entry).lower()
        assert "u-***@in.example" in repr(receipt.entry)
        assert "u-***" in receipt.entry.envelope.reverse_path
    assert secret not in caplog.text.lower()


def test_a_providers_robot_writes_to_the_secret_address(household: Household) -> None:
    """Only under its policy, and only the robot: a person at the same company is a stranger."""
    household.senders.access.set_policy("Ada", Policy.SECRET_PROVIDER)
    outcomes = [
        household.take(mail(export(f"To {to}"), author=author), to, trusted=True).outcome
        for author, to in (
            ("no-reply@amazon.com", household.secret),
            ("no-reply@amazon.com", "import@localhost"),
            ("jeff@amazon.com", household.secret),
        )
    ]
    assert outcomes == [Outcome.ACCEPTED, Outcome.UNKNOWN_SENDER, Outcome.UNKNOWN_SENDER]


def test_a_request_to_confirm_forwarding_waits_for_its_owner(household: Household) -> None:
    """With code and link in its reason when proven, and refused when it is forged."""
    receipt = household.take(GMAIL, household.secret, trusted=True)
    assert receipt.entry is not None
    assert receipt.entry.status is Status.HELD
    assert "304200958" in receipt.entry.reason
    assert "https://mail-settings.google.com/mail/vf-x1" in receipt.entry.reason
    assert household.take(GMAIL, household.secret).outcome is Outcome.UNAUTHENTICATED
    assert household.take(GMAIL, NOBODYS, trusted=True).outcome is Outcome.UNKNOWN_SENDER


def test_the_owner_is_mailed_what_is_asked(forwarding: Household) -> None:
    """Code and link, once, to her own address; nothing when the request is forged."""
    outbox, now = forwarding.desk.ledger.outbox, forwarding.desk.clock.now()
    assert forwarding.take(GMAIL, forwarding.secret).outcome is Outcome.UNAUTHENTICATED
    assert outbox.take(now=now, seconds=1e9) is None
    for _ in range(2):
        forwarding.take(GMAIL, forwarding.secret, trusted=True)
    outgoing = outbox.take(now=now, seconds=1e9)
    assert outgoing is not None
    assert outgoing.letter.to == READER
    letter = message_from_bytes(outgoing.letter.content, policy=default)
    text = letter.get_body(("plain",)).get_content()
    assert "Gmail asks whether your mail may be forwarded to Margins." in text
    assert "Code: 304200958" in text
    assert "https://mail-settings.google.com/mail/vf-x1" in text
    assert "only if you asked for this yourself" in text
    assert forwarding.secret[2:34] not in letter.as_string()
    assert outbox.take(now=now, seconds=1e9) is None


def test_fifty_one_hops_are_a_loop(household: Household) -> None:
    """Counted in the message itself."""
    content = b"Received: from a by b\r\n" * 51 + mail(export("One."))
    assert household.take(content, NOBODYS, trusted=True).outcome is Outcome.TOO_MANY_HOPS


def test_a_registry_that_is_down_refuses_nobody(household: Household) -> None:
    """Not even mail that proves nothing: the secret might have been enough."""
    household.senders.close()
    content = mail(export("One."), author="stranger@example.net")
    assert household.take(content, household.secret).outcome is Outcome.UNAVAILABLE
