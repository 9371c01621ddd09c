"""Notes as files: what the reader sees, in forms that other programs read."""

from __future__ import annotations

import csv
import io
import json

import pytest

from margins.annotation.jsonld import from_jsonld

from .documents import BOOK, OTHER_BOOK, highlight, imported, notes

EXPORT = """
query($format: ExportFormat!, $filter: AnnotationFilter! = {}) {
  export(format: $format, filter: $filter) { name mediaType content }
}
"""


@pytest.fixture
def library(api):
    """Two books, one note edited, one deleted."""
    imported(
        api,
        highlight("Second.", locationStart=20, locationEnd=21, tags=["two words"], note="why"),
        highlight("First.", locationStart=10, headings=["Part I"], created="2024-05-06T07:08:09"),
        highlight("Gone.", locationStart=30),
    )
    imported(api, highlight("Other."), key="k2", book=OTHER_BOOK)
    _, first, gone, _ = notes(api, "id")
    api.ask(
        """mutation($first: ID!, $gone: ID!) {
          editAnnotation(input: {id: $first, note: "mine"}) { __typename }
          deleteAnnotations(ids: [$gone]) { __typename }
        }""",
        {"first": first, "gone": gone},
    )
    return api


def _export(api, format_, **filter_):
    return api.ask(EXPORT, {"format": format_, "filter": filter_})["export"]


def test_markdown_is_one_file_per_book(library):
    """Each book is a file named after its title, with properties, callouts and block ids."""
    other, book = _export(library, "MARKDOWN")
    assert [other["name"], book["name"]] == ["A Second Shelf.md", "On the Keeping of Notes.md"]
    second, first, _ = (id_.replace("_", "-") for id_ in notes(library, "id"))
    assert (
        book["content"]
        == f"""\
---
title: "On the Keeping of Notes"
authors:
  - "Ada Example"
tags:
  - "two-words"
---

# On the Keeping of Notes

> [!quote] Part I · page 1 · location 10 · 2024-05-06
> First.
>
> mine

^{first}

> [!quote] page 1 · location 20-21
> Second.
>
> why
>
> #two-words

^{second}
"""
    )


def test_books_of_one_title_get_different_files(api):
    """Two books of the same title do not overwrite one another."""
    imported(api, highlight("One."), book={"title": "Poems", "creators": [{"name": "A"}]})
    imported(api, highlight("Two."), key="k2", book={"title": "POEMS", "creators": [{"name": "B"}]})
    names = {file["name"].casefold() for file in _export(api, "MARKDOWN")}
    assert len(names) == 2


def test_csv_has_a_row_per_note(library):
    """The table holds what the reader sees, without what they deleted."""
    (file,) = _export(library, "CSV")
    rows = list(csv.DictReader(io.StringIO(file["content"], newline="")))
    assert [(row["Quote"], row["Note"]) for row in rows] == [
        ("Other.", ""), ("First.", "mine"), ("Second.", "why"),
    ]  # fmt: skip
    assert rows[1]["Authors"] == "Ada Example"


def test_readwise_columns(library):
    """The columns are those of Readwise's import, with tags in its own way."""
    (file,) = _export(library, "READWISE", publications=_ids(library))
    rows = list(csv.DictReader(io.StringIO(file["content"], newline="")))
    assert rows[1] == {
        "Highlight": "Second.", "Title": BOOK["title"], "Author": "Ada Example", "URL": "",
        "Note": ".two_words why", "Location": "20", "Date": "",
    }  # fmt: skip
    assert rows[0]["Date"] == "2024-05-06 07:08:09"


def _ids(api):
    query = '{ publications(filter: {author: "ada"}) { nodes { id } } }'
    return [node["id"] for node in api.ask(query)["publications"]["nodes"]]


def test_jsonld_can_be_read_back(library):
    """The Web Annotation file holds the same notebooks."""
    (file,) = _export(library, "JSONLD")
    assert file["mediaType"] == "application/ld+json"
    assert json.loads(file["content"])["@context"]
    other, book = from_jsonld(json.loads(file["content"]))
    assert other.publication.title == OTHER_BOOK["title"]
    assert [a.target.quote for a in book.annotations] == ["First.", "Second."]
    assert book.annotations[0].note == "mine"
