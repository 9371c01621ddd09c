"""Letters over a relay: a real SMTP session, and every way it may end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from relay import Relay

from margins.errors import Refused, Unavailable
from margins.mailer.smtp import SmtpMailer
from margins.ports import Letter
from margins.testing.contracts import MailerContract

LETTER = Letter(
    to="reader@example.org", content=b"Subject: Auto: Notes\r\n\r\n.dots\r\n\xc3\xa4\r\n"
)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


def _mailer(relay: Relay) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", relay.port, helo="notes.example")


@dataclass
class Behind:
    """The relay as the contract sees it."""

    relay: Relay

    def taken(self) -> Sequence[tuple[str, bytes]]:
        return [(paths[0], content) for _, paths, content in self.relay.taken]

    def refuse(self) -> None:
        self.relay.says["RCPT"] = "550 5.7.1 not from you"

    def be_busy(self) -> None:
        self.relay.says["DATA"] = "451 4.3.2 busy"


class TestContract(MailerContract):
    """What every way out promises."""

    @pytest.fixture
    def carrier(self, relay: Relay) -> Behind:
        return Behind(relay)

    @pytest.fixture
    def mailer(self, relay: Relay) -> SmtpMailer:
        return _mailer(relay)

    @pytest.fixture
    def astray(self) -> SmtpMailer:
        return SmtpMailer("127.0.0.1", 1, helo="notes.example")


def test_a_letter_goes_out_with_the_null_reverse_path(relay: Relay) -> None:
    """Byte for byte, to one address, and nothing can bounce back."""
    _mailer(relay).send(LETTER)
    assert relay.taken == [("<>", ["reader@example.org"], LETTER.content)]


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_is_final_and_a_deferral_is_not(relay: Relay, stage: str) -> None:
    """5xx is Refused, 4xx Unavailable, with the relay's own words."""
    relay.says[stage] = "550 5.7.1 not from you"
    with pytest.raises(Refused, match="not from you"):
        _mailer(relay).send(LETTER)
    relay.says[stage] = "450 4.2.0 greylisted"
    with pytest.raises(Unavailable, match="greylisted"):
        _mailer(relay).send(LETTER)


def test_no_relay_is_unavailable() -> None:
    """The letter waits until somebody listens."""
    with pytest.raises(Unavailable, match="receipts_relay"):
        SmtpMailer("127.0.0.1", 1, helo="notes.example").send(LETTER)
