"""What every ledger promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from margins.ports import ALLOWED, Counts, Status
from margins.testing.contracts.given import NOW, AnyLedger
from margins.testing.contracts.given import leased as _leased
from margins.testing.contracts.given import mail as _mail
from margins.testing.contracts.upkeep import UpkeepContract

__all__ = ["LedgerContract"]


class LedgerContract(UpkeepContract):
    """Wants a fixture `ledger`: a fresh one for each test, that has both sides."""

    def test_a_mail_is_recorded_with_all_that_is_known(self, ledger: AnyLedger) -> None:
        """The row says what was handed over, when, and where it stands."""
        mail = _mail()
        entry, new = ledger.record(mail, now=NOW)
        assert new
        assert ledger.get(entry.id) == entry
        for name in ("status", "account", "digest", "fingerprint", "size", "envelope", "author"):
            assert getattr(entry, name) == getattr(mail, name)
        assert (entry.subject, entry.reason) == (mail.subject, mail.reason)
        assert (entry.received_at, entry.changed_at) == (NOW, NOW)
        assert (entry.attempts, entry.replays, entry.counts) == (0, 0, Counts())

    def test_any_header_text_can_be_recorded(self, ledger: AnyLedger) -> None:
        """Halves of surrogate pairs, NULs and emoji are no reason to lose a mail."""
        entry, new = ledger.record(_mail(subject="\udce9 \0 \U0001f4da", author="\udcff"), now=NOW)
        assert new
        assert ledger.get(entry.id) == entry

    @pytest.mark.parametrize("status", [Status.ACCEPTED, Status.HELD])
    def test_the_same_mail_again_is_the_row_it_has(self, ledger: AnyLedger, status: Status) -> None:
        """(account, fingerprint) is unique, whatever became of the first."""
        mail = _mail(status)
        first, _ = ledger.record(mail, now=NOW)
        again, new = ledger.record(mail, now=NOW + 9)
        assert (again, new) == (first, False)

    def test_another_account_may_have_the_same_mail(self, ledger: AnyLedger) -> None:
        """Two readers who send the same file both get their notes."""
        ledger.record(_mail(fingerprint="f" * 64), now=NOW)
        _, new = ledger.record(_mail(fingerprint="f" * 64, account="bob"), now=NOW)
        assert new

    def test_a_rejected_mail_stands_in_nobodys_way(self, ledger: AnyLedger) -> None:
        """Neither a rejected nor an accepted mail is a duplicate of a rejected one."""
        for status in (Status.REJECTED, Status.REJECTED, Status.ACCEPTED):
            _, new = ledger.record(_mail(status, account="", fingerprint="f" * 64), now=NOW)
            assert new

    def test_many_are_recorded_as_one_by_one(self, ledger: AnyLedger) -> None:
        """A batch answers for each member in order, and knows its own duplicates."""
        one, two = _mail(), _mail(Status.HELD)
        known, _ = ledger.record(one, now=NOW)
        recorded = ledger.record_many([two, one, _mail(Status.REJECTED), two], now=NOW)
        assert [new for _, new in recorded] == [True, False, True, False]
        assert recorded[1][0] == known
        assert recorded[3][0] == recorded[0][0]

    @pytest.mark.parametrize(
        "status", sorted({*Status} - ALLOWED[Status.RECEIVED] | {Status.DEFERRED})
    )
    def test_no_mail_enters_in_any_other_state(self, ledger: AnyLedger, status: Status) -> None:
        """Only accepted, held and rejected are ways in; a wrong batch records nothing."""
        with pytest.raises(ValueError, match="cannot go"):
            ledger.record_many([_mail(), _mail(status)], now=NOW)
        assert ledger.entries() == []

    def test_ids_sort_by_arrival(self, ledger: AnyLedger) -> None:
        """Within a millisecond too."""
        ids = [ledger.record(_mail(), now=NOW + i // 50 / 1000)[0].id for i in range(200)]
        assert ids == sorted(set(ids))

    def test_a_lease_takes_a_mail_once(self, ledger: AnyLedger) -> None:
        """It is delivering until its lease ends; nobody else gets it, not even by name."""
        entry, _ = ledger.record(_mail(), now=NOW)
        taken = ledger.lease(now=NOW, seconds=60)
        assert taken is not None
        assert (taken.id, taken.status, taken.attempts) == (entry.id, Status.DELIVERING, 1)
        assert taken.next_try_at == NOW + 60
        assert ledger.get(entry.id) == taken
        assert ledger.lease(now=NOW + 59, seconds=60) is None
        assert ledger.lease(now=NOW + 59, seconds=60, only=entry.id) is None

    @pytest.mark.parametrize("status", [Status.HELD, Status.REJECTED])
    def test_what_nobody_accepted_is_not_delivered(self, ledger: AnyLedger, status: Status) -> None:
        """Held and rejected mails are never leased, not even by name."""
        entry, _ = ledger.record(_mail(status), now=NOW)
        assert ledger.lease(now=NOW + 1e6, seconds=60) is None
        assert ledger.lease(now=NOW + 1e6, seconds=60, only=entry.id) is None

    def test_a_lease_that_ran_out_is_taken_over(self, ledger: AnyLedger) -> None:
        """A worker that died loses its mail to the next, and its late word changes nothing."""
        dead = _leased(ledger)
        taken = ledger.lease(now=NOW + 60, seconds=60)
        assert taken is not None
        assert (taken.id, taken.attempts) == (dead.id, 2)
        with pytest.raises(LookupError):
            ledger.settle(dead, Status.DELIVERED, now=NOW + 61, reason="late")
        assert ledger.get(dead.id) == taken

    def test_the_oldest_due_comes_first(self, ledger: AnyLedger) -> None:
        """Mails are delivered in the order they became due."""
        ids = [ledger.record(_mail(), now=NOW + i)[0].id for i in range(3)]
        taken = [ledger.lease(now=NOW + 9, seconds=60) for _ in range(3)]
        assert [entry.id for entry in taken if entry] == ids

    def test_one_account_is_served_one_mail_at_a_time(self, ledger: AnyLedger) -> None:
        """Its next mail waits for the outcome of the first, or its lease's end; others do not."""
        first, second, other = (
            ledger.record(_mail(account=account), now=NOW + n)[0]
            for n, account in enumerate(("ada", "ada", "bob"))
        )
        taken = [ledger.lease(now=NOW + 9, seconds=60) for _ in range(3)]
        assert [entry and entry.id for entry in taken] == [first.id, other.id, None]
        assert ledger.lease(now=NOW + 9, seconds=60, only=second.id) is None
        assert taken[0] is not None
        ledger.settle(taken[0], Status.DELIVERED, now=NOW + 10, reason="done")
        next_ = ledger.lease(now=NOW + 10, seconds=60)
        assert next_ is not None
        assert next_.id == second.id

    def test_leases_that_run_out_are_counted(self, ledger: AnyLedger) -> None:
        """In a row: an outcome, even a temporary one, begins anew."""
        entry = _leased(ledger)
        for n in range(1, 4):
            again = ledger.lease(now=NOW + 60 * n, seconds=60)
            assert again is not None
            assert again.takeovers == n
            entry = again
        ledger.settle(entry, Status.DEFERRED, now=NOW + 200, reason="", next_try_at=NOW + 300)
        again = ledger.lease(now=NOW + 300, seconds=60)
        assert again is not None
        assert again.takeovers == 0

    def test_a_clock_set_back_does_not_hide_a_mail(self, ledger: AnyLedger) -> None:
        """What was accepted is due, even if it claims to come from the future."""
        ids = [ledger.record(_mail(), now=NOW)[0].id for _ in range(2)]
        taken = [ledger.lease(now=NOW - 86_400, seconds=60) for _ in range(2)]
        assert [entry.id for entry in taken if entry] == ids

    def test_a_deferred_mail_waits_for_its_time(self, ledger: AnyLedger) -> None:
        """Not a second earlier, whoever asks; then it is taken with one attempt more."""
        entry = _leased(ledger)
        later = ledger.settle(
            entry, Status.DEFERRED, now=NOW, reason="API down", next_try_at=NOW + 300
        )
        assert (later.status, later.reason) == (Status.DEFERRED, "API down")
        assert ledger.lease(now=NOW + 299, seconds=60) is None
        assert ledger.lease(now=NOW + 299, seconds=60, only=entry.id) is None
        taken = ledger.lease(now=NOW + 300, seconds=60)
        assert taken is not None
        assert (taken.id, taken.attempts) == (entry.id, 2)

    @pytest.mark.parametrize("status", [Status.DELIVERED, Status.FAILED])
    def test_an_end_state_keeps_its_story(self, ledger: AnyLedger, status: Status) -> None:
        """Reason, formats and counts are those of the outcome, and no worker takes it again."""
        counts = Counts(found=9, created=4, updated=1, unchanged=2, duplicates=1, skipped=1)
        entry = _leased(ledger)
        done = ledger.settle(
            entry, status, now=NOW + 5, reason="done", formats=["kindle/3"], counts=counts
        )
        assert (done.status, done.reason, done.changed_at) == (status, "done", NOW + 5)
        assert (done.formats, done.counts) == (("kindle/3",), counts)
        assert ledger.get(entry.id) == done
        assert ledger.lease(now=NOW + 1e6, seconds=60) is None

    @pytest.mark.parametrize("status", [Status.FAILED, Status.DEFERRED])
    def test_what_an_earlier_reading_said_is_kept(self, ledger: AnyLedger, status: Status) -> None:
        """A replay that comes to nothing says nothing: the mail is still found by its format."""
        counts = Counts(found=9, created=9)
        entry = _leased(ledger)
        ledger.settle(
            entry, Status.DELIVERED, now=NOW, reason="done", formats=["kindle/3"], counts=counts
        )
        again = ledger.lease(now=NOW + 9, seconds=60, only=entry.id)
        assert again is not None
        failed = ledger.settle(again, status, now=NOW + 10, reason="no", next_try_at=NOW + 99)
        assert (failed.status, failed.reason) == (status, "no")
        assert (failed.formats, failed.counts) == (("kindle/3",), counts)
        assert list(ledger.entries(format="kindle/3")) == [failed]

    @pytest.mark.parametrize("status", [Status.DELIVERED, Status.FAILED])
    def test_what_has_ended_is_taken_only_for_a_replay(
        self, ledger: AnyLedger, status: Status
    ) -> None:
        """Whoever means a fresh mail by its id comes too late, and changes nothing."""
        fresh, _ = ledger.record(_mail(), now=NOW)
        taken = ledger.lease(now=NOW, seconds=60, only=fresh.id, replay=False)
        assert taken is not None
        done = ledger.settle(taken, status, now=NOW + 1, reason="done")
        assert ledger.lease(now=NOW + 2, seconds=60, only=fresh.id, replay=False) is None
        assert ledger.get(fresh.id) == done

    @pytest.mark.parametrize("status", [Status.DELIVERED, Status.FAILED])
    def test_why_a_mail_was_let_in_is_kept(self, ledger: AnyLedger, status: Status) -> None:
        """Whatever became of it since, and through a replay."""
        entry = _leased(ledger)
        assert entry.admitted == _mail().reason
        assert ledger.settle(entry, status, now=NOW, reason="done").admitted == entry.admitted
        again = ledger.lease(now=NOW + 9, seconds=60, only=entry.id)
        assert again is not None
        assert again.admitted == entry.admitted
        assert ledger.get(entry.id) == again

    @pytest.mark.parametrize("status", [Status.HELD, Status.REJECTED])
    def test_what_was_not_let_in_has_no_such_reason(
        self, ledger: AnyLedger, status: Status
    ) -> None:
        """Its reason says why not."""
        entry, _ = ledger.record(_mail(status), now=NOW)
        assert (entry.admitted, entry.reason) == ("", _mail().reason)

    @pytest.mark.parametrize("status", [Status.DELIVERED, Status.FAILED])
    def test_an_end_state_is_replayed_by_name(self, ledger: AnyLedger, status: Status) -> None:
        """A replay is counted and starts its attempts anew; the lease before it is void."""
        before = _leased(ledger)
        ledger.settle(before, status, now=NOW, reason="done")
        again = ledger.lease(now=NOW + 9, seconds=60, only=before.id)
        assert again is not None
        assert (again.status, again.attempts, again.replays) == (Status.DELIVERING, 1, 1)
        assert (before.begun_at, again.begun_at) == (NOW, NOW + 9)
        with pytest.raises(LookupError):
            ledger.settle(before, Status.FAILED, now=NOW, reason="late")

    @pytest.mark.parametrize("status", sorted({*Status} - ALLOWED[Status.DELIVERING]))
    def test_a_lease_ends_only_as_the_table_says(self, ledger: AnyLedger, status: Status) -> None:
        """Any other state is a mistake of the program, and changes nothing."""
        entry = _leased(ledger)
        with pytest.raises(ValueError, match="cannot go"):
            ledger.settle(entry, status, now=NOW, reason="")
        assert ledger.get(entry.id) == entry

    def test_only_a_lease_can_be_settled(self, ledger: AnyLedger) -> None:
        """Neither a mail nobody took nor one already settled."""
        entry, _ = ledger.record(_mail(), now=NOW)
        with pytest.raises(ValueError, match="cannot go"):
            ledger.settle(entry, Status.DELIVERED, now=NOW, reason="")
        leased = _leased(ledger)
        ledger.settle(leased, Status.DELIVERED, now=NOW, reason="")
        with pytest.raises(LookupError):
            ledger.settle(leased, Status.FAILED, now=NOW, reason="")

    def test_workers_never_share_a_mail(self, ledger: AnyLedger) -> None:
        """Eight threads take forty mails: each mail once."""
        ledger.record_many([_mail() for _ in range(40)], now=NOW)

        def work(_: int) -> list[str]:
            taken = []
            while entry := ledger.lease(now=NOW, seconds=60):
                taken.append(entry.id)
            return taken

        with ThreadPoolExecutor(8) as pool:
            taken = [id_ for ids in pool.map(work, range(8)) for id_ in ids]
        assert len(taken) == len(set(taken)) == 40

    def test_a_mail_is_found_by_the_beginning_of_its_id(self, ledger: AnyLedger) -> None:
        """In either case, and only when it is the one; patterns are not."""
        entry, _ = ledger.record(_mail(), now=NOW)
        other, _ = ledger.record(_mail(), now=NOW + 1e6)
        common = next(i for i, (a, b) in enumerate(zip(entry.id, other.id, strict=True)) if a != b)
        assert ledger.get(entry.id[: common + 1].lower()) == entry
        for wrong in (entry.id[:common], "", "%", "*", entry.id + "0", "nothing"):
            assert ledger.get(wrong) is None

    def test_people_see_the_newest_first(self, ledger: AnyLedger) -> None:
        """All of them, or those in one state, no more than asked for."""
        held = [ledger.record(_mail(Status.HELD), now=NOW + i)[0] for i in range(3)]
        other, _ = ledger.record(_mail(), now=NOW + 9)
        assert list(ledger.entries()) == [other, *reversed(held)]
        assert list(ledger.entries(status=Status.HELD, limit=2)) == [held[2], held[1]]
        assert ledger.entries(status=Status.FAILED) == []
