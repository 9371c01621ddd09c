"""`margins sink`: whether notes can go where they are to go."""

from __future__ import annotations

import argparse
import sys
from typing import Protocol, runtime_checkable

from margins.annotation import Publication
from margins.bootstrap import open_sink
from margins.cli.status import Exit
from margins.config import load

__all__ = ["check"]


@runtime_checkable
class _Inquiring(Protocol):
    """A sink that can ask the other side what it takes."""

    def problems(self) -> list[str]: ...


def check(args: argparse.Namespace) -> int:
    """Name everything the other side would not understand; write nothing there."""
    settings = load(args.config)
    sink = open_sink(settings)
    if isinstance(sink, _Inquiring):
        problems = sink.problems()
    else:
        sink.fetch("margins-check", [Publication(title="")])
        problems = []
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"The sink {settings.sink!r} will not work.", file=sys.stderr)
        return Exit.CONFIG
    print(f"The sink {settings.sink!r} works.")
    return Exit.OK
