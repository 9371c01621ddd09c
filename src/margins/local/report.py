"""The lines Lambda itself writes into a function's log, in both of its formats. Pure.

In the JSON format they are platform events, and `spoken` says of such an event what the line of the
text format would be: people read the same whichever format the template asks for.
Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

__all__ = ["Report", "lines", "spoken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known at the end of an invocation.

    Attributes:
        duration, init: seconds; init is 0 for a warm start. Both are billed (INIT since August
            2025), rounded up to a millisecond together.
        memory, used: MiB.
        trace: `Root=...;Parent=...;Sampled=1`; empty when it is not traced.
        status: success, failure (the function raised), error (its process ended), timeout.
        error: such as "Runtime.ExitError".
    """

    request: str
    duration: float
    init: float
    memory: int
    used: float
    trace: str = ""
    status: str = "success"
    error: str = ""

    def event(self) -> dict[str, Any]:
        """The record of a `platform.report`."""
        duration, init = round(self.duration * 1000, 3), round(self.init * 1000, 3)
        metrics = {
            "durationMs": duration,
            "billedDurationMs": ceil(duration + init),
            "memorySizeMB": self.memory,
            "maxMemoryUsedMB": ceil(self.used),
        }
        if self.init:
            metrics["initDurationMs"] = init
        record: dict[str, Any] = {"requestId": self.request, "metrics": metrics}
        if self.trace:
            span = self.trace.partition("Parent=")[2].partition(";")[0]
            record["tracing"] = {"spanId": span, "type": "X-Amzn-Trace-Id", "value": self.trace}
        record["status"] = self.status
        if self.error:
            record["errorType"] = self.error
        return record


def lines(kind: str, record: Mapping[str, Any], *, now: float, as_json: bool) -> str:
    """A platform event as CloudWatch gets it: an object, or lines of text."""
    stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    event = {"time": stamp.replace("+00:00", "Z"), "type": f"platform.{kind}", "record": record}
    return json.dumps(event) if as_json else spoken(event) or ""


def spoken(event: Mapping[str, Any]) -> str | None:
    """The text format's words for a platform event; None for any other line of log."""
    record = event.get("record")
    if not isinstance(record, Mapping):
        return None
    said = {**record, "requestId": record.get("requestId", "")}
    try:
        match event.get("type"):
            case "platform.initStart":
                return "INIT_START Runtime Version: {runtimeVersion}".format(**said)
            case "platform.initReport":
                init = said["metrics"]["durationMs"]
                return f"INIT_REPORT Init Duration: {init:.2f} ms\tStatus: {said['status']}"
            case "platform.start":
                return "START RequestId: {requestId} Version: {version}".format(**said)
            case "platform.runtimeDone":
                return "END RequestId: {requestId}".format(**said)
            case "platform.report":
                return _report(said)
    except (KeyError, TypeError, ValueError):
        pass
    return None


def _report(said: Mapping[str, Any]) -> str:
    metrics = said["metrics"]
    parts = [
        f"REPORT RequestId: {said['requestId']}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {metrics['billedDurationMs']} ms",
        f"Memory Size: {metrics['memorySizeMB']} MB",
        f"Max Memory Used: {metrics['maxMemoryUsedMB']} MB",
    ]
    if "initDurationMs" in metrics:
        parts.append(f"Init Duration: {metrics['initDurationMs']:.2f} ms")
    if said.get("status", "success") not in {"success", "failure"}:
        parts.append(f"Status: {said['status']}")
        if "errorType" in said:
            parts.append(f"Error Type: {said['errorType']}")
    text = "\t".join(parts)
    if "tracing" in said:
        root = said["tracing"]["value"].partition("Root=")[2].partition(";")[0]
        text += f"\nXRAY TraceId: {root}\tSegmentId: {said['tracing']['spanId']}\tSampled: true"
    return text
