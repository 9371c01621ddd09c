"""Notebooks as Markdown."""

from __future__ import annotations

import re

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
from margins.annotation.markdown import escape, to_markdown

EXPECTED = """\
# Salt \\& Sea

by Orla Finch, Ida Moss (translator)

## One

### Tides

> First line.\\
> Second \\*line\\*.

My thought \\<b\\>

\\#tide

page 12 · location 30-34 · blue · #tide

* * *

Bookmark: location 40

## Two

A lone note.

## Not imported

- entry 5: It has no text.
"""


def test_a_notebook_reads_well() -> None:
    """Title, people, headings once, quotes, notes, places, tags, and what was left out."""

    def mark(motivation: Motivation, entry: int, note: str = "", **where: object) -> Annotation:
        target = Target(**where)  # type: ignore[arg-type]
        return Annotation(motivation=motivation, target=target, note=note, sources=(entry,))

    highlight = Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(
            quote="First line.\nSecond *line*.",
            page="12",
            location=Span(30, 34),
            headings=("One", "Tides"),
        ),
        note="My thought <b>\n\n#tide",
        tags=("tide",),
        colour="blue",
        sources=(1, 2),
    )
    here = ("One", "Tides")
    notebook = Notebook(
        publication=Publication(
            title="Salt & Sea",
            creators=(Creator(name="Orla Finch"), Creator(name="Ida Moss", role="translator")),
        ),
        annotations=(
            highlight,
            mark(Motivation.BOOKMARKING, 3, location=Span(40, 40), headings=here),
            mark(Motivation.COMMENTING, 4, "A lone note.", headings=("Two",)),
        ),
        skipped=(Skipped(entry=5, place="entry 5", reason="It has no text.", text="x"),),
        found=5,
    )
    assert to_markdown(notebook) == EXPECTED


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# not a heading", "\\# not a heading"),
        ("1. not a list\n- nor this", "1\\. not a list\\\n\\- nor this"),
        ("<script>", "\\<script\\>"),
        ("[a](b) ![c](d)", "\\[a\\](b) !\\[c\\](d)"),
        ("&amp; `code` ~~x~~ a|b", "\\&amp; \\`code\\` \\~\\~x\\~\\~ a\\|b"),
        ("    indented\tcode", "indented code"),
        ("one\r\n\r\n\r\ntwo\u2028three", "one\n\ntwo\\\nthree"),
        ("bell\x07", "bell\ufffd"),
    ],
)
def test_what_people_wrote_is_never_markup(text: str, escaped: str) -> None:
    """Markdown shows the characters that stand in the note."""
    assert escape(text) == escaped


@given(st.text(alphabet="a1#*_<>[]()`~&|$+-=.:!\\ \n\t", max_size=60))
def test_no_special_character_is_left_bare(text: str) -> None:
    """Removing each escape with the character it escapes leaves nothing that could be markup."""
    for line in escape(text).split("\n"):
        bare = re.sub(r"\\(?:.|$)", "", line)
        assert not re.search(r"[`*_\[\]<>&~|$]", bare)
        assert not re.match(r"#|[+=:-]|[0-9]+[.)]|\s", line)
