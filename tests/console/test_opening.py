"""When the console opens: never to everybody without a password."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from margins.errors import ConfigError

from .conftest import Console


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "console.example.org"])
def test_beyond_loopback_it_needs_a_password(open_: Callable[..., Console], host: str) -> None:
    """Without one it does not start, and says what to set."""
    with pytest.raises(ConfigError, match="Set console_password"):
        open_(console_host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_loopback_it_needs_none(open_: Callable[..., Console], host: str) -> None:
    """Only this machine reaches it."""
    open_(console_host=host).get("/")


def test_a_short_password_is_refused(open_: Callable[..., Console]) -> None:
    """Eleven characters are too few, on loopback as well."""
    with pytest.raises(ConfigError, match="12 characters"):
        open_(console_password="eleven char")
