"""What a deployment says of itself, and the whole list of checks over it."""

from __future__ import annotations

import json

import pytest

from margins.doctor import Level, examine
from margins.doctor.checklists import on_aws
from margins.doctor.deployment import Deployment, values
from margins.errors import ConfigError
from margins.local.stack import Local
from margins.testing.resolver import FakeResolver


def test_outputs_of_a_stack(local: Local) -> None:
    """Out of CloudFormation, unescaped."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"ApiUrl": {"Value": "https://notes.example/?a&b"}},
    }
    local.cloud.client("cloudformation").create_stack(
        StackName="margins-other", TemplateBody=json.dumps(template)
    )
    other = Deployment("eu-west-1", "other")
    assert other.outputs == {"ApiUrl": "https://notes.example/?a&b"}
    with pytest.raises(ConfigError, match="Ledger"):
        other.output("Ledger")


def test_a_stack_that_is_not_there(local: Local) -> None:
    """The sentence has its name, and the options that choose it."""
    with pytest.raises(ConfigError, match=r"margins-none.*--stage"):
        _ = Deployment("eu-west-1", "none").outputs


def test_texts_of_elements() -> None:
    """Only of those without others in them; nothing is read twice."""
    xml = "<a><n>1 &lt; 2</n></a><n><m>3</m></n><n/><n></n>"
    assert values(xml, "n") == ["1 < 2", ""]


def test_a_deployment_that_is_well(deployment: Deployment, local: Local) -> None:
    """Every check of AWS over the template, with a key that the notes API believes."""
    local.cloud.client("ses").verify_domain_dkim(Domain="notes.example")
    resolver = FakeResolver({"notes.example": [("MX", "10 inbound-smtp.eu-west-1.amazonaws.com")]})
    found = list(examine(on_aws(deployment, resolver)))
    assert [(name, f.what) for name, f in found if f.level is Level.FAILED] == []
    assert {name for name, f in found if f.level is Level.WARNING} == {"quota"}


def test_a_deployment_without_name_servers(deployment: Deployment) -> None:
    """Only the check that asks them fails."""
    checks = on_aws(deployment, None)
    [(_, finding)] = examine({"mx": checks["mx"]})
    assert finding.level is Level.FAILED
