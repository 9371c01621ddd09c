"""After each mail that came to its end its author gets one reply, and nobody else gets any."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import READER, Desk, export, mail

from margins.agent import answer as module
from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.post import post_next
from margins.agent.receive import receive
from margins.errors import Refused, Unavailable
from margins.mail import Envelope, MailObject
from margins.ports import Entry, Letter, Status


class Relay:
    """A mailer that keeps what it is given, or fails."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.failing: Exception | None = None

    def send(self, letter: Letter) -> None:
        if self.failing is not None:
            raise self.failing
        self.letters.append(letter)


@pytest.fixture
def agent(desk: Desk) -> Agent:
    """An agent that answers."""
    return replace(desk.agent, answers=True)


def _deliver(desk: Desk, agent: Agent, content: bytes, *, path: str = READER) -> Entry:
    envelope = Envelope(reverse_path=path, forward_paths=("import@localhost",), trusted=True)
    receive(agent, MailObject(envelope=envelope, content=content))
    entry = agent.ledger.lease(now=desk.clock.now(), seconds=60)
    assert entry is not None
    return deliver(agent, entry)


def _posted(desk: Desk, agent: Agent, relay: Relay) -> list[Letter]:
    while post_next(agent, desk.ledger.outbox, relay):
        pass
    return relay.letters


def test_a_delivered_mail_is_answered_once(desk: Desk, agent: Agent) -> None:
    """The letter says what was found and new; a replay sends none."""
    relay = Relay()
    done = _deliver(desk, agent, mail(export("One.", "Two.")))
    again = agent.ledger.lease(now=desk.clock.now(), seconds=60, only=done.id)
    assert again is not None
    deliver(agent, again)
    [letter] = _posted(desk, agent, relay)
    assert letter.to == READER
    assert b"Found: 2" in letter.content
    assert b"A Book of Tides (2)" in letter.content


def test_a_failed_mail_is_answered_with_the_remedy(desk: Desk, agent: Agent) -> None:
    """What was wrong, and how to mend it."""
    assert _deliver(desk, agent, mail()).status is Status.FAILED
    [letter] = _posted(desk, agent, Relay())
    assert b"attach the file" in letter.content


def test_a_deferred_mail_is_not_answered_yet(desk: Desk, agent: Agent) -> None:
    """It has not come to its end."""
    desk.sink.failing = Unavailable("The notes API is down.")
    _deliver(desk, agent, mail(export("One.")))
    assert _posted(desk, agent, Relay()) == []


def test_programs_and_strangers_are_not_answered(desk: Desk, agent: Agent) -> None:
    """Neither the null reverse-path, nor automatic mail, nor what the gate refused."""
    _deliver(desk, agent, mail(export("One.")), path="")
    automatic = b"Auto-Submitted: auto-generated\r\n" + mail(export("Two."))
    _deliver(desk, agent, automatic)
    envelope = Envelope(reverse_path="x@y.example", forward_paths=("import@localhost",))
    receive(agent, MailObject(envelope=envelope, content=mail(author="stranger@example.net")))
    assert _posted(desk, agent, Relay()) == []


def test_without_a_relay_nothing_is_written(desk: Desk) -> None:
    """Receipts are off until there is somebody to carry them."""
    _deliver(desk, desk.agent, mail(export("One.")))
    assert _posted(desk, desk.agent, Relay()) == []


def test_a_letter_that_cannot_be_written_keeps_no_mail_from_its_end(
    desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notes matter more than the receipt."""

    def broken(*args: object, **kwargs: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "compose", broken)
    assert _deliver(desk, agent, mail(export("One."))).status is Status.DELIVERED


def test_a_relay_that_is_down_gets_the_letter_later(desk: Desk, agent: Agent) -> None:
    """It is tried again with growing waits, and sent once."""
    relay = Relay()
    relay.failing = Unavailable("The relay is down.")
    _deliver(desk, agent, mail(export("One.")))
    assert _posted(desk, agent, relay) == []
    relay.failing = None
    assert _posted(desk, agent, relay) == []
    desk.clock.advance(60)
    assert len(_posted(desk, agent, relay)) == 1


def test_a_bug_while_sending_is_an_outage(
    desk: Desk, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the log, the letter waits longer each time, and after five days it is given up."""
    relay = Relay()
    relay.failing = UnicodeEncodeError("ascii", "\u00e9", 0, 1, "no such letter")
    done = _deliver(desk, agent, mail(export("One.")))
    assert _posted(desk, agent, relay) == []
    assert "UnicodeEncodeError" in caplog.text
    desk.clock.advance(6 * 86_400)
    assert _posted(desk, agent, relay) == []
    reason = "Given up after 2 tries. Margins failed to send it (UnicodeEncodeError)."
    assert desk.ledger.outbox.closed == {done.id: reason}


@pytest.mark.parametrize("days", [0, 6])
def test_a_letter_is_not_tried_for_ever(desk: Desk, agent: Agent, days: int) -> None:
    """A refusal ends it at once, an outage after five days; the reason is kept."""
    relay = Relay()
    relay.failing = Unavailable("The relay is down.") if days else Refused("Not from you.")
    done = _deliver(desk, agent, mail(export("One.")))
    desk.clock.advance(days * 86_400)
    assert _posted(desk, agent, relay) == []
    assert desk.ledger.outbox.closed[done.id].endswith("down." if days else "you.")
