"""Receipts as messages: golden files in six languages, and every header RFC 3834 asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

import pytest

from margins.agent.receipts import Report, compose, compose_notice
from margins.agent.receipts.words import WORDS
from margins.mail import parse
from margins.mail.forwarding import Confirmation
from margins.ports import Counts

GOLDEN = Path(__file__).parent / "golden"
ID = "01M84AX2ZX97AFB858CH7FVPJF"
NOW = 1_795_000_000.0
UNKNOWN = (
    "film.bin: No format recognises this file (video/mp4, 12 bytes). "
    "Send the file that the reading app exports, unchanged."
)
IMPORTED = Report(
    id=ID,
    counts=Counts(found=46, created=12, updated=3, unchanged=29, duplicates=1, skipped=2),
    books=(("A Book of Tides", 40), ("<Moored> & Other Poems", 5)),
    skipped=(
        "entry 12, Location 340: The entry has no text.",
        "page 3, annotation 13: It has neither a highlight nor a note.",
    ),
    problems=(UNKNOWN,),
)
NO_EXPORT = (
    "The mail has no attachment and its text is no export. Export your notes in the "
    "reading app and attach the file, or forward that mail."
)
EMPTY = (
    "part 3 (My Clippings.txt): This clippings file is empty. "
    "Mail My Clippings.txt from the documents folder of the Kindle."
)
FAILED = Report(id=ID, failure=(NO_EXPORT,))
SEVERAL = Report(
    id=ID,
    failure=(
        "part 2 (notes.zip): notes.csv is encrypted. Send it without a password.",
        EMPTY,
        "entry 1, Location 340: The highlight has no text.",
    ),
)
OURS = Report(id=ID, ours=True)

ASKED = Confirmation(service="Gmail", code="304200958", link="https://mail.google.com/mail/vf-x1")


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


def _notice(content: bytes) -> bytes:
    return compose_notice(
        ASKED,
        parse(content),
        id_=ID,
        sender="import@notes.example",
        to="reader@example.org",
        now=NOW,
    )


MADE: dict[str, Callable[[bytes], bytes]] = {
    "imported": partial(_compose, IMPORTED),
    "failed": partial(_compose, FAILED),
    "several": partial(_compose, SEVERAL),
    "ours": partial(_compose, OURS),
    "asked": _notice,
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", MADE)
def test_every_byte_is_as_reviewed(language: str, name: str) -> None:
    """The same facts give the same bytes, in every language."""
    made = MADE[name](_message(language))
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
        assert len(set(words.counts)) == 5
        assert "{more}" in words.more
        assert "{title}" in words.book
        assert "{notes}" in words.book
        assert "{subject}" in words.about
        assert "{id}" in words.about
        assert "{service}" in words.asks


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Found: 12,345 · new: 0"),
        ("de", "Gefunden: 12.345 · neu: 0"),
        ("fr", "Trouvées\u00a0: 12\u202f345 · nouvelles\u00a0: 0"),
        ("ja", "検出：12,345 · 新規：0"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language: str, line: str) -> None:
    """Digits in groups of three, and its own colon."""
    report = Report(id=ID, counts=Counts(found=12_345))
    reply = message_from_bytes(_compose(report, _message(language)), policy=default)
    assert line in reply.get_body(("plain",)).get_content()


@pytest.mark.parametrize("language", WORDS)
def test_typography(language: str) -> None:
    """No narrow colon between wide letters, no breakable space before a French one."""
    for make in MADE.values():
        reply = message_from_bytes(make(_message(language)), policy=default)
        text = reply.get_body(("plain",)).get_content().replace(ASKED.link, "")
        if language == "fr":
            assert not re.search(r"[ \w][:;!?»]|« ", text)
        if language in {"ja", "zh"}:
            assert not re.search(r"[\u3040-\u9fff][:;,()?!]|[:;,(][\u3040-\u9fff]", text)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No picture, script or font is loaded: whoever opens a letter tells nobody."""
    reply = message_from_bytes(_compose(IMPORTED, _message("en")), policy=default)
    html = reply.get_body(("html",)).get_content()
    assert not re.search(r"https?:|src=|url\(|<script|@import|<link", html)
