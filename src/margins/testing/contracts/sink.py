"""What every sink promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

import pytest

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Span,
    Target,
)
from margins.errors import Unavailable
from margins.plan import Plan, reconcile
from margins.ports import Applied, Sink

__all__ = ["SinkContract"]

_BOOK = Publication(
    title="The Salt Roads \u2014 \u585c\u306e\u9053",
    creators=(Creator(name="Orla Finch"), Creator(name="Ida Moss", role="translator")),
    citation="Finch, O. (1999).",
    publisher="Gull & Sons",
    year=1999,
    language="en",
    identifiers=(("isbn", "9780000000002"), ("asin", "B000000000")),
)
_FULL = Annotation(
    motivation=Motivation.HIGHLIGHTING,
    target=Target(
        quote="First line.\nSecond \u201cline\u201d \U0001f30a",
        page="xii",
        location=Span(30, 34),
        headings=("One", "Tides"),
        fragment="epubcfi(/6/4!/4/2)",
        conforms_to="http://www.idpf.org/epub/linking/cfi/epub-cfi.html",
        progress=0.25,
    ),
    note="My thought <b>\n\nand more",
    tags=("sea", "\u6d77"),
    colour="blue",
    style="underline",
    created=datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001 - exports state no zone
    modified=datetime(2024, 5, 7, 7, 8, 9, tzinfo=UTC),
    truncated=True,
)
_BARE = Annotation(motivation=Motivation.BOOKMARKING, target=Target(location=Span(7, 7)))


def _passage(number: int, text: str = "") -> Annotation:
    where = Span(number * 10, number * 10 + 3)
    target = Target(quote=text or f"passage number {number}", location=where)
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target)


def _notebook(*annotations: Annotation, book: Publication = _BOOK) -> Notebook:
    numbered = (replace(a, sources=(i,)) for i, a in enumerate(annotations, start=1))
    return Notebook(publication=book, annotations=tuple(numbered), found=len(annotations))


def _planned(sink: Sink, account: str, notebook: Notebook, *, said_at: float | None = None) -> Plan:
    known = sink.fetch(account, [notebook.publication])[0]
    return reconcile(known.annotations, notebook, revision=known.revision, said_at=said_at)


def _import(
    sink: Sink,
    account: str,
    *annotations: Annotation,
    key: str = "",
    said_at: float | None = None,
) -> Applied:
    """Read, plan, write: what the agent does with one notebook."""
    notebook = _notebook(*annotations)
    plan = _planned(sink, account, notebook, said_at=said_at)
    return sink.apply(account, [plan], key=key or token_hex(8))


def _held(sink: Sink, account: str, book: Publication = _BOOK) -> list[Annotation]:
    return [stored.annotation for stored in sink.fetch(account, [book])[0].annotations]


def _ids(sink: Sink, account: str) -> dict[str, str]:
    return {s.annotation.target.quote: s.id for s in sink.fetch(account, [_BOOK])[0].annotations}


class SinkContract:
    """Wants a fixture `sink`. Every test writes to an account of its own."""

    @pytest.fixture
    def account(self) -> str:
        """An account nobody has written to."""
        return f"account-{token_hex(8)}"

    def test_an_unknown_book_is_empty(self, sink: Sink, account: str) -> None:
        """Not an error: it is what the first import finds."""
        assert [list(each.annotations) for each in sink.fetch(account, [_BOOK])] == [[]]
        assert list(sink.fetch(account, [])) == []

    def test_notes_come_back_as_they_were_sent(self, sink: Sink, account: str) -> None:
        """Every field survives, and so does the lack of one."""
        applied = _import(sink, account, _FULL, _BARE)
        assert applied == Applied(created=2, updated=0, unchanged=0)
        held = _held(sink, account)
        assert len(held) == 2
        assert _FULL in held
        assert _BARE in held
        assert all(not stored.edited for stored in sink.fetch(account, [_BOOK])[0].annotations)

    def test_importing_twice_is_importing_once(self, sink: Sink, account: str) -> None:
        """The second mail finds everything there."""
        _import(sink, account, _FULL, _BARE)
        again = _import(sink, account, _FULL, _BARE)
        assert again == Applied(created=0, updated=0, unchanged=2)
        assert len(_held(sink, account)) == 2

    def test_a_change_keeps_the_id(self, sink: Sink, account: str) -> None:
        """An extended highlight is the same note with more text."""
        _import(sink, account, _passage(1, "the tide was turning"), _passage(2))
        before = _ids(sink, account)
        longer = "the tide was turning, and nobody saw"
        applied = _import(sink, account, _passage(1, longer), _passage(2))
        assert applied == Applied(created=0, updated=1, unchanged=1)
        after = _ids(sink, account)
        assert after[longer] == before["the tide was turning"]
        assert len(after) == 2

    def test_nothing_is_deleted(self, sink: Sink, account: str) -> None:
        """An export that lacks a note leaves it where it is."""
        _import(sink, account, _passage(1), _passage(2))
        _import(sink, account, _passage(3))
        assert len(_held(sink, account)) == 3

    def test_the_same_key_is_applied_once(self, sink: Sink, account: str) -> None:
        """A request sent again, since its answer was lost, gets the first answer."""
        plan = Plan(publication=_BOOK, create=(_passage(1), _passage(2)))
        first = sink.apply(account, [plan], key="mail.0")
        assert first == Applied(created=2, updated=0, unchanged=0)
        assert sink.apply(account, [plan], key="mail.0") == first
        assert len(_held(sink, account)) == 2

    def test_the_same_key_with_what_is_left_to_do(self, sink: Sink, account: str) -> None:
        """The retry plans from what the lost attempt did, and still hears the first result."""
        _import(sink, account, _passage(1))
        first = _import(sink, account, _passage(1), _passage(2), key="mail.1")
        assert first == Applied(created=1, updated=0, unchanged=1)
        assert _import(sink, account, _passage(1), _passage(2), key="mail.1") == first

    def test_another_key_with_the_same_words_doubles_nothing(
        self, sink: Sink, account: str
    ) -> None:
        """Two workers that planned from the same state do not make two notes of one."""
        plan = Plan(publication=_BOOK, create=(_passage(1),))
        sink.apply(account, [plan], key="one")
        assert sink.apply(account, [plan], key="two").created == 0
        assert _held(sink, account) == [_passage(1)]

    def test_a_plan_for_another_revision_is_not_carried_out(self, sink: Sink, account: str) -> None:
        """Two versions of a highlight, planned side by side, end as one once the later one has
        looked again."""
        if sink.fetch(account, [_BOOK])[0].revision is None:
            pytest.skip("this sink cannot tell one state from another")
        short = _planned(sink, account, _notebook(_passage(1, "the tide was turning")))
        longer = _passage(1, "the tide was turning, and nobody saw")
        late = _planned(sink, account, _notebook(longer))
        sink.apply(account, [short], key="mail.5")
        with pytest.raises(Unavailable):
            sink.apply(account, [late], key="mail.6")
        assert len(_held(sink, account)) == 1
        assert _import(sink, account, longer, key="mail.6").updated == 1
        assert _held(sink, account) == [longer]
        assert sink.apply(account, [short], key="mail.5").created == 1, "the first answer again"

    def test_an_older_mail_takes_nothing_back(self, sink: Sink, account: str) -> None:
        """A mail that is delivered after a newer one, or replayed, adds what is only in it."""
        longer = "the tide was turning, and nobody saw"
        first = 1_700_000_000.123456
        _import(sink, account, _passage(1, longer), said_at=first + 0.001)
        [stored] = sink.fetch(account, [_BOOK])[0].annotations
        if stored.said_at is None:
            pytest.skip("this sink does not keep when a note was said")
        assert stored.said_at == first + 0.001
        late = _import(
            sink, account, _passage(1, "the tide was turning"), _passage(2), said_at=first
        )
        assert late == Applied(created=1, updated=0, unchanged=1)
        assert _ids(sink, account).keys() == {longer, "passage number 2"}
        newest = _import(sink, account, _passage(1, "the tide was"), said_at=first + 9)
        assert newest.updated == 1

    def test_one_mail_may_name_a_book_twice(self, sink: Sink, account: str) -> None:
        """Two attachments about one book: what both say is stored once."""
        plans = [
            Plan(publication=_BOOK, create=(_passage(1), _passage(2))),
            Plan(publication=_BOOK, create=(_passage(2), _passage(3))),
        ]
        applied = sink.apply(account, plans, key="mail.2")
        assert applied.created == 3
        assert len(_held(sink, account)) == 3

    def test_books_are_answered_in_the_order_asked(self, sink: Sink, account: str) -> None:
        """Each has its own notes."""
        books = [replace(_BOOK, title=f"Volume {number}") for number in range(4)]
        plans = [
            Plan(publication=book, create=(_passage(number + 1),))
            for number, book in enumerate(books)
        ]
        sink.apply(account, plans, key="mail.3")
        answers = sink.fetch(account, [books[2], _BOOK, books[0]])
        found = [[stored.annotation for stored in each.annotations] for each in answers]
        assert found == [[_passage(3)], [], [_passage(1)]]

    def test_accounts_are_apart(self, sink: Sink, account: str) -> None:
        """Nobody sees, changes or blocks another's notes: not by book, key or id."""
        _import(sink, account, _passage(1), key="mail.4")
        other = f"other-{account}"
        assert _held(sink, other) == []
        applied = _import(sink, other, _passage(1), key="mail.4")
        assert applied == Applied(created=1, updated=0, unchanged=0)

    def test_a_large_notebook_is_one_call(self, sink: Sink, account: str) -> None:
        """Five hundred notes go in and come back."""
        passages = [_passage(number) for number in range(500)]
        assert _import(sink, account, *passages).created == 500
        assert len(_held(sink, account)) == 500
