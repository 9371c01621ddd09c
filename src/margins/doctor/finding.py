"""What a check finds, and how checks are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from margins.clients.aws import AwsError
from margins.errors import MarginsError

__all__ = ["Check", "Finding", "Level", "examine", "failed", "ok", "warning"]


class Level(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the diagnosis.

    Attributes:
        what: what was found, one sentence.
        remedy: what to do about it, one sentence; empty when all is well.
    """

    level: Level
    what: str
    remedy: str = ""


Check = Callable[[], Iterable[Finding]]
"""Looks at one thing. An error it raises is a finding as well."""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding(level=Level.OK, what=what)


def warning(what: str, remedy: str) -> Finding:
    """It works, but not as it should, or not for long."""
    return Finding(level=Level.WARNING, what=what, remedy=remedy)


def failed(what: str, remedy: str) -> Finding:
    """Mail will not become notes, or will get lost."""
    return Finding(level=Level.FAILED, what=what, remedy=remedy)


def examine(checks: Mapping[str, Check]) -> Iterator[tuple[str, Finding]]:
    """What each check finds, with the name of the check, in their order."""
    for name, check in checks.items():
        try:
            for finding in check():
                yield name, finding
        except MarginsError as error:
            said = f"{error.place}: {error.what}" if error.place else error.what
            yield name, failed(said, error.remedy or "Try again; the sentence names the cause.")
        except AwsError as error:
            said = f"AWS says {error.code}: {error.args[1]}".rstrip(": ")
            yield name, failed(said, "Check what the signed-in role may do.")
