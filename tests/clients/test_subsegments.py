"""Calls of other services, told to X-Ray."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from margins.clients.subsegments import calling


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where the daemon listens, in a function that is traced."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=abc;Sampled=1;Lineage=1:x:0")
        yield listener


def _told(daemon: socket.socket) -> dict:
    header, _, body = daemon.recv(65536).partition(b"\n")
    assert json.loads(header) == {"format": "json", "version": 1}
    return json.loads(body)


def test_a_call(daemon: socket.socket) -> None:
    """One subsegment of the function's segment: what was called, how it ended, how long it took."""
    with calling("DynamoDB", operation="GetItem", aws=True) as call:
        call.status = 200
    said = _told(daemon)
    assert (said["type"], said["trace_id"], said["parent_id"]) == ("subsegment", "1-2-3", "abc")
    assert (said["name"], said["namespace"], said["aws"]) == (
        "DynamoDB", "aws", {"operation": "GetItem"},
    )  # fmt: skip
    assert said["http"] == {"response": {"status": 200}}
    assert (said["error"], said["fault"], said["throttle"]) == (False, False, False)
    assert said["start_time"] <= said["end_time"]
    assert len(said["id"]) == 16


@pytest.mark.parametrize(
    ("status", "marks"),
    [(404, (True, False, False)), (429, (True, False, True)), (503, (False, True, False))],
)
def test_a_call_that_was_refused(
    daemon: socket.socket, status: int, marks: tuple[bool, ...]
) -> None:
    """As X-Ray tells them apart: the caller's error, the service's fault, too many."""
    with calling("notes.example") as call:
        call.status = status
    said = _told(daemon)
    assert (said["error"], said["fault"], said["throttle"]) == marks
    assert said["namespace"] == "remote"


def test_a_call_without_an_answer(daemon: socket.socket) -> None:
    """It is a fault, and the error goes on its way."""
    with pytest.raises(OSError, match="gone"), calling("S3", aws=True):
        raise OSError("gone")
    assert _told(daemon)["fault"] is True


@pytest.mark.parametrize("header", ["", "Root=1-2-3;Parent=abc;Sampled=0"])
def test_what_is_not_sampled_is_not_told(
    daemon: socket.socket, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything outside Lambda."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with calling("S3"):
        pass
    daemon.settimeout(0.1)
    with pytest.raises(TimeoutError):
        daemon.recv(1)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:0", "127.0.0.1:99999", "[::1]:2000"])
def test_a_daemon_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Nothing comes of it: a mail is worth more than its trace."""
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=abc;Sampled=1")
    with calling("S3") as call:
        call.status = 200
