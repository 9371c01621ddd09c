"""The receipt rule sets of a region: which one is active, and how it becomes another."""

from __future__ import annotations

import os
import re
import time
from urllib.parse import urlencode

from margins.clients.aws import Answer, Aws
from margins.errors import Refused

__all__ = ["NoSuchRuleSet", "RuleSets"]

_NAME = re.compile(r"<Metadata>.*?<Name>([^<]+)</Name>", re.DOTALL)
# Seconds. Terraform calls the function right after IAM was told of its role, and what IAM is told
# is not known everywhere at once.
_PAUSES = (1, 2, 4, 8, 8)


class NoSuchRuleSet(Refused):
    """SES knows no rule set of that name."""


class RuleSets:
    """The receipt rule sets of this region.

    Every method raises Unavailable when SES does not answer, and Refused when it says no.
    """

    def __init__(self, region: str) -> None:
        named = os.environ.get("AWS_ENDPOINT_URL_SES") or os.environ.get("AWS_ENDPOINT_URL", "")
        endpoint = named or f"https://email.{region}.amazonaws.com"
        self._aws = Aws("ses", region, endpoint=endpoint)

    def _ask(self, form: str) -> Answer:
        """The answer to one request, asked for again while the role is not known yet."""

        def ask() -> Answer:
            return self._aws.request(
                "POST",
                headers={"content-type": "application/x-www-form-urlencoded"},
                body=form.encode("ascii"),
            )

        answer = ask()
        for pause in _PAUSES:
            if answer.status != 403:
                break
            time.sleep(pause)
            answer = ask()
        return answer

    def _call(self, action: str, **parameters: str) -> str:
        form = urlencode({"Action": action, "Version": "2010-12-01", **parameters})
        answer = self._ask(form)
        text = answer.body.decode("utf-8", "replace")
        if answer.status != 200:
            kind = NoSuchRuleSet if "RuleSetDoesNotExist" in text else Refused
            raise kind(f"SES refused {action}: {text[:300]}")
        return text

    def active(self) -> str:
        """The name of the active one; empty when there is none."""
        found = _NAME.search(self._call("DescribeActiveReceiptRuleSet"))
        return found[1] if found else ""

    def activate(self, name: str) -> None:
        """Make this one active; none when the name is empty.

        Raises:
            NoSuchRuleSet
        """
        self._call("SetActiveReceiptRuleSet", **({"RuleSetName": name} if name else {}))

    def take(self, name: str) -> str:
        """Make this one active, and return which was; empty when there was none or it was this."""
        before = self.active()
        if before == name:
            return ""
        self.activate(name)
        return before

    def give_back(self, name: str, before: str) -> None:
        """Make the one before active again, unless somebody has chosen another than ours since.

        Args:
            name: ours.
            before: empty when there was none, and then there is none again; as when it was ours, or
                has been deleted meanwhile: ours could not be deleted otherwise.
        """
        if self.active() != name:
            return
        try:
            self.activate("" if before == name else before)
        except NoSuchRuleSet:
            self.activate("")
