"""Real exports of Kobo, KOReader, Moon+ Reader and Play Books: everything in them is accounted for.

The entries are counted here a second time, by code that shares nothing with the formats: rows by
SQL, table rows by the standard library's XML reader, records and braces by their text.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from margins.annotation import Notebook
from margins.catalogue import BUILT_IN
from margins.formats import identify
from margins.mail.entity import Attachment

pytestmark = pytest.mark.slow

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def kobo_rows(content: bytes) -> int:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content[:18] + b"\1\1" + content[20:])
        return int(connection.execute("SELECT count(*) FROM Bookmark").fetchone()[0])


def docx_rows(content: bytes, path: Path) -> int:
    """Innermost table rows, without those of the title and of the notice."""
    with zipfile.ZipFile(path) as archive:
        document = ElementTree.fromstring(archive.read("word/document.xml"))
    innermost = [t for t in document.iter(f"{W}tbl") if len(list(t.iter(f"{W}tbl"))) == 1]
    return sum(len(list(table.iter(f"{W}tr"))) for table in innermost) - 2


def html_rows(content: bytes) -> int:
    """The same by counting tags: two tables around every note, and two of a row each above."""
    tables = len(re.findall(rb"<table\b", content))
    return (tables - 2) // 2


def lua_rows(content: bytes) -> int:
    """Rows of both generations: only they have a time."""
    return len(re.findall(rb'\["datetime"\] = ', content))


def json_entries(content: bytes) -> int:
    value = json.loads(content)
    return sum(len(document["entries"]) for document in value.get("documents", [value]))


def an_records(content: bytes) -> int:
    text = zlib.decompress(content)
    return text.count(b"#A@#") or len(re.findall(rb"(?m)^#\n\d+\n", text))


def mrexpt_records(content: bytes) -> int:
    return len(re.findall(rb"(?m)^#\n\d+\n.*\n/", content))


def unwrapped(path: Path) -> bytes:
    """The one .mrexpt sample is kept inside a JSON file."""
    content = path.read_bytes()
    if path.parent.name == "moonreader_mrexpt":
        return str(json.loads(content)["highlightContent"]).encode()
    return content


COUNTS: dict[str, tuple[str, Callable[[bytes, Path], int], int]] = {
    "googleplay_docx": ("play-books-docx", docx_rows, 1506),
    "googleplay_html": ("play-books-html", lambda content, _: html_rows(content), 1503),
    "kobo_sqlite": ("kobo-sqlite", lambda content, _: kobo_rows(content), 25),
    "koreader_json": ("koreader-json", lambda content, _: json_entries(content), 54),
    "koreader_lua": ("koreader-lua", lambda content, _: lua_rows(content), 153),
    "moonreader_an": ("moonreader-an", lambda content, _: an_records(content), 92),
    "moonreader_mrexpt": ("moonreader-mrexpt", lambda content, _: mrexpt_records(content), 12),
}


@cache
def read(path: Path) -> tuple[str, bytes, tuple[Notebook, ...]]:
    """The name of the one format that claims the file, its content, and what the format says."""
    content = unwrapped(path)
    attachment = Attachment(content=content, filename=path.name, place=path.name)
    form = identify(attachment, BUILT_IN)
    assert form is not None, path.name
    return form.about.name, content, form.extract(attachment)


def exports(shared: Path, folder: str) -> list[Path]:
    return sorted((shared / "samples" / folder).iterdir())


@pytest.mark.parametrize("folder", COUNTS)
def test_every_entry_of_real_exports_is_accounted_for(shared: Path, folder: str) -> None:
    """One format claims each file, and finds as many entries as counted independently."""
    name, count, expected = COUNTS[folder]
    total = 0
    for path in exports(shared, folder):
        claimed, content, notebooks = read(path)
        found = sum(notebook.found for notebook in notebooks)
        assert (claimed, found) == (name, count(content, path)), path.name
        total += found
    assert total == expected


@pytest.mark.parametrize("folder", COUNTS)
def test_nothing_of_real_exports_is_skipped_or_unread(shared: Path, folder: str) -> None:
    """Every entry became a note with a time, and only what is known to be unusual is warned of."""
    usual = ("Sync files of a PDF do not name the book", "The export does not say which book")
    for path in exports(shared, folder):
        for notebook in read(path)[2]:
            assert notebook.skipped == (), path.name
            assert [w for w in notebook.warnings if not w.startswith(usual)] == [], path.name
            assert all(annotation.created for annotation in notebook.annotations), path.name


def test_a_document_says_the_same_as_docx_and_as_web_page(shared: Path) -> None:
    """Play Books notes that exist in both forms: same text, notes, pages, chapters and dates."""
    pages = {path.stem: path for path in exports(shared, "googleplay_html")}
    both = [path for path in exports(shared, "googleplay_docx") if path.stem in pages]
    assert len(both) == 25
    for path in both:
        (a,), (b,) = read(path)[2], read(pages[path.stem])[2]
        assert (a.publication.title, a.publication.creators, a.publication.publisher) == (
            b.publication.title,
            b.publication.creators,
            b.publication.publisher,
        )
        for one, other in zip(a.annotations, b.annotations, strict=True):
            assert one.target.quote.split() == other.target.quote.split(), path.name
            assert (one.note, one.created, one.target.page, one.target.headings) == (
                other.note,
                other.created,
                other.target.page,
                other.target.headings,
            )
