"""The services of AWS on this machine."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("moto")

from margins.local.cloud import Cloud


def test_s3_tells_a_queue_in_todays_shape() -> None:
    """Version 2.5 with a sequencer; slashes stay, a space is a plus sign; first comes the test
    event of a notification that is set up.
    """
    with Cloud() as cloud:
        s3, sqs = cloud.client("s3"), cloud.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        where = {"LocationConstraint": cloud.region}
        s3.create_bucket(Bucket="mail", CreateBucketConfiguration=where)
        queue = {"QueueArn": told["Attributes"]["QueueArn"], "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="mail", NotificationConfiguration={"QueueConfigurations": [queue]}
        )
        s3.put_object(Bucket="mail", Key="incoming/a b+é", Body=b"12345")
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10}
        bodies = [json.loads(m["Body"]) for m in sqs.receive_message(**asked)["Messages"]]
    test, event = sorted(bodies, key=lambda body: "Records" in body)
    assert test["Event"] == "s3:TestEvent"
    [record] = event["Records"]
    assert (record["eventVersion"], record["eventName"]) == ("2.5", "ObjectCreated:Put")
    assert record["awsRegion"] == "eu-west-1"
    assert record["s3"]["bucket"]["name"] == "mail"
    assert record["s3"]["object"]["key"] == "incoming/a+b%2B%C3%A9"
    assert record["s3"]["object"]["size"] == 5
    assert record["s3"]["object"]["eTag"] == "827ccb0eea8a706c4c34a16891f84e7b"
    assert int(record["s3"]["object"]["sequencer"], 16) > 0
