"""Carrying out checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from margins.clients.aws import AwsError
from margins.doctor import Check, Finding, Level, examine, ok
from margins.errors import ConfigError, Unavailable


def _breaking(error: Exception) -> Check:
    def check() -> Iterator[Finding]:
        yield ok("So far so good.")
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        (Unavailable("It is away.", place="there"), "there: It is away.", "Try again"),
        (ConfigError("It is wrong.", remedy="Mend it."), "It is wrong.", "Mend it."),
        (AwsError("AccessDenied", {"message": "no"}), "AWS says AccessDenied: no", "role"),
    ],
)
def test_an_error_is_a_finding(error: Exception, what: str, remedy: str) -> None:
    """With its remedy, and neither what was found before it nor the checks after it get lost."""
    found = list(examine({"one": _breaking(error), "two": lambda: [ok("Fine.")]}))
    assert [name for name, _ in found] == ["one", "one", "two"]
    failed = found[1][1]
    assert failed.level is Level.FAILED
    assert failed.what == what
    assert remedy in failed.remedy


def test_a_mistake_of_ours_is_no_finding() -> None:
    """It must be seen for what it is."""
    with pytest.raises(ZeroDivisionError):
        list(examine({"one": _breaking(ZeroDivisionError())}))
