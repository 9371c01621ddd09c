"""Functions of AWS Lambda, called by name."""

from __future__ import annotations

import json
from urllib.parse import quote

from margins.clients.aws import Aws
from margins.errors import ConfigError, Unavailable

__all__ = ["call_function"]

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
    answer = aws.request(
        "POST",
        f"/2015-03-31/functions/{quote(name, safe='')}/invocations",
        headers={"content-type": "application/json"},
        body=json.dumps(event).encode(),
    )
    if (why := _REFUSED.get(answer.status)) is not None:
        raise ConfigError(
            f"The function {why}.",
            place=name,
            remedy="Check its name, the region, and that you may lambda:InvokeFunction on it.",
        )
    said = json.loads(answer.body or b"null")
    if answer.status != 200 or "x-amz-function-error" in answer.headers:
        what = said.get("errorMessage") or said.get("Message") if isinstance(said, dict) else ""
        raise Unavailable(f"The function failed: {what or answer.status}.", place=name)
    return said
