"""What the template connects with what: settings, drivers and URLs of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from margins.local.cloud import Cloud
from margins.local.drivers import Driver, Poller, Ticker
from margins.local.events import scheduled_event
from margins.local.function import Function
from margins.local.schedule import Schedule, parse_schedule
from margins.local.settings import Settings
from margins.local.template import Resource, Stack
from margins.local.urls import FunctionUrl

__all__ = ["drivers", "settings", "urls"]

_SAID = {
    "Environment", "EventInvokeConfig", "Handler", "LoggingConfig", "MemorySize",
    "ReservedConcurrentExecutions", "Runtime", "Timeout", "Tracing",
}  # fmt: skip
_BATCHES = 5
"""Batches at a time to begin with, where the template names no MaximumConcurrency."""


def settings(
    stack: Stack, resource: Resource, *, environ: Mapping[str, str], python: str, debug_port: int
) -> Settings:
    """What the template says about a function.

    Args:
        environ: besides the variables of the template.
    """
    p = {name: stack.resolve(resource.properties[name]) for name in _SAID & {*resource.properties}}
    variables = p.get("Environment", {}).get("Variables", {})
    logging, later = p.get("LoggingConfig", {}), p.get("EventInvokeConfig", {})
    reserved = p.get("ReservedConcurrentExecutions")
    return Settings(
        name=resource.name,
        handler=p["Handler"],
        runtime=p.get("Runtime", "python3.13"),
        timeout=float(p.get("Timeout", 3)),
        memory=int(p.get("MemorySize", 128)),
        environment={name: str(value) for name, value in variables.items()} | dict(environ),
        region=stack.region,
        account=stack.account,
        log_group=logging.get("LogGroup", ""),
        as_json=logging.get("LogFormat") == "JSON",
        log_level=logging.get("ApplicationLogLevel", ""),
        traced=p.get("Tracing") == "Active",
        reserved=None if reserved is None else int(reserved),
        retries=int(later.get("MaximumRetryAttempts", 2)),
        most_age=float(later.get("MaximumEventAgeInSeconds", 6 * 3600)),
        debug_port=debug_port,
        python=python,
    )


def urls(stack: Stack) -> dict[str, FunctionUrl]:
    """A port for every function that has a URL; `stack` learns the URLs, which others refer to."""
    found = {}
    for resource in stack.resources("AWS::Serverless::Function"):
        if (said := resource.properties.get("FunctionUrlConfig")) is not None:
            url = FunctionUrl(iam=said["AuthType"] == "AWS_IAM")
            found[resource.name] = url
            stack.attributes[f"{resource.name}Url.FunctionUrl"] = url.url
    return found


def drivers(
    stack: Stack, resource: Resource, function: Function, cloud: Cloud, *, tick: float | None
) -> Iterator[Driver]:
    """What invokes a function because of its Events.

    Args:
        tick: seconds between two ticks of every schedule, instead of what the template says.
    """
    for name, event in resource.properties.get("Events", {}).items():
        said = event["Properties"]
        if said.get("Enabled") is False or said.get("State") == "DISABLED":
            continue
        if event["Type"] == "SQS":
            yield _poller(stack, said, function, cloud)
        elif event["Type"] in {"Schedule", "ScheduleV2"}:
            schedule = _every(tick) if tick else None
            schedule = schedule or parse_schedule(
                said.get("Schedule") or said["ScheduleExpression"]
            )
            scheduler = f"{resource.name}{name}" if event["Type"] == "ScheduleV2" else ""
            yield _ticker(function, schedule, scheduler, waits=tick is not None)


def _every(seconds: float) -> Schedule:
    return lambda after: after + seconds


def _poller(stack: Stack, said: Mapping[str, Any], function: Function, cloud: Cloud) -> Poller:
    sqs, arn = cloud.client("sqs"), stack.resolve(said["Queue"])
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    scaling = stack.resolve(said.get("ScalingConfig", {}))
    most = int(scaling.get("MaximumConcurrency", _BATCHES))
    batch = said.get("BatchSize", 10)
    partial = "ReportBatchItemFailures" in said.get("FunctionResponseTypes", ())
    return Poller(sqs, url, arn, function, batch=batch, most=most, partial=partial)


def _ticker(function: Function, schedule: Schedule, scheduler: str, *, waits: bool) -> Ticker:
    s = function.settings

    def event(now: float) -> object:
        return scheduled_event(region=s.region, account=s.account, now=now, scheduler=scheduler)

    return Ticker(function, schedule, event, waits=waits or bool(s.debug_port))
