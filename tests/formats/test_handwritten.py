"""Notes written by hand."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest

from margins.annotation import Motivation, Notebook
from margins.formats.handwritten import extract, identify
from margins.mail.entity import Attachment

FRONT = "---\ntitle: Salt\nauthors: Orla Finch\n---\n"


def read(body: str, front: str = FRONT) -> Notebook:
    export = Attachment(content=(front + body).encode())
    assert identify(export)
    (notebook,) = extract(export)
    return notebook


def test_each_paragraph_of_the_mail_is_a_passage(shared: Path) -> None:
    """Blank lines counted by hand; every word comes out in order, whatever the line breaks."""
    (path,) = (shared / "samples" / "eml").glob("*structureless*")
    message = message_from_bytes(path.read_bytes())
    (part,) = [p for p in message.walk() if p.get_content_type() == "text/plain"]
    content = bytes(part.get_payload(decode=True))
    body = content.decode().split("---\n", 2)[2]
    paragraphs = [p for p in body.split("\n\n") if p.strip()]
    assert identify(Attachment(content=content, inline=True))
    (notebook,) = extract(Attachment(content=content, inline=True))
    quotes = [a.target.quote for a in notebook.annotations]
    assert (len(paragraphs), notebook.found, notebook.skipped) == (9, 9, ())
    assert [quote.split() for quote in quotes] == [p.split() for p in paragraphs]
    assert len(notebook.publication.creators) == 2


def test_a_note_belongs_to_the_passage_above_it() -> None:
    """In a paragraph of its own or in the next line; two notes are both kept."""
    notebook = read("The tide\ncomes in.\nNote: Early.\n\nMy note: Very #early.\n\nA knot.\n")
    first, second = notebook.annotations
    assert (first.target.quote, first.note) == ("The tide comes in.", "Early.\n\nVery #early.")
    assert (first.tags, first.sources) == (("early",), (1, 2, 3))
    assert (second.target.quote, second.note) == ("A knot.", "")


def test_a_note_before_any_passage_is_a_note_of_its_own() -> None:
    """It is on the book."""
    (note,) = read("Note: I begin today.\n").annotations
    assert note.motivation is Motivation.COMMENTING
    assert (note.note, note.target.quote) == ("I begin today.", "")


def test_quotation_marks_of_mail_programs_are_taken_off() -> None:
    """A forwarded mail reads like the original."""
    quoted = "".join(f"> {line}\n" for line in "The tide\ncomes in.\n\nNote: Early.".splitlines())
    assert read(quoted).annotations == read("The tide\ncomes in.\n\nNote: Early.").annotations


@pytest.mark.parametrize(
    "words", ["Sent from my iPhone", "Von meinem iPad gesendet", "发自我的 iPhone"]
)
def test_the_signature_of_a_phone_is_skipped_by_name(words: str) -> None:
    """It is accounted for, so that nobody wonders."""
    notebook = read(f"The tide.\n\n{words}\n")
    assert [skip.text for skip in notebook.skipped] == [words]
    assert notebook.found == 2


def test_what_follows_the_signature_mark_is_not_read() -> None:
    """RFC 3676 section 4.3: two hyphens and a space."""
    assert len(read("The tide.\n\n-- \nOrla\n\nQuay Street 1\n").annotations) == 1


@pytest.mark.parametrize(
    "text",
    [
        "title: Salt\n\nThe tide.",
        "---\nauthors: Orla\n---\nThe tide.",
        "---\ntitle: Salt\nlayout: post\n---\nA page of a web site.",
        "---\ntitle: Salt\nnever closed",
        "Hello,\n---\ntitle: Salt\n---\nThe tide.",
        "---\n---\n",
    ],
)
def test_other_texts_are_left_alone(text: str) -> None:
    """Only our fields, between rules, at the very top, with a title."""
    assert not identify(Attachment(content=text.encode()))
