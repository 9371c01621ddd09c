"""XML becomes a small tree, unless it could do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text import xml
from margins.text.xml import read_xml


def test_a_document_is_a_tree() -> None:
    """Names carry their namespace; text keeps its order around elements."""
    root = read_xml(b'<a xmlns="urn:x" xmlns:y="urn:y" y:k="1">one<b>two</b><y:c/>three</a>')
    assert root.name == "{urn:x}a"
    assert root.attributes == {"{urn:y}k": "1"}
    assert [child.name for child in root.children] == ["{urn:x}b", "{urn:y}c"]
    assert root.text == "onetwothree"


def test_children_are_found_by_path() -> None:
    """The first of each name on the way; None where the way ends."""
    root = read_xml(b"<a><b><c>1</c><c>2</c></b><b><c>3</c></b></a>")
    found = root.first("b", "c")
    assert found is not None
    assert found.text == "1"
    assert root.first("b", "d") is None
    assert [element.text for element in root.every("c")] == ["1", "2", "3"]


def test_unwanted_elements_leave_what_is_inside() -> None:
    """With `keep`, the tree has only the elements named, at the place they stood."""
    root = read_xml(b"<a><skip><b>1</b></skip>2<skip>3</skip></a>", keep={"a", "b"})
    assert [child.name for child in root.children] == ["b"]
    assert root.text == "123"


@pytest.mark.parametrize(
    "declaration",
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">',
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_document_type_is_refused(declaration: bytes) -> None:
    """Entity bombs and outside files need one, exports do not."""
    with pytest.raises(FormatError, match="document type"):
        read_xml(declaration + b"<a>&b;</a>", place="notes.annot")


def test_nesting_is_bounded() -> None:
    """A million open elements are refused, not built."""
    deep = b"<a>" * xml.MAX_DEPTH + b"</a>" * xml.MAX_DEPTH
    assert read_xml(deep).name == "a"
    with pytest.raises(FormatError, match="nested too deep"):
        read_xml(b"<a>" * 1_000_000)


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements that are not kept count too."""
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 10)
    assert len(read_xml(b"<a>" + b"<b/>" * 9 + b"</a>").children) == 9
    with pytest.raises(FormatError, match="too many"):
        read_xml(b"<a>" + b"<b/>" * 10 + b"</a>", keep={"a"})


def test_an_error_names_place_and_line() -> None:
    """A person can find what is broken."""
    with pytest.raises(FormatError, match="line 2") as caught:
        read_xml(b"<a>\n<b></a>", place="notes.annot")
    assert caught.value.place == "notes.annot"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"<a",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        b"<a>&nbsp;</a>",
        b"\xff\xfe",
    ],
)
def test_what_is_not_xml_is_an_error(content: bytes) -> None:
    """Never another exception."""
    with pytest.raises(FormatError):
        read_xml(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_an_error(content: bytes) -> None:
    """Nothing but FormatError comes out."""
    for data in (content, b"<a>" + content + b"</a>"):
        try:
            read_xml(data)
        except FormatError:
            continue
