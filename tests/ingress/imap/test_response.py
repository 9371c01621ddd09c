"""Answers of IMAP servers, as each of them writes them, and as none should."""

from __future__ import annotations

import socket
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import Unavailable
from margins.ingress.imap import Rules
from margins.ingress.imap.response import Response, attributes, read_response
from margins.ingress.imap.wire import Wire

RULES = Rules(host="127.0.0.1", port=1, user="ada", password="hush", addresses=())


def read(said: bytes) -> list[Response]:
    """All responses until the server hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        wire = Wire(ours, RULES, Event())
        wire.expect(seconds=5, most=100_000)
        found = []
        try:
            while True:
                found.append(read_response(wire))
        except Unavailable:
            return found


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (b"* 2 FETCH (UID 7 RFC822.SIZE 9 BODY[] {2}\r\nhi)\r\n", b"hi"),
        (b"* 2 FETCH (BODY[HEADER.FIELDS (TO CC)]<0> {2}\r\nhi UID 7 RFC822.SIZE 9)\r\n", b"hi"),
        (b'* 2 fetch (uid 7 rfc822.size 9 body[header.fields ("TO" "CC")] {2}\r\nhi)\r\n', b"hi"),
        (
            b'* 2 FETCH (FLAGS (\\Seen $A) UID 7 RFC822.SIZE 9 BODY[] "say \\"hi\\"")\r\n',
            b'say "hi"',
        ),
        (b"* 2 FETCH (UID 7 RFC822.SIZE 9 BODY[] NIL X-GM-LABELS ())\r\n", None),
        (b'* 2 FETCH (UID 7 RFC822.SIZE 9 BODY[] "NIL")\r\n', b"NIL"),
        (
            b"* 2 FETCH (UID 7 RFC822.SIZE 9 BODY[] {10}\r\n* 9 (\r\n\xff\r))\r\n",
            b"* 9 (\r\n\xff\r)",
        ),
    ],
)
def test_a_mail_however_it_is_written(said: bytes, body: bytes | None) -> None:
    """Any order, any case, quoted or literal; what is in a literal is nothing else."""
    [response] = read(said)
    assert (response.number, response.word) == (2, b"FETCH")
    found = attributes(response)
    assert (found[b"UID"], found[b"RFC822.SIZE"], found[b"BODY"]) == (b"7", b"9", body)


def test_the_text_of_a_status_is_no_literal() -> None:
    """Whatever it ends with."""
    said = b"* OK [UIDVALIDITY 3] braces {5}\r\nm1 NO [ALERT] more {7}\r\n+ go {9}\r\n+\r\n"
    status, end, *go_on = read(said)
    assert (status.code, status.word) == (b"UIDVALIDITY 3", b"OK")
    assert (end.tag, end.word, end.code, end.said) == (b"m1", b"NO", b"ALERT", "[ALERT] more {7}")
    assert [each.tag for each in go_on] == [b"+", b"+"]


_PIECES = st.sampled_from(
    [b"* ", b"1 ", b"FETCH ", b"OK ", b"(", b")", b"UID 7 ", b"BODY[", b"]", b"<0>", b'"', b"\\",
     b"{3}\r\n", b"{9}", b"\r\n", b"\n", b"NIL ", b"\xff", b"\0", b"m1 ", b"+ ", b" "]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map(b"".join))
def test_nonsense_is_unavailable_or_something(said: bytes) -> None:
    """No answer makes it raise anything else."""
    for response in read(said + b"\r\n"):
        try:
            found = attributes(response)
        except Unavailable:
            continue
        assert all(isinstance(name, bytes) for name in found)
