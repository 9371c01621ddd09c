"""The trigger Cognito calls when a user has confirmed: from now on the address may write."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from margins.aws.invocation import Context, seconds_of
from margins.aws.parts import open_senders
from margins.clients.deadline import within
from margins.errors import InputError
from margins.mail.address import parse_addr_spec

__all__ = ["handler"]

_log = logging.getLogger("margins.registration")

_SECONDS_TO_END = 1.0  # of the five for which Cognito waits


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Lambda's entry point; returns the event, as Cognito wants it.

    Raises:
        Unavailable: the registry did not answer; the user confirms again.
    """
    attributes = event["request"]["userAttributes"]
    address = parse_addr_spec(attributes.get("email", ""))
    confirmed = event.get("triggerSource") == "PostConfirmation_ConfirmSignUp"
    if not confirmed or address is None or attributes.get("email_verified") != "true":
        _log.info("nothing to register", extra={"trigger": event.get("triggerSource")})
        return event
    try:
        with within(seconds_of(context, reserve=_SECONDS_TO_END)):
            open_senders().register(attributes["sub"], address)
    except InputError as error:
        _log.error("not registered: %s", error)
    return event
