"""Apple Books: excerpts in every observed language, and notes whose parts have classes."""

from __future__ import annotations

import time

import pytest

from margins.annotation import Motivation
from margins.formats.apple_books import excerpt, notes
from margins.formats.apple_books.words import WORDS, Words
from margins.mail.entity import Attachment


def sent(content: str, media_type: str = "text/plain") -> Attachment:
    return Attachment(content=content.encode(), media_type=media_type, place="body", inline=True)


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.language)
@pytest.mark.parametrize("media_type", ["text/plain", "text/html"])
def test_every_language_of_the_table_is_read(words: Words, media_type: str) -> None:
    """Text, title and author, in plain text and in a web page."""
    for marker in words.markers:
        lines = [
            "“Marked.”",
            "",
            marker,
            "The Salt Ledger",
            "Ida Marlow",
            words.copyright,
            "",
            "Bye",
        ]
        body = "\n".join(lines)
        if media_type == "text/html":
            body = "<html><body>" + "".join(f"<div>{line or '<br>'}</div>" for line in lines)
        attachment = sent(body, media_type)
        assert excerpt.identify(attachment)
        (notebook,) = excerpt.extract(attachment)
        assert notebook.publication.title == "The Salt Ledger"
        assert notebook.publication.authors == ("Ida Marlow",)
        assert [a.target.quote for a in notebook.annotations] == ["Marked."]
        assert notebook.warnings == ()


def test_words_below_an_excerpt_are_known_only_together() -> None:
    """A line "Excerpt From" in a letter is not enough, and neither is the word on copyright."""
    assert not excerpt.identify(sent("Excerpt From\nmy diary\n"))
    assert not excerpt.identify(sent("This material may be protected by copyright.\n"))
    assert not excerpt.identify(sent("Excerpt From: a letter. “Dear Ida.” Yours, T.\n"))


def test_what_stands_above_an_excerpt_is_said_to_be_left_out() -> None:
    """The reader's own words are not imported silently, and not dropped silently."""
    lines = [
        "Hi!",
        "“Marked.”",
        "Excerpt From",
        "A",
        "This material may be protected by copyright.",
    ]
    (notebook,) = excerpt.extract(sent("\n".join(lines)))
    assert notebook.annotations[0].target.quote == "Marked."
    assert "'Hi!'" in notebook.warnings[0]


def test_an_excerpt_without_marks_is_the_paragraph_above() -> None:
    """Somebody removed the quotation marks."""
    lines = ["Hello.", "", "Marked,", "twice.", "", "Excerpt From", "A", WORDS[0].copyright]
    (notebook,) = excerpt.extract(sent("\n".join(lines)))
    assert notebook.annotations[0].target.quote == "Marked,\ntwice."


def note(
    text: str = "Marked.", own: str = "", pen: str = "yellow", chapter: str = "One, p. 3"
) -> str:
    return (
        '<div class="annotation"><div class="annotationheader">'
        '<div class="annotationdate">June 2, 2024</div>'
        f'<div class="annotationchapter">{chapter}</div></div><div class="annotationcontent">'
        f'<div class="annotationselectionMarker {pen}"></div>'
        f'<p class="annotationrepresentativetext">{text}</p>'
        f'<p class="annotationnote">{own}</p></div></div>'
    )


def page(*entries: str) -> Attachment:
    head = '<h1 class="booktitle">The Salt Ledger</h1><h2>Ida Marlow</h2>'
    return sent(f"<html><body>{head}{''.join(entries)}</body></html>", "text/html")


@pytest.mark.parametrize("prefix", ["", "x_", "m_-8123_"])
def test_forwarding_does_not_hide_the_classes(prefix: str) -> None:
    """Mail programs put something before every class name."""
    source = page(note(own="Mine. #tag")).text.replace('class="', f'class="{prefix}')
    attachment = sent(source.replace("Marker ", f"Marker {prefix}"), "text/html")
    assert notes.identify(attachment)
    (notebook,) = notes.extract(attachment)
    (annotation,) = notebook.annotations
    assert (annotation.target.quote, annotation.note) == ("Marked.", "Mine. #tag")
    assert (annotation.colour, annotation.target.page) == ("yellow", "3")
    assert notebook.publication.authors == ("Ida Marlow",)


@pytest.mark.parametrize(
    ("chapter", "headings", "page_label"),
    [
        ("One, Two, p. 3", ("One, Two",), "3"),
        ("Foreword, p. xii", ("Foreword",), "xii"),
        ("Vorwort, S. 12", ("Vorwort",), "12"),
        ("In 1984, they", ("In 1984, they",), ""),
        ("", (), ""),
    ],
)
def test_the_page_ends_the_chapter(
    chapter: str, headings: tuple[str, ...], page_label: str
) -> None:
    """Whatever the word for page; commas and years of a chapter stay in it."""
    (notebook,) = notes.extract(page(note(chapter=chapter)))
    target = notebook.annotations[0].target
    assert (target.headings, target.page) == (headings, page_label)


def test_underlining_is_a_style_and_not_a_colour() -> None:
    """The default pen underlines."""
    (notebook,) = notes.extract(page(note(pen="defaultColor"), note(text="", own="Only mine.")))
    underlined, alone = notebook.annotations
    assert (underlined.colour, underlined.style) == ("", "underline")
    assert alone.motivation is Motivation.COMMENTING


def test_every_note_is_accounted_for() -> None:
    """An empty one is skipped with its chapter."""
    (notebook,) = notes.extract(page(note(), note(text=""), note()))
    assert notebook.found == 3
    assert [(s.entry, s.place) for s in notebook.skipped] == [(2, "note 2, One, p. 3")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["Excerpt From\n", "“", "\n", "https://itun.es/x\n", "a\n", "iBooks “”: "]
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """A megabyte of any piece of an excerpt is read within seconds."""
    body = unit * (1_000_000 // len(unit)) + "\nExcerpt From\nA\n" + WORDS[0].copyright
    started = time.process_time()
    excerpt.extract(sent(body))
    assert time.process_time() - started < 5
