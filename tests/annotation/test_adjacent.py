"""Notes joined to the highlight they follow."""

from __future__ import annotations

from margins.annotation import Annotation, Motivation, Span, Target
from margins.annotation.adjacent import join_notes


def highlight(start: int, source: int, quote: str = "The lamp was lit at dusk.") -> Annotation:
    return Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(quote=quote, location=Span(start, start)),
        sources=(source,),
    )


def note(start: int, source: int, text: str = "Who lights it?") -> Annotation:
    return Annotation(
        motivation=Motivation.COMMENTING,
        target=Target(location=Span(start, start)),
        note=text,
        tags=("mystery",),
        sources=(source,),
    )


def test_a_note_behind_a_highlight_becomes_its_note() -> None:
    """The note says where the highlight ends; both entries are accounted for."""
    (joined,) = join_notes([highlight(100, 1), note(102, 2)])
    assert joined.motivation is Motivation.HIGHLIGHTING
    assert joined.note == "Who lights it?"
    assert joined.tags == ("mystery",)
    assert joined.target.location == Span(100, 102)
    assert joined.sources == (1, 2)


def test_a_note_out_of_reach_stands_alone() -> None:
    """Too far behind for the length of the quote, before it, or in another chapter."""
    assert len(join_notes([highlight(100, 1), note(400, 2)])) == 2
    assert len(join_notes([highlight(100, 1), note(99, 2)])) == 2
    assert len(join_notes([highlight(100, 1, "x" * 75 * 300), note(400, 2)])) == 1


def test_a_highlight_takes_one_note_and_a_bookmark_none() -> None:
    """A second note stands alone, as does one behind a bookmark."""
    bookmark = Annotation(motivation=Motivation.BOOKMARKING, target=Target(), sources=(4,))
    joined = join_notes([highlight(100, 1), note(101, 2), note(101, 3, "And why?"), bookmark])
    assert [a.sources for a in joined] == [(1, 2), (3,), (4,)]


def test_pages_join_where_there_are_no_locations() -> None:
    """The same page, or the next one; labels that are no numbers must be the same."""

    def on(page: str, text: str, motivation: Motivation, source: int) -> Annotation:
        quoted = motivation is Motivation.HIGHLIGHTING
        return Annotation(
            motivation=motivation,
            target=Target(quote=text if quoted else "", page=page),
            note="" if quoted else text,
            sources=(source,),
        )

    for pages, together in {("9", "10"): 1, ("9", "30"): 2, ("x", "x"): 1, ("x", "xi"): 2}.items():
        mark = on(pages[0], "The lamp.", Motivation.HIGHLIGHTING, 1)
        remark = on(pages[1], "Why?", Motivation.COMMENTING, 2)
        assert len(join_notes([mark, remark])) == together
