"""The command line: one module per command, each imported only when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from margins.cli.parser import parser
from margins.cli.status import Exit, status_of
from margins.errors import MarginsError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (sysexits).

    Args:
        argv: the arguments without the program's name; those of the process when None.
    """
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except MarginsError as error:
        print(f"margins: {error}", file=sys.stderr)
        return status_of(error)
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; there is nobody left to tell.
        sys.stderr.close()
        return Exit.OK
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
