"""Planning: what an export changes in what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Annotation, Motivation, Notebook, Publication, Span, Target
from margins.plan import Plan, Stored, reconcile

BOOK = Publication(title="The Salt Roads")
WORDS = [f"word{n}" for n in range(400)]

# Few values for each field, so that notes collide, overlap and contradict one another often.
_texts = st.sampled_from(["", "a", "ab", "abc", "bc", "b c", "A", "a long passage about the sea"])
_spans = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(lambda s: Span(s[0], sum(s)))
_targets = st.builds(
    Target,
    quote=_texts,
    page=st.sampled_from(["", "1", "1-2", "2", "xii"]),
    location=st.none() | _spans,
    headings=st.sampled_from([(), ("One",)]),
    fragment=st.sampled_from(["", "/4", "/6"]),
    conforms_to=st.sampled_from(["", "cfi"]),
    progress=st.sampled_from([None, 0.0, 0.5]),
)
any_note = st.builds(
    Annotation,
    motivation=st.sampled_from(Motivation),
    target=_targets,
    note=_texts,
    tags=st.sampled_from([(), ("sea",), ("sea", "salt")]),
    colour=st.sampled_from(["", "blue"]),
    style=st.sampled_from(["", "underline"]),
    created=st.sampled_from([None, datetime(2024, 1, 1), datetime(2024, 1, 2)]),  # noqa: DTZ001
    truncated=st.booleans(),
)
lists = st.lists(any_note, max_size=6)

# Fewer still: notes that all but contradict one another, to try what may be matched with what.
_rivals = st.builds(
    Annotation,
    motivation=st.just(Motivation.HIGHLIGHTING),
    target=st.builds(
        Target,
        quote=st.sampled_from(["", "a", "ab", "abc", "bc"]),
        page=st.sampled_from(["", "1", "1-2"]),
        location=st.sampled_from([None, Span(0, 2), Span(1, 1), Span(2, 5)]),
        fragment=st.sampled_from(["", "/4"]),
    ),
    note=st.sampled_from(["", "n", "m"]),
    truncated=st.booleans(),
)
rivals = st.lists(_rivals, max_size=4)


def notebook(notes: Sequence[Annotation]) -> Notebook:
    """An export with these annotations, one entry each."""
    numbered = tuple(replace(note, sources=(n,)) for n, note in enumerate(notes, start=1))
    return Notebook(publication=BOOK, annotations=numbered, found=len(numbered))


def applied(stored: Sequence[Stored], plan: Plan) -> list[Stored]:
    """What a sink holds after the plan."""
    changed = {change.id: change.after for change in plan.update}
    at = plan.said_at
    kept = [
        replace(s, annotation=changed[s.id], said_at=at and max(at, s.said_at or at))
        if s.id in changed
        else s
        for s in stored
    ]
    new = (
        Stored(id=f"{len(kept) + n}", annotation=a, said_at=at) for n, a in enumerate(plan.create)
    )
    return [*kept, *new]


def imported(
    *exports: Sequence[Annotation], stored: Sequence[Stored] = (), said_at: float | None = None
) -> list[Stored]:
    """What is stored after these exports, one after the other."""
    for notes in exports:
        stored = applied(stored, reconcile(stored, notebook(notes), said_at=said_at))
    return list(stored)


def contents(stored: Sequence[Stored]) -> Counter[Annotation]:
    """The annotations, whatever their ids and order."""
    return Counter(s.annotation for s in stored)


@given(lists | rivals, lists | rivals)
def test_importing_twice_is_importing_once(before: list[Annotation], new: list[Annotation]) -> None:
    """Whatever is stored, a second import of the same export changes nothing."""
    stored = imported(before, new)
    plan = reconcile(stored, notebook(new))
    assert plan.empty, plan


@given(lists | rivals, lists | rivals)
def test_an_export_that_grew_brings_what_it_would_have_brought_at_once(
    first: list[Annotation], second: list[Annotation]
) -> None:
    """A then A+B is A+B: nothing doubled, nothing lost."""
    assert contents(imported(first, [*first, *second])) == contents(imported([*first, *second]))


@given(lists, lists)
def test_every_note_is_accounted_for_once(before: list[Annotation], new: list[Annotation]) -> None:
    """Each is created, updates one, is one already there, or repeats another of the export."""
    stored = imported(before)
    plan = reconcile(stored, notebook(new))
    touched = [change.id for change in plan.update] + list(plan.unchanged)
    assert len(plan.create) + len(touched) + plan.duplicates == len(new)
    assert len(set(touched)) == len(touched)
    assert set(touched) <= {s.id for s in stored}


@given(lists, lists)
def test_nothing_stored_is_lost(before: list[Annotation], new: list[Annotation]) -> None:
    """Every id that was there is there afterwards, and no filled field has become empty."""
    stored = imported(before)
    after = {s.id: s.annotation for s in applied(stored, reconcile(stored, notebook(new)))}
    for known in stored:
        now = after[known.id]
        assert now.motivation is known.annotation.motivation
        for part in fields(Annotation):
            if part.name not in {"target", "sources", "truncated"}:
                assert getattr(now, part.name) or not getattr(known.annotation, part.name)
        for part in fields(Target):
            old = getattr(known.annotation.target, part.name)
            if part.name != "conforms_to":
                assert getattr(now.target, part.name) is not None or old is None
                assert getattr(now.target, part.name) not in {"", ()} or old in {"", ()}


@given(
    lists,
    lists,
    st.lists(st.sets(st.sampled_from(["note", "tags", "colour", "*"])), min_size=6, max_size=6),
)
def test_what_a_person_edited_is_never_overwritten(
    before: list[Annotation], new: list[Annotation], edits: list[set[str]]
) -> None:
    """Edited fields keep their value; what a person deleted is not touched and does not return."""
    stored = [
        replace(s, edited=frozenset(edited))
        for s, edited in zip(imported(before), edits, strict=False)
    ]
    after = {s.id: s.annotation for s in imported(new, stored=stored)}
    for known in stored:
        if "*" in known.edited:
            assert after[known.id] == known.annotation
        for name in known.edited - {"*"}:
            assert getattr(after[known.id], name) == getattr(known.annotation, name)
    deleted = [replace(s, edited=frozenset("*")) for s in imported(before)]
    assert reconcile(deleted, notebook(before)).empty


@given(lists | rivals, lists | rivals)
def test_an_older_export_takes_nothing_back(
    newer: list[Annotation], older: list[Annotation]
) -> None:
    """A mail that is delivered late, or replayed, fills what is empty and changes nothing else."""
    stored = imported(newer, said_at=2.0)
    after = {s.id: s.annotation for s in imported(older, stored=stored, said_at=1.0)}
    for known in stored:
        now, before = after[known.id], known.annotation
        for part in fields(Annotation):
            if part.name not in {"target", "sources", "truncated"} and getattr(before, part.name):
                assert getattr(now, part.name) == getattr(before, part.name)
        for part in fields(Target):
            old = getattr(before.target, part.name)
            if old in (None, "", ()) or (part.name == "quote" and before.truncated):
                continue
            assert getattr(now.target, part.name) == old or part.name == "conforms_to"


@given(lists | rivals, lists | rivals)
def test_an_older_export_twice_is_once(newer: list[Annotation], older: list[Annotation]) -> None:
    """Importing it a second time changes nothing, as with any other."""
    stored = imported(older, stored=imported(newer, said_at=2.0), said_at=1.0)
    assert reconcile(stored, notebook(older), said_at=1.0).empty


@given(st.integers(1, 60), st.integers(0, 20), _texts, _texts)
def test_late_or_in_order_the_newest_export_has_the_last_word(
    start: int, more: int, first: str, second: str
) -> None:
    """A highlight extended and noted anew ends alike, whichever mail is delivered first."""
    short = passage(start, start + 8, first)
    extended = passage(start, start + 8 + more, second)
    in_order = imported([extended], stored=imported([short], said_at=1.0), said_at=2.0)
    late = imported([short], stored=imported([extended], said_at=2.0), said_at=1.0)
    assert contents(late) == contents(in_order)
    assert [s.said_at for s in late] == [2.0]


@given(st.data())
def test_the_order_of_exports_does_not_matter(data: st.DataObject) -> None:
    """For notes that do not conflict: passages apart from one another, each always worded alike."""
    passages = [
        replace(
            data.draw(any_note),
            target=Target(quote=f"passage number {n}", location=Span(n * 10, n * 10 + 4)),
        )
        for n in range(5)
    ]
    exports = data.draw(st.lists(st.lists(st.sampled_from(passages)), min_size=1, max_size=3))
    shuffled = data.draw(st.permutations(exports))
    assert contents(imported(*exports)) == contents(imported(*shuffled))


def passage(start: int, end: int, note: str = "") -> Annotation:
    """Words start to end of the book; about ten words to a location."""
    return Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(
            quote=" ".join(WORDS[start:end]), location=Span(start // 10, (end - 1) // 10)
        ),
        note=note,
    )


_ends = st.integers(0, 60).flatmap(
    lambda start: st.tuples(st.just(start), st.integers(start + 1, start + 60))
)


@given(_ends, st.integers(0, 60), st.integers(0, 60))
def test_an_extended_or_shrunk_highlight_is_an_update(
    ends: tuple[int, int], left: int, right: int
) -> None:
    """The reader moved one end: still one note, with the text and place it has now, same id."""
    start, end = ends
    longer = [passage(max(0, start - left), end), passage(start, end + right)]
    for other in longer:
        for old, new in ((passage(start, end), other), (other, passage(start, end))):
            stored = imported([old])
            (after,) = imported([new], stored=stored)
            assert after.id == stored[0].id
            assert after.annotation == new


@given(st.lists(st.integers(1, 25), min_size=2, max_size=12), st.data())
def test_neighbours_never_merge(lengths: list[int], data: st.DataObject) -> None:
    """Passages side by side stay apart, though they share locations, in any order of import."""
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    notes = [passage(s, s + length) for s, length in zip(starts, lengths, strict=True)]
    shuffled = data.draw(st.permutations(notes))
    stored = imported(*([note] for note in shuffled))
    assert contents(stored) == Counter(notes)


@given(_ends, _texts.filter(bool), _texts.filter(bool))
def test_a_note_on_an_old_highlight_is_an_update(
    ends: tuple[int, int], first: str, second: str
) -> None:
    """Adding a note, then changing it, makes no second annotation."""
    bare, noted = passage(*ends), passage(*ends, note=first)
    stored = imported([bare], [noted], [bare], [passage(*ends, note=second)])
    assert [s.annotation.note for s in stored] == [second]


def test_a_highlight_without_words_does_not_complete_a_truncated_one() -> None:
    """What says nothing about the text says nothing about how much of it is missing."""
    cut = replace(passage(0, 30), truncated=True)
    empty = replace(cut, truncated=False, target=replace(cut.target, quote=""))
    (stored,) = imported([cut], [empty], [empty])
    assert stored.annotation.truncated


def test_ambiguous_notes_stay_on_their_own() -> None:
    """Where a stored note could become either of two, neither import order nor chance decides."""
    stored = imported(
        [
            Annotation(
                motivation=Motivation.HIGHLIGHTING,
                target=Target(quote="the tide", page="1", location=Span(1, 1)),
            )
        ]
    )
    longer = Target(quote="the tide was turning", page="1")
    paged = Annotation(motivation=Motivation.HIGHLIGHTING, target=longer, note="m")
    placed = replace(paged, target=replace(paged.target, page="", location=Span(1, 1)), note="n")
    after = imported([paged, placed], stored=stored)
    assert Counter(s.annotation for s in after) >= Counter([paged, placed])
    assert reconcile(after, notebook([paged, placed])).empty


def test_a_page_and_a_location_of_the_same_passage_meet() -> None:
    """Two apps' exports of one highlight become one note that knows both places."""
    paged = replace(passage(0, 12), target=Target(quote=passage(0, 12).target.quote, page="7"))
    (stored,) = imported([paged], [passage(0, 12)])
    assert stored.annotation.target.page == "7"
    assert stored.annotation.target.location == Span(0, 1)


def test_the_same_words_elsewhere_are_another_note() -> None:
    """ "Chapter summary" may be marked in every chapter."""
    words = [
        Annotation(
            motivation=Motivation.HIGHLIGHTING,
            target=Target(quote="Chapter summary", location=Span(n * 100, n * 100 + 1)),
        )
        for n in range(5)
    ]
    assert contents(imported(words[:2], words[2:])) == Counter(words)


def test_a_truncated_copy_does_not_shorten_the_full_text() -> None:
    """Past its clipping limit an app exports less; what is stored already stays whole."""
    full = passage(0, 30)
    cut = replace(passage(0, 30), truncated=True, target=replace(full.target, quote="word0 \u2026"))
    (stored,) = imported([full], [cut])
    assert stored.annotation.target.quote == full.target.quote
    assert not stored.annotation.truncated
    (mended,) = imported([cut], [full])
    assert mended.annotation == full


@pytest.mark.slow
@pytest.mark.parametrize("same", ["location", "page", "text"])
def test_thousands_of_notes_in_one_place_are_planned_in_seconds(same: str) -> None:
    """No arrangement of notes makes planning quadratic."""

    def note(number: int, export: str) -> Annotation:
        where = {
            "location": Target(quote=f"{number} {export}", location=Span(0, 10**6)),
            "page": Target(quote=f"{number} {export}", page="1"),
            "text": Target(quote="the same", location=Span(number, number)),
        }[same]
        return Annotation(motivation=Motivation.HIGHLIGHTING, target=where)

    stored = [Stored(id=str(n), annotation=note(n, "old")) for n in range(5_000)]
    new = [note(n + 20_000 * (same == "text"), "new") for n in range(5_000)]
    assert len(reconcile(stored, notebook(new)).create) == 5_000
