"""What the code asks of AWS, and what the role of each function allows."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs

import pytest
from arrivals import at, keep, letters, run, tick
from functions import Context
from running import mail, notebook_html
from translated import translated

from margins.aws import activation, parser, registration, upkeep
from margins.aws.cost import REQUESTS
from margins.clients.aws import Aws
from margins.local.stack import Local
from margins.mail.address import Address
from margins.ports import Status

_S3 = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject"}
_SERVICES = {"DynamoDB_20120810": "dynamodb", "TrentService": "kms"}
Call = tuple[str, str]


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The template as CloudFormation gets it, every condition true."""
    return translated()


def _s3(method: str, path: str, query: dict[str, str] | None) -> Call:
    key = path.split("/", 2)[2]
    if query and "list-type" in query:
        return "s3:ListBucket", key
    if method == "DELETE":
        return f"s3:DeleteObject{'Version' if query else ''}", key
    return _S3[method], key


def _calls(method: str, path: str, said: dict[str, Any]) -> list[Call]:
    """The actions IAM checks for one request, each with the resource."""
    prefix, _, operation = (said.get("headers") or {}).get("x-amz-target", "").rpartition(".")
    if path.startswith("/v2/email/"):
        return [("ses:SendRawEmail", "identity/")]
    if not operation and "form-urlencoded" in str(said.get("headers")):
        [action] = parse_qs(said["body"].decode())["Action"]
        return [(f"ses:{action}", "*")]
    if not operation:
        return [_s3(method, path, said.get("query"))]
    body = json.loads(said.get("body") or b"{}")
    if operation == "TransactWriteItems":
        steps = [next(iter(step.items())) for step in body["TransactItems"]]
        return [(f"dynamodb:{kind}Item", step["TableName"]) for kind, step in steps]
    index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
    tables = body.get("RequestItems") or [body.get("TableName", "")]
    return [(f"{_SERVICES[prefix]}:{operation}", table + index) for table in tables]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the code asks of AWS from now on: (IAM action, resource)."""
    made: list[Call] = []
    original = Aws.request

    def request(self: Aws, method: str, path: str = "/", **other: Any) -> Any:
        made.extend(_calls(method, path, other))
        return original(self, method, path, **other)

    monkeypatch.setattr(Aws, "request", request)
    return made


def _statements(plain: dict[str, Any], function: str) -> list[dict[str, Any]]:
    policies = plain["Resources"][f"{function}Role"]["Properties"]["Policies"]
    said = [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
    return [s for s in said if "Action" in s]  # without those that depend on a parameter


def _mark(action: str, resource: str) -> str:
    """What the statement that grants the action has in its resource."""
    service = action.partition(":")[0]
    if service == "dynamodb":
        tables = {"local-LedgerTable": "LedgerTable", "local-SendersTable": "SendersTable"}
        return tables.get(resource.partition("/index/")[0], "a table of the template")
    if action == "s3:ListBucket":
        return "mail-"  # the bucket itself
    if service == "s3":
        return "/incoming/*" if resource.startswith("incoming/") else "/mail/*"
    return resource


def _allowed(plain: dict[str, Any], function: str, action: str, resource: str) -> bool:
    """Whether a statement grants the action on what the call names."""
    _, of_index, index = resource.partition("/index/")
    mark = _mark(action, resource)
    return any(
        action in statement["Action"]
        and mark in (granted := json.dumps(statement["Resource"]))
        and (of_index in granted if index else "/index/" not in granted)
        and index in granted
        for statement in _statements(plain, function)
    )


def _denied(plain: dict[str, Any], function: str, made: list[Call]) -> list[Call]:
    return [call for call in made if not _allowed(plain, function, *call)]


def test_the_parser_may_do_what_it_does(
    plain: dict[str, Any], answering: Local, calls: list[Call]
) -> None:
    """A mail, its receipt, a code that comes back, a secret address, a tick, a replay."""
    access, eve = answering.senders.access, Address("eve", "example.net")
    code = access.propose("ada", eve, now=time.time())
    secret = access.renew_secret("ada", "localhost", now=time.time())
    told = [
        keep(answering, mail(notebook_html(3)), "one"),
        keep(answering, mail(None, sender=str(eve), subject=f"[margins-{code}]"), "two"),
        keep(answering, mail(notebook_html(2)), "three", to=secret),
    ]
    calls.clear()
    assert run(*told) == []
    tick()
    asked = len(calls)
    first = answering.ledger.entries(status=Status.DELIVERED)[0]
    del calls[asked:]  # ours
    for dry_run in (True, False):
        parser.handler({"replay": first.id, "dry_run": dry_run}, Context(90))
    assert len(letters(answering)) == 2
    assert answering.senders.find(eve) is not None
    assert ("ses:SendRawEmail", "identity/") in calls
    assert _denied(plain, "ParserFunction", calls) == []


def test_the_gate_may_do_what_it_does(
    plain: dict[str, Any], stack: Local, calls: list[Call]
) -> None:
    """For a reader, and for a stranger."""
    keep(stack, mail(notebook_html(3)), "one")
    keep(stack, mail("x", sender="eve@example.net"), "two", sender="eve@example.net")
    assert calls
    assert _denied(plain, "GateFunction", calls) == []


def test_upkeep_may_do_what_it_does(
    plain: dict[str, Any], answering: Local, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes what was left behind, and removes what ended long ago, with every version."""
    bucket = answering.stack.physical["MailBucket"]
    s3 = answering.cloud.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    run(keep(answering, mail(notebook_html(3)), "one"))
    keep(answering, mail(notebook_html(2)), "two")
    calls.clear()
    at(monkeypatch, seconds=31 * 86_400)
    upkeep.handler({}, Context(600))
    made = {action for action, _ in calls}
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucket"} <= made
    assert _denied(plain, "UpkeepFunction", calls) == []


def test_registration_may_do_what_it_does(
    plain: dict[str, Any], stack: Local, calls: list[Call]
) -> None:
    """For a new address, and for one that writes to another account."""
    assert stack.senders.accounts()
    calls.clear()
    for sub in ("one", "two"):
        attributes = {"sub": sub, "email": "new@example.org", "email_verified": "true"}
        registration.handler(
            {
                "triggerSource": "PostConfirmation_ConfirmSignUp",
                "request": {"userAttributes": attributes},
            },
            Context(),
        )
    assert ("dynamodb:GetItem", "local-SendersTable") in calls
    assert _denied(plain, "RegistrationFunction", calls) == []


def test_activation_may_do_what_it_does(
    plain: dict[str, Any], stack: Local, calls: list[Call]
) -> None:
    """It asks which rule set is active, makes ours so, and gives back the one before."""
    ses, ours = stack.cloud.client("ses"), "margins-local"
    for name in (ours, "before"):
        ses.create_receipt_rule_set(RuleSetName=name)
    ses.set_active_receipt_rule_set(RuleSetName="before")
    said = {"RuleSetName": ours, "Before": "before"}
    for action in ("create", "delete"):
        activation.handler({**said, "tf": {"action": action}}, Context())
    assert ses.describe_active_receipt_rule_set()["Metadata"]["Name"] == "before"
    assert {name for name, _ in calls} == {
        "ses:DescribeActiveReceiptRuleSet", "ses:SetActiveReceiptRuleSet",
    }  # fmt: skip
    assert _denied(plain, "ActivationFunction", calls) == []
    assert _denied(plain, "RegistrationFunction", calls) == calls


def test_what_is_not_granted_is_seen(plain: dict[str, Any]) -> None:
    """The check itself can fail."""
    wrong = [
        ("s3:PutObject", "incoming/one"),
        ("dynamodb:Query", "local-LedgerTable"),
        ("dynamodb:Query", "local-LedgerTable/index/ended"),
        ("dynamodb:DeleteItem", "local-Other"),
        ("kms:Decrypt", ""),
    ]
    assert _denied(plain, "ParserFunction", wrong) == wrong


def test_the_gate_writes_only_receipts(plain: dict[str, Any]) -> None:
    """Its one write is bound to keys that begin with `receipt#`."""
    writes = [s for s in _statements(plain, "GateFunction") if "PutItem" in str(s["Action"])]
    [keys] = [s["Condition"]["ForAllValues:StringLike"] for s in writes]
    assert keys == {"dynamodb:LeadingKeys": ["receipt#*"]}


def _counted(made: list[Call]) -> dict[str, int]:
    names = [action for action, _ in made]
    return {name: names.count(name) for name in sorted(set(names))}


def test_requests_per_mail(stack: Local, calls: list[Call]) -> None:
    """As many as the bill is made of: the key's own number is asked for once per process."""
    told = keep(stack, mail(notebook_html(3)), "one")
    assert _counted(calls) == REQUESTS["gate"]
    calls.clear()
    run(told)
    counted = _counted(calls)
    assert counted.pop("kms:GetPublicKey") == 1
    assert counted == REQUESTS["parser"]


def test_requests_per_letter(answering: Local, calls: list[Call]) -> None:
    """What is asked for beside, when the reader is answered."""
    told = keep(answering, mail(notebook_html(3)), "one")
    calls.clear()
    run(told)
    counted, without = _counted(calls), REQUESTS["parser"] | {"kms:GetPublicKey": 1}
    more = {name: count - without.get(name, 0) for name, count in counted.items()}
    assert {name: count for name, count in more.items() if count} == REQUESTS["letter"]
