"""Bookcision's JSON, and the JSON it once read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Span
from margins.errors import FormatError
from margins.formats.bookcision import extract, identify
from margins.mail.entity import Attachment


def file(value: object) -> Attachment:
    return Attachment(content=json.dumps(value).encode())


def book(*highlights: object) -> Attachment:
    return file(
        {"asin": "B0", "title": "Fog", "authors": "Ada Quill", "highlights": list(highlights)}
    )


def mark(text: object = "The lamp.", **fields: object) -> dict[str, object]:
    return {"text": text, "isNoteOnly": False, "location": {"value": 307}, "note": None} | fields


def test_a_highlight_with_its_note_is_one_annotation() -> None:
    """The file itself keeps the two together."""
    (notebook,) = extract(book(mark(note="Who? #oil")))
    (annotation,) = notebook.annotations
    assert (annotation.note, annotation.tags) == ("Who? #oil", ("oil",))
    assert annotation.target.location == Span(307, 307)
    assert notebook.publication.identifiers == (("asin", "B0"),)


def test_a_note_alone_has_no_quote() -> None:
    """Its text is what the reader wrote."""
    (notebook,) = extract(book(mark("A thought.", isNoteOnly=True)))
    (annotation,) = notebook.annotations
    assert (annotation.motivation, annotation.note) == (Motivation.COMMENTING, "A thought.")
    assert annotation.target.quote == ""


def test_positions_of_150_bytes_make_a_location() -> None:
    """Amazon's own answer counts bytes, in text with character references."""
    item = {
        "asin": "B0",
        "highlight": "&ldquo;Fog&rdquo;",
        "startLocation": 213312,
        "endLocation": 213400,
        "timestamp": 0,
    }
    (notebook,) = extract(file({"items": [item]}))
    (annotation,) = notebook.annotations
    assert annotation.target.quote == "\u201cFog\u201d"
    assert annotation.target.location == Span(1423, 1423)
    assert annotation.created is None
    assert notebook.publication.title == "B0"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"title": "x", "highlights": [{"text": "y"}]},
        {"title": "x", "highlights": []},
        {"items": []},
        {"items": [{"highlight": "x"}]},
    ],
)
def test_other_json_is_not_claimed_and_refused(value: object) -> None:
    """The fields of the first entry decide."""
    assert not identify(file(value))
    with pytest.raises(FormatError, match="not Bookcision's"):
        extract(file(value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(["text", "isNoteOnly", "location", "note", "value"])


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON, max_size=5))
def test_entries_of_any_type_are_accounted_for(entries: list[object]) -> None:
    """Fields may be missing or of any type; each entry is kept or skipped."""
    (notebook,) = extract(book(mark(), *entries))
    assert notebook.found == len(entries) + 1
