"""The code of an alias: who may bring it back, and what everybody else learns; a real registry."""

from __future__ import annotations

import logging
import re
import sys
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "agent"))

from desk import READER, Desk, export, mail

from margins.agent.agent import Agent
from margins.agent.alias import ask
from margins.agent.receive import Receipt, receive
from margins.errors import InputError
from margins.mail import Address, Envelope, MailObject, Outcome
from margins.mail.reply import TABLE
from margins.ports import Status
from margins.senders.sqlite import SqliteSenders

OTHER = Address("ada", "work.example")
DAY = 86_400.0


class Household:
    """An agent over a real registry, with one reader whose other address has been sent a code."""

    def __init__(self, path: Path) -> None:
        self.desk = Desk()
        self.senders = SqliteSenders(path)
        self.account = self.senders.create("Ada", now=0.0)
        self.senders.add("Ada", Address("reader", "example.org"), now=0.0)
        self.subject = self.ask()

    @property
    def agent(self) -> Agent:
        access = self.senders.access
        return replace(self.desk.agent, senders=self.senders, secrets=access, aliases=access)

    def ask(self) -> str:
        """Have a code mailed; the subject that an answer carries."""
        ask(
            self.senders.access,
            self.desk.ledger.outbox,
            OTHER,
            account=self.account.id,
            name="Ada",
            served="@notes.example",
            now=self.desk.clock.now(),
        )
        letter = self.desk.ledger.outbox.take(now=self.desk.clock.now(), seconds=1e6)
        assert letter is not None
        assert letter.letter.to == str(OTHER)
        return "Re: " + str(message_from_bytes(letter.letter.content)["Subject"])

    def send(
        self,
        subject: str,
        *,
        author: str = str(OTHER),
        trusted: bool = True,
        head: bytes = b"",
        attached: str = "",
    ) -> Receipt:
        """A mail that a peer hands over; one that is not trusted proves nothing."""
        attachments = [attached] if attached else []
        content = head + mail(*attachments, author=author, subject=subject)
        envelope = Envelope(
            reverse_path=author, forward_paths=("import@notes.example",), trusted=trusted
        )
        return receive(self.agent, MailObject(envelope=envelope, content=content))

    @property
    def registered(self) -> bool:
        return self.senders.find(OTHER) is not None


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path / "senders.db")


def _wrong(subject: str) -> str:
    return re.sub(r"margins-.{8}", "margins-AAAAAAAA", subject)


def test_before_its_answer_an_alias_admits_nothing(household: Household) -> None:
    """It is as unknown as any other address."""
    receipt = household.send("Notes", attached=export("One."))
    assert receipt.outcome is Outcome.UNKNOWN_SENDER
    assert not household.registered


def test_the_answer_registers_the_alias(household: Household) -> None:
    """From then on it writes to the account; the answer itself is no mail of notes."""
    receipt = household.send(household.subject)
    assert (receipt.outcome, receipt.entry) == (Outcome.CONFIRMED, None)
    entry = household.send("Notes", attached=export("One.")).entry
    assert entry is not None
    assert (entry.status, entry.account) == (Status.ACCEPTED, household.account.id)


def test_a_forged_answer_does_nothing(household: Household) -> None:
    """Not even use a try up: whoever knows the address cannot keep its owner from answering."""
    for subject in [household.subject, *[_wrong(household.subject)] * 9]:
        receipt = household.send(subject, trusted=False)
        assert receipt.outcome is Outcome.UNAUTHENTICATED
        assert not household.registered
    assert household.send(household.subject).outcome is Outcome.CONFIRMED


def test_somebody_else_cannot_answer(household: Household) -> None:
    """A code that was read over a shoulder is worth nothing from another address."""
    for author in ("eve@work.example", "ada@evil.example"):
        receipt = household.send(household.subject, author=author)
        assert receipt.outcome is Outcome.UNKNOWN_SENDER
    assert not household.registered


def test_a_registered_author_confirms_nothing_by_quoting(household: Household) -> None:
    """A mail of his own with the code in its subject is a mail of his own."""
    receipt = household.send(household.subject, author=READER, attached=export("One."))
    assert receipt.outcome is Outcome.ACCEPTED
    assert not household.registered


@pytest.mark.parametrize("why", ["wrong", "used up", "expired", "never asked", "blocked", "old"])
def test_what_is_no_code_looks_like_any_stranger(household: Household, why: str) -> None:
    """The peer hears what it hears when a stranger writes, whatever the reason."""
    stranger = household.send("Notes", author="stranger@example.net")
    subject = household.subject
    match why:
        case "wrong":
            subject = _wrong(subject)
        case "used up":
            for _ in range(5):
                household.send(_wrong(subject))
        case "expired":
            household.desk.clock.advance(DAY + 1)
        case "never asked":
            other = household.send(subject, author="bob@work.example")
            assert TABLE[other.outcome] == TABLE[stranger.outcome]
            return
        case "blocked":
            household.senders.access.block(str(OTHER), now=0.0)
        case "old":
            household.ask()
    assert TABLE[household.send(subject).outcome] == TABLE[stranger.outcome]
    assert not household.registered


@pytest.mark.parametrize(
    "head",
    [
        b"Auto-Submitted: auto-replied\r\n",
        b"Precedence: auto_reply\r\n",
        b"X-Auto-Response-Suppress: All\r\n",
        b"List-Id: <all.work.example>\r\n",
        b"Return-Path: <>\r\n",
    ],
)
def test_a_program_agrees_to_nothing(household: Household, head: bytes) -> None:
    """A mailbox that answers by itself, or a list that passes on, has not said yes."""
    assert household.send(household.subject, head=head).outcome is Outcome.UNKNOWN_SENDER
    assert not household.registered
    assert household.send(household.subject).outcome is Outcome.CONFIRMED


def test_an_answer_is_good_once(household: Household) -> None:
    """When the operator removes the address later, an old answer does not bring it back."""
    household.send(household.subject)
    household.senders.remove(OTHER)
    assert household.send(household.subject).outcome is Outcome.UNKNOWN_SENDER


def test_codes_are_compared_in_constant_time(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And by digest, so that neither time nor the file tells anything of the code."""
    from margins.senders.sqlite import access as module

    compared: list[tuple[bytes, bytes]] = []
    compare = module.compare_digest
    monkeypatch.setattr(
        module, "compare_digest", lambda a, b: compared.append((a, b)) or compare(a, b)
    )
    household.send(household.subject)
    assert [(len(a), len(b)) for a, b in compared] == [(32, 32)]


def test_no_log_holds_a_code(household: Household, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a right nor a wrong one."""
    caplog.set_level(logging.DEBUG)
    code = household.subject[-9:-1]
    for subject in (household.subject + " x", household.subject):
        household.send(subject, head=b"Auto-Submitted: auto-replied\r\n")
        household.send(_wrong(subject))
    assert household.send(household.subject).outcome is Outcome.CONFIRMED
    assert len(code) == 8
    assert code not in caplog.text
    assert "AAAAAAAA" not in caplog.text


def test_a_registry_that_is_down_refuses_no_answer(household: Household) -> None:
    """It is asked for again, and never read as wrong."""
    household.senders.close()
    assert household.send(household.subject).outcome is Outcome.UNAVAILABLE


def test_without_a_way_out_nobody_is_asked(household: Household) -> None:
    """The operator hears what to set; nothing is noted."""
    bob = Address("bob", "work.example")
    with pytest.raises(InputError, match="receipts_relay"):
        ask(
            household.senders.access,
            None,
            bob,
            account=household.account.id,
            name="Ada",
            served="import@notes.example",
            now=0.0,
        )
    assert bob not in [address for _, address in household.senders.access.asked(now=0.0)]


def test_nobody_is_flooded_with_codes(household: Household) -> None:
    """A sixth within a day is not mailed."""
    for _ in range(4):
        household.ask()
    with pytest.raises(InputError, match="5 codes"):
        household.ask()
