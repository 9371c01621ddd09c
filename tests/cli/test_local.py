"""`margins local`, and its commands for single events."""

from __future__ import annotations

import json
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("moto")
pytest.importorskip("awslambdaric")
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from running import free_port

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
        ("schedule", "parser", {"batchItemFailures": []}),
    ],
)
def test_an_event_is_made_and_given_to_a_function(kind: str, function: str, answer: object) -> None:
    """The answer is on standard output alone; the log is beside it."""
    event = _margins("event", kind)
    assert event.returncode == 0, event.stderr
    done = _margins("invoke", function, "--event", "-", given=event.stdout)
    assert json.loads(done.stdout) == answer
    assert "REPORT RequestId" in done.stderr


@pytest.mark.parametrize("verdict", ["dmarcc=FAIL", "dmarc=fail"])
def test_a_verdict_that_there_is_not(verdict: str) -> None:
    """Nothing is started that would not be what was asked for."""
    done = _margins("--verdict", verdict)
    assert done.returncode == 65
    assert verdict in done.stderr


def test_an_event_beside_what_runs() -> None:
    """`margins local invoke` takes no port that a `margins local` has."""
    with ExitStack() as held:
        with suppress(OSError):  # somebody else has it, which is as good
            held.enter_context(socket.create_server(("127.0.0.1", 8080)))
        done = _margins("invoke", "gate", "--event", "-", given="{}")
    assert "REPORT RequestId" in done.stderr


def test_a_function_that_is_not_there() -> None:
    """The message names those that are."""
    done = _margins("invoke", "nothing", "--event", "-", given="{}")
    assert done.returncode == 65
    assert "GateFunction, ParserFunction" in done.stderr


def test_events_are_in_todays_shapes() -> None:
    """What AWS sends in 2026, and nothing that it no longer sends."""
    s3 = json.loads(_margins("event", "s3", "--key", "incoming/a b+ü").stdout)["Records"][0]
    assert (s3["eventVersion"], s3["eventName"]) == ("2.5", "ObjectCreated:Put")
    assert s3["s3"]["object"]["key"] == "incoming/a+b%2B%C3%BC"
    sqs = json.loads(_margins("event", "sqs").stdout)["Records"][0]
    assert json.loads(sqs["body"])["Records"][0]["eventSource"] == "aws:s3"
    ses = json.loads(_margins("event", "ses").stdout)["Records"][0]["ses"]
    assert ses["receipt"]["action"]["invocationType"] == "RequestResponse"
    assert ses["receipt"]["dmarcVerdict"] == {"status": "PASS"}
    assert "dmarcPolicy" not in ses["receipt"]
    tick = json.loads(_margins("event", "schedule").stdout)
    assert (tick["source"], tick["detail-type"]) == ("aws.events", "Scheduled Event")
    url = json.loads(_margins("event", "url").stdout)
    assert (url["version"], url["requestContext"]["http"]["method"]) == ("2.0", "POST")


@contextmanager
def _started(log: Path, *options: str, code: Path | None = None) -> Iterator[tuple[int, int]]:
    """`margins local` with a registered reader; its SMTP port and its page's."""
    smtp, page = free_port(), free_port()
    environ = os.environ | ({"PYTHONPATH": str(code)} if code else {})
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "margins.cli", "local", "--smtp-port", str(smtp),
             "--page-port", str(page), "--api-port", "0", "--sender", "reader@example.org",
             *options],
            cwd=ROOT, stdout=out, stderr=out, env=environ,
        )  # fmt: skip
    try:
        _wait_for(log, "logs, metrics and traces")
        yield smtp, page
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0


def _stranger(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        text = "From: eve@example.net\r\nTo: import@localhost\r\n\r\nx\r\n"
        client.sendmail("eve@example.net", ["import@localhost"], text)


def test_it_runs_until_it_is_told(tmp_path: Path) -> None:
    """A stranger's mail goes in, the gate's decision comes out in the log, and for `margins local
    logs`; Ctrl-C ends it all.
    """
    log = tmp_path / "log"
    with _started(log) as (smtp, page):
        _stranger(smtp)
        _wait_for(log, "STOP_RULE_SET: eve@example.net is not registered")
        joined = _margins("logs", "--function", "gate", "--page-port", str(page))
        assert "STOP_RULE_SET: eve@example.net is not registered" in joined.stdout
        assert "ParserFunction" not in joined.stdout


def test_a_change_of_the_code_runs_with_the_next_mail(tmp_path: Path) -> None:
    """--watch: nothing is started again by hand."""
    code, log = tmp_path / "code", tmp_path / "log"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "margins", code / "margins", ignore=ignored)
    gate = code / "margins" / "aws" / "gate.py"
    with _started(log, "--watch", code=code) as (smtp, _):
        _stranger(smtp)
        _wait_for(log, "is not registered")
        text = gate.read_text()
        gate.write_text(text.replace("is not registered", "is a stranger"))
        assert gate.read_text() != text
        _wait_for(log, "the code has changed")
        _stranger(smtp)
        _wait_for(log, "STOP_RULE_SET: eve@example.net is a stranger")


def _wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
