"""Functions of AWS Lambda, called by name."""

from __future__ import annotations

import json
from urllib.parse import quote

from margins.clients.aws import Answer, Aws
from margins.errors import ConfigError, Unavailable

__all__ = ["call_function", "call_later"]

_REFUSED = {403: "may not be called", 404: "does not exist"}


def call_function(aws: Aws, name: str, event: object) -> object:
    """Hand an event to a function and wait for its answer.

    Args:
        aws: Lambda, with time enough for the function.
        name: or ARN.

    Raises:
        ConfigError: there is no such function, or its role does not let this one call it.
        Unavailable: it failed, or there is no room for another call; or nothing answered, and then
            it may have run.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    answer = _invoke(aws, name, event, "RequestResponse")
    said = json.loads(answer.body or b"null")
    if answer.status != 200 or "x-amz-function-error" in answer.headers:
        raise _failed(name, answer.status, said)
    return said


def call_later(aws: Aws, name: str, event: object) -> None:
    """Leave an event with Lambda, which hands it to the function, and again where that fails.

    Raises:
        ConfigError, Unavailable: it was not taken.
    """
    answer = _invoke(aws, name, event, "Event")
    if answer.status != 202:
        raise _failed(name, answer.status, None)


def _invoke(aws: Aws, name: str, event: object, kind: str) -> Answer:
    answer = aws.request(
        "POST",
        f"/2015-03-31/functions/{quote(name, safe='')}/invocations",
        headers={"content-type": "application/json", "x-amz-invocation-type": kind},
        body=json.dumps(event).encode(),
    )
    if (why := _REFUSED.get(answer.status)) is not None:
        raise ConfigError(
            f"The function {why}.",
            place=name,
            remedy="Check its name, the region, and that you may lambda:InvokeFunction on it.",
        )
    return answer


def _failed(name: str, status: int, said: object) -> Unavailable:
    what = said.get("errorMessage") or said.get("Message") if isinstance(said, dict) else ""
    return Unavailable(f"The function failed: {what or status}.", place=name)
