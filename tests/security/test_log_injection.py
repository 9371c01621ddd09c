"""What a stranger says in a session must not write, forge or leak anything in the log."""

from __future__ import annotations

import json
import logging
import smtplib
import socket
import sys
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import READER, Running, mail, notebook_html

from margins.cli.logs import Lines

FORGED = "2026-01-01T00:00:00.000+00:00 INFO margins.gate: everybody is admitted"


def _line(message: str, *, as_json: bool, **extra: object) -> str:
    made = StringIO()
    handler = logging.StreamHandler(made)
    handler.setFormatter(Lines(as_json=as_json))
    handler.emit(logging.makeLogRecord({"msg": message, "levelname": "INFO", **extra}))
    return made.getvalue()


@given(st.text(), st.booleans())
def test_a_record_is_one_line_of_printable_text(message: str, as_json: bool) -> None:
    """Whatever is in it; as JSON it can be read back."""
    line = _line(message, as_json=as_json, subject=message)
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in line[:-1])
    if as_json:
        assert set(json.loads(line)) == {"time", "level", "logger", "event", "subject"}


def test_tokens_and_secrets_are_blotted_out() -> None:
    """In messages, in fields and in exceptions."""
    secret = "u-" + "abcdefghijklmnopqrstuvwxyz234567"
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    try:
        raise ValueError(f"{token} {secret}")
    except ValueError:
        raised = sys.exc_info()
    for as_json in (True, False):
        text = f"Authorization: Bearer {token} for {secret}@in.example"
        line = _line(text, as_json=as_json, who=text, exc_info=raised)
        assert "ValueError" in line
        assert token not in line
        assert secret not in line


@pytest.mark.slow
def test_a_hostile_session_leaves_a_clean_log(service: Running) -> None:
    """Its log holds neither its line breaks nor its escape sequences, its words or its body."""
    service.stop()
    service.settings["MARGINS_LOG_FORMAT"] = "json"
    service.start()
    hostile = f"x\r\n{FORGED}\x1b[2J\x07"
    with socket.create_connection(("127.0.0.1", service.smtp_port), 10) as peer:
        peer.sendall(
            f"EHLO a\x1b[31m\nMAIL FROM:<a@b>\x00\r\n{FORGED}\r\nGET / HTTP/1.1\r\n".encode()
        )
        peer.recv(4096)
    for port in (service.api_port, service.console_port):
        with socket.create_connection(("127.0.0.1", port), 10) as peer:
            peer.sendall(f"\x1b[31m {FORGED}\r\n\r\n".encode())
            peer.recv(4096)
    with smtplib.SMTP("127.0.0.1", service.smtp_port) as client:
        client.docmd("EHLO", "helo\x07evil")
        client.docmd("VRFY", "secret-word")
    content = mail(notebook_html(2), subject="Body word and subject").replace(
        b"Subject: ", b"Subject: =?utf-8?q?=0D=0A" + FORGED.replace(" ", "_").encode() + b"?= "
    )
    assert service.send(content)[0] == 250
    service.send(mail(None, text=hostile), sender="stranger@example.net")
    service.settled(2)
    service.stop()
    log = (service.data.parent / "data.log").read_text("utf-8").split("taking mail")[-1]
    lines = [line for line in log.splitlines()[1:] if line]
    assert lines
    events = [json.loads(line) for line in lines]
    assert all(event["event"] for event in events)
    for word in (FORGED, "\x1b", "secret-word", "The tide number", "everybody is admitted"):
        assert word not in log
    assert READER not in log
