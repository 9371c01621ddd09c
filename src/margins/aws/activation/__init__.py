"""The function that makes a receipt rule set the active one, and gives back the one before.

An account has one per region. CloudFormation cannot choose it, and Terraform's provider leaves none
behind. Both call this function, each in its own words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from margins.aws.activation import cloudformation, terraform
from margins.aws.activation.rule_sets import RuleSets

__all__ = ["handler"]


def handler(event: Mapping[str, Any], context: object) -> dict[str, str]:  # noqa: ARG001
    """Lambda's entry point.

    Raises:
        MarginsError, KeyError, ValueError: what Terraform asks for cannot be done; it shows the
            error. CloudFormation is told at the URL it gave.
    """
    rule_sets = RuleSets(os.environ["AWS_REGION"])
    if "ResponseURL" in event:
        cloudformation.answer(event, rule_sets)
        return {}
    return terraform.carry_out(event, rule_sets)
