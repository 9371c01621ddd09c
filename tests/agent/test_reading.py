"""Reading a message: every attachment is asked about, and nothing it says goes missing."""

from __future__ import annotations

from desk import export, mail

from margins.agent.reading import read_message
from margins.mail import parse
from margins.plugins import load_formats


def test_a_notebook_says_which_format_read_it() -> None:
    """One that two attachments make up names the first."""
    reading = read_message(parse(mail(export("One."), export("Two."))), load_formats().formats)
    assert [notebook.source for notebook in reading.notebooks] == ["kindle-notebook"]
