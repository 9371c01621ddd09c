"""O'Reilly's CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from margins.formats.oreilly_csv import extract, identify
from margins.mail.entity import Attachment


def exports(shared: Path) -> Iterator[bytes]:
    """The file, and the same export as it came in a mail."""
    yield from (path.read_bytes() for path in (shared / "samples" / "oreilly_csv").iterdir())
    (mail,) = (shared / "samples" / "eml").glob("*safari*")
    for part in message_from_bytes(mail.read_bytes()).walk():
        if part.get_content_type() == "text/csv":
            yield bytes(part.get_payload(decode=True))


def test_every_row_of_the_samples_is_an_annotation(shared: Path) -> None:
    """As many as Python's own reader counts, with the same texts in the same order."""
    counts = []
    for content in exports(shared):
        rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True)))
        (notebook,) = extract(Attachment(content=content))
        assert [a.target.quote for a in notebook.annotations] == [
            row["Highlight"].strip() for row in rows
        ]
        assert (notebook.found, notebook.skipped) == (len(rows), ())
        counts.append(len(rows))
    assert counts == [36, 36]


@pytest.mark.parametrize("missing", ["Book URL", "Highlight", "Authors"])
def test_another_header_is_another_export(missing: str) -> None:
    """Exactly the columns of O'Reilly, none less and none more."""
    columns = [
        "Book Title", "Authors", "Chapter Title", "Date of Highlight", "Book URL", "Chapter URL",
        "Highlight URL", "Highlight", "Personal Note",
    ]  # fmt: skip
    assert identify(Attachment(content=",".join(columns).encode()))
    assert not identify(Attachment(content=",".join([*columns, "Mood"]).encode()))
    columns.remove(missing)
    assert not identify(Attachment(content=",".join(columns).encode()))
