"""The receipt rules of a template."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("awslambdaric")

from margins.errors import ConfigError
from margins.local.rule_set import rules
from margins.local.rules import Rule
from margins.local.template import read

KEEP = "{S3Action: {BucketName: mail}}"


def _rule(name: str, *, action: str = KEEP, rule_set: str = "ours", **said: Any) -> str:
    """A receipt rule of a template: `after` and `depends` besides what is in the rule itself."""
    after = f", After: {said.pop('after')}" if "after" in said else ""
    depends = f", DependsOn: {said.pop('depends')}" if "depends" in said else ""
    own = ", ".join(f"{k}: {v}" for k, v in ({"Enabled": "true"} | said).items() if v is not None)
    rule = f"{{Name: {name}, {own}{', ' if own else ''}Actions: [{action}]}}"
    properties = f"{{RuleSetName: {rule_set}, Rule: {rule}{after}}}"
    return f"  {name.upper()}: {{Type: AWS::SES::ReceiptRule, Properties: {properties}{depends}}}"


def _found(*declared: str) -> list[Rule]:
    own = "  Set: {Type: AWS::SES::ReceiptRuleSet, Properties: {RuleSetName: ours}}"
    stack = read("\n".join(["Resources:", own, *declared]), {}, region="eu-west-1", account="1")
    stack.physical["Set"] = "ours"
    return rules(stack, {})


def _names(*declared: str) -> list[str]:
    return [rule.name for rule in _found(*declared)]


def test_a_rule_goes_to_the_front() -> None:
    """As SES inserts it when it does not say after which."""
    assert _names(_rule("a"), _rule("b"), _rule("c", depends="B")) == ["c", "b", "a"]


def test_a_rule_goes_after_another() -> None:
    """Named, or referred to; whatever the order of the template."""
    last = _rule("c", after="!Ref B")
    assert _names(last, _rule("a"), _rule("b", after="a")) == ["a", "b", "c"]
    assert _names(_rule("a"), _rule("b", after="a"), _rule("c", after="a")) == ["a", "c", "b"]


def test_a_rule_waits_for_what_it_depends_on() -> None:
    """CloudFormation makes it later, so that it is before it."""
    assert _names(_rule("a", depends="[B, Set]"), _rule("b")) == ["a", "b"]


@pytest.mark.parametrize("after", ["nothing", "a"])
def test_a_rule_after_one_that_is_not_there(after: str) -> None:
    """In no rule set, or in another one."""
    with pytest.raises(ConfigError) as refused:
        _found(_rule("a", rule_set="theirs"), _rule("b", after=after))
    assert refused.value.place == "B"


def test_a_rule_that_is_switched_off() -> None:
    """Which it is unless the template says otherwise; others may come after it."""
    assert _names(_rule("a", Enabled=None), _rule("b", Enabled="false"), _rule("c", after="b")) == [
        "c"
    ]


def test_a_rule_of_another_set() -> None:
    """One rule set is active: the one the template makes."""
    assert _names(_rule("a", rule_set="theirs"), _rule("b", rule_set="!Ref Set")) == ["b"]


def test_actions() -> None:
    """A bucket, and the end of the rules."""
    stops = "{StopAction: {Scope: RuleSet}}"
    [rule] = _found(_rule("a", action=f"{KEEP}, {stops}"))
    assert [(action.bucket, action.stops) for action in rule.actions] == [
        ("mail", False), ("", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("{BounceAction: {Message: no}}", "BounceAction"),
        ("{AddHeaderAction: {HeaderName: X, HeaderValue: y}}", "AddHeaderAction"),
        ("{LambdaAction: {FunctionArn: arn:elsewhere}}", "arn:elsewhere"),
    ],
)
def test_an_action_that_is_not_played(action: str, named: str) -> None:
    """It says which, where, and what to do."""
    with pytest.raises(ConfigError) as refused:
        _found(_rule("a", action=action))
    assert named in refused.value.what
    assert (refused.value.place, bool(refused.value.remedy)) == ("a", True)
