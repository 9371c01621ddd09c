"""The custom resource that makes a receipt rule set the active one.

An account has one per region, and CloudFormation cannot choose it. What was active before is kept
in the resource's own name, and comes back on deletion, unless somebody has chosen another since.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from margins.clients.aws import Aws
from margins.errors import Unavailable

__all__ = ["RuleSets", "change", "handler"]

_NAME = re.compile(r"<Metadata>.*?<Name>([^<]+)</Name>", re.DOTALL)
_PREFIX = "previously-"


class RuleSets:
    """The receipt rule sets of this region. Every method raises Unavailable."""

    def __init__(self, region: str) -> None:
        named = os.environ.get("AWS_ENDPOINT_URL_SES") or os.environ.get("AWS_ENDPOINT_URL", "")
        endpoint = named or f"https://email.{region}.amazonaws.com"
        self._aws = Aws("ses", region, endpoint=endpoint)

    def _call(self, action: str, **parameters: str) -> str:
        form = urlencode({"Action": action, "Version": "2010-12-01", **parameters})
        answer = self._aws.request(
            "POST",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=form.encode("ascii"),
        )
        text = answer.body.decode("utf-8", "replace")
        if answer.status != 200:
            raise Unavailable(f"SES refused {action}: {text[:300]}")
        return text

    def active(self) -> str:
        """The name of the active one; empty when there is none."""
        found = _NAME.search(self._call("DescribeActiveReceiptRuleSet"))
        return found[1] if found else ""

    def activate(self, name: str) -> None:
        """Make this one active; none when the name is empty."""
        self._call("SetActiveReceiptRuleSet", **({"RuleSetName": name} if name else {}))


def change(request: str, name: str, resource: str, rule_sets: RuleSets) -> str:
    """Carry out one request of CloudFormation, and return the resource's name."""
    active = rule_sets.active()
    if request == "Delete":
        if active == name and resource.startswith(_PREFIX):
            rule_sets.activate(resource.removeprefix(_PREFIX))
        return resource
    if active != name:
        rule_sets.activate(name)
    # On an update the one before is still the one from before the creation.
    return resource if request == "Update" else _PREFIX + ("" if active == name else active)


def _answer(event: Mapping[str, Any], resource: str, problem: str) -> None:
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


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001
    """Lambda's entry point. Always answers: CloudFormation would wait an hour otherwise."""
    resource = event.get("PhysicalResourceId", "")
    problem = ""
    try:
        name = event["ResourceProperties"]["RuleSetName"]
        rule_sets = RuleSets(os.environ["AWS_REGION"])
        resource = change(event["RequestType"], name, resource, rule_sets)
    except Exception as error:  # noqa: BLE001
        problem = f"{type(error).__name__}: {error}"
    _answer(event, resource, problem)
