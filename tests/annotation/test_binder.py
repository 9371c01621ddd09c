"""Sorting entries under their publications."""

from __future__ import annotations

import pytest

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.annotation.binder import Binder

SALT = Publication(title="Salt", creators=(Creator(name="Orla Finch"),))
NETS = Publication(title="Nets")


def highlight(*sources: int) -> Annotation:
    target = Target(quote=f"passage {sources}")
    return Annotation(motivation=Motivation.HIGHLIGHTING, target=target, sources=sources)


def skipped(entry: int) -> Skipped:
    return Skipped(entry=entry, place=f"row {entry}", reason="It is empty.", text="")


def test_each_publication_gets_a_notebook_in_order_of_first_mention() -> None:
    """Entries that alternate between books are sorted, and counted where they belong."""
    binder = Binder()
    binder.add(SALT, highlight(1, 2))
    binder.add(NETS, highlight(3))
    binder.skip(SALT, skipped(4))
    binder.warn(SALT, "Twice said,")
    binder.warn(SALT, "Twice said,")
    salt, nets = binder.notebooks()
    assert (salt.publication, salt.found, salt.warnings) == (SALT, 3, ("Twice said,",))
    assert (nets.publication, nets.found) == (NETS, 1)


def test_a_book_said_differently_is_one_book_with_all_that_is_known() -> None:
    """Order of names does not part a book; identifiers are gathered."""
    again = Publication(
        title="SALT", creators=(Creator(name="Finch, Orla"),), identifiers=(("asin", "B0"),)
    )
    binder = Binder()
    binder.add(SALT, highlight(1))
    binder.add(again, highlight(2))
    (notebook,) = binder.notebooks()
    assert notebook.publication.title == "Salt"
    assert notebook.publication.identifiers == (("asin", "B0"),)


def test_an_export_without_entries_is_an_empty_notebook() -> None:
    """Nothing found is said, not raised."""
    assert Binder().notebooks() == (Notebook(publication=Publication(title=""), found=0),)


def test_an_entry_accounted_for_twice_is_a_mistake() -> None:
    """The notebook's own promise is kept."""
    binder = Binder()
    binder.add(SALT, highlight(1))
    binder.skip(SALT, skipped(1))
    with pytest.raises(ValueError, match="accounted for"):
        binder.notebooks()
