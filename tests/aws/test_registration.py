"""The trigger of Cognito."""

from __future__ import annotations

import time
from typing import Any

import pytest
from front import front
from functions import Context, Ending, silence

from margins.aws import parts
from margins.aws.registration import handler
from margins.errors import ConfigError, Unavailable
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


def test_the_notes_api_makes_the_account(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the stack has one: it is asked to, by name, as often as Cognito asks."""
    made: list[object] = []
    with front(stack.cloud.url, {"margins-dev-api": lambda event, _: made.append(event)}) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        monkeypatch.setenv("MARGINS_API_FUNCTION", "margins-dev-api")
        for _ in range(2):
            handler(_event(), Context())
    assert made == [{"account_confirmed": "user-1"}] * 2


def test_an_account_that_cannot_be_made(stack: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cognito is told; the address may write all the same."""
    with front(stack.cloud.url, {}) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        monkeypatch.setenv("MARGINS_API_FUNCTION", "margins-dev-api")
        with pytest.raises(ConfigError, match="does not exist"):
            handler(_event(), Context())
    assert stack.senders.find(NEW) is not None


def test_a_silent_table_leaves_time_to_say_so(
    stack: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cognito waits for five seconds, and is told within them."""
    with silence() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        parts.close_all()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            handler(_event(), Ending(began + 5))
        assert time.monotonic() - began < 5
