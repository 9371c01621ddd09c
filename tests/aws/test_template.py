"""The template: what lint does not see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from functions import READER, ROOT, TEMPLATE, Context
from running import mail, notebook_html
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from margins.aws import gate, parser
from margins.aws.regions import RECEIVING
from margins.clients.aws import Aws
from margins.ledger.dynamodb import TABLE as LEDGER
from margins.local.events import queued, s3_event, scheduled_event, ses_event, sqs_event
from margins.local.stack import Local
from margins.senders.dynamodb import TABLE as SENDERS

CHOSEN = {"Recipient": "import@notes.example", "ApiUrl": "https://notes.example/graphql"}
FUNCTIONS = [
    "GateFunction", "ParserFunction", "ApiFunction", "ActivationFunction", "RegistrationFunction",
]  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The template as CloudFormation gets it, every condition true."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    said = yaml_parse(TEMPLATE.read_text())
    said["Globals"]["Function"]["CodeUri"] = "s3://packages/built"  # as sam deploy uploads it
    loader = ManagedPolicyLoader(None)
    loader._policy_map = {  # as IAM would answer
        name: f"arn:aws:iam::aws:policy/{name}"
        for name in (
            "AWSXRayDaemonWriteAccess",
            "AWSXrayWriteOnlyAccess",
            "service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSLambdaSQSQueueExecutionRole",
        )
    }
    return transform(said, CHOSEN, loader)


def _references(value: Any, names: set[str]) -> Iterator[str]:
    """Logical names a value refers to."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "Ref":
                yield from {each} & names
            elif key == "Fn::GetAtt":
                yield from {each[0] if isinstance(each, list) else each.split(".")[0]} & names
            elif key == "Fn::Sub":
                text = each if isinstance(each, str) else each[0]
                yield from {n.split(".")[0] for n in re.findall(r"\$\{([\w.]+)\}", text)} & names
            else:
                yield from _references(each, names)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each, names)


def _circle(resources: dict[str, Any]) -> list[str]:
    """A circle of dependencies; empty when there is none."""
    names = set(resources)
    edges = {}
    for name, said in resources.items():
        first = said.get("DependsOn", [])
        edges[name] = {*([first] if isinstance(first, str) else first)} | set(
            _references(said.get("Properties", {}), names)
        )
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for following in sorted(edges[name]):
            if found := visit(following, [*path, name]):
                return found
        done.add(name)
        return []

    return next(filter(None, (visit(name, []) for name in sorted(names))), [])


def test_nothing_depends_on_itself(plain: dict[str, Any]) -> None:
    """CloudFormation refuses a circle; sam validate and cfn-lint do not see one."""
    assert _circle(plain["Resources"]) == []


@pytest.mark.slow
def test_lint_finds_nothing() -> None:
    """cfn-lint knows every property of every resource, and finds no fault."""
    program = Path(sys.executable).with_name("cfn-lint")
    if not program.exists():
        pytest.skip("no cfn-lint here")
    linted = subprocess.run([program, str(TEMPLATE)], capture_output=True, text=True)
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout


def test_the_circle_everybody_makes_is_found() -> None:
    """Bucket, notification, permission, function, role, bucket."""
    circle = {
        "Bucket": {"Properties": {"Notification": {"Fn::GetAtt": ["Function", "Arn"]}}},
        "Function": {"Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Role": {"Properties": {"Policy": {"Fn::Sub": "${Bucket.Arn}/*"}}},
    }
    assert _circle(circle) == ["Bucket", "Function", "Role", "Bucket"]


def test_the_default_region_receives_mail() -> None:
    """cfn-lint takes receipt rules in regions that receive no mail."""
    text = (ROOT / "deploy" / "aws" / "samconfig.toml").read_text()
    [region] = re.findall(r'^region = "([a-z0-9-]+)"', text, re.MULTILINE)
    assert region in RECEIVING


def test_tables_have_the_shape_the_code_wants(plain: dict[str, Any]) -> None:
    """Keys and indexes of the template are those of the adapters."""
    for name, wanted in (("LedgerTable", LEDGER), ("SendersTable", SENDERS)):
        given = plain["Resources"][name]["Properties"]
        for part, value in wanted.items():
            assert given[part] == value, (name, part)


def test_numbers_that_belong_together(plain: dict[str, Any]) -> None:
    """The queue hides a message for six time-outs, and SES waits longer than the gate runs."""
    resources = plain["Resources"]
    parser_seconds = resources["ParserFunction"]["Properties"]["Timeout"]
    assert resources["MailQueue"]["Properties"]["VisibilityTimeout"] == 6 * parser_seconds
    assert resources["MailQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert resources["GateFunction"]["Properties"]["Timeout"] < 30


def test_no_alias_in_the_yaml() -> None:
    """CloudFormation does not read anchors and aliases."""
    assert not re.search(r"(^|\s)[&*][a-z_]+\s*$", TEMPLATE.read_text(), re.MULTILINE)


def _statements(plain: dict[str, Any], function: str) -> list[dict[str, Any]]:
    policies = plain["Resources"][f"{function}Role"]["Properties"]["Policies"]
    return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]


def _actions(statement: dict[str, Any]) -> list[str]:
    said = statement["Action"]
    return [said] if isinstance(said, str) else said


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_policy_has_a_star(plain: dict[str, Any], function: str) -> None:
    """No action, and no resource but of the two calls that know no resources."""
    for statement in _statements(plain, function):
        assert not any("*" in action for action in _actions(statement))
        if statement["Resource"] == "*":
            assert {action.split(":")[0] for action in _actions(statement)} == {"ses"}


_S3 = {"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}


@pytest.fixture
def calls(stack: Local, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the code asks of AWS from now on: (IAM action, resource)."""
    made: list[tuple[str, str]] = []
    original = Aws.request

    def request(self: Aws, method: str, path: str = "/", **other: Any) -> Any:
        target = (other.get("headers") or {}).get("x-amz-target", "")
        operation = target.rpartition(".")[2]
        service = {"DynamoDB_20120810": "dynamodb", "TrentService": "kms"}.get(
            target.partition(".")[0], "s3"
        )
        body = json.loads(other.get("body") or b"{}") if operation else {}
        if operation == "TransactWriteItems":
            for step in body["TransactItems"]:
                ((kind, said),) = step.items()
                made.append((f"dynamodb:{kind}Item", said["TableName"]))
        elif operation:
            index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
            made.append((f"{service}:{operation}", body.get("TableName", "") + index))
        else:
            made.append((_S3[method], path.split("/", 2)[2]))
        return original(self, method, path, **other)

    monkeypatch.setattr(Aws, "request", request)
    return made


def _mail_through(stack: Local, calls: list[tuple[str, str]]) -> tuple[list, list]:
    """The calls of the gate and of the parser for one mail, and a tick after it."""
    content = mail(notebook_html(3))
    event = ses_event(content, id_="one", source=READER, recipients=["import@localhost"], now=0.0)
    calls.clear()
    gate.handler(event, Context())
    of_gate = calls.copy()
    bucket = stack.stack.physical["MailBucket"]
    stack.cloud.client("s3").put_object(Bucket=bucket, Key="incoming/one", Body=content)
    told = queued(s3_event(bucket, "incoming/one", size=1, region="eu-west-1", now=0.0))
    calls.clear()
    parser.handler(sqs_event([told], queue_arn="arn", region="eu-west-1"), Context())
    return of_gate, calls.copy()


def _allowed(plain: dict[str, Any], function: str, action: str, resource: str) -> bool:
    """Whether a statement grants the action on what the call names."""
    wanted = {
        "local-LedgerTable": "LedgerTable",
        "local-SendersTable": "SendersTable",
        "incoming/one": "/incoming/*",
    }
    table, _, index = resource.partition("/index/")
    mark = wanted.get(resource) or wanted.get(table) or ("/mail/*" if "mail/" in resource else "")
    return any(
        action in _actions(statement)
        and mark in json.dumps(statement["Resource"])
        and (not index or f"/index/{index}" in json.dumps(statement["Resource"]))
        for statement in _statements(plain, function)
    )


def test_each_function_may_do_what_it_does(
    plain: dict[str, Any], stack: Local, calls: list[tuple[str, str]]
) -> None:
    """Every call the code makes is granted by its own role, on the very resource."""
    of_gate, of_parser = _mail_through(stack, calls)
    calls.clear()
    parser.handler(scheduled_event(region="eu-west-1", account="1", now=0.0), Context())
    made = [("GateFunction", *call) for call in of_gate]
    made += [("ParserFunction", *call) for call in (*of_parser, *calls)]
    assert [call for call in made if not _allowed(plain, *call)] == []


def test_the_gate_writes_only_receipts(plain: dict[str, Any]) -> None:
    """Its one write is bound to keys that begin with `receipt#`."""
    writes = [s for s in _statements(plain, "GateFunction") if "PutItem" in str(s["Action"])]
    [keys] = [s["Condition"]["ForAllValues:StringLike"] for s in writes]
    assert keys == {"dynamodb:LeadingKeys": ["receipt#*"]}


def test_requests_per_mail(stack: Local, calls: list[tuple[str, str]]) -> None:
    """As many as the cost table says: the key's own number is asked for once per process."""
    of_gate, of_parser = _mail_through(stack, calls)
    assert [action for action, _ in of_gate] == ["dynamodb:GetItem", "dynamodb:PutItem"]
    counted: dict[str, int] = {}
    for action, _ in of_parser:
        counted[action] = counted.get(action, 0) + 1
    assert counted.pop("kms:GetPublicKey") == 1
    assert counted == {
        "s3:GetObject": 1,
        "s3:PutObject": 1,
        "s3:DeleteObject": 1,
        "kms:Sign": 2,
        "dynamodb:GetItem": 4,
        "dynamodb:PutItem": 3,
        "dynamodb:UpdateItem": 2,
        "dynamodb:DeleteItem": 1,
    }
