"""Receipts as messages: golden files in six languages, and every header RFC 3834 asks for."""

from __future__ import annotations

import os
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from margins.agent.receipts import Report, compose
from margins.agent.receipts.words import WORDS
from margins.mail import parse
from margins.ports import Counts

GOLDEN = Path(__file__).parent / "golden"
ID = "01M84AX2ZX97AFB858CH7FVPJF"
NOW = 1_795_000_000.0
IMPORTED = Report(
    id=ID,
    counts=Counts(found=46, created=12, updated=3, unchanged=29, duplicates=1, skipped=2),
    books=(("A Book of Tides", 40), ("<Moored> & Other Poems", 5)),
    skipped=(
        "entry 12, Location 340: The entry has no text.",
        "entry 13: It belongs to no book.",
    ),
    problems=("film.bin: No format recognises this file.",),
)
FAILED = Report(id=ID, failure="The mail has no attachment. Attach the export & send it again.")


def _message(
    language: str, message_id: str = "<1@example.org>", subject: str = "My notes"
) -> bytes:
    return (
        f"From: reader@example.org\r\nSubject: {subject}\r\nAccept-Language: {language}\r\n"
        f"Message-ID: {message_id}\r\n\r\nText.\r\n"
    ).encode()


def _compose(report: Report, content: bytes) -> bytes:
    to = "reader@example.org"
    return compose(report, parse(content), sender="import@notes.example", to=to, now=NOW)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", ["imported", "failed"])
def test_every_byte_is_as_reviewed(language: str, name: str) -> None:
    """The same facts give the same bytes, in every language."""
    made = _compose(IMPORTED if name == "imported" else FAILED, _message(language))
    path = GOLDEN / f"{name}.{language}.eml"
    if os.environ.get("MARGINS_WRITE_GOLDEN"):
        path.write_bytes(made)
    assert made == path.read_bytes()


def test_it_says_that_a_program_answers_and_what() -> None:
    """RFC 3834 s3.1: Auto-Submitted, In-Reply-To, References, and a mark of our own."""
    reply = message_from_bytes(_compose(IMPORTED, _message("en")), policy=default)
    assert reply["Auto-Submitted"] == "auto-replied"
    assert reply["In-Reply-To"] == reply["References"] == "<1@example.org>"
    assert reply["X-Margins-Receipt"] == ID
    assert reply["Subject"] == "Auto: My notes"
    assert (reply["From"], reply["To"]) == ("Margins <import@notes.example>", "reader@example.org")


@pytest.mark.parametrize("message_id", ["", "garbage", "<a b@c>", "<" + "x" * 300 + "@y>"])
def test_what_is_no_message_id_is_not_repeated(message_id: str) -> None:
    """The header of the answer is not written by whoever is answered."""
    reply = message_from_bytes(_compose(IMPORTED, _message("en", message_id)), policy=default)
    assert "In-Reply-To" not in reply


@pytest.mark.parametrize(
    "subject",
    ["=?utf-8?Q?a=0D=0ABcc=3A_victim=40example=2Enet?=", "x" * 5000, "=?utf-8?B?/////w==?=", ""],
)
def test_no_subject_breaks_out_of_its_field(subject: str) -> None:
    """Line breaks, endless and undecodable subjects become one short line."""
    reply = message_from_bytes(_compose(FAILED, _message("en", subject=subject)), policy=default)
    assert "Bcc" not in reply
    assert len(reply["Subject"]) <= 200
    assert reply.get_body(("plain",)) is not None


def test_long_lists_are_cut_and_say_so() -> None:
    """A thousand skipped entries make twenty lines and a count."""
    report = Report(id=ID, skipped=tuple(f"entry {n}: Empty." for n in range(1000)))
    reply = message_from_bytes(_compose(report, _message("en")), policy=default)
    text = reply.get_body(("plain",)).get_content()
    assert "entry 19: Empty." in text
    assert "entry 20: Empty." not in text
    assert "… and 980 more" in text


def test_html_is_escaped() -> None:
    """A book's title is text, whatever it looks like."""
    reply = message_from_bytes(_compose(IMPORTED, _message("en")), policy=default)
    assert "&lt;Moored&gt; &amp; Other Poems" in reply.get_body(("html",)).get_content()


def test_every_language_has_every_place_filled() -> None:
    """No translation lost a number or a name."""
    for words in WORDS.values():
        for place in ("{found}", "{created}", "{updated}", "{unchanged}", "{skipped}"):
            assert place in words.counts
        assert "{more}" in words.more
        assert "{subject}" in words.about
        assert "{id}" in words.about
