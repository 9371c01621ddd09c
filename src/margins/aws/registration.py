"""The trigger Cognito calls when a user has confirmed: from now on the address may write."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from margins.aws.parts import open_senders
from margins.errors import InputError
from margins.mail.address import parse_addr_spec

__all__ = ["handler"]

_log = logging.getLogger("margins.registration")


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, Any]:  # noqa: ARG001
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
        open_senders().register(attributes["sub"], address)
    except InputError as error:
        _log.error("not registered: %s", error)
    return event
