"""PocketBook's HTML."""

from __future__ import annotations

import pytest

from margins.annotation import Annotation, Motivation, Notebook
from margins.errors import FormatError
from margins.formats.pocketbook_html import extract, identify
from margins.mail.entity import Attachment

HEAD = '<meta name="generator" content="PocketBook Bookmarks Export"><title>{}</title>'


def read(body: str, title: str = "Salt") -> Notebook:
    export = Attachment(content=(HEAD.format(title) + body).encode(), place="notes.html")
    assert identify(export)
    (notebook,) = extract(export)
    return notebook


def bookmark(text: str, note: str = "", colour: str = "") -> str:
    return (
        f'<div id="1" class="bookmark {colour}"><p class="bm-page">4</p>'
        f'<div class="bm-text"><p>{text}</p></div><div class="bm-note"><p>{note}</p></div></div>'
    )


def only(notebook: Notebook) -> Annotation:
    (annotation,) = notebook.annotations
    return annotation


@pytest.mark.parametrize(
    ("classes", "colour"),
    [("bm-color-red", "red"), ("bm-color-cian", "cyan"), ("bm-color-none", ""), ("", "")],
)
def test_the_class_names_the_colour(classes: str, colour: str) -> None:
    """Spelt as everybody spells it; "none" is none."""
    assert only(read(bookmark("The tide.", colour=classes))).colour == colour


@pytest.mark.parametrize("word", ["Bookmark", "Lesezeichen", "Закладка"])
def test_the_word_for_a_bookmark_is_no_passage(word: str) -> None:
    """Unless the reader wrote something to it."""
    mark = only(read(bookmark(word)))
    assert (mark.motivation, mark.target.quote) == (Motivation.BOOKMARKING, "")
    assert only(read(bookmark(word, "Here."))).target.quote == word


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("Salt &amp; Sea", "Salt & Sea"),
        ("14.03.2022 - Salt.epub", "Salt"),
        ("2022-03-14 10:15 - Salt", "Salt"),
        ("Salt - Sea", "Salt - Sea"),
    ],
)
def test_date_and_suffix_are_no_part_of_the_title(printed: str, title: str) -> None:
    """Older exports print the date of export and the name of the file."""
    assert read(bookmark("The tide."), printed).publication.title == title


def test_notes_marked_in_an_unknown_way_are_refused() -> None:
    """Nothing would be read, and that is never passed over in silence."""
    with pytest.raises(FormatError, match=r"notes\.html: .* Please report it"):
        read('<div class="mark"><span data-part="bm-text">The tide.</span></div>')
