"""With a password set, nothing is shown and nothing done before it is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..conftest import HOME, Console

PASSWORD = "correct horse battery"


@pytest.fixture
def walled(open_: Callable[..., Console]) -> Console:
    """A console for the whole network."""
    return open_(console_host="0.0.0.0", console_password=PASSWORD)


@pytest.mark.parametrize("path", ["/", "/accounts", "/mails/x/raw", "/static/console.css", "/no"])
def test_everything_is_behind_it(walled: Console, path: str) -> None:
    """Every path asks, whether there is something or not."""
    answer = walled.http.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_the_password_opens_it(walled: Console) -> None:
    """Any user name will do."""
    assert walled.http.get("/", auth=("operator", PASSWORD)).status_code == 200


def test_forms_are_behind_it(walled: Console) -> None:
    """A form without the password changes nothing, and is not told whether its token is right."""
    answer = walled.http.post("/accounts", data={"token": "x"}, headers={"Origin": HOME})
    assert answer.status_code == 401


def test_guessing_is_slowed(walled: Console) -> None:
    """After ten wrong passwords nothing is answered for a while, the right one included."""
    for n in range(10):
        assert walled.http.get("/", auth=("me", f"guess {n}")).status_code == 401
    assert walled.http.get("/", auth=("me", PASSWORD)).status_code == 429


def test_the_settings_do_not_print_it(walled: Console) -> None:
    """Wherever the settings are written out, the password is not among them."""
    assert PASSWORD not in repr(walled.parts.settings)
