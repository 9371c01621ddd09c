"""The resources of a template, made in moto in the order in which they need one another."""

from __future__ import annotations

import json
from typing import Any

from margins.local.cloud import Cloud
from margins.local.template import Stack

__all__ = ["create"]

_NAMED = {
    "AWS::SES::ReceiptRuleSet": "RuleSetName",
    "AWS::Logs::LogGroup": "LogGroupName",
    # There is no Cognito here: what refers to these has a name to show.
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolClient": "ClientName",
}


def create(stack: Stack, cloud: Cloud, *, visibility: int | None = None) -> None:
    """Make keys, tables, queues and buckets; `stack` learns their names.

    Args:
        visibility: seconds, instead of what the template says for its queues.
    """
    for resource in stack.resources("AWS::Serverless::Function"):
        arn = f"arn:aws:lambda:{stack.region}:{stack.account}:function:{resource.name}"
        stack.physical[resource.name], stack.arns[resource.name] = resource.name, arn
    for kind, named in _NAMED.items():
        for resource in stack.resources(kind):
            stack.physical[resource.name] = stack.resolve(resource.properties[named])
    _keys(stack, cloud)
    _tables(stack, cloud)
    _queues(stack, cloud, visibility)
    _buckets(stack, cloud)
    _identity(stack, cloud)


def _identity(stack: Stack, cloud: Cloud) -> None:
    """The domain letters come from, which an operator has verified in SES beforehand."""
    if name := stack.parameters.get("ReceiptsIdentity"):
        cloud.client("sesv2").create_email_identity(EmailIdentity=name)


def _keys(stack: Stack, cloud: Cloud) -> None:
    for resource in stack.resources("AWS::KMS::Key"):
        said = stack.resolve({k: resource.properties[k] for k in ("KeyUsage", "KeySpec")})
        made = cloud.client("kms").create_key(**said)["KeyMetadata"]
        stack.physical[resource.name], stack.arns[resource.name] = made["KeyId"], made["Arn"]


_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def _tables(stack: Stack, cloud: Cloud) -> None:
    for resource in stack.resources("AWS::DynamoDB::Table"):
        p = stack.resolve({k: v for k, v in resource.properties.items() if k in _TABLE})
        name = f"local-{resource.name}"
        made = cloud.client("dynamodb").create_table(TableName=name, **p)["TableDescription"]
        stack.physical[resource.name], stack.arns[resource.name] = name, made["TableArn"]


def _queues(stack: Stack, cloud: Cloud, visibility: int | None) -> None:
    """Those others send their dead letters to come first."""
    sqs = cloud.client("sqs")
    found = sorted(
        stack.resources("AWS::SQS::Queue"), key=lambda r: "RedrivePolicy" in r.properties
    )
    for resource in found:
        p = dict(resource.properties)
        name = stack.resolve(p["QueueName"])
        attributes: dict[str, Any] = {"VisibilityTimeout": str(p.get("VisibilityTimeout", 30))}
        if visibility is not None:
            attributes["VisibilityTimeout"] = str(visibility)
        if "RedrivePolicy" in p:
            attributes["RedrivePolicy"] = json.dumps(stack.resolve(p["RedrivePolicy"]))
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        stack.physical[resource.name] = name
        stack.arns[resource.name] = told["Attributes"]["QueueArn"]


def _buckets(stack: Stack, cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    for resource in stack.resources("AWS::S3::Bucket"):
        name = stack.resolve(resource.properties["BucketName"])
        s3.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.region}
        )
        stack.physical[resource.name], stack.arns[resource.name] = name, f"arn:aws:s3:::{name}"
        told = stack.resolve(resource.properties.get("NotificationConfiguration", {}))
        queues = [_notification(each) for each in told.get("QueueConfigurations", ())]
        if queues:
            s3.put_bucket_notification_configuration(
                Bucket=name, NotificationConfiguration={"QueueConfigurations": queues}
            )


def _notification(said: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation's words for it, in those of the API."""
    rules = said.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return {
        "QueueArn": said["Queue"],
        "Events": [said["Event"]],
        "Filter": {"Key": {"FilterRules": rules}},
    }
