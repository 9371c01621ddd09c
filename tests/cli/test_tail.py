"""The stream of `margins local` in the terminal."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator

import pytest

from margins.cli.tail import logs, show
from margins.errors import Unavailable
from margins.local.records import Record, parse_line
from margins.local.report import Report, lines


def _record(line: str, **other: object) -> Record:
    known = {"number": 1, "at": 0.0, "function": "GateFunction", "stream": "s", "request": "r"}
    return Record(**known | other, line=line, said=parse_line(line))


def _shown(capsys: pytest.CaptureFixture[str], record: Record, **how: bool) -> str:
    show(record, **how)
    return capsys.readouterr().out


def test_a_message_with_what_it_carries(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, function, level, message, and the rest as name=value."""
    line = json.dumps({"level": "INFO", "message": "CONTINUE", "mail": "01A", "requestId": "r"})
    assert _shown(capsys, _record(line))[9:] == "GateFunction    INFO CONTINUE  mail=01A\n"


def test_the_report_reads_the_same_in_both_formats(capsys: pytest.CaptureFixture[str]) -> None:
    """Whether CloudWatch has it as text or as an object."""
    report = Report(
        request="r", duration=0.0205, init=0.2441, memory=256, used=26.3,
        trace="Root=1-2-3;Parent=abc;Sampled=1",
    )  # fmt: skip
    said = _shown(capsys, _record(lines("report", report.event(), now=0.0, as_json=True)))
    assert " ".join(said[9:].split()) == (
        "GateFunction REPORT RequestId: r Duration: 20.50 ms Billed Duration: 265 ms "
        "Memory Size: 256 MB Max Memory Used: 27 MB Init Duration: 244.10 ms "
        "XRAY TraceId: 1-2-3 SegmentId: abc Sampled: true"
    )
    text = lines("report", report.event(), now=0.0, as_json=False)
    assert [w for line in text.splitlines() for w in line.split()] == said[9:].split()[1:]


def test_a_terminal_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """No escape sequence, line break or token of what a function prints reaches it."""
    hostile = "\x1b[2Jgone\r\n\x07 \u202e Bearer abcdefghijkl"
    for line in (hostile, json.dumps({"message": hostile, "x": hostile, "stackTrace": [hostile]})):
        for raw in (False, True):
            out = _shown(capsys, _record(line), raw=raw)
            assert not set(out) & set("\x1b\r\x07\u202e")
            assert "abcdefghijkl" not in out


class _Local:
    """The page of a `margins local`."""

    def __init__(self) -> None:
        from margins.local.page import create_app
        from margins.local.telemetry import Telemetry
        from margins.service.servers import WebServer, listen

        self.telemetry = Telemetry(lambda _: None)
        listener = listen("127.0.0.1", 0, "page_port")
        self.port = listener.getsockname()[1]
        self.server = WebServer(create_app(self.telemetry), listener, name="page")
        self.server.start()

    def args(self, **other: object) -> argparse.Namespace:
        known = {"function": "", "level": "", "mail": "", "raw": False, "follow": False}
        return argparse.Namespace(**known | {"page_port": self.port} | other)


@pytest.fixture
def local() -> Iterator[_Local]:
    """One that runs."""
    made = _Local()
    yield made
    made.server.stop()


def test_what_was_said(local: _Local, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, or what was chosen; `gate` is short for GateFunction."""
    for function, level in (("GateFunction", "INFO"), ("ParserFunction", "ERROR")):
        local.telemetry.log(function, json.dumps({"level": level, "message": f"of {function}"}))
    assert logs(local.args()) == 0
    assert capsys.readouterr().out.count("\n") == 2
    for choice in ({"function": "gate"}, {"function": "GateFunction"}):
        logs(local.args(**choice))
        assert "ParserFunction" not in capsys.readouterr().out
    logs(local.args(level="WARNING", raw=True))
    assert capsys.readouterr().out == '{"level": "ERROR", "message": "of ParserFunction"}\n'


def test_what_will_be_said(local: _Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """--follow goes on until Ctrl-C, with each record once."""
    found: list[str] = []
    both = threading.Event()

    def seen(record: Record, *, raw: bool) -> None:
        found.append(record.line)
        if len(found) == 2:
            both.set()

    def pause(_seconds: float) -> None:
        if both.is_set():
            raise KeyboardInterrupt
        local.telemetry.log("GateFunction", "second")

    monkeypatch.setattr("margins.cli.tail.show", seen)
    monkeypatch.setattr("margins.cli.tail.time.sleep", pause)
    local.telemetry.log("GateFunction", "first")
    assert logs(local.args(follow=True)) == 0
    assert found == ["first", "second"]


def test_nobody_there() -> None:
    """The error says how to start it."""
    args = argparse.Namespace(
        function="", level="", mail="", raw=False, follow=False, page_port=1
    )  # fmt: skip
    with pytest.raises(Unavailable) as failed:
        logs(args)
    assert "margins local" in failed.value.remedy
