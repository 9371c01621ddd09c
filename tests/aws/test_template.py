"""The template: what lint does not see."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from functions import ROOT, TEMPLATE
from translated import circle, translated

from margins.aws.regions import RECEIVING
from margins.ledger.dynamodb import TABLE as LEDGER
from margins.senders.dynamodb import TABLE as SENDERS

FUNCTIONS = [
    "GateFunction", "ParserFunction", "UpkeepFunction", "ApiFunction", "ActivationFunction",
    "RegistrationFunction",
]  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The template as CloudFormation gets it, every condition true."""
    return translated()


def test_nothing_depends_on_itself(plain: dict[str, Any]) -> None:
    """CloudFormation refuses a circle; sam validate and cfn-lint do not see one."""
    assert circle(plain["Resources"]) == []


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
    resources = {
        "Bucket": {"Properties": {"Notification": {"Fn::GetAtt": ["Function", "Arn"]}}},
        "Function": {"Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Role": {"Properties": {"Policy": {"Fn::Sub": "${Bucket.Arn}/*"}}},
    }
    assert circle(resources) == ["Bucket", "Function", "Role", "Bucket"]


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


def test_what_is_kept_is_kept_once_it_has_been_made(plain: dict[str, Any]) -> None:
    """A failed first deployment leaves nothing that would be in the way of the second."""
    kept = {name: said for name, said in plain["Resources"].items() if "DeletionPolicy" in said}
    assert set(kept) == {"MailBucket", "LedgerTable", "SendersTable", "SigningKey", "Readers"}
    for said in kept.values():
        assert said["DeletionPolicy"] == "RetainExceptOnCreate"
        assert said["UpdateReplacePolicy"] == "Retain"


def test_readers_can_sign_up_and_read(plain: dict[str, Any]) -> None:
    """With a client that has no secret to lose, whose tokens the stack's notes API believes."""
    resources, outputs = plain["Resources"], plain["Outputs"]
    client = resources["ReadersClient"]["Properties"]
    assert client["GenerateSecret"] is False
    assert not [flow for flow in client["ExplicitAuthFlows"] if "PASSWORD" in flow]
    assert outputs["UserPool"]["Value"] == client["UserPoolId"] == {"Ref": "Readers"}
    assert outputs["UserPoolClient"]["Value"] == {"Ref": "ReadersClient"}
    said = resources["ApiFunction"]["Properties"]["Environment"]["Variables"]
    condition, issuers, others = said["MARGINS_NOTES_ISSUERS"]["Fn::If"]
    assert (condition, others) == ("HasUserPool", {"Ref": "NotesIssuers"})
    first, _, rest = issuers["Fn::Sub"].partition(",")
    assert first.endswith(".amazonaws.com/${Readers}#${ReadersClient}")
    assert rest == "${NotesIssuers}"


def test_no_alias_in_the_yaml() -> None:
    """CloudFormation does not read anchors and aliases."""
    assert not re.search(r"(^|\s)[&*][a-z_]+\s*$", TEMPLATE.read_text(), re.MULTILINE)


def _alternatives(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """A statement, or those it may be."""
    if "Fn::If" not in statement:
        return [statement]
    return [each for each in statement["Fn::If"][1:] if "Ref" not in each]


# What AWS grants for everything or not at all, and why it is needed.
_EVERYWHERE = {
    "ses:DescribeActiveReceiptRuleSet", "ses:SetActiveReceiptRuleSet",
    "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}  # fmt: skip


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def test_every_function_has_a_role_of_its_own(plain: dict[str, Any]) -> None:
    """One SAM would make has policies of AWS, which are for every queue and every log."""
    found = {n: r for n, r in plain["Resources"].items() if r["Type"] == "AWS::IAM::Role"}
    assert set(found) == {f"{function}Role" for function in FUNCTIONS}
    for role in found.values():
        assert set(role["Properties"]) <= {"AssumeRolePolicyDocument", "Policies", "Tags"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_policy_has_a_star(plain: dict[str, Any], function: str) -> None:
    """No action, and no resource but of the calls that know no resources."""
    role = plain["Resources"][f"{function}Role"]["Properties"]
    for policy in role["Policies"]:
        for said in policy["PolicyDocument"]["Statement"]:
            for statement in _alternatives(said):
                actions = _listed(statement["Action"])
                assert not any("*" in action for action in actions)
                if "*" in _listed(statement["Resource"]):
                    assert set(actions) <= _EVERYWHERE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log(plain: dict[str, Any], function: str) -> None:
    """And may read no queue but the one it is woken by."""
    said = plain["Resources"]
    log = said[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    [policy] = said[f"{function}Role"]["Properties"]["Policies"]
    granted = {
        action.partition(":")[0]: statement["Resource"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "Action" in statement
        for action in _listed(statement["Action"])
    }
    assert granted["logs"] == {"Fn::GetAtt": [log, "Arn"]}
    woken = {"Fn::GetAtt": ["MailQueue", "Arn"]} if function == "ParserFunction" else None
    assert granted.get("sqs") == woken
