"""`margins local` and its two helpers for single events."""

from __future__ import annotations

import json
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("moto")
pytest.importorskip("awslambdaric")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def _margins(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "margins.cli", "local", *args],
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("kind", "function", "answer"),
    [
        ("ses", "gate", {"disposition": "STOP_RULE_SET"}),
        ("s3", "parser", {"batchItemFailures": []}),
        ("sqs", "ParserFunction", {"batchItemFailures": []}),
    ],
)
def test_an_event_is_made_and_given_to_a_function(kind: str, function: str, answer: object) -> None:
    """The answer is on standard output alone; the log is beside it."""
    event = _margins("event", kind)
    assert event.returncode == 0, event.stderr
    done = _margins("invoke", function, "--event", "-", given=event.stdout)
    assert json.loads(done.stdout) == answer
    assert "REPORT RequestId" in done.stderr


def test_a_function_that_is_not_there() -> None:
    """The message names those that are."""
    done = _margins("invoke", "nothing", "--event", "-", given="{}")
    assert done.returncode == 65
    assert "GateFunction, ParserFunction" in done.stderr


def test_it_runs_until_it_is_told(tmp_path: Path) -> None:
    """A stranger's mail goes in, the gate's decision comes out in the log, Ctrl-C ends it all."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "margins.cli", "local", "--smtp-port", str(port),
             "--api-port", "0", "--sender", "reader@example.org"],
            cwd=ROOT, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        _wait_for(log, "SES takes mail")
        with smtplib.SMTP("127.0.0.1", port) as client:
            text = "From: eve@example.net\r\nTo: import@localhost\r\n\r\nx\r\n"
            client.sendmail("eve@example.net", ["import@localhost"], text)
        _wait_for(log, "STOP_RULE_SET: eve@example.net is not registered")
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0


def _wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 100
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
