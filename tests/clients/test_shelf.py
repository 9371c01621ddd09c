"""Where each note of an import goes, whatever has come since its plan was made."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Annotation, Motivation, Notebook, Publication, Span, Target
from margins.annotation.identity import annotation_key
from margins.clients.shelf import Book, count
from margins.plan import Change, Plan, Stored, reconcile
from margins.ports import Applied

BOOK = Publication(title="The Salt Roads")


def note(number: int, text: str = "", **said: str) -> Annotation:
    """A highlight."""
    target = Target(quote=text or f"passage {number}.", location=Span(number * 10, number * 10 + 3))
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target, **said)  # type: ignore[arg-type]


def book(*stored: Stored) -> Book:
    """With these notes."""
    made = Book()
    for each in stored:
        made.put(each)
    return made


def test_a_note_that_has_come_meanwhile_is_not_doubled() -> None:
    """The plan called it new; by now it is there, and learns what it lacks."""
    shelf = book(Stored(id="a", annotation=note(1)))
    plan = Plan(publication=BOOK, create=(note(1, colour="blue"), note(2)))
    shelf.bring(plan)
    assert [each.annotation for each in shelf.new] == [note(2)]
    assert [(each.id, each.annotation) for each in shelf.changed] == [("a", note(1, colour="blue"))]
    assert count([plan], [shelf]) == Applied(created=1, updated=1, unchanged=0)


def test_a_change_that_is_there_already_changes_nothing() -> None:
    """An earlier attempt made it."""
    shelf = book(Stored(id="a", annotation=note(1, colour="blue")))
    change = Change(id="a", before=note(1), after=note(1, colour="blue"))
    plan = Plan(publication=BOOK, update=(change,))
    shelf.bring(plan)
    assert count([plan], [shelf]) == Applied(created=0, updated=0, unchanged=1)


def test_a_change_frees_its_place_for_a_new_note() -> None:
    """No two notes of a book ever have the same key."""
    shelf = book(Stored(id="a", annotation=note(1, "the tide")))
    longer = note(1, "the tide was turning")
    change = Change(id="a", before=note(1, "the tide"), after=longer)
    shelf.bring(Plan(publication=BOOK, update=(change,), create=(note(1, "the tide"),)))
    assert [each.annotation for each in shelf.changed] == [longer]
    assert [each.annotation for each in shelf.new] == [note(1, "the tide")]


def test_a_change_into_what_another_note_says() -> None:
    """That other note stands for both; the first one stays as it is."""
    shelf = book(Stored(id="a", annotation=note(1)), Stored(id="b", annotation=note(2)))
    change = Change(id="a", before=note(1), after=replace(note(2), note="both"))
    shelf.bring(Plan(publication=BOOK, update=(change,)))
    assert [(each.id, each.annotation) for each in shelf.changed] == [
        ("b", replace(note(2), note="both"))
    ]


def test_what_a_person_edited_or_deleted_stays() -> None:
    """The rest of an edited note learns; a deleted one learns nothing."""
    shelf = book(
        Stored(id="a", annotation=note(1, note="mine"), edited=frozenset({"note"})),
        Stored(id="b", annotation=note(2), edited=frozenset({"*"})),
    )
    said = (note(1, note="theirs", colour="blue"), note(2, colour="blue"))
    shelf.bring(Plan(publication=BOOK, create=said))
    assert [each.annotation for each in shelf.changed] == [note(1, note="mine", colour="blue")]
    assert shelf.new == []


_notes = st.builds(note, st.integers(0, 5), st.sampled_from(["", "the tide", "the tide turned"]))


@given(st.lists(_notes, max_size=6), st.lists(_notes, max_size=6))
def test_bringing_twice_is_bringing_once(first: list[Annotation], second: list[Annotation]) -> None:
    """Whatever is stored and whatever the plan says, and every key is there once."""
    known = {annotation_key(each): each for each in first}
    stored = [Stored(id=f"n{i}", annotation=each) for i, each in enumerate(known.values())]
    numbered = tuple(replace(each, sources=(i,)) for i, each in enumerate(second, start=1))
    plan = reconcile(stored, Notebook(publication=BOOK, annotations=numbered, found=len(numbered)))
    once, twice = book(*stored), book(*stored)
    once.bring(plan)
    for _ in range(2):
        twice.bring(plan)
    assert [each.annotation for each in once.by_key.values()] == [
        each.annotation for each in twice.by_key.values()
    ]
    assert len({annotation_key(each.annotation) for each in once.by_key.values()}) == len(
        once.by_key
    )
