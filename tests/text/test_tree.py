"""JSON of other people."""

from __future__ import annotations

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text.tree import array, head, load, number, record, string, whole

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(st.text(), VALUES, max_size=4)


def is_part(part: object, whole_value: object) -> bool:
    """True when the part can be had from the whole by leaving things out at the end."""
    if isinstance(part, list) and isinstance(whole_value, list):
        return len(part) <= len(whole_value) and all(map(is_part, part, whole_value))
    if isinstance(part, dict) and isinstance(whole_value, dict):
        return part.keys() <= whole_value.keys() and all(
            is_part(part[key], whole_value[key]) for key in part
        )
    return part == whole_value


@given(CONTAINERS)
def test_a_whole_document_is_its_own_head(value: object) -> None:
    """Nothing is lost of what fits."""
    assert head(json.dumps(value)) == value == load(json.dumps(value), "")


@given(CONTAINERS, st.data())
def test_a_cut_document_gives_what_stands_before_the_cut(
    value: object, data: st.DataObject
) -> None:
    """Wherever it is cut, what is read is a part of the whole, and something is always read."""
    text = json.dumps(value)
    cut = data.draw(st.integers(1, len(text)))
    part = head(text[:cut])
    assert part is not None
    assert is_part(part, value)


def test_the_head_of_a_long_document_reaches_far() -> None:
    """All entries but the last that fit in 64 KiB are seen, at once."""
    text = json.dumps([{"n": n, "text": "x" * 100} for n in range(10_000)])
    started = process_time()
    seen = array(head(text))
    assert process_time() - started < 1
    assert 480 < len(seen) < 600
    assert record(seen[100])["n"] == 100


@pytest.mark.parametrize("text", ["", "null", "word", '"text"', "12", "<html>", "\\", "}"])
def test_what_does_not_begin_like_a_document_has_no_head(text: str) -> None:
    """Objects and arrays only."""
    assert head(text) is None


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[1" + "0" * 5000 + "]", "[1", "{'a': 1}"]
)
def test_hostile_documents_are_refused_not_raised_over(text: str) -> None:
    """Too deep, too long a number, cut off, not JSON: a FormatError with a place and a remedy."""
    head(text)
    with pytest.raises(FormatError) as refusal:
        load(text, "notes.json")
    assert refusal.value.place.startswith("notes.json")
    assert refusal.value.remedy


def test_values_of_the_wrong_type_are_empty() -> None:
    """A field of any type never breaks a format."""
    assert (record([1]), array({"a": 1}), string({}), string(True)) == ({}, [], "", "")
    assert (string(12), string(" a\ud800\0b ")) == ("12", "a\ufffd\ufffdb")
    assert (number(True), number("1"), number(float("nan")), number(1e300)) == (None,) * 4
    assert (whole(2.0), whole(2.5), whole(-1), whole(None)) == (2, None, None, None)
