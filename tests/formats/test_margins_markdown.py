"""Margins' own Markdown, read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Span,
    Target,
)
from margins.annotation.markdown import to_markdown
from margins.formats.margins_markdown import extract, identify
from margins.mail.entity import Attachment

# Markdown swallows odd white space, shows no control characters, and cannot end a chapter without
# beginning another; that is its writer's affair.
WORDS = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8),
    min_size=2,
    max_size=6,
).map(" ".join)
TEXT = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
LABEL = st.from_regex(r"[0-9]{1,4}|[ivx]{1,4}|[0-9]{1,3}-[0-9]{1,3}", fullmatch=True)
TARGET = st.builds(
    Target,
    quote=TEXT,
    page=LABEL,
    location=st.none()
    | st.builds(lambda a, b: Span(a, a + b), st.integers(0, 9999), st.integers(0, 99)),
    headings=st.tuples(WORDS, WORDS),
)
HIGHLIGHT = st.builds(
    Annotation,
    motivation=st.just(Motivation.HIGHLIGHTING),
    target=TARGET,
    note=st.just("") | TEXT,
    tags=st.lists(st.from_regex(r"[g-z][a-z]{1,7}", fullmatch=True), unique=True, max_size=3).map(
        tuple
    ),
    colour=st.sampled_from(["", "yellow", "blue", "#12ab9f"]),
    style=st.sampled_from(["", "underline", "squiggle"]),
    truncated=st.booleans(),
)


def read(text: str) -> tuple[Notebook, ...]:
    export = Attachment(content=text.encode())
    assert identify(export)
    return extract(export)


@given(WORDS, st.lists(HIGHLIGHT, min_size=1, max_size=4))
def test_what_was_written_is_read_back(title: str, highlights: list[Annotation]) -> None:
    """Whatever the texts: quotes, notes, headings, places, tags, colours, in their order."""
    numbered = tuple(replace(a, sources=(n,)) for n, a in enumerate(highlights, 1))
    people = (Creator(name="Orla Finch"), Creator(name="Ida Moss", role="translator"))
    notebook = Notebook(
        publication=Publication(title=title, creators=people),
        annotations=numbered,
        found=len(numbered),
    )
    assert read(to_markdown(notebook)) == (notebook,)


def test_what_was_not_imported_then_is_said_again() -> None:
    """The list at the end becomes the skipped entries it was made from."""
    mark = Annotation(motivation=Motivation.BOOKMARKING, target=Target(page="4"), sources=(1,))
    gone = Skipped(entry=2, place="page 5", reason="It has no text.", text="")
    notebook = Notebook(
        publication=Publication(title="Salt"), annotations=(mark,), skipped=(gone,), found=2
    )
    assert read(to_markdown(notebook)) == (notebook,)


@pytest.mark.parametrize(
    "text",
    [
        "# Salt\n\n> The tide.\n\nA thought.\n",
        "# Salt\n\npage 12\n\nNo passage and no bookmark.\n",
        "The tide.\n\n> quoted\n\npage 12 · blue\n",
        "# Salt\n##### Orla Finch\n## One\n### Page 12 @ 01 March 2022 05:19:00 PM\n*The tide.*\n",
    ],
)
def test_the_markdown_of_others_is_left_alone(text: str) -> None:
    """A title alone, a quotation alone, or KOReader's headings are not ours."""
    assert not identify(Attachment(content=text.encode()))


def test_a_short_note_is_not_taken_for_a_colour() -> None:
    """Only colours that everybody calls so stand alone in a line of facts."""
    (notebook,) = read(
        "# Salt\n\n> The tide.\n\nmarvellous\n\n* * *\n\n> A knot.\n\nblue\n\n* * *\n\n"
        "Bookmark: page 4\n"
    )
    first, second, _ = notebook.annotations
    assert (first.note, first.colour) == ("marvellous", "")
    assert (second.note, second.colour) == ("", "blue")
