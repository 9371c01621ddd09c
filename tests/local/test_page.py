"""The page of `margins local`."""

from __future__ import annotations

import json
import time

import pytest
from starlette.testclient import TestClient

from margins.local.page import create_app
from margins.local.records import TRACES
from margins.local.telemetry import Telemetry
from margins.local.traces import parse_document
from margins.local.xray import documents

HOSTILE = (
    "<script>alert(1)</script> \"quoted\" 'so' & </textarea> {{ 7 * 7 }} {% raw %} "
    "\x1b[2J\x00 \u202egnp.exe \ud800"
)


@pytest.fixture
def telemetry() -> Telemetry:
    """Nothing yet."""
    return Telemetry(lambda _: None)


@pytest.fixture
def client(telemetry: Telemetry) -> TestClient:
    """A browser at the page."""
    return TestClient(create_app(telemetry), base_url="http://127.0.0.1")


def _say(telemetry: Telemetry, function: str, request: str, **said: object) -> None:
    telemetry.log(function, json.dumps(said), stream="s", request=request)


def _trace(telemetry: Telemetry, request: str, *, name: str = "GateFunction") -> str:
    id_ = f"1-{int(time.time()):08x}-{len(request):024x}"
    now = time.time()
    for document in documents(
        function=name, request=request, trace=id_, segment="0" * 16, outer="1" * 16,
        moments=(now - 1, now - 0.6, now), failed=False,
    ):  # fmt: skip
        body = b'{"format": "json", "version": 1}\n' + json.dumps(document).encode()
        telemetry.trace(*parse_document(body))
    return id_


def test_an_empty_page_says_what_to_do(client: TestClient) -> None:
    """All three of them."""
    for path in ("/", "/metrics", "/traces"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Send a mail." in answer.text


def test_the_newest_record_stands_first(client: TestClient, telemetry: Telemetry) -> None:
    """With its function, its level and what it carries."""
    _say(telemetry, "GateFunction", "a", level="INFO", message="the first")
    _say(telemetry, "ParserFunction", "b", level="WARNING", message="the second", mail="01ABC")
    text = client.get("/").text
    assert 0 < text.index("the second") < text.index("the first")
    assert 'href="/?mail=01ABC"' in text
    assert 'data-level="WARNING"' in text
    assert "<bdi>parser</bdi>" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("function=GateFunction", {"one"}),
        ("level=WARNING", {"two", "four"}),
        ("mail=01A", {"two", "three"}),
        ("mail=01A&level=WARNING", {"two"}),
        ("request=c", {"four"}),
        ("function=", {"one", "two", "three", "four"}),
    ],
)
def test_choices(client: TestClient, telemetry: Telemetry, query: str, shown: set[str]) -> None:
    """By function, by level and graver, by mail: everything of the invocations about it."""
    _say(telemetry, "GateFunction", "a", level="INFO", message="-one-")
    _say(telemetry, "ParserFunction", "b", level="WARNING", message="-two-", mail="01ABC")
    _say(telemetry, "ParserFunction", "b", level="INFO", message="-three-")
    _say(telemetry, "ParserFunction", "c", level="ERROR", message="-four-")
    text = client.get(f"/?{query}").text
    assert {w for w in ("one", "two", "three", "four") if f"-{w}-" in text} == shown
    lines = client.get(f"/lines?{query}").text.splitlines()
    assert len(lines) == len(shown)


@pytest.mark.parametrize("query", ["level=LOUD", "after=-1", "after=x", "after=" + "9" * 40])
def test_what_is_no_choice(client: TestClient, query: str) -> None:
    """Says so."""
    assert client.get(f"/?{query}").status_code == 400


def test_nothing_new_costs_nothing(client: TestClient, telemetry: Telemetry) -> None:
    """A refresh without news leaves the page alone, and what is selected in it."""
    _say(telemetry, "GateFunction", "a", message="one")
    assert 'hx-get="/?seen=1"' in client.get("/").text
    assert client.get("/?seen=1").status_code == 204
    _say(telemetry, "GateFunction", "a", message="two")
    assert client.get("/?seen=1").status_code == 200
    assert "hx-get" not in client.get("/?paused=1").text


def test_hostile_text_is_text(client: TestClient, telemetry: Telemetry) -> None:
    """Whatever a function prints, wherever it is shown: no element, attribute or template of it."""
    telemetry.log(HOSTILE, HOSTILE, stream="s", request="r")
    _say(telemetry, HOSTILE, "r", level="ERROR", message=HOSTILE, mail=HOSTILE, other=HOSTILE,
         stackTrace=[HOSTILE], errorType=HOSTILE)  # fmt: skip
    directive = {"Namespace": HOSTILE, "Dimensions": [[HOSTILE]], "Metrics": [{"Name": HOSTILE}]}
    _say(telemetry, HOSTILE, "r", _aws={"CloudWatchMetrics": [directive]}, **{HOSTILE: 1})
    telemetry.log(HOSTILE, HOSTILE, stream=TRACES, request=HOSTILE)
    _trace(telemetry, HOSTILE, name=HOSTILE)
    [trace] = telemetry.traces()
    for path in ("/", "/metrics", "/traces", f"/traces/{trace.id}", "/?mail=%3Cscript%3E"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "49" not in answer.text or "{{ 7 * 7 }}" in answer.text
        assert answer.text.count("<script") == 1  # htmx, of our own
        assert not set(answer.text) & set("\x00\x1b\u202e")
    assert "'none'" in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_metrics(client: TestClient, telemetry: Telemetry) -> None:
    """The program's before those of the services; sums of counts, means of durations."""
    directive = {"Namespace": "Margins", "Dimensions": [[]], "Metrics": [{"Name": "Created"}]}
    _say(telemetry, "F", "r", _aws={"CloudWatchMetrics": [directive]}, Created=1234)
    telemetry.measure("Duration", 310.0, unit="Milliseconds", FunctionName="GateFunction")
    text = client.get("/metrics").text
    assert 0 < text.index("Created") < text.index("Duration")
    assert "1,234" in text
    assert "310 ms" in text
    assert text.count("<polyline") == 2


def test_a_waterfall(client: TestClient, telemetry: Telemetry) -> None:
    """Its bars lie where the work was done; its log is below; the log leads to it."""
    id_ = _trace(telemetry, "r1")
    _say(telemetry, "GateFunction", "r1", level="INFO", message="of this invocation")
    assert 'href="/traces/r1"' in client.get("/").text
    for path in (f"/traces/{id_}", "/traces/r1"):
        text = client.get(path).text
        assert "gate</bdi> took 1.0 s" in text
        assert '<rect x="0.0" y="0" width="400.0"' in text  # INIT
        assert '<rect x="400.0" y="0" width="600.0"' in text  # the invocation
        assert "of this invocation" in text
    assert client.get("/traces/none").status_code == 404


def test_lines_after_one(client: TestClient, telemetry: Telemetry) -> None:
    """What `margins local logs --follow` asks: each record once, with all that makes it."""
    for number in range(5):
        telemetry.log("F", f"line {number}", stream="s", request="r")
    told = [json.loads(line) for line in client.get("/lines?after=3").text.splitlines()]
    assert [(t["number"], t["line"], t["function"]) for t in told] == [
        (4, "line 3", "F"), (5, "line 4", "F"),
    ]  # fmt: skip


def test_other_names_of_this_machine(telemetry: Telemetry) -> None:
    """A page elsewhere that points its name here is not answered (DNS rebinding)."""
    client = TestClient(create_app(telemetry), base_url="http://evil.example")
    assert client.get("/").status_code == 421
