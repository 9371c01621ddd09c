"""Reading a message: every attachment is asked about, and nothing it says goes missing."""

from __future__ import annotations

import pytest
from desk import export, mail

from margins.agent.reading import insist, read_message
from margins.errors import NoNotes
from margins.mail import parse
from margins.plugins import load_formats


def test_a_notebook_says_which_format_read_it() -> None:
    """One that two attachments make up names the first."""
    reading = read_message(parse(mail(export("One."), export("Two."))), load_formats().formats)
    assert [notebook.source for notebook in reading.notebooks] == ["kindle-notebook"]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("A Book of Tides", "The export of \u201cA Book of Tides\u201d holds no highlights"),
        ("", "The export holds no highlights"),
    ],
)
def test_an_export_without_notes_is_named_where_it_has_a_name(title: str, said: str) -> None:
    """A book without a title is not a pair of empty quotation marks."""
    message = parse(mail(export(title=title)))
    with pytest.raises(NoNotes, match=said):
        insist(read_message(message, load_formats().formats), message)
