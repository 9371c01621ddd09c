"""The custom resource that makes a receipt rule set the active one."""

from __future__ import annotations

from margins.aws import activation
from margins.local.stack import Local


class RuleSets:
    """SES's one active rule set, in memory."""

    def __init__(self, name: str) -> None:
        self.name = name

    def active(self) -> str:
        return self.name

    def activate(self, name: str) -> None:
        self.name = name


def test_activation_gives_back_the_rule_set_before() -> None:
    """On deletion the one before is active again, unless somebody has chosen another since."""
    for since, left in (("margins-dev", "before"), ("another", "another")):
        sets = RuleSets("before")
        resource = activation.change("Create", "margins-dev", "", sets)
        assert sets.name == "margins-dev"
        resource = activation.change("Update", "margins-dev", resource, sets)
        sets.name = since
        activation.change("Delete", "margins-dev", resource, sets)
        assert sets.name == left


def test_activation_where_there_was_none() -> None:
    """Then there is none again."""
    sets = RuleSets("")
    resource = activation.change("Create", "margins-dev", "", sets)
    activation.change("Delete", "margins-dev", resource, sets)
    assert sets.name == ""


def test_the_rule_sets_of_ses(stack: Local) -> None:
    """Read and chosen through SES's own protocol."""
    ses = stack.cloud.client("ses")
    for name in ("one", "two"):
        ses.create_receipt_rule_set(RuleSetName=name)
    sets = activation.RuleSets("eu-west-1")
    assert sets.active() == ""
    sets.activate("two")
    assert sets.active() == "two"
