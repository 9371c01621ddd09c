"""Real and hostile mail from the test suites of other mail programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from margins.errors import MailError
from margins.mail import attachments, cloud_link, parse

_MAIL = {".eml", ".txt", ".mbox", ".msg"}
_SECONDS = 2.0


def mails(shared: Path) -> Iterator[Path]:
    """Every file of the corpora that may be a message."""
    return (f for f in sorted((shared / "corpora").rglob("*")) if f.suffix in _MAIL)


def test_every_message_is_read_or_refused(shared: Path) -> None:
    """Nothing but MailError comes out of any of them, and none takes two seconds."""
    refused, count = [], 0
    for file in mails(shared):
        started = time.process_time()
        try:
            message = parse(file.read_bytes())
            attachments(message)
            cloud_link(message)
        except MailError as error:
            refused.append((file.name, str(error)))
        assert time.process_time() - started < _SECONDS, file
        count += 1
    assert count >= 600
    # A header block of 2 MiB, made to exhaust the stack of MIME parsers.
    assert [name for name, _ in refused] == ["stack-overflow.txt"]


def test_most_real_mail_names_its_author(shared: Path) -> None:
    """Strictness costs few honest authors: at least nine of ten messages with a From have one."""
    named = nameless = 0
    for file in mails(shared):
        if "espoofer" in str(file):
            continue
        try:
            message = parse(file.read_bytes())
        except MailError:
            continue
        if message.author:
            named += 1
        elif message.values("From"):
            nameless += 1
    assert named > 9 * nameless


@pytest.mark.parametrize(
    ("name", "count", "suffix"),
    [
        ("atomic-design", 1, ".html"),
        ("no-attachment", 0, ""),
        ("safari-books-csv", 1, ".csv"),
        ("structureless", 0, ""),
        ("clippings-email", 0, ""),
    ],
)
def test_readers_mails(shared: Path, name: str, count: int, suffix: str) -> None:
    """Mails in which readers really sent their notes: an author, a subject line, the file."""
    (file,) = (f for f in (shared / "samples" / "eml").iterdir() if name in f.name)
    message = parse(file.read_bytes())
    unpacked = attachments(message)
    attached = [a for a in unpacked.attachments if not a.inline]
    assert message.author is not None
    assert message.values("Subject")
    assert unpacked.problems == ()
    assert len(attached) == count
    assert all(a.suffix == suffix and len(a.text) > 1_000 for a in attached)
    assert any(a.inline and a.text.strip() for a in unpacked.attachments)
