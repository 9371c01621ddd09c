"""Functions that behave in every way a function can."""

import os
import sys
import time

_LOADED_AT = time.time()


def echo(event, context):
    """What the function sees of its world."""
    print("echoing")
    return {
        "event": event,
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "environ": sorted(os.environ),
        "pid": os.getpid(),
    }


def fail(event, context):
    """An ordinary error."""
    raise LookupError("there is no such book")


def leave(event, context):
    """The process ends without a word."""
    sys.exit(3)


def sleep(event, context):
    """As long as it is told to."""
    time.sleep(event["seconds"])
    return "awake"


def grow(event, context):
    """As large as it is told to."""
    kept = bytearray(event["mib"] * 1024 * 1024)
    time.sleep(event.get("seconds", 0.5))
    return len(kept)


def count(event, context):
    """How far a thread has counted that goes on between invocations, were it let."""
    import threading

    if not hasattr(count, "n"):
        count.n = 0

        def forever():
            while True:
                count.n += 1
                time.sleep(0.01)

        threading.Thread(target=forever, daemon=True).start()
    return count.n


def add(event, context):
    """Two lines to stop at."""
    total = event["a"] + event["b"]
    doubled = 2 * total
    return doubled  # noqa: RET504  a line to step to


def large(event, context):
    """So many bytes of JSON."""
    return "x" * (event["bytes"] - 2)


def start(event, context):
    """A process that means to stay."""
    import subprocess

    staying = [sys.executable, "-c", "import time; time.sleep(600)"]
    return subprocess.Popen(staying, start_new_session=True).pid


def pid(event, context):
    """Which process it is in, after a while."""
    time.sleep(event.get("seconds", 0))
    return os.getpid()


def tell(event, context):
    """A log line, a metric and a line that is neither."""
    import json
    import logging

    logging.getLogger().debug("whispered")
    logging.getLogger().info("told", extra={"mail": event["mail"]})
    metrics = [{"Name": "Told", "Unit": "Count"}]
    directive = {"Namespace": "Tests", "Dimensions": [[]], "Metrics": metrics}
    print(json.dumps({"_aws": {"Timestamp": 0, "CloudWatchMetrics": [directive]}, "Told": 2}))
    print("plain")


def call(event, context):
    """A call of another service, told to X-Ray as the clients of Margins do."""
    from margins.clients.subsegments import calling

    with calling("DynamoDB", operation="GetItem", aws=True) as made:
        made.status = 200
    return os.environ["_X_AMZN_TRACE_ID"]


def page(event, context):
    """What a function URL answers, and what it was asked."""
    if event["rawPath"] == "/fail":
        raise LookupError("no such page")
    return {
        "statusCode": 201,
        "headers": {"X-Asked": event["requestContext"]["http"]["method"]},
        "cookies": ["a=b"],
        "body": event.get("body", "") + event["rawQueryString"],
        "isBase64Encoded": event["isBase64Encoded"],
    }
