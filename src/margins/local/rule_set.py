"""The receipt rules of a template, in the order in which SES keeps them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ses-receiptrule.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from margins.errors import ConfigError
from margins.local.function import Function
from margins.local.rules import Action, Rule
from margins.local.template import Resource, Stack

__all__ = ["rules"]

_RULE = "AWS::SES::ReceiptRule"
_REMEDY = "Leave it out for margins local, for instance behind a condition on the parameter Stage."


def rules(stack: Stack, functions: Mapping[str, Function]) -> list[Rule]:
    """Those of the active rule set that are enabled.

    Raises:
        ConfigError: a rule comes after one that is not there, or has an action that is not
            played here.
    """
    declared = list(stack.resources(_RULE))
    for resource in declared:  # what `Ref` of it is
        said = resource.properties["Rule"].get("Name", resource.name)
        stack.physical[resource.name] = stack.resolve(said)
    active = _active(stack, declared)
    ours = [r for r in declared if stack.resolve(r.properties["RuleSetName"]) == active]
    by_arn = {function.settings.arn: function for function in functions.values()}
    found = []
    for resource in _in_order(stack, ours):
        rule = stack.resolve(dict(resource.properties["Rule"]))
        if str(rule.get("Enabled", False)).lower() != "true":  # SES's default
            continue
        name = stack.physical[resource.name]
        actions = tuple(_action(said, by_arn, name) for said in rule.get("Actions", ()))
        recipients = tuple(rule.get("Recipients", ()))
        found.append(Rule(name=name, recipients=recipients, actions=actions))
    return found


def _active(stack: Stack, declared: Iterable[Resource]) -> str:
    """Which rule set takes mail: the first the template makes, else the first it adds a rule to."""
    made = next(stack.resources("AWS::SES::ReceiptRuleSet"), None)
    if made is not None:
        return stack.physical[made.name]
    first = next(iter(declared), None)
    return "" if first is None else str(stack.resolve(first.properties["RuleSetName"]))


def _in_order(stack: Stack, declared: list[Resource]) -> list[Resource]:
    """As they are after all have been made: a rule that names none before it goes to the front.

    CloudFormation makes rules that do not need one another in any order; here it is that of the
    template.
    """
    names = {resource.name for resource in declared}
    placed: list[Resource] = []
    waiting = list(declared)
    while waiting:
        known = {stack.physical[resource.name] for resource in placed}
        done = {resource.name for resource in placed}
        for resource in waiting:
            after = stack.resolve(resource.properties.get("After"))
            if (not after or after in known) and done >= names.intersection(resource.depends_on):
                break
        else:
            raise ConfigError(
                "It comes after a receipt rule that is not in its rule set.",
                place=waiting[0].name,
                remedy="Name an enabled or disabled rule of the same set in After.",
            )
        waiting.remove(resource)
        before = [stack.physical[each.name] for each in placed]
        placed.insert(before.index(after) + 1 if after else 0, resource)
    return placed


def _action(said: Mapping[str, Any], functions: Mapping[str, Function], rule: str) -> Action:
    match dict(said):
        case {"LambdaAction": asked}:
            synchronous = asked.get("InvocationType", "Event") == "RequestResponse"
            function = functions.get(asked["FunctionArn"])
            if function is None:
                what = f"A receipt rule asks {asked['FunctionArn']}, which is not here."
                raise ConfigError(what, place=rule, remedy="Declare the function in the template.")
            return Action(function=function, synchronous=synchronous)
        case {"S3Action": kept}:
            return Action(bucket=kept["BucketName"], prefix=kept.get("ObjectKeyPrefix", ""))
        case {"StopAction": _}:
            return Action(stops=True)
    kinds = ", ".join(said) or "nothing"
    what = f"A receipt rule has an action that is not played here: {kinds}."
    raise ConfigError(what, place=rule, remedy=_REMEDY)
