"""Whatever is wrong with a mail, it ends in a visible state with a sentence that helps."""

from __future__ import annotations

import smtplib
import socket
import sqlite3
from collections.abc import Callable

import pytest
from running import Running, mail, notebook_html

pytestmark = pytest.mark.slow

MIB = 1024 * 1024

CASES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "no attachment": (lambda: mail(None), "has no attachment", "attach the file"),
    "a link to a cloud drive": (
        lambda: mail(
            None, text="My notes: https://drive.google.com/file/d/1a2b3c/view?usp=sharing\n"
        ),
        "Google Drive",
        "as an attachment",
    ),
    "an attachment no format claims": (
        lambda: mail(
            b"%!PS-Adobe-3.0\nshowpage\n", filename="poster.ps", media_type="application/pdf"
        ),
        "No format recognises this file",
        "poster.ps",
    ),
    "an attachment of 0 bytes": (
        lambda: mail(b"", filename="empty.html"),
        "The file is empty",
        "Export it again",
    ),
    "an export without notes": (
        lambda: mail(notebook_html(0)),
        "holds no highlights",
        "A Book of Tides",
    ),
    "an HTML that was cut off in its head": (
        lambda: mail(notebook_html(3)[:210]),
        "",
        "",
    ),
    "an attachment of 40 MB": (
        lambda: mail(b"\x00\x01\x02\x03" * (10 * MIB), filename="film.bin", media_type="video/mp4"),
        "No format recognises this file",
        "film.bin",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_ends_visibly_and_is_kept(service: Running, name: str) -> None:
    """It is accepted, fails with a sentence of trouble and remedy, and is kept byte for byte."""
    written, trouble, remedy = CASES[name]
    message = written()
    assert service.send(message)[0] == 250
    [(mail_id, state, sentence)] = service.settled()
    assert state == "failed"
    assert trouble in sentence
    assert remedy in sentence
    assert sentence.endswith(".")
    shown = service.command("inbox", "show", mail_id).stdout
    assert "state:     failed" in shown
    raw = service.command("inbox", "show", "--raw", mail_id).stdout.encode()
    assert raw.replace(b"\r\n", b"\n") == message.replace(b"\r\n", b"\n")


def test_a_cut_off_export_says_so_and_brings_what_is_whole(service: Running) -> None:
    """A notebook truncated in the middle of a note is imported up to there, and says it was cut."""
    whole = notebook_html(10)
    service.send(mail(whole[: whole.index("The tide number 7") + 9]))
    [(_, state, sentence)] = service.settled()
    assert state == "delivered"
    assert "7 new" in sentence
    assert "cut" in sentence


def test_a_message_that_is_not_mail_is_refused(service: Running) -> None:
    """No author, two authors, and no bytes at all are malformed: 554, and visible as rejected."""
    two = mail(notebook_html(1)).replace(b"Subject:", b"From: other@example.net\r\nSubject:", 1)
    for content in (b"", b"Subject: nobody\r\n\r\nhello\r\n", two):
        code, text = service.send(content)
        assert (code, text[:5]) == (554, "5.6.0")
    assert [state for _, state, _ in service.inbox()] == ["rejected"] * 3


def test_too_large_is_said_before_and_after(service: Running) -> None:
    """A mail over the announced size is refused at MAIL FROM when announced, else after DATA."""
    service.stop()
    service.settings["MARGINS_MAX_MESSAGE_BYTES"] = "100000"
    service.start()
    with smtplib.SMTP("127.0.0.1", service.smtp_port) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "100000"
        assert client.mail("reader@example.org", ["SIZE=100001"])[0] == 552
    assert service.send(mail(b"x" * 200_000))[0] == 552
    assert service.send(mail(notebook_html(2)))[0] == 250


def test_bare_line_endings_are_refused(service: Running) -> None:
    """The tools of SMTP smuggling, bare CR, bare LF and NUL, are refused and nothing is stored."""
    for poison in (b"a\nb", b"a\rb", b"a\0b", b"\n.\n", b"\r.\r", b"\n.\r\nMAIL FROM:<x@y>"):
        with socket.create_connection(("127.0.0.1", service.smtp_port), 10) as peer:
            stream = peer.makefile("rb")
            stream.readline()
            for line in (
                b"HELO x",
                b"MAIL FROM:<reader@example.org>",
                b"RCPT TO:<import@localhost>",
            ):
                peer.sendall(line + b"\r\n")
                assert stream.readline()[:3] == b"250"
            peer.sendall(b"DATA\r\n")
            assert stream.readline()[:3] == b"354"
            peer.sendall(b"From: reader@example.org\r\n\r\n" + poison + b"\r\n.\r\n")
            assert stream.readline()[:10] == b"550 5.6.11"
    assert service.inbox() == []


def test_an_unavailable_registry_defers(service: Running) -> None:
    """When the registry of senders cannot be read the peer is told to try again, never refused."""
    with sqlite3.connect(service.data / "senders.db") as registry:
        registry.execute("DROP TABLE address")
    code, text = service.send(mail(notebook_html(1)))
    assert (code, text[:5]) == (451, "4.3.0")
    assert service.inbox() == []
