"""Processes that belong together, as those of one sandbox do: they are known by a variable of their
environment, which a child has from its parent even when it has left the group and the session, as
debugpy's adapter does.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["kill_all"]

_PROC = Path("/proc")
_ROUNDS = 5
"""One that was just being started when the others were looked for is found by the next."""


def kill_all(variable: str, value: str) -> None:
    """End every process that has the variable with this value; none where the machine does not
    tell (not Linux).
    """
    for _ in range(_ROUNDS):
        found = list(_having(f"{variable}={value}".encode()))
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _having(wanted: bytes) -> Iterator[int]:
    for folder in _PROC.glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # gone, or somebody else's
            continue
        if wanted in variables:
            yield int(folder.name)
