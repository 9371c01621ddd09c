"""What the functions count, and what the dashboard and the alarms ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from arrivals import at, keep, run
from functions import Context
from running import mail, notebook_html
from translated import translated

from margins.aws import upkeep
from margins.errors import Unavailable
from margins.local.stack import Local

Metric = tuple[str, tuple[str, ...]]


def _told(output: str) -> Iterator[tuple[Metric, dict[str, Any]]]:
    """Every metric in the lines of a function, by its name and its dimensions."""
    for line in output.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        for definition in said.get("_aws", {}).get("CloudWatchMetrics", ()):
            [dimensions] = definition["Dimensions"]
            for metric in definition["Metrics"]:
                yield (metric["Name"], tuple(sorted(dimensions))), said


def _searched(body: str) -> Iterator[Metric]:
    for dimensions, names in re.findall(r"SEARCH\('\{Margins,([\w,]+)\} (.*?)', 'Sum'", body):
        assert 'Stage=\\"${Stage}\\"' in names
        for name in re.findall(r'\\"(\w+)\\"', names):
            yield name, tuple(sorted(dimensions.split(",")))


def _watched() -> set[Metric]:
    """What the template asks CloudWatch for, of ours."""
    found = set()
    for said in translated()["Resources"].values():
        p = said.get("Properties", {})
        if said["Type"] == "AWS::CloudWatch::Dashboard":
            found |= set(_searched(p["DashboardBody"]["Fn::Sub"]))
        elif p.get("Namespace") == "Margins":
            found.add((p["MetricName"], tuple(sorted(d["Name"] for d in p["Dimensions"]))))
    return found


def test_what_is_watched_is_told(
    stack: Local, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By name, dimensions and stage: mails, the same one again, and one left behind."""
    for name, notes in (("one", 3), ("two", 3), ("three", 4)):
        run(keep(stack, mail(notebook_html(notes)), name))
    keep(stack, mail(notebook_html(2)), "four")
    ledger = stack.stack.physical["LedgerTable"]
    stack.cloud.client("dynamodb").delete_table(TableName=ledger)
    at(monkeypatch, seconds=7200)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "upkeep")
    with suppress(Unavailable):
        upkeep.handler({}, Context(600))
    told = list(_told(capfd.readouterr().out))
    # Only an export that changed updates, and only a limit makes the sink skip.
    assert _watched() - {metric for metric, _ in told} <= {
        ("Updated", ("Stage", "Status")), ("Skipped", ("Stage", "Status")),
    }  # fmt: skip
    assert {said["Stage"] for _, said in told} == {stack.stack.parameters["Stage"]}


def test_ses_tells_of_each_stage_apart() -> None:
    """It knows a rule by its name alone, so the name has the stage in it."""
    resources = translated()["Resources"]
    rule = resources["Rule"]["Properties"]["Rule"]["Name"]
    assert "${Stage}" in rule["Fn::Sub"]
    for name in ("PublishFailureAlarm", "PublishExpiredAlarm"):
        [dimension] = resources[name]["Properties"]["Dimensions"]
        assert dimension == {"Name": "RuleName", "Value": rule}
