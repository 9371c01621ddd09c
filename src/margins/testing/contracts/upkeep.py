"""What every ledger promises about finding, giving up and answering mails."""

from __future__ import annotations

from secrets import token_hex

from margins.ports import Letter, Status
from margins.testing.contracts.given import NOW, AnyLedger
from margins.testing.contracts.given import leased as _leased
from margins.testing.contracts.given import mail as _mail

__all__ = ["UpkeepContract"]


class UpkeepContract:
    """Wants a fixture `ledger`, as LedgerContract does."""

    def test_mails_are_found_by_the_format_that_read_them(self, ledger: AnyLedger) -> None:
        """By one version of it, or by any; and page by page."""
        ids = []
        for formats in (["kobo/1"], ["kobo/2", "kindle/1"], ["kobo-text/1"], []):
            entry = _leased(ledger)
            ids.append(entry.id)
            ledger.settle(entry, Status.DELIVERED, now=NOW, reason="", formats=formats)
        found = [e.id for e in ledger.entries(format="kobo", status=Status.DELIVERED)]
        assert found == [ids[1], ids[0]]
        assert [e.id for e in ledger.entries(format="kobo/1")] == [ids[0]]
        assert [e.id for e in ledger.entries(before=ids[2], limit=1)] == [ids[1]]
        assert ledger.entries(format="ko") == []

    def test_a_raw_message_is_released_after_its_last_mail_ended(self, ledger: AnyLedger) -> None:
        """Never while a mail that has it waits, or ended lately; then its rows name it no more."""
        shared = token_hex(32)
        first, second = (
            ledger.record(_mail(digest=shared, account=name), now=NOW)[0] for name in ("ada", "bob")
        )
        waiting, _ = ledger.record(_mail(), now=NOW)
        held, _ = ledger.record(_mail(Status.HELD), now=NOW)
        for entry, later in ((first, 10), (second, 20)):
            assert ledger.release(ended_before=NOW + 1e6) == []
            taken = ledger.lease(now=NOW, seconds=60, only=entry.id)
            assert taken is not None
            ledger.settle(taken, Status.DELIVERED, now=NOW + later, reason="")
        assert ledger.release(ended_before=NOW + 20) == []
        assert ledger.release(ended_before=NOW + 21) == [shared]
        assert ledger.release(ended_before=NOW + 1e6) == []
        known = [shared, waiting.digest, held.digest]
        assert ledger.unknown(known) == {shared}
        again = ledger.get(first.id)
        assert again is not None
        assert again.digest == ""

    def test_a_letter_leaves_with_its_mails_outcome(self, ledger: AnyLedger) -> None:
        """Once per mail, whatever the replays; taken by one, then tried again or closed."""
        entry = _leased(ledger)
        letter = Letter(to="ada@example.org", content=b"Subject: done\r\n\r\n")
        ledger.settle(entry, Status.FAILED, now=NOW, reason="", letter=letter)
        taken = ledger.outbox.take(now=NOW, seconds=60)
        assert taken is not None
        assert (taken.mail, taken.letter, taken.attempts) == (entry.id, letter, 1)
        assert ledger.outbox.take(now=NOW + 59, seconds=60) is None
        ledger.outbox.postpone(taken, until=NOW + 300, reason="busy")
        assert ledger.outbox.take(now=NOW + 299, seconds=60) is None
        again = ledger.outbox.take(now=NOW + 300, seconds=60)
        assert again is not None
        assert again.attempts == 2
        ledger.outbox.close(again, now=NOW + 301, reason="sent")
        replayed = ledger.lease(now=NOW, seconds=60, only=entry.id)
        assert replayed is not None
        ledger.settle(replayed, Status.DELIVERED, now=NOW, reason="", letter=letter)
        assert ledger.outbox.take(now=NOW + 1e6, seconds=60) is None

    def test_a_letter_may_answer_no_mail(self, ledger: AnyLedger) -> None:
        """It goes the same way, once under its name."""
        name, letter = token_hex(8), Letter(to=f"{token_hex(8)}@example.org", content=b"Hi\r\n")
        assert ledger.outbox.put(name, letter, now=NOW)
        assert not ledger.outbox.put(name, letter, now=NOW)
        taken = ledger.outbox.take(now=NOW, seconds=60)
        assert taken is not None
        assert (taken.mail, taken.letter) == (name, letter)
        ledger.outbox.close(taken, now=NOW, reason="sent")
        assert not ledger.outbox.put(name, letter, now=NOW)
        assert ledger.outbox.take(now=NOW + 1e6, seconds=60) is None

    def test_no_address_is_flooded(self, ledger: AnyLedger) -> None:
        """Beyond its share of an hour nothing is written to it; to others it is."""
        to = f"{token_hex(8)}@example.org"
        written = [
            ledger.outbox.put(token_hex(8), Letter(to=to, content=b"Hi\r\n"), now=NOW)
            for _ in range(40)
        ]
        assert 0 < sum(written) < 40
        other = Letter(to=f"other-{to}", content=b"Hi\r\n")
        assert ledger.outbox.put(token_hex(8), other, now=NOW)
