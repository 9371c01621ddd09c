"""Terraform's `aws_lambda_invocation`: twice in the module, with an answer by return.

One is invoked once, on creation, and told which rule set is active: `{"Action":
"DescribeActiveReceiptRuleSet"}`. Terraform keeps the answer in its state. The other has
`lifecycle_scope = "CRUD"`, by which the provider adds what is being done, to a deletion as well. A
deletion gets the input of before and no earlier answer, so what was active is part of that input:
`{"RuleSetName": ..., "Before": ..., "tf": {"action": "create" | "update" | "delete"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from margins.aws.activation.rule_sets import RuleSets

__all__ = ["carry_out"]


def carry_out(event: Mapping[str, Any], rule_sets: RuleSets) -> dict[str, str]:
    """Carry out one invocation, and return the name of the rule set it is about.

    Raises:
        ValueError, KeyError: the event is none of the two.
        Unavailable, Refused: SES.
    """
    if event.get("Action") == "DescribeActiveReceiptRuleSet":
        return {"RuleSetName": rule_sets.active()}
    name, action = str(event["RuleSetName"]), event["tf"]["action"]
    if action in {"create", "update"}:
        rule_sets.take(name)
    elif action == "delete":
        rule_sets.give_back(name, event["Before"])
    else:
        raise ValueError(f"Terraform has no action {action!r}.")
    return {"RuleSetName": name}
