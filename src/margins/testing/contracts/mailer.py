"""What every way out promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from margins.errors import Refused, Unavailable
from margins.ports import Letter, Mailer

__all__ = ["Carrier", "MailerContract"]

LETTER = Letter(
    to="reader@example.org",
    content=b"From: Margins <import@notes.example>\r\nTo: Somebody <else@example.org>\r\n"
    b"Subject: Auto: Notes\r\nAuto-Submitted: auto-replied\r\nContent-Type: text/plain;"
    b" charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n.dots\r\n\xc3\xa4\r\n",
)


class Carrier(Protocol):
    """Whoever carries the letters, at the other end."""

    def taken(self) -> Sequence[tuple[str, bytes]]:
        """The recipient and the content of each letter that was taken."""
        ...

    def refuse(self) -> None:
        """Take no letter of ours from now on, and say so for good."""
        ...

    def be_busy(self) -> None:
        """Take none for now."""
        ...


class MailerContract:
    """Wants the fixtures `mailer`, `carrier` behind it, and `astray`, a mailer nobody is behind."""

    def test_a_letter_arrives_byte_for_byte(self, mailer: Mailer, carrier: Carrier) -> None:
        """To the recipient it has, whatever its header says."""
        mailer.send(LETTER)
        assert list(carrier.taken()) == [(LETTER.to, LETTER.content)]

    def test_what_will_never_be_taken_is_refused(self, mailer: Mailer, carrier: Carrier) -> None:
        """Nobody tries again; the reason is in the carrier's words."""
        carrier.refuse()
        with pytest.raises(Refused) as raised:
            mailer.send(LETTER)
        assert "not from you" in str(raised.value)
        assert list(carrier.taken()) == []

    def test_what_is_not_taken_for_now_is_unavailable(
        self, mailer: Mailer, carrier: Carrier
    ) -> None:
        """The letter waits."""
        carrier.be_busy()
        with pytest.raises(Unavailable):
            mailer.send(LETTER)
        assert list(carrier.taken()) == []

    def test_nobody_there_is_unavailable(self, astray: Mailer) -> None:
        """The letter waits until somebody listens."""
        with pytest.raises(Unavailable):
            astray.send(LETTER)
