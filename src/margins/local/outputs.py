"""What the stack says of itself, as CloudFormation would: `margins doctor` reads it."""

from __future__ import annotations

from margins.local.cloud import Cloud
from margins.local.template import Stack

__all__ = ["outputs_of"]


def outputs_of(stack: Stack, cloud: Cloud) -> dict[str, str]:
    """The outputs of the template; for CloudFormation the Ref of a queue is its URL."""
    sqs = cloud.client("sqs")
    urls = {
        name: sqs.get_queue_url(QueueName=name)["QueueUrl"]
        for name in (stack.physical[r.name] for r in stack.resources("AWS::SQS::Queue"))
    }
    values = {
        name: stack.resolve(said["Value"])
        for name, said in stack.template["Outputs"].items()
        if "Condition" not in said or stack.holds(said["Condition"])
    }
    return {name: urls.get(value, value) for name, value in values.items()}
