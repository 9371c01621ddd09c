"""The handbook every new account begins with: a book whose notes show what notes can do.

Written like any import, so it can be edited, tagged, merged and deleted like any other book.
"""

from typing import Any

from sqlalchemy import Connection

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.api.importing import import_notebooks
from margins.api.values import columns_of

__all__ = ["welcome"]

_KEY = "handbook-1"
_BOOK = Publication(
    title="The Margins Handbook", creators=(Creator(name="Margins"),), language="en", year=2026
)
_PAGES: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    (
        "Getting notes in",
        "Mail the file your reading app exports, from an address you have registered.",
        "You can send the same file again at any time: only what is new is added.",
        ("start",),
        "yellow",
    ),
    (
        "Highlights",
        "This is a highlight: a passage of the book, in the words of the book.",
        "",
        (),
        "blue",
    ),
    (
        "Notes",
        "A highlight can carry a note.",
        "This is the note. It is yours, and it is shown below the passage it is about.",
        (),
        "yellow",
    ),
    (
        "Tags",
        "Words with a number sign in a note become tags.",
        "Write #idea or #to-do in your reading app. Tags can be renamed, merged and deleted.",
        ("idea", "to-do"),
        "green",
    ),
    (
        "Editing",
        "You can change a passage, its note, its tags and its colour.",
        "The words of the export are kept, and no later import undoes what you did.",
        (),
        "pink",
    ),
    (
        "Finding",
        "Search looks through passages and notes, in any language: 読書, 读书, Straße.",
        'Put "words in quotes" when they must follow one another.',
        (),
        "orange",
    ),
    (
        "Two of the same book",
        "When an app spells a title in another way, you get a second book.",
        "Merge the two: later exports of either will land in the one you keep.",
        (),
        "yellow",
    ),
    (
        "Taking notes out",
        "Everything leaves as easily as it came: Markdown, CSV, Web Annotation, Readwise.",
        "",
        ("start",),
        "blue",
    ),
)


def _annotations() -> list[Annotation]:
    marked = [
        Annotation(
            motivation=Motivation.HIGHLIGHTING,
            target=Target(
                quote=quote,
                page=str(page),
                location=Span(page * 10, page * 10 + 9),
                headings=(heading,),
            ),
            note=note,
            tags=tags,
            colour=colour,
        )
        for page, (heading, quote, note, tags, colour) in enumerate(_PAGES, start=1)
    ]
    lone = Annotation(
        motivation=Motivation.COMMENTING,
        target=Target(page="9", location=Span(90, 99), headings=("Lone notes and bookmarks",)),
        note="A note can stand alone, at a place without a passage.",
    )
    bookmark = Annotation(
        motivation=Motivation.BOOKMARKING,
        target=Target(page="10", location=Span(100, 100), headings=("Lone notes and bookmarks",)),
    )
    return [*marked, lone, bookmark]


def welcome(connection: Connection, account: str) -> None:
    """Make the account, with its handbook; nothing happens when that was done before."""
    book: dict[str, Any] = {
        "title": _BOOK.title,
        "creators": [{"name": creator.name, "role": creator.role} for creator in _BOOK.creators],
        "citation": "",
        "publisher": "",
        "year": _BOOK.year,
        "language": _BOOK.language,
        "identifiers": [],
    }
    notebook = {
        "publication": book,
        "annotations": [columns_of(annotation) for annotation in _annotations()],
        "source": "handbook",
    }
    import_notebooks(connection, account, {"idempotency_key": _KEY, "publications": [notebook]})
