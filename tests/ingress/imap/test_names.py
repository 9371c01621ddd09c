"""Names of folders as IMAP writes them (RFC 3501 s5.1.3)."""

from __future__ import annotations

import pytest

from margins.ingress.imap.names import folder_name, quoted, readable


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", b'"INBOX"'),
        ("Notes & more", b'"Notes &- more"'),
        ("~peter/mail/台北/日本語", b'"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
        ('a "b" \\c', b'"a \\"b\\" \\\\c"'),
        ("😀", b'"&2D3eAA-"'),
    ],
)
def test_a_name_is_written_and_read(name: str, written: bytes) -> None:
    """In modified UTF-7, one way and back; the third is the RFC's own."""
    assert folder_name(name) == written
    unquoted = written[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    assert readable(unquoted) == name


@pytest.mark.parametrize("text", ["a\r\nb", "a\0", "ä"])
def test_nothing_that_ends_a_line_is_quoted(text: str) -> None:
    """It would be another command."""
    with pytest.raises(ValueError, match="printable"):
        quoted(text)


@pytest.mark.parametrize("name", [b"&", b"&!-", b"&AOQ", b"\xff", b"&A-"])
def test_a_strange_name_is_shown_as_it_can_be(name: bytes) -> None:
    """Never an error: it stands in the remedy of one."""
    assert isinstance(readable(name), str)
