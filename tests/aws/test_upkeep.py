"""The function that keeps order."""

from __future__ import annotations

import hashlib
import time

import pytest
from arrivals import at, keep, keys, run
from functions import Context
from running import mail, notebook_html

from margins.aws import parts, upkeep
from margins.local.stack import Local
from margins.ports import Status

HOUR, DAY = 3600.0, 86_400.0


def _later(patch: pytest.MonkeyPatch, seconds: float, *, remaining: float = 600.0) -> None:
    at(patch, seconds=seconds)
    upkeep.handler({}, Context(remaining))


def test_a_mail_that_was_left_behind_is_taken(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After more than an hour, as if its message had come; what is younger the queue still has."""
    keep(stack, mail(notebook_html(3)), "one")
    _later(monkeypatch, HOUR - 60)
    assert keys(stack, "incoming/") == ["incoming/one"]
    _later(monkeypatch, HOUR + 60)
    assert keys(stack, "incoming/") == []
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.account) == (Status.ACCEPTED, "ada")


def test_what_cannot_be_taken_does_not_hold_up_the_rest(
    stack: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stays, a metric counts it, and an alarm is on the metric."""
    for id_ in ("bad", "good"):
        keep(stack, mail(notebook_html(3)), id_)
    parts.open_gate().receipts.find("bad")
    original = parts.Receipts.find

    def find(self: parts.Receipts, id_: str) -> object:
        if id_ == "bad":
            raise RuntimeError("a mail no one can read")
        return original(self, id_)

    monkeypatch.setattr(parts.Receipts, "find", find)
    _later(monkeypatch, HOUR + 60)
    assert keys(stack, "incoming/") == ["incoming/bad"]
    assert len(stack.ledger.entries()) == 1
    assert '"LeftBehind": 1' in capsys.readouterr().out


def test_it_stops_in_time(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is for the next hour."""
    keep(stack, mail(notebook_html(3)), "one")
    _later(monkeypatch, HOUR + 60, remaining=30)
    assert keys(stack, "incoming/") == ["incoming/one"]


def test_the_object_ses_writes_at_first_stays(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no mail."""
    bucket, setup = stack.stack.physical["MailBucket"], "incoming/AMAZON_SES_SETUP_NOTIFICATION"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key=setup, Body=b"")
    _later(monkeypatch, HOUR + 60)
    assert keys(stack, "incoming/") == [setup]
    assert stack.ledger.entries() == []


def test_raw_mail_goes_after_its_time(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every version; a mail that is held has not ended, and stays however long it waits."""
    s3, bucket = stack.cloud.client("s3"), stack.stack.physical["MailBucket"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    run(keep(stack, mail(notebook_html(3)), "one"))
    stack.senders.pause("ada", True)
    run(keep(stack, mail(notebook_html(2)), "two"))
    held, done = stack.ledger.entries()
    assert (held.status, done.status) == (Status.HELD, Status.DELIVERED)
    _later(monkeypatch, 29 * DAY)
    assert len(keys(stack, "mail/")) == 2
    _later(monkeypatch, 31 * DAY)
    assert keys(stack, "mail/") == [f"mail/{held.digest[:2]}/{held.digest}"]
    left = s3.list_object_versions(Bucket=bucket, Prefix=f"mail/{done.digest[:2]}/{done.digest}")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    kept = stack.ledger.get(done.id)
    assert kept is not None
    assert (kept.status, kept.digest) == (Status.DELIVERED, "")


def test_orphans_go_slice_by_slice(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw mail no row names is removed after a day, when its slice has its turn."""
    content = b"stored, and then the function was killed"
    name = hashlib.sha256(content).hexdigest()
    stack.cloud.client("s3").put_object(
        Bucket=stack.stack.physical["MailBucket"], Key=f"mail/{name[:2]}/{name}", Body=content
    )
    now = time.time()
    turns = int(name[:2], 16) - int(now // HOUR)
    wait = (turns % 256) * HOUR + 256 * HOUR
    _later(monkeypatch, wait - HOUR)
    assert len(keys(stack, "mail/")) == 1
    _later(monkeypatch, wait)
    assert keys(stack, "mail/") == []
