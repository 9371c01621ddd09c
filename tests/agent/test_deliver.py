"""Delivering a mail: every run ends in a state and a sentence; running twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from desk import Desk, export, mail

from margins.agent.deliver import deliver
from margins.agent.reading import read_message
from margins.agent.replay import select
from margins.annotation import Creator, Publication
from margins.errors import Refused, Unavailable
from margins.mail import Attachment, parse
from margins.plan import Plan, StoredNotebook, reconcile
from margins.ports import Status

BOOK = Publication(title="A Book of Tides", creators=(Creator(name="Ines Marlow"),))


def _quotes(desk: Desk) -> list[str]:
    return [s.annotation.target.quote for s in desk.sink.fetch("a1", [BOOK])[0].annotations]


def _plans(desk: Desk, *attachments: str) -> list[Plan]:
    reading = read_message(parse(mail(*attachments)), desk.formats)
    return [reconcile((), notebook) for notebook in reading.notebooks]


def test_a_mail_becomes_notes(desk: Desk) -> None:
    """The notes are in the account's sink, and the row has the counts and the format's version."""
    desk.receive(mail(export("One.", "Two.", note="Mine.")))
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.formats) == (Status.DELIVERED, ("kindle-notebook/1",))
    assert (done.counts.found, done.counts.created, done.counts.skipped) == (3, 2, 0)
    assert _quotes(desk) == ["One.", "Two."]


def test_several_exports_in_one_mail_are_all_imported(desk: Desk) -> None:
    """Two books in one mail are two publications, applied together."""
    desk.receive(mail(export("One."), export("Other.", title="Another Book")))
    done = desk.deliver()
    assert done is not None
    assert done.counts.created == 2


def test_the_same_book_twice_in_one_mail_is_one_book(desk: Desk) -> None:
    """What two attachments both say stands once, and every entry of both is accounted for."""
    desk.receive(mail(export("One.", "Two."), export("One.", "Two.", "Three.")))
    done = desk.deliver()
    assert done is not None
    assert (done.counts.found, done.counts.created) == (5, 3)
    assert _quotes(desk) == ["One.", "Two.", "Three."]


def test_one_bad_attachment_does_not_stop_the_others(desk: Desk) -> None:
    """The good export is imported; the sentence names what was wrong with the other."""
    desk.receive(mail("<p>no export</p>", export("One.")))
    done = desk.deliver()
    assert done is not None
    assert done.status is Status.DELIVERED
    assert "book0.html" in done.reason
    assert "No format recognises" in done.reason


def test_two_claims_are_a_failure_that_names_both(desk: Desk) -> None:
    """A file that two formats claim is imported by neither."""
    [kindle] = [f for f in desk.formats if f.about.name == "kindle-notebook"]
    rival = SimpleNamespace(
        about=SimpleNamespace(name="rival"), identify=kindle.identify, extract=kindle.extract
    )
    desk.formats = (kindle, rival)
    desk.receive(mail(export("One.")))
    done = desk.deliver()
    assert done is not None
    assert done.status is Status.FAILED
    assert "kindle-notebook, rival" in done.reason


def test_an_outage_defers_and_the_next_try_converges(desk: Desk) -> None:
    """A sink that is down makes the mail wait, with a later time each try; then it is delivered."""
    desk.receive(mail(export("One.")))
    desk.sink.failing = Unavailable("The notes API is down.")
    waits = []
    for _ in range(4):
        entry = desk.deliver()
        assert entry is not None
        assert (entry.status, entry.reason) == (Status.DEFERRED, "The notes API is down.")
        waits.append(entry.next_try_at - desk.clock.now())
        assert desk.deliver() is None
        desk.clock.advance(entry.next_try_at - desk.clock.now())
    assert waits == sorted(waits)
    desk.sink.failing = None
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.attempts) == (Status.DELIVERED, 5)
    assert _quotes(desk) == ["One."]


def test_a_delivery_that_outlives_its_lease_writes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may be at it by then; the mail is tried again."""
    desk.receive(mail(export("One.")))
    fetch = desk.sink.fetch

    def slowly(account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        desk.clock.advance(61)
        return fetch(account, publications)

    monkeypatch.setattr(desk.sink, "fetch", slowly)
    entry = desk.deliver()
    assert entry is not None
    assert entry.status is Status.DEFERRED
    assert "longer than its lease" in entry.reason
    monkeypatch.undo()
    assert _quotes(desk) == []
    desk.clock.advance(entry.next_try_at - desk.clock.now())
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.counts.created) == (Status.DELIVERED, 1)


def test_a_plan_that_another_import_overtook_is_made_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was given up on may be carried out late, between reading and writing."""
    desk.receive(mail(export("The tide was turning, and nobody saw.")))
    fetch = desk.sink.fetch

    def overtaken(account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        known = fetch(account, publications)
        monkeypatch.undo()
        desk.sink.apply(account, _plans(desk, export("The tide was turning,")), key="late")
        return known

    monkeypatch.setattr(desk.sink, "fetch", overtaken)
    entry = desk.deliver()
    assert entry is not None
    assert entry.status is Status.DEFERRED
    desk.clock.advance(entry.next_try_at - desk.clock.now())
    done = desk.deliver()
    assert done is not None
    assert (done.counts.created, done.counts.updated) == (0, 1)
    assert _quotes(desk) == ["The tide was turning, and nobody saw."]


def test_retry_after_is_honoured(desk: Desk) -> None:
    """A sink that asks for an hour gets an hour."""
    desk.receive(mail(export("One.")))
    desk.sink.failing = Unavailable("Busy.", retry_after=3600)
    entry = desk.deliver()
    assert entry is not None
    assert entry.next_try_at - desk.clock.now() >= 3600


def test_after_days_of_outage_a_mail_fails_visibly(desk: Desk) -> None:
    """Temporary failures do not go on for ever; the mail is then failed, kept and replayable."""
    desk.receive(mail(export("One.")))
    desk.sink.failing = Unavailable("The notes API is down.")
    desk.clock.advance(6 * 86400)
    entry = desk.deliver()
    assert entry is not None
    assert entry.status is Status.FAILED
    desk.sink.failing = None
    done = desk.deliver(only=entry.id)
    assert done is not None
    assert (done.status, done.replays) == (Status.DELIVERED, 1)


def test_a_refusal_is_final(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the notes API refuses is not tried again by itself."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise Refused("The account is closed.")

    monkeypatch.setattr(desk.sink, "apply", refuse)
    desk.receive(mail(export("One.")))
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.reason) == (Status.FAILED, "The account is closed.")


def test_a_lost_answer_doubles_nothing_and_keeps_the_counts(desk: Desk) -> None:
    """Applied but not heard of: the next try brings back the first result, notes stand once."""
    desk.receive(mail(export("One.", "Two.")))
    desk.sink.losing_answers = True
    entry = desk.deliver()
    assert entry is not None
    assert entry.status is Status.DEFERRED
    desk.sink.losing_answers = False
    desk.clock.advance(60)
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.counts.created) == (Status.DELIVERED, 2)
    assert _quotes(desk) == ["One.", "Two."]


def test_a_crash_is_taken_over_when_the_lease_ends(desk: Desk) -> None:
    """A worker that vanished with the mail in hand does not keep it."""
    desk.receive(mail(export("One.")))
    assert desk.ledger.lease(now=desk.clock.now(), seconds=60) is not None
    assert desk.deliver() is None
    desk.clock.advance(61)
    done = desk.deliver()
    assert done is not None
    assert done.status is Status.DELIVERED


def test_a_worker_that_lost_its_lease_settles_nothing(desk: Desk) -> None:
    """The slow worker hears that the mail is no longer its own."""
    desk.receive(mail(export("One.")))
    slow = desk.ledger.lease(now=desk.clock.now(), seconds=60)
    assert slow is not None
    desk.clock.advance(61)
    assert desk.deliver() is not None
    with pytest.raises(LookupError):
        deliver(desk.agent, slow)
    assert _quotes(desk) == ["One."]


def test_a_replay_that_fails_forgets_no_format(desk: Desk) -> None:
    """Who replays what a format read finds the mail again, once that format is mended."""
    desk.receive(mail(export("One.", "Two.")))
    first = desk.deliver()
    assert first is not None
    formats, desk.formats = desk.formats, ()
    failed = desk.deliver(only=first.id)
    assert failed is not None
    assert (failed.status, failed.formats) == (Status.FAILED, first.formats)
    desk.formats = formats
    assert select(desk.ledger, format=first.formats[0]) == [first.id]


def test_a_replay_that_changes_nothing_says_so(desk: Desk) -> None:
    """Replaying a delivered mail reads everything anew and finds it unchanged."""
    desk.receive(mail(export("One.", "Two.")))
    first = desk.deliver()
    assert first is not None
    again = desk.deliver(only=first.id)
    assert again is not None
    assert (again.counts.created, again.counts.unchanged, again.replays) == (0, 2, 1)


def test_a_bug_leaves_the_mail_visible(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception nobody expected ends in failed, never in a mail that hangs."""

    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.sink, "fetch", broken)
    desk.receive(mail(export("One.")))
    done = desk.deliver()
    assert done is not None
    assert done.status is Status.FAILED
    assert "ZeroDivisionError" in done.reason


def test_the_better_of_two_files_of_one_mail_is_read(desk: Desk) -> None:
    """A format that yields is left aside when the one it yields to read something in the mail."""
    [kindle] = [f for f in desk.formats if f.about.name == "kindle-notebook"]
    [empty] = kindle.extract(Attachment(content=export("Worse.").encode()))
    poor = SimpleNamespace(
        about=replace(kindle.about, name="poor", yields_to=("kindle-notebook",)),
        identify=lambda attachment: b"no export" in attachment.content,
        extract=lambda _: (empty,),
    )
    desk.formats = (kindle, poor)
    desk.receive(mail("<p>no export</p>", export("Better.")))
    done = desk.deliver()
    assert done is not None
    assert done.formats == ("kindle-notebook/1",)
    assert _quotes(desk) == ["Better."]


def test_the_text_of_a_mail_is_read_once(desk: Desk) -> None:
    """Of plain text and HTML that say the same, the HTML is read; an attachment is always read."""
    plain = "\u201cOne.\u201d\r\n\r\nExcerpt From\r\nA Book of Tides\r\nInes Marlow\r\n"
    plain += "This material may be protected by copyright.\r\n"
    rich = "".join(f"<div>{line}</div>" for line in plain.splitlines())
    desk.receive(
        b'From: reader@example.org\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + plain.encode()
        + b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        + rich.encode()
        + b"\r\n--b--\r\n"
    )
    done = desk.deliver()
    assert done is not None
    assert (done.status, done.counts.found, done.counts.created) == (Status.DELIVERED, 1, 1)
    assert _quotes(desk) == ["One."]
