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
