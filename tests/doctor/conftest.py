"""A deployment of the template in moto, with what CloudFormation would have made beside it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from margins.doctor.deployment import Deployment
    from margins.local.stack import Local

RECIPIENT = "import@notes.example"
TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"
_ON_AWS = ["test_receiving.py", "test_keeping.py", "test_deployment.py"]

collect_ignore = [] if all(map(find_spec, ("moto", "yaml"))) else _ON_AWS


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("code.py", "")
    return made.getvalue()


def _functions(local: Local, timeout: int) -> None:
    """The two functions, as far as AWS shows them, and what listens to the queue."""
    trust = {"Version": "2012-10-17", "Statement": []}
    iam = local.cloud.client("iam")
    role = iam.create_role(RoleName="functions", AssumeRolePolicyDocument=json.dumps(trust))
    functions = local.cloud.client("lambda")
    for name in ("GateFunction", "ParserFunction"):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="code.handler",
            Code={"ZipFile": _zip()},
            Timeout=timeout,
        )
    arn = local.stack.arns["MailQueue"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="ParserFunction")


def _receiving(local: Local, properties: dict[str, Any]) -> None:
    """The rule set, active, with the rule of the template; the domain's identity."""
    ses, rule = local.cloud.client("ses"), local.stack.resolve(properties)
    ses.create_receipt_rule_set(RuleSetName=rule["RuleSetName"])
    ses.create_receipt_rule(**rule)
    ses.set_active_receipt_rule_set(RuleSetName=rule["RuleSetName"])
    ses.verify_domain_identity(Domain="notes.example")


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """The template's resources and a notes API, and this process signed in to them."""
    from margins.local.stack import Local, Options

    options = Options(template=TEMPLATE, recipient=RECIPIENT, drive=False)
    with Local(options, lambda *_: None) as local:
        for name, value in local.cloud.environ.items():
            monkeypatch.setenv(name, value)
        said = local.stack.template["Resources"]
        _functions(local, said["ParserFunction"]["Properties"]["Timeout"])
        _receiving(local, said["Rule"]["Properties"])
        policy = local.stack.resolve(said["MailBucketPolicy"]["Properties"]["PolicyDocument"])
        local.cloud.client("s3").put_bucket_policy(
            Bucket=local.stack.physical["MailBucket"], Policy=json.dumps(policy)
        )
        yield local


@pytest.fixture
def outputs(local: Local) -> dict[str, str]:
    """What the stack says of itself."""
    from margins.local.outputs import outputs_of

    return outputs_of(local.stack, local.cloud)


@pytest.fixture
def deployment(local: Local, outputs: dict[str, str]) -> Deployment:
    """Of the stage `local`."""
    from margins.doctor.deployment import Deployment

    return Deployment(local.cloud.region, "local", outputs=outputs)
