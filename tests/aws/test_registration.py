"""The trigger of Cognito."""

from __future__ import annotations

from typing import Any

import pytest
from functions import Context

from margins.aws.registration import handler
from margins.errors import Unavailable
from margins.local.stack import Local
from margins.mail.address import Address

NEW = Address("new", "example.org")


def _event(**other: Any) -> dict[str, Any]:
    attributes = {"sub": "user-1", "email": "New@Example.ORG", "email_verified": "true"}
    attributes |= other.pop("attributes", {})
    known = {"triggerSource": "PostConfirmation_ConfirmSignUp"}
    return known | other | {"request": {"userAttributes": attributes}}


def test_a_confirmed_user_may_write(stack: Local) -> None:
    """From the verified address, to the account with the user's own id; Cognito gets its event."""
    event = _event()
    assert handler(event, Context()) is event
    found = stack.senders.find(Address("New", "example.org")) or stack.senders.find(NEW)
    assert found is not None
    assert (found.account, found.enabled) == ("user-1", True)


@pytest.mark.parametrize(
    "other",
    [
        {"triggerSource": "PostConfirmation_ConfirmForgotPassword"},
        {"attributes": {"email_verified": "false"}},
        {"attributes": {"email": "no address"}},
        {"attributes": {"email": ""}},
    ],
)
def test_others_may_not(stack: Local, other: dict[str, Any]) -> None:
    """A changed password registers nobody, nor does an address that nobody has verified."""
    handler(_event(**other), Context())
    assert [account.id for account in stack.senders.accounts()] == ["ada"]  # the fixture's


def test_somebody_elses_address_stays_theirs(stack: Local) -> None:
    """A second user with the address of the first changes nothing, and may sign in all the same."""
    handler(_event(), Context())
    handler(_event(attributes={"sub": "user-2"}), Context())
    found = stack.senders.find(Address("New", "example.org")) or stack.senders.find(NEW)
    assert found is not None
    assert found.account == "user-1"


def test_an_outage_is_not_a_registration(stack: Local) -> None:
    """Cognito is told, so that the user can confirm again."""
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["SendersTable"])
    with pytest.raises(Unavailable):
        handler(_event(), Context())
