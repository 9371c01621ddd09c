"""What is kept of logs, metrics and traces."""

from __future__ import annotations

import json
import threading

from margins.local import telemetry as module
from margins.local.records import TRACES, Record
from margins.local.telemetry import Telemetry, Wanted
from margins.local.traces import Segment


def _lambdas(trace: str, *, request: str) -> list[Segment]:
    return [
        Segment(trace=trace, id="a", parent="", name="F", origin="AWS::Lambda", began=1, ended=2)
    ]


def test_each_record_is_shown_once_in_its_order() -> None:
    """Whoever writes at the same time."""
    shown: list[Record] = []
    telemetry = Telemetry(shown.append)
    writers = [
        threading.Thread(target=lambda: [telemetry.log("F", "x") for _ in range(200)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [record.number for record in shown] == list(range(1, 801))
    assert telemetry.records(Wanted()) == tuple(shown)
    assert [r.number for r in telemetry.records(Wanted(after=798))] == [799, 800]


def test_the_newest_stay(monkeypatch) -> None:
    """A function that never stops talking does not use up the machine."""
    for name in ("_MOST_SERIES", "_MOST_TRACES"):
        monkeypatch.setattr(module, name, 3)
    telemetry = Telemetry(lambda _: None)
    for number in range(5):
        telemetry.measure(f"M{number}", 1)
        telemetry.trace(f"r{number}", _lambdas(f"t{number}", request=f"r{number}"))
    assert [series.name for series in telemetry.series()] == ["M0", "M1", "M2"]
    assert [trace.id for trace in telemetry.traces()] == ["t4", "t3", "t2"]
    assert telemetry._records.maxlen == module._MOST_RECORDS


def test_a_trace_is_told_when_it_is_complete() -> None:
    """With the segment of Lambda itself, which comes last."""
    shown: list[Record] = []
    telemetry = Telemetry(shown.append)
    call = Segment(trace="t", id="c", parent="a", name="S3", namespace="aws", began=1, ended=1.5)
    telemetry.trace("", [call])
    assert (telemetry.traces(), shown) == ([], [])
    telemetry.trace("r", _lambdas("t", request="r"))
    [record] = shown
    assert (record.function, record.request, record.stream) == ("F", "r", TRACES)
    assert record.text == "TRACE t 1000 ms; S3 1 in 500 ms"
    assert telemetry.find_trace(request="r") is telemetry.find_trace(id_="t")
    assert telemetry.find_trace(request="") is None


def test_metrics_of_the_program_come_first() -> None:
    """And values with the same dimensions are one metric."""
    telemetry = Telemetry(lambda _: None)
    telemetry.measure("Errors", 1, FunctionName="F")
    directive = {"Namespace": "Margins", "Dimensions": [["Status"]], "Metrics": [{"Name": "Ended"}]}
    for status in ("delivered", "failed", "delivered"):
        line = {"_aws": {"CloudWatchMetrics": [directive]}, "Status": status, "Ended": 2}
        telemetry.log("F", json.dumps(line))
    found = [(s.namespace, s.dimensions, s.total) for s in telemetry.series()]
    assert found == [
        ("Margins", (("Status", "delivered"),), 4.0),
        ("Margins", (("Status", "failed"),), 2.0),
        ("AWS/Lambda", (("FunctionName", "F"),), 1.0),
    ]
