"""The function that makes a receipt rule set the active one, as both tools call it, over moto."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from margins.aws import activation
from margins.aws.activation import cloudformation, rule_sets
from margins.errors import Refused
from margins.local.cloud import Cloud

OURS = "margins-dev"


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """SES with a few rule sets, of which none is active."""
    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        client = cloud.client("ses")
        for name in (OURS, "margins-two", "before", "another"):
            client.create_receipt_rule_set(RuleSetName=name)
        yield client


def _active(ses: Any) -> str:
    return str(ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name", ""))


def _activate(ses: Any, name: str) -> None:
    ses.set_active_receipt_rule_set(**({"RuleSetName": name} if name else {}))


class Told(HTTPServer):
    """Where CloudFormation waits for answers; they are kept with the path they came to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.answers: list[tuple[str, dict[str, str]]] = []


class _Keep(BaseHTTPRequestHandler):
    server: Told

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.answers.append((self.path, json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """The one place answers may go to, without TLS."""
    with Told() as server:
        monkeypatch.setattr(cloudformation, "HTTPSConnection", HTTPConnection)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


class CloudFormation:
    """Sends what CloudFormation sends, and keeps the resource's name as it does."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._resource: dict[str, str] = {}

    def change(self, action: str, name: str = OURS) -> None:
        """Create, update or delete the custom resource."""
        event = {
            "RequestType": action.capitalize(),
            "ResponseURL": f"https://127.0.0.1:{self._told.server_port}/answer?signature=s",
            "StackId": "stack",
            "RequestId": action,
            "LogicalResourceId": "Activation",
            "ResourceProperties": {"RuleSetName": name},
            **self._resource,
        }
        activation.handler(event, None)
        path, answer = self._told.answers[-1]
        assert (path, answer["RequestId"]) == ("/answer?signature=s", action)
        self._resource = {"PhysicalResourceId": answer["PhysicalResourceId"]}
        if answer["Status"] != "SUCCESS":
            raise Refused(answer["Reason"])


class Terraform:
    """Sends what `aws_lambda_invocation` sends, and keeps the input as its state does."""

    def __init__(self) -> None:
        self._input: dict[str, str] | None = None
        self._before = ""

    def change(self, action: str, name: str = OURS) -> None:
        """Create, update or delete both resources of the module."""
        if action == "create":
            answer = activation.handler({"Action": "DescribeActiveReceiptRuleSet"}, None)
            self._before = answer["RuleSetName"]
        given = {"RuleSetName": name, "Before": self._before}
        lifecycle = {"action": action, "prev_input": self._input}
        activation.handler({**given, "tf": lifecycle}, None)
        self._input = given


Tool = CloudFormation | Terraform


@pytest.fixture(params=["cloudformation", "terraform"])
def tool(request: pytest.FixtureRequest, told: Told) -> Tool:
    """Each of the two."""
    return CloudFormation(told) if request.param == "cloudformation" else Terraform()


def test_the_rule_set_before_comes_back(ses: Any, tool: Tool) -> None:
    """On deletion the one before is active again."""
    _activate(ses, "before")
    tool.change("create")
    assert _active(ses) == OURS
    tool.change("delete")
    assert _active(ses) == "before"


def test_one_that_was_chosen_since_is_left(ses: Any, tool: Tool) -> None:
    """Deletion takes away nothing but our own."""
    _activate(ses, "before")
    tool.change("create")
    _activate(ses, "another")
    tool.change("delete")
    assert _active(ses) == "another"


@pytest.mark.parametrize("before", ["", OURS])
def test_where_there_was_none_there_is_none_again(ses: Any, tool: Tool, before: str) -> None:
    """Nor where ours was active already: it could not be deleted otherwise."""
    _activate(ses, before)
    tool.change("create")
    tool.change("delete")
    assert _active(ses) == ""


def test_the_one_before_may_be_gone(ses: Any, tool: Tool) -> None:
    """Somebody deleted it meanwhile: then there is none, and the deletion does not fail."""
    _activate(ses, "before")
    tool.change("create")
    ses.delete_receipt_rule_set(RuleSetName="before")
    tool.change("delete")
    assert _active(ses) == ""


def test_an_update_remembers_the_one_before(ses: Any, tool: Tool) -> None:
    """Another rule set of ours takes over, and the one from before the creation comes back."""
    _activate(ses, "before")
    tool.change("create")
    tool.change("update", "margins-two")
    assert _active(ses) == "margins-two"
    tool.change("delete", "margins-two")
    assert _active(ses) == "before"


def test_what_cannot_be_done_is_said(ses: Any, tool: Tool) -> None:
    """To CloudFormation at its URL, which it would wait an hour for; to Terraform by an error."""
    _activate(ses, "before")
    with pytest.raises(Refused, match="SES refused SetActiveReceiptRuleSet"):
        tool.change("create", "unknown")
    assert _active(ses) == "before"


def test_a_creation_that_failed_gives_nothing_back(ses: Any, told: Told) -> None:
    """CloudFormation deletes what it could not create."""
    _activate(ses, "before")
    stack = CloudFormation(told)
    with pytest.raises(Refused):
        stack.change("create", "unknown")
    _activate(ses, OURS)
    stack.change("delete")
    assert _active(ses) == OURS


def test_nobody_is_answered_who_gave_no_url(ses: Any, told: Told) -> None:
    """Terraform's events have none; nor has what nobody sends, which changes nothing."""
    terraform = Terraform()
    for action in ("create", "update", "delete"):
        terraform.change(action)
    given = {"RuleSetName": OURS, "Before": ""}
    for event in ({}, given, {**given, "tf": {"action": "destroy"}}, {"RequestType": "Create"}):
        with pytest.raises((KeyError, ValueError)):
            activation.handler(event, None)
    assert told.answers == []
    assert _active(ses) == ""


def test_a_role_may_be_new(monkeypatch: pytest.MonkeyPatch, ses: Any) -> None:
    """Terraform calls the function while IAM still spreads its rights: it asks again, in the end
    for half a minute.
    """
    slept: list[float] = []
    monkeypatch.setattr(rule_sets.time, "sleep", slept.append)
    sets = rule_sets.RuleSets("eu-west-1")
    real, refusals = sets._aws.request, [2]

    def request(*arguments: Any, **named: Any) -> rule_sets.Answer:
        if refusals[0]:
            refusals[0] -= 1
            return rule_sets.Answer(status=403, headers={}, body=b"<Code>AccessDenied</Code>")
        return real(*arguments, **named)

    monkeypatch.setattr(sets._aws, "request", request)
    sets.activate("another")
    assert (_active(ses), len(slept)) == ("another", 2)
    refusals[0] = 100
    with pytest.raises(Refused, match="AccessDenied"):
        sets.active()
    assert 20 < sum(slept) < 40  # the function may run for a minute
