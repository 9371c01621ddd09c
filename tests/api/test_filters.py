"""Filters: all that is given must hold."""

from __future__ import annotations

import pytest

from .documents import OTHER_BOOK, highlight, imported

QUERY = "query($f: AnnotationFilter!) { annotations(filter: $f) { nodes { quote } } }"


@pytest.fixture
def library(api):
    """Three notes in two books."""
    imported(
        api,
        highlight("A", tags=["Rome"], colour="red", created="2023-12-31T23:59:59"),
        highlight("B", tags=["rome", "law"], colour="blue", created="2024-01-01T00:00:00"),
    )
    imported(
        api,
        {"motivation": "COMMENTING", "note": "x", "quote": "C", "colour": "red"},
        key="k2",
        book=OTHER_BOOK,
    )
    return api


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "ABC"),
        ({"tags": ["ROME"]}, "AB"),
        ({"tags": ["law", "none"]}, "B"),
        ({"tags": []}, ""),
        ({"colours": ["red"]}, "AC"),
        ({"colours": ["red"], "tags": ["rome"]}, "A"),
        ({"author": "sample"}, "C"),
        ({"author": "EXAMPLE"}, "AB"),
        ({"motivations": ["COMMENTING"]}, "C"),
        ({"createdFrom": "2024-01-01"}, "B"),
        ({"createdBefore": "2024-01-01"}, "A"),
        ({"sources": ["none"]}, ""),
        ({"deleted": True}, ""),
    ],
)
def test_annotations(library, wanted, expected):
    """Each filter keeps the annotations it describes."""
    nodes = library.ask(QUERY, {"f": wanted})["annotations"]["nodes"]
    assert "".join(node["quote"] for node in nodes) == expected


@pytest.fixture
def travels(api):
    """Four notes around one midnight in UTC, said in three time zones and in none."""
    imported(
        api,
        highlight("A", created="2024-01-01T08:59:59+09:00"),  # 23:59:59 the day before
        highlight("B", created="2023-12-31T19:00:00-05:00"),  # 00:00:00
        highlight("C", created="2024-01-01T00:00:01.250000"),
        highlight("D", created="2024-01-01T00:00:02Z"),
        highlight("never"),
    )
    return api


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"createdFrom": "2024-01-01T00:00:00Z"}, "BCD"),
        ({"createdFrom": "2024-01-01"}, "BCD"),
        ({"createdFrom": "2024-01-01T09:00:00+09:00"}, "BCD"),
        ({"createdBefore": "2023-12-31T19:00:00-05:00"}, "A"),
        ({"createdBefore": "2024-01-01T00:00:01.250Z"}, "AB"),
        ({"createdFrom": "2024-01-01T00:00:01.250Z"}, "CD"),
        ({"createdFrom": "2024-01-01T00:00:01", "createdBefore": "2024-01-01T01:00:02+01:00"}, "C"),
    ],
)
def test_times_are_compared_whatever_their_offset(travels, wanted, expected):
    """A moment is the same moment in every time zone; one without an offset is taken for UTC."""
    nodes = travels.ask(QUERY, {"f": wanted})["annotations"]["nodes"]
    assert "".join(node["quote"] for node in nodes) == expected


def test_times_are_sorted_whatever_their_offset(travels):
    """Page by page too, with what has no time first; each is shown as the export said it."""
    query = """query($after: String) { annotations(sort: CREATED, first: 2, after: $after) {
        nodes { quote created } pageInfo { endCursor } } }"""
    seen, after = [], None
    for _ in range(3):
        page = travels.ask(query, {"after": after})["annotations"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    assert [node["quote"] for node in seen] == ["never", "A", "B", "C", "D"]
    assert seen[1]["created"] == "2024-01-01T08:59:59+09:00"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"title": "SHELF"}, ["A Second Shelf"]),
        ({"author": "ada"}, ["On the Keeping of Notes"]),
        ({"author": "x" * 70_000}, []),
        ({"tags": ["law"]}, ["On the Keeping of Notes"]),
        ({"tags": ["law"], "author": "ben"}, []),
        ({}, ["A Second Shelf", "On the Keeping of Notes"]),
    ],
)
def test_publications(library, wanted, expected):
    """Books are found by part of title or author, and by the tags of their notes."""
    query = "query($f: PublicationFilter!) { publications(filter: $f) { nodes { title } } }"
    nodes = library.ask(query, {"f": wanted})["publications"]["nodes"]
    assert [node["title"] for node in nodes] == expected


def test_an_edited_colour_is_the_one_filtered_by(library):
    """A filter sees what the reader sees."""
    nodes = library.ask("{ annotations { nodes { id } } }")["annotations"]["nodes"]
    edit = "mutation($input: EditAnnotationInput!) { editAnnotation(input: $input) { __typename } }"
    library.ask(edit, {"input": {"id": nodes[0]["id"], "colour": "green"}})
    found = library.ask(QUERY, {"f": {"colours": ["green"]}})["annotations"]["nodes"]
    assert [node["quote"] for node in found] == ["A"]


def test_the_notes_of_one_book(library):
    """A publication lists its own notes, and the filter narrows them further."""
    query = """{ publications(filter: {author: "ada"}) { nodes {
        annotations(filter: {colours: ["blue"]}) { totalCount nodes { quote } } } } }"""
    (book,) = library.ask(query)["publications"]["nodes"]
    assert book["annotations"] == {"totalCount": 1, "nodes": [{"quote": "B"}]}
