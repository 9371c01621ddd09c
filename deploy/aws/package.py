"""Puts the sources a function needs into its package: package.py FOLDER gate|parser."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "margins"

# Rooms no function enters.
SERVER_ONLY = {
    "api", "bootstrap", "cli", "config", "console", "ingress", "local", "mailer", "service",
    "testing",
}  # fmt: skip
# Rooms the gate does not enter either.
PARSER_ONLY = {"agent", "authentication", "ledger", "resolver", "sink", "store", "signer"}


def main(folder: str, function: str) -> None:
    """Copy the rooms this function may enter."""
    left_out = SERVER_ONLY | (PARSER_ONLY if function == "gate" else set())

    def ignore(directory: str, names: list[str]) -> set[str]:
        top = Path(directory) == SOURCES
        return {n for n in names if n == "__pycache__" or (top and n in left_out)}

    shutil.copytree(SOURCES, Path(folder) / "margins", ignore=ignore, dirs_exist_ok=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
