"""Delivering again: what it would change is shown first, and nothing is written by looking."""

from __future__ import annotations

from margins.annotation import Annotation, Motivation, Span, Target
from margins.console.replay import Difference, differences
from margins.ports import Status

from .conftest import Console, plain
from .exports import clippings, mail


def test_the_preview_shows_the_difference_and_writes_nothing(console: Console) -> None:
    """Of a mail that waits: both versions are shown, and the notes stay."""
    account = console.register()
    console.deliver(mail(clippings("The tide came in over the flats")))
    waiting = console.receive(mail(clippings("The tide came in over the flats and left")))
    page = console.post(f"/mails/{waiting.id}/preview").text
    assert "0 new, 1 updated, 0 unchanged." in plain(page)
    assert "<del>The tide came in over the flats</del>" in page
    assert "<ins>The tide came in over the flats and left</ins>" in page
    row = console.parts.inbox.get(waiting.id)
    assert row is not None
    assert row.status is Status.ACCEPTED
    assert "and left" not in console.get(f"/shelf/{account}?q=tide").text


def test_an_old_mail_would_take_nothing_back(console: Console) -> None:
    """The preview of a replay says so before anybody is afraid of it."""
    console.register()
    old = console.deliver(mail(clippings("The tide came in over the flats")))
    new = console.deliver(mail(clippings("The tide came in over the flats and left")))
    assert new.counts.updated == 1
    page = console.post(f"/mails/{old.id}/preview").text
    assert "0 new, 0 updated, 1 unchanged." in plain(page)


def test_replay_delivers_again(console: Console) -> None:
    """The mail is delivered once more, its page says so, and no note is doubled."""
    console.register()
    done = console.deliver(mail(clippings("A tide.", "Another.")))
    answer = console.post(f"/mails/{done.id}/replay")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/mails/{done.id}")
    again = console.parts.inbox.get(done.id)
    assert again is not None
    assert (again.status, again.replays, again.counts.unchanged) == (Status.DELIVERED, 1, 2)
    assert "Delivered again once, by request." in plain(console.get(f"/mails/{done.id}").text)


def test_a_mail_without_notes_has_no_plan(console: Console) -> None:
    """The preview says why nothing would come of it, and offers no replay."""
    console.register()
    failed = console.deliver(mail())
    page = console.post(f"/mails/{failed.id}/preview").text
    assert "its text is no export" in plain(page)
    assert f'action="/mails/{failed.id}/replay"' not in page


def test_what_was_refused_cannot_be_replayed(console: Console) -> None:
    """A rejected mail has nothing to deliver; the page offers nothing, and asking gets a reason."""
    entry = console.receive(mail(sender="stranger@example.net"))
    assert "Replay" not in console.get(f"/mails/{entry.id}").text
    answer = console.post(f"/mails/{entry.id}/replay")
    assert answer.status_code == 409
    assert "A mail that is rejected cannot be delivered." in plain(answer.text)


def test_what_is_in_hand_is_left_alone(console: Console) -> None:
    """While a worker delivers a mail, a second delivery is refused."""
    console.register()
    entry = console.receive(mail(clippings("A tide.")))
    agent = console.parts.agent
    agent.ledger.lease(now=agent.clock.now(), seconds=60, only=entry.id)
    assert console.post(f"/mails/{entry.id}/replay").status_code == 409


def test_differences_are_the_fields_that_differ() -> None:
    """Of the annotation and of its target; bookkeeping is no difference."""
    target = Target(quote="A tide.", location=Span(10, 12))
    before = Annotation(motivation=Motivation.HIGHLIGHTING, target=target, sources=(1,))
    after = Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(quote="A tide."),
        tags=("sea", "coast"),
        sources=(2,),
    )
    assert differences(before, after) == (
        Difference(name="location", before="10-12", after=""),
        Difference(name="tags", before="", after="sea, coast"),
    )
