"""Whether what SES keeps gets to the parser, and the parser's key is there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from margins.clients.aws import Answer, Aws, AwsError
from margins.doctor.deployment import Deployment, values
from margins.doctor.finding import Finding, failed, ok, warning

__all__ = ["bucket", "dead_letters", "key", "queue"]

_AGAIN = "Deploy again; somebody has changed it by hand."
_TIMES = 6  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html


def _asked(s3: Aws, name: str, about: str) -> Answer:
    host = f"{name}.{s3.url.netloc}" if s3.own else ""
    return s3.request("GET", "/" if s3.own else f"/{name}", query={about: ""}, host=host)


def bucket(d: Deployment) -> Iterator[Finding]:
    """SES may write to the bucket, nobody else may, and the bucket tells the queue."""
    s3, name = d.aws("s3"), d.output("Bucket")
    answer = _asked(s3, name, "policy")
    if answer.status in {403, 404} and b"NoSuchBucketPolicy" not in answer.body:
        yield failed(f"The bucket {name} is not to be seen.", "Check --region and your rights.")
        return
    policy = json.loads(answer.body) if answer.status == 200 else {"Statement": []}
    writers = [
        s
        for s in policy["Statement"]
        if s["Effect"] == "Allow" and s.get("Principal") == {"Service": "ses.amazonaws.com"}
    ]
    ours = f"receipt-rule-set/margins-{d.stage}:receipt-rule/margins-{d.stage}-keep"
    if not writers:
        yield failed(f"SES may not write to {name}.", _AGAIN)
    elif not all(ours in json.dumps(writer.get("Condition", {})) for writer in writers):
        yield warning(f"Other rules than ours may write to {name}.", _AGAIN)
    else:
        yield ok(f"Only our rule may write to {name}.")
    told = _asked(s3, name, "notification").body.decode()
    queues = values(told, "Queue")
    if not any(arn.endswith(f":{_queue_name(d)}") for arn in queues):
        yield failed(f"The bucket {name} does not tell the queue of mails.", _AGAIN)
    elif "incoming/" not in values(told, "Value"):
        yield warning(f"The bucket {name} tells the queue of everything in it.", _AGAIN)
    else:
        yield ok("The bucket tells the queue of mails.")


def _queue_name(d: Deployment) -> str:
    return d.output("Queue").rpartition("/")[2]


def _attributes(d: Deployment, url: str) -> dict[str, str]:
    said = d.call("AmazonSQS.GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    found: dict[str, str] = said["Attributes"]
    return found


def queue(d: Deployment) -> Iterator[Finding]:
    """A function listens, and a message stays hidden for as long as it may take."""
    said = _attributes(d, d.output("Queue"))
    hidden = int(said["VisibilityTimeout"])
    found = d.functions("event-source-mappings/", EventSourceArn=said["QueueArn"])
    mappings = found["EventSourceMappings"]
    if not mappings:
        yield failed("No function listens to the queue.", _AGAIN)
        return
    name = mappings[0]["FunctionArn"].rpartition(":")[2]
    if mappings[0]["State"] not in {"Enabled", "Creating", "Updating", "Enabling"}:
        yield failed(f"{name} does not listen: {mappings[0]['State']}.", "Enable the mapping.")
        return
    seconds = d.functions(f"functions/{name}/configuration")["Timeout"]
    if hidden < _TIMES * seconds:
        yield failed(
            f"A message comes back after {hidden} s, while {name} may take {seconds} s.",
            f"Set the queue's visibility time-out to {_TIMES * seconds} s or more.",
        )
    else:
        yield ok(f"{name} listens; a message comes back after {hidden} s.")


def dead_letters(d: Deployment) -> Iterator[Finding]:
    """What could not be recorded five times waits there for a person."""
    waiting = int(_attributes(d, d.output("DeadLetters"))["ApproximateNumberOfMessages"])
    if waiting:
        yield failed(
            f"{waiting} mails could not be recorded.",
            "The parser's log says why; mend it, then redrive the dead-letter queue.",
        )
    else:
        yield ok("There are no dead letters.")


def key(d: Deployment) -> Iterator[Finding]:
    """The key that signs tokens is there and enabled."""
    name = d.output("SigningKey")
    try:
        said = d.call("TrentService.DescribeKey", KeyId=name)["KeyMetadata"]
    except AwsError as error:
        yield failed(f"KMS does not show the key {name}: {error.code}.", "Check your rights.")
        return
    if said["KeyState"] != "Enabled":
        yield failed(
            f"The signing key is {said['KeyState']}.", "Enable it, or cancel its deletion, in KMS."
        )
    elif said["KeyUsage"] != "SIGN_VERIFY":
        yield failed("The key cannot sign.", "Make one with the usage SIGN_VERIFY.")
    else:
        yield ok("The signing key is enabled.")
