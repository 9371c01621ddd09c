"""The trigger Cognito calls when a user has confirmed: from now on the address may write.

Where the notes API is a function of the stack, it makes the account, with the handbook that
welcomes whoever signs in. That is left to Lambda: the function may be cold, and Cognito waits for
five seconds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from margins.aws.invocation import Context, seconds_of
from margins.aws.parts import open_senders
from margins.clients.aws import Aws
from margins.clients.deadline import within
from margins.clients.functions import call_later
from margins.errors import InputError
from margins.mail.address import parse_addr_spec

__all__ = ["handler"]

_log = logging.getLogger("margins.registration")

_SECONDS_TO_END = 1.0  # of the five for which Cognito waits


def _make_account(account: str) -> None:
    if name := os.environ.get("MARGINS_API_FUNCTION"):
        aws = Aws("lambda", os.environ["AWS_REGION"], seconds=2.0)
        call_later(aws, name, {"account_confirmed": account})


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Lambda's entry point; returns the event, as Cognito wants it.

    Raises:
        Unavailable: the registry or Lambda did not answer; Cognito asks again, and it is all the
            same how often.
    """
    attributes = event["request"]["userAttributes"]
    address = parse_addr_spec(attributes.get("email", ""))
    confirmed = event.get("triggerSource") == "PostConfirmation_ConfirmSignUp"
    if not confirmed or address is None or attributes.get("email_verified") != "true":
        _log.info("nothing to register", extra={"trigger": event.get("triggerSource")})
        return event
    with within(seconds_of(context, reserve=_SECONDS_TO_END)):
        try:
            open_senders().register(attributes["sub"], address)
        except InputError as error:
            _log.error("not registered: %s", error)
        _make_account(attributes["sub"])
    return event
