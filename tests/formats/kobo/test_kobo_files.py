"""Kobo's annotation files and its own text export."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats.kobo import annot, text
from margins.mail.entity import Attachment

OPENING = (
    '<annotationSet xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns="http://ns.adobe.com/digitaleditions/annotations">'
    "<publication><dc:title>The Salt Ledger</dc:title></publication>"
)


def sent(content: str, **more: bool) -> Attachment:
    return Attachment(content=content.encode(), filename="x", place="part 2", **more)


def read(annotations: str) -> Notebook:
    attachment = sent(f"{OPENING}{annotations}</annotationSet>")
    assert annot.identify(attachment)
    (notebook,) = annot.extract(attachment)
    return notebook


def annotation(quote: str = "", note: str = "", attributes: str = 'start="a#point(/1:1)"') -> str:
    text_of = f"<text>{quote}</text>" if quote else ""
    content = f"<content><dc:date>2024-06-03T08:00:00Z</dc:date><text>{note}</text></content>"
    return (
        "<annotation><dc:date>2024-06-02T21:14:07Z</dc:date>"
        f"<target><fragment {attributes}>{text_of}</fragment></target>{content}</annotation>"
    )


@pytest.mark.parametrize(
    ("quote", "note", "motivation"),
    [
        ("Marked.", "", Motivation.HIGHLIGHTING),
        ("Marked.", "Mine.", Motivation.HIGHLIGHTING),
        ("", "Mine.", Motivation.COMMENTING),
        ("", "", Motivation.BOOKMARKING),
    ],
)
def test_what_there_is_says_what_it_is(quote: str, note: str, motivation: Motivation) -> None:
    """Text makes a highlight, a note alone a comment, neither a bookmark."""
    (made,) = read(annotation(quote, note)).annotations
    assert (made.motivation, made.target.quote, made.note) == (motivation, quote, note)
    assert made.created is not None
    assert made.created.tzinfo is not None


@pytest.mark.parametrize(
    ("written", "progress"), [("0.5", 0.5), ("1", 1.0), ("1.5", None), ("nan", None), ("", None)]
)
def test_progress_is_a_part_of_one(written: str, progress: float | None) -> None:
    """Anything else is no progress."""
    (made,) = read(annotation(attributes=f'start="a" progress="{written}"')).annotations
    assert made.target.progress == progress


@given(st.lists(st.booleans(), max_size=6))
def test_every_annotation_is_accounted_for(usable: list[bool]) -> None:
    """Those that point nowhere and say nothing are skipped."""
    notebook = read("".join(annotation("Marked.") if u else "<annotation/>" for u in usable))
    assert notebook.found == len(usable)
    assert [made.sources[0] for made in notebook.annotations] == [
        number for number, use in enumerate(usable, 1) if use
    ]


def test_broken_xml_is_an_error_with_its_place() -> None:
    """Cut short on the way."""
    with pytest.raises(FormatError) as caught:
        annot.extract(sent(OPENING))
    assert caught.value.place == "part 2"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<annotationSet/>",
        "<a xmlns='http://ns.adobe.com/digitaleditions/annotations'/>",
        "See http://ns.adobe.com/digitaleditions/annotations for <annotationSet>",
    ],
)
def test_other_xml_is_left_alone(content: str) -> None:
    """Element and namespace both have to be Adobe's."""
    assert not annot.identify(sent(content))


def test_a_text_export_has_a_title_paragraphs_and_notes() -> None:
    """The last lines of a paragraph are its note."""
    export = sent(
        "The Salt Ledger\r\n\r\nMarked.\r\nNote: mine\r\nand more #tag\r\n\r\nAlso marked.\r\n"
    )
    assert text.identify(export)
    (notebook,) = text.extract(export)
    assert notebook.publication.title == "The Salt Ledger"
    assert [(a.target.quote, a.note, a.tags) for a in notebook.annotations] == [
        ("Marked.", "mine\nand more #tag", ("tag",)),
        ("Also marked.", "", ()),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "Title\n\nNo note at all.",
        "Title\nof two lines\n\nMarked.\nNote: mine",
        "---\ntitle: x\n---\n\nMarked.\nNote: mine",
        "# Title\n\nMarked.\nNote: mine",
        "Title\n\n> Marked.\nNote: mine",
        "A (B)\n- Your Highlight on page 1 | Added on Monday\n\nMarked.\nNote: mine\n=====",
        "From: Ida\nTo: me\n\nMarked.\nNote: mine",
        "Note: mine",
        "",
    ],
)
def test_other_texts_are_left_alone(content: str) -> None:
    """Whatever has a mark of another kind of file is not taken for Kobo's."""
    assert not text.identify(sent(content))


def test_the_text_of_a_mail_is_never_kobos() -> None:
    """Somebody writes "Note:" in a letter."""
    assert not text.identify(sent("Hello\n\nI read it.\nNote: twice", inline=True))
