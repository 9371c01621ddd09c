"""Checks of the way from the bucket to the parser, and of the key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from margins.doctor import Finding, Level, keeping
from margins.doctor.deployment import Deployment
from margins.local.stack import Local


def _levels(found: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in found]


def test_a_bucket_as_deployed(deployment: Deployment) -> None:
    """The template's own policy and notification."""
    assert _levels(keeping.bucket(deployment)) == [Level.OK, Level.OK]


def _open(policy: Any) -> str:
    """The policy without its conditions for SES."""
    first, *others = policy["Statement"]
    del first["Condition"]
    return json.dumps({**policy, "Statement": [first, *others]})


def test_a_bucket_somebody_has_changed(deployment: Deployment, local: Local) -> None:
    """Open to all rules, closed to SES, silent, or gone."""
    s3, name = local.cloud.client("s3"), local.stack.physical["MailBucket"]
    policy: Any = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    for theirs in (json.dumps(policy).replace("margins-local:", "another:"), _open(policy)):
        s3.put_bucket_policy(Bucket=name, Policy=theirs)
        assert _levels(keeping.bucket(deployment)) == [Level.WARNING, Level.OK]
    s3.delete_bucket_policy(Bucket=name)
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={})
    assert _levels(keeping.bucket(deployment)) == [Level.FAILED, Level.FAILED]
    s3.delete_bucket(Bucket=name)
    assert _levels(keeping.bucket(deployment)) == [Level.FAILED]


def test_the_queue_and_its_function(deployment: Deployment, local: Local) -> None:
    """A message stays hidden for six time-outs; less, and two parsers take one mail."""
    [finding] = keeping.queue(deployment)
    assert finding == Finding(
        level=Level.OK, what="ParserFunction listens; a message comes back after 540 s."
    )
    functions = local.cloud.client("lambda")
    functions.update_function_configuration(FunctionName="ParserFunction", Timeout=300)
    [finding] = keeping.queue(deployment)
    assert finding.level is Level.FAILED
    assert "1800 s" in finding.remedy
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    [finding] = keeping.queue(deployment)
    assert finding.what == "ParserFunction does not listen: Disabled."
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    assert _levels(keeping.queue(deployment)) == [Level.FAILED]


def test_dead_letters(deployment: Deployment, local: Local) -> None:
    """Each is a mail somebody waits for."""
    assert _levels(keeping.dead_letters(deployment)) == [Level.OK]
    sqs = local.cloud.client("sqs")
    sqs.send_message(QueueUrl=deployment.output("DeadLetters"), MessageBody="{}")
    [finding] = keeping.dead_letters(deployment)
    assert (finding.level, finding.what) == (Level.FAILED, "1 mails could not be recorded.")


def test_the_key(deployment: Deployment, local: Local) -> None:
    """Enabled, and one that signs."""
    assert _levels(keeping.key(deployment)) == [Level.OK]
    kms = local.cloud.client("kms")
    kms.disable_key(KeyId=deployment.output("SigningKey"))
    [finding] = keeping.key(deployment)
    assert (finding.level, finding.what) == (Level.FAILED, "The signing key is Disabled.")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    for wrong in (other, "00000000-0000-0000-0000-000000000000"):
        outputs = {"SigningKey": wrong}
        assert _levels(keeping.key(Deployment("eu-west-1", "local", outputs=outputs))) == [
            Level.FAILED
        ]
