"""CloudFormation's custom resource: `RequestType`, and an answer at the URL it gives.

What was active before is kept in the resource's own name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from margins.aws.activation.rule_sets import RuleSets

__all__ = ["answer", "change"]

_PREFIX = "previously-"


def change(event: Mapping[str, Any], rule_sets: RuleSets) -> str:
    """Carry out one request, and return the resource's name."""
    name = event["ResourceProperties"]["RuleSetName"]
    resource = str(event.get("PhysicalResourceId", ""))
    if event["RequestType"] == "Delete":
        if resource.startswith(_PREFIX):  # a creation that failed has another name
            rule_sets.give_back(name, resource.removeprefix(_PREFIX))
        return resource
    before = rule_sets.take(name)
    # On an update the one before is still the one from before the creation.
    return resource if event["RequestType"] == "Update" else _PREFIX + before


def answer(event: Mapping[str, Any], rule_sets: RuleSets) -> None:
    """Carry out one request and say so, or why not: CloudFormation would wait an hour otherwise."""
    resource, problem = event.get("PhysicalResourceId", ""), ""
    try:
        resource = change(event, rule_sets)
    except Exception as error:  # noqa: BLE001
        problem = f"{type(error).__name__}: {error}"
    body = json.dumps(
        {
            "Status": "FAILED" if problem else "SUCCESS",
            "Reason": problem,
            "PhysicalResourceId": resource or "none",
            **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        }
    )
    url = urlsplit(event["ResponseURL"])
    connection = HTTPSConnection(url.netloc, timeout=20)
    connection.request("PUT", f"{url.path}?{url.query}", body, {"content-type": ""})
    connection.getresponse().read()
