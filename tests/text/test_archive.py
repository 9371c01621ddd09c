"""Compressed files give what was asked for and no more."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text.archive import MAX_ENTRIES, inflate, open_zip

MEGABYTE = 1024 * 1024


def zipped(
    members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return file.getvalue()


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1), st.binary()
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_members_are_read_as_they_were_written(members: dict[str, bytes], method: int) -> None:
    """Stored or deflated, whatever their names."""
    archive = open_zip(zipped(members, method))
    for name, content in members.items():
        assert name in archive
        assert archive.read(name, limit=len(content)) == content


def test_a_comment_at_the_end_is_no_hindrance() -> None:
    """The directory is found before a comment of any length."""
    content = zipped({"a": b"1"}, comment=b"x" * 65_535)
    assert open_zip(content).read("a", limit=10) == b"1"


def test_the_beginning_is_read_without_the_rest() -> None:
    """`whole=False` gives as much as the limit allows."""
    archive = open_zip(zipped({"a": b"abc" * MEGABYTE}))
    assert archive.read("a", limit=4, whole=False) == b"abca"
    with pytest.raises(FormatError, match="more than 4 bytes"):
        archive.read("a", limit=4)


def test_a_bomb_is_not_unpacked() -> None:
    """Zeros packed a thousand times over stop at the limit, and at the ratio below it."""
    archive = open_zip(zipped({"a": bytes(64 * MEGABYTE)}))
    with pytest.raises(FormatError, match="more than 52428800 bytes"):
        archive.read("a", limit=50 * MEGABYTE)
    archive = open_zip(zipped({"a": bytes(4 * MEGABYTE)}))
    with pytest.raises(FormatError, match="100 times"):
        archive.read("a", limit=50 * MEGABYTE)


def test_sizes_that_the_archive_states_are_not_trusted() -> None:
    """A member that claims to hold one byte is still bounded by what was asked for."""
    content = zipped({"a": bytes(8 * MEGABYTE)})
    lying = content.replace(struct.pack("<L", 8 * MEGABYTE), struct.pack("<L", 1))
    assert lying != content
    with pytest.raises(FormatError, match="more than 1000 bytes"):
        open_zip(lying).read("a", limit=1000)


def test_too_many_members_are_refused() -> None:
    """A directory of a thousand members is read, one of more is not."""
    names = {str(number): b"" for number in range(MAX_ENTRIES)}
    assert len(open_zip(zipped(names)).entries) == MAX_ENTRIES
    with pytest.raises(FormatError, match="members"):
        open_zip(zipped({**names, "one more": b""}))


def test_two_members_of_one_name_are_refused() -> None:
    """Two readers could take different ones for the document."""
    content = zipped({"first": b"1", "secnd": b"2"}).replace(b"secnd", b"first")
    with pytest.raises(FormatError, match="two members"):
        open_zip(content)


def test_a_password_is_named_as_the_reason() -> None:
    """Methods other than stored and deflated are not read."""
    with pytest.raises(FormatError, match="packed by method 12"):
        open_zip(zipped({"a": b"1"}, zipfile.ZIP_BZIP2)).read("a", limit=10)


@given(st.data())
def test_damaged_archives_raise_nothing_else(data: st.DataObject) -> None:
    """Any byte changed or cut: a member, or FormatError."""
    content = bytearray(zipped({"word/document.xml": b"<a>some text to pack</a>" * 20}))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(FormatError):
        archive = open_zip(cut)
        for name in archive.entries:
            assert len(archive.read(name, limit=10_000)) <= 10_000


@given(st.binary())
def test_a_zlib_stream_is_read_up_to_the_limit(content: bytes) -> None:
    """Exactly the limit is enough, one byte less is not."""
    packed = zlib.compress(content)
    assert inflate(packed, limit=max(len(content), 1)) == content
    if len(content) > 1:
        with pytest.raises(FormatError, match="more than"):
            inflate(packed, limit=len(content) - 1)


@pytest.mark.parametrize("packed", [b"", b"x\x9c", zlib.compress(b"some text")[:-3], b"not packed"])
def test_a_damaged_stream_is_an_error(packed: bytes) -> None:
    """Cut short or never packed."""
    with pytest.raises(FormatError, match="broken"):
        inflate(packed, limit=100)
