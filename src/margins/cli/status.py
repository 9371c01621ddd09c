"""Exit statuses (sysexits(3), FreeBSD; as Postfix and procmail read them)."""

from __future__ import annotations

from enum import IntEnum

from margins.errors import ConfigError, InputError, MarginsError, Refused, Unavailable

__all__ = ["Exit", "status_of"]


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    USAGE = 64
    DATA = 65
    NO_INPUT = 66
    NO_USER = 67
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANNOT_CREATE = 73
    IO = 74
    TEMPORARY = 75
    NO_PERMISSION = 77
    CONFIG = 78
    INTERRUPTED = 130


_BY_ERROR: tuple[tuple[type[MarginsError], Exit], ...] = (
    (ConfigError, Exit.CONFIG),
    (Unavailable, Exit.TEMPORARY),
    (Refused, Exit.NO_PERMISSION),
    (InputError, Exit.DATA),
)


def status_of(error: MarginsError) -> Exit:
    """The exit status for an error that ended a command."""
    return next((status for kind, status in _BY_ERROR if isinstance(error, kind)), Exit.SOFTWARE)
