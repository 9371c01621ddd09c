"""The Kindle notebook page of the web."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Span
from margins.formats.kindle_cloud import extract, identify
from margins.mail.entity import Attachment


def row(header: str, body: str, *, location: str = "62") -> str:
    return (
        '<div id="x"><div class="kp-notebook-row-separator">'
        f'<input type="hidden" value="{location}" id="kp-annotation-location">'
        f'<span class="kp-notebook-metadata">{header}</span>{body}</div></div>'
    )


def highlight(text: str, note: str = "") -> str:
    hidden = "" if note else " aok-hidden"
    return (
        '<div class="kp-notebook-highlight kp-notebook-highlight-blue">'
        f'<span id="highlight">{text}</span></div>'
        f'<div class="kp-notebook-note{hidden}"><span id="note-label">Note:</span>'
        f'<span id="note">{note}</span></div>'
    )


def page(*rows: str, rest: str = "") -> Attachment:
    return Attachment(content=f"<html><body>{''.join(rows)}{rest}</body></html>".encode())


def test_colour_and_kind_come_from_classes_in_any_language() -> None:
    """Words of the page are not needed."""
    (notebook,) = extract(
        page(row("Sininen korostus | Sijainti:&nbsp;1.423", highlight("The lamp.", "Who? #oil")))
    )
    (annotation,) = notebook.annotations
    assert annotation.motivation is Motivation.HIGHLIGHTING
    assert (annotation.colour, annotation.note, annotation.tags) == ("blue", "Who? #oil", ("oil",))
    assert annotation.target.location == Span(1423, 1423)


def test_a_page_and_the_hidden_location_are_both_kept() -> None:
    """The header of some books has the page, the hidden field the location."""
    (notebook,) = extract(page(row("Blue highlight | Page: 42", highlight("Fog."), location="900")))
    target = notebook.annotations[0].target
    assert (target.page, target.location) == ("42", Span(900, 900))


def test_a_hidden_note_is_a_template() -> None:
    """The page keeps an empty one in every entry."""
    (notebook,) = extract(page(row("Blue highlight | Location: 62", highlight("Fog."))))
    assert notebook.annotations[0].note == ""


def test_what_the_export_limit_withholds_is_marked_truncated() -> None:
    """Empty highlights always; those that end in an ellipsis where the page speaks of the limit."""
    rows = [row("Location: 1", highlight("On and on\u2026")), row("Location: 9", highlight(""))]
    limit = "<p>Some highlights have been hidden or truncated due to export limits.</p>"
    (free,) = extract(page(*rows))
    (limited,) = extract(page(*rows, rest=limit))
    assert [a.truncated for a in free.annotations] == [False, True]
    assert [a.truncated for a in limited.annotations] == [True, True]


def test_a_page_saved_before_its_end_was_loaded_says_so() -> None:
    """Its own count is a checksum."""
    count = '<span id="kp-notebook-highlights-count">104</span>'
    (notebook,) = extract(page(row("Location: 1", highlight("Fog.")), rest=count))
    assert notebook.warnings == (
        "The page holds 1 of 104 highlights: scroll to the end of the notes before saving it.",
    )


@pytest.mark.parametrize("text", ["", "<div class='kp'>", "kp-notebook-note", "<p>Notes</p>"])
def test_other_pages_are_not_claimed(text: str) -> None:
    """The class names must stand in a page."""
    assert not identify(Attachment(content=text.encode()))


PIECES = st.sampled_from(
    [
        row("Location: 1", highlight("Fog.")),
        row(
            "Note | Location: 2", '<div class="kp-notebook-note"><span id="note">Why?</span></div>'
        ),
        row("Location: 3", ""),
        "</div></span>",
        "<div class='kp-notebook-row-separator'>",
        '<input id="kp-annotation-location">',
        "<p>&amp; <b",
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_every_entry_of_any_page_is_accounted_for(pieces: list[str]) -> None:
    """Broken pages too: the notebook refuses to lose an entry, and nothing raises."""
    (notebook,) = extract(page(*pieces))
    assert notebook.found == len(notebook.annotations) + len(notebook.skipped)
