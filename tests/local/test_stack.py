"""The whole template of deploy/aws, running on this machine."""

from __future__ import annotations

import json
import smtplib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("moto")
pytest.importorskip("awslambdaric")
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from postgresql import cluster
from running import IMPORT, READER, mail, notebook_html, wait_for

from margins.local.records import Record
from margins.local.stack import Local, Options
from margins.local.telemetry import Wanted
from margins.mail.address import parse_addr_spec

pytestmark = pytest.mark.slow
TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"


@contextmanager
def _running(**chosen: Any) -> Iterator[Local]:
    with Local(Options(template=TEMPLATE, **chosen), print) as local:
        address = parse_addr_spec(READER)
        assert address is not None
        local.senders.register("ada", address)
        yield local


def _send(local: Local, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", local.ses.port, timeout=60) as client:
        client.sendmail(READER, [IMPORT], content)


def _delivered(local: Local, count: int) -> bool:
    return sum(e.status == "delivered" for e in local.ledger.entries(limit=100)) == count


def _seen(local: Local, takes: Callable[[Record], bool]) -> list[Record]:
    return [record for record in local.telemetry.records(Wanted()) if takes(record)]


def test_one_stream() -> None:
    """A mail's way through both functions: asked for by either of its ids, with every call of
    another service in the traces, and the metrics of the program beside those of Lambda.
    """
    with _running() as local:
        _send(local, mail(notebook_html(3)))
        wait_for(lambda: _seen(local, lambda r: "3 new" in r.text), "the delivery", 60)
        [entry] = local.ledger.entries(limit=10)
        about = local.telemetry.records(Wanted(mail=entry.id))
        assert {record.function for record in about} == {"GateFunction", "ParserFunction"}
        request = next(r.request for r in about if "3 new" in r.text)
        wait_for(lambda: local.telemetry.find_trace(request=request), "the parser's trace", 20)
        trace = local.telemetry.find_trace(request=request)
        assert trace is not None
        called = {segment.name for segment in trace.calls()}
        assert {"S3", "DynamoDB", "KMS"} < called
        assert any("Import" in segment.note for segment in trace.calls())
        named = {(series.namespace, series.name) for series in local.telemetry.series()}
        assert {("Margins", "Created"), ("AWS/Lambda", "Duration")} <= named


def test_every_event_of_the_template_drives_its_function() -> None:
    """Schedules tick, the queue is polled, SES asks: no function stays silent."""
    with _running(tick=2) as local:
        _send(local, mail(notebook_html(1)))
        names = set(local.functions)
        assert names >= {"GateFunction", "ParserFunction"}
        reports = lambda r: r.text.startswith("REPORT")  # noqa: E731
        wait_for(lambda: {r.function for r in _seen(local, reports)} == names, "all functions", 60)
        failed = _seen(local, lambda r: r.level == "ERROR")
        assert [record.text for record in failed] == []


def test_a_message_that_keeps_failing() -> None:
    """After maxReceiveCount it is among the dead letters, and in no other queue."""
    with _running(visibility=1) as local:
        sqs, names = local.cloud.client("sqs"), local.stack.physical
        url, dead = (
            sqs.get_queue_url(QueueName=names[each])["QueueUrl"]
            for each in ("MailQueue", "DeadLetters")
        )
        sqs.send_message(QueueUrl=url, MessageBody="no JSON")

        def letters() -> list[dict[str, Any]]:
            asked = {"QueueUrl": dead, "AttributeNames": ["All"], "VisibilityTimeout": 0}
            return sqs.receive_message(**asked).get("Messages", [])

        wait_for(letters, "the dead letter", 60)
        assert [letter["Body"] for letter in letters()] == ["no JSON"]
        tried = _seen(local, lambda r: "the message is not JSON" in r.text)
        assert len(tried) == 5


def test_the_notes_api_knows_the_parameters() -> None:
    """Issuer and Audience of the template are those of the notes API beside as well."""
    chosen = {"Issuer": "https://other.example", "Audience": "other"}
    with _running(parameters=chosen) as local:
        _send(local, mail(notebook_html(1)))
        wait_for(lambda: _delivered(local, 1), "the mail to be delivered", 60)


def test_a_starved_gate() -> None:
    """When others have all of the account's concurrency, the gate is throttled: the stream says
    so, SES tries again, and the mail is not lost.
    """
    with _running(concurrency=1) as local:
        gate = local.functions["GateFunction"]
        wait_for(gate._account.take, "the only place", 60)
        _send(local, mail(notebook_html(1)))
        refused = lambda r: r.function == "GateFunction" and "TooManyRequests" in r.text  # noqa: E731
        wait_for(lambda: _seen(local, refused), "the gate to be throttled", 20)
        assert not local.ses.idle
        gate._account.give_back()
        wait_for(lambda: local.ses.idle, "the rules to be worked off", 60)
        assert _seen(local, lambda r: "is registered" in r.text)


def test_the_notes_api_as_a_function() -> None:
    """Over PostgreSQL, behind its function URL: the parser posts there, and so it answers."""
    pytest.importorskip("mangum")
    with cluster() as database, _running(notes_database=database) as local:
        assert local.api_url == local.urls["ApiFunction"].url + "graphql"
        _send(local, mail(notebook_html(4)))
        wait_for(lambda: _delivered(local, 1), "the mail to be delivered", 90)
        now = int(time.time())
        token = local.signer.sign(
            {"iss": "https://margins.invalid", "aud": "margins-notes", "sub": "ada", "iat": now,
             "nbf": now, "exp": now + 300, "jti": "1", "scope": "notes"}
        )  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        query = {"query": "{ publications(first: 1) { nodes { title } } }"}
        request = Request(local.api_url, json.dumps(query).encode(), headers)
        with urlopen(request, timeout=30) as answer:
            said = json.load(answer)
        assert said["data"]["publications"]["nodes"] == [{"title": "A Book of Tides"}]
        assert _seen(local, lambda r: r.function == "ApiFunction" and r.kind == "platform")
