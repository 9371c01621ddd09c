"""The newest export has the last word, in whatever order mails are delivered."""

from __future__ import annotations

from desk import Desk, export, mail

from margins.annotation import Annotation, Creator, Publication
from margins.errors import Unavailable
from margins.ports import Status

BOOK = Publication(title="A Book of Tides", creators=(Creator(name="Ines Marlow"),))
FIRST = mail(export("The tide was turning", "Two.", note="First thought."), subject="First")
SECOND = mail(export("The tide was turning, and nobody saw", note="On reflection."))


def _first_note(desk: Desk) -> Annotation:
    return desk.sink.fetch("a1", [BOOK])[0].annotations[0].annotation


def _says_the_newest(desk: Desk) -> bool:
    said = _first_note(desk)
    return (said.target.quote, said.note) == (
        "The tide was turning, and nobody saw",
        "On reflection.",
    )


def test_a_replayed_mail_takes_nothing_back(desk: Desk) -> None:
    """What a newer mail extended and noted anew stays as it is."""
    desk.receive(FIRST)
    first = desk.deliver()
    desk.clock.advance(60)
    desk.receive(SECOND)
    desk.deliver()
    assert _says_the_newest(desk)
    assert first is not None
    again = desk.deliver(only=first.id)
    assert again is not None
    assert (again.status, again.counts.updated) == (Status.DELIVERED, 0)
    assert _says_the_newest(desk)


def test_a_mail_that_had_to_wait_takes_nothing_back(desk: Desk) -> None:
    """A newer mail overtook it while the notes API failed: it adds what only it says."""
    desk.receive(FIRST)
    desk.sink.failing = Unavailable("The notes API is down.")
    waiting = desk.deliver()
    assert waiting is not None
    assert waiting.status is Status.DEFERRED
    desk.sink.failing = None
    desk.clock.advance(0.5)
    desk.receive(SECOND)
    overtaking = desk.deliver()
    assert overtaking is not None
    assert overtaking.id != waiting.id
    desk.clock.advance(3600)
    late = desk.deliver()
    assert late is not None
    assert (late.id, late.counts.created, late.counts.updated) == (waiting.id, 1, 0)
    assert _says_the_newest(desk)
