"""A deployment on AWS: the names it has, and questions in the three ways AWS wants to be asked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import unescape

from margins.clients.aws import Answer, Aws, AwsError
from margins.errors import ConfigError

__all__ = ["Deployment", "values"]

_VERSIONS = {"cloudformation": "2010-05-15", "ses": "2010-12-01", "sts": "2011-06-15"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}


def values(xml: str, tag: str) -> list[str]:
    """The texts of every such element that has no others in it."""
    return [unescape(found) for found in re.findall(rf"<{tag}>([^<]*)</{tag}>", xml)]


class Deployment:
    """One stage in one region.

    Args:
        outputs: of the deployment; asked of CloudFormation when None.
    """

    def __init__(
        self, region: str, stage: str, *, outputs: Mapping[str, str] | None = None
    ) -> None:
        self.region, self.stage = region, stage
        self._given = outputs

    def aws(self, service: str) -> Aws:
        """A client of a service."""
        others = os.environ.get("AWS_ENDPOINT_URL_SES") or os.environ.get("AWS_ENDPOINT_URL")
        own = f"https://email.{self.region}.amazonaws.com"
        endpoint = "" if others or service != "ses" else own
        return Aws(service, self.region, endpoint=endpoint)

    def query(self, service: str, action: str, **parameters: str) -> str:
        """The XML a service of the Query protocol answers.

        Raises:
            AwsError, Unavailable
        """
        return self._query(service, action, parameters).body.decode()

    def _query(self, service: str, action: str, parameters: Mapping[str, str]) -> Answer:
        form = {"Action": action, "Version": _VERSIONS[service], **parameters}
        body = urlencode(form).encode("ascii")
        answer = self.aws(service).request("POST", headers=_FORM, body=body)
        if answer.status != 200:
            text = answer.body.decode("utf-8", "replace")
            code = next(iter(values(text, "Code")), str(answer.status))
            raise AwsError(code, {"message": next(iter(values(text, "Message")), "")})
        return answer

    def call(self, target: str, **body: object) -> Any:
        """The answer of a service that speaks JSON, such as `sqs`: `AmazonSQS.GetQueueUrl`.

        Raises:
            AwsError, Unavailable
        """
        services = {"AmazonSQS": "sqs", "TrentService": "kms"}
        service = services[target.partition(".")[0]]
        version = "1.0" if service == "sqs" else "1.1"
        return self.aws(service).call(target, body, version=version)

    def functions(self, path: str, **query: str) -> Any:
        """The answer of Lambda, which is asked by path.

        Raises:
            AwsError, Unavailable
        """
        answer = self.aws("lambda").request("GET", f"/2015-03-31/{path}", query=query)
        said = json.loads(answer.body or b"{}")
        if answer.status != 200:
            raise AwsError(str(answer.status), said)
        return said

    @cached_property
    def identity(self) -> tuple[str, float]:
        """The account's number, and the time at AWS in seconds since 1970."""
        answer = self._query("sts", "GetCallerIdentity", {})
        [account] = values(answer.body.decode(), "Account")
        return account, parsedate_to_datetime(answer.headers["date"]).timestamp()

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """What the deployment says of itself.

        Raises:
            ConfigError: there is none.
        """
        if self._given is not None:
            return self._given
        name = f"margins-{self.stage}"
        try:
            said = self.query("cloudformation", "DescribeStacks", StackName=name)
        except AwsError as error:
            raise ConfigError(
                f"CloudFormation says {error.code}: {error.args[1]}.",
                place=name,
                remedy="Check --stage and --region, or give --outputs after a Terraform apply.",
            ) from error
        return dict(zip(values(said, "OutputKey"), values(said, "OutputValue"), strict=True))

    def output(self, name: str) -> str:
        """One of the outputs.

        Raises:
            ConfigError: the deployment does not have it.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise ConfigError(
                f"The deployment does not say its {name}.",
                place=f"margins-{self.stage}",
                remedy="Deploy this version of Margins.",
            ) from None

    @property
    def domain(self) -> str:
        """Of the address that takes mail."""
        return self.output("Recipient").rpartition("@")[2]
