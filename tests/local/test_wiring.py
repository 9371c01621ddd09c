"""What a template connects with what."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("awslambdaric")

from margins.local.drivers import Poller, Ticker
from margins.local.function import Function
from margins.local.template import Resource, Stack, read
from margins.local.wiring import drivers, settings, urls

TEMPLATE = """
Parameters: {Least: {Type: Number, Default: 2}}
Globals:
  Function:
    Runtime: python3.14
    Tracing: Active
    LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: WARN}
Resources:
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /a/b}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  OneFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Timeout: 7
      MemorySize: 512
      ReservedConcurrentExecutions: !Ref Least
      LoggingConfig: {LogGroup: !Ref Log}
      EventInvokeConfig: {MaximumRetryAttempts: 1}
      FunctionUrlConfig: {AuthType: NONE}
      Environment: {Variables: {OWN: !GetAtt OneFunctionUrl.FunctionUrl}}
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 3}}
        Rule: {Type: Schedule, Properties: {Schedule: rate(2 minutes)}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: "cron(0 3 * * ? *)"}}
        Off: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}
        OffToo:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 minute), State: DISABLED}
"""


class Cloud:
    """SQS's one operation that is needed."""

    def client(self, _service: str) -> Any:
        return self

    def get_queue_url(self, **asked: str) -> dict[str, str]:
        return {"QueueUrl": f"http://sqs/{asked['QueueName']}"}


@pytest.fixture
def stack() -> Stack:
    """The template, its queue and log group made."""
    found = read(TEMPLATE, {}, region="eu-west-1", account="1")
    found.physical["Log"] = "/a/b"
    found.arns["Queue"] = "arn:aws:sqs:eu-west-1:1:q"
    return found


def _resource(stack: Stack) -> Resource:
    return next(stack.resources("AWS::Serverless::Function"))


def test_what_a_template_says_of_a_function(stack: Stack) -> None:
    """Globals under its own words, references resolved, its own URL among them."""
    [url] = urls(stack).values()
    try:
        found = settings(stack, _resource(stack), environ={"E": "1"}, python="p", debug_port=0)
        assert (found.timeout, found.memory, found.reserved) == (7.0, 512, 2)
        assert (found.as_json, found.traced, found.log_group) == (True, True, "/a/b")
        assert (found.runtime, found.log_level, found.retries) == ("python3.14", "WARN", 1)
        assert found.environment == {"OWN": url.url, "E": "1"}
        assert url.url.startswith("http://127.0.0.1:")
    finally:
        url.close()


def test_what_drives_it(stack: Stack) -> None:
    """A poller for its queue, a ticker for every schedule that is switched on."""
    [url] = urls(stack).values()
    url.close()
    resource = _resource(stack)
    known = settings(stack, resource, environ={}, python="", debug_port=0)
    function = Function(known, telemetry=None)  # type: ignore[arg-type]  nothing runs
    made = list(drivers(stack, resource, function, Cloud(), tick=None))  # type: ignore[arg-type]
    assert [type(driver) for driver in made] == [Poller, Ticker, Ticker]
    assert not made[0]._partial  # no ReportBatchItemFailures
    rule, later = (driver for driver in made if isinstance(driver, Ticker))
    assert not rule._waits
    assert rule._event(0.0)["source"] == "aws.events"
    event = later._event(0.0)
    assert (event["source"], event["detail"], event["time"]) == (
        "aws.scheduler", "{}", "1970-01-01T00:00:00Z",
    )  # fmt: skip
    assert event["resources"] == ["arn:aws:scheduler:eu-west-1:1:schedule/default/OneFunctionLater"]
