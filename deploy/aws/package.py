"""Puts the sources a function needs into its package: package.py FOLDER gate|parser|api.

With `--zip FILE` the folder becomes a zip file as well, the same bytes for the same content.
"""

from __future__ import annotations

import argparse
import shutil
import zipfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "margins"

# Rooms no function enters.
SERVER_ONLY = {
    "bootstrap", "cli", "config", "console", "doctor", "ingress", "local", "service", "testing",
}  # fmt: skip
DELIVERING = {"agent", "authentication", "ledger", "mailer", "resolver", "sink", "store"}
# Rooms each function does not enter either. The gate's package serves the two small ones as well.
LEFT_OUT = {
    "gate": {"api", "signer", *DELIVERING},
    "parser": {"api"},
    "api": {"senders", *DELIVERING},
}


def copy(folder: Path, function: str) -> None:
    """Copy the rooms this function may enter."""
    left_out = SERVER_ONLY | LEFT_OUT[function]

    def ignore(directory: str, names: list[str]) -> set[str]:
        top = Path(directory) == SOURCES
        return {n for n in names if n == "__pycache__" or (top and n in left_out)}

    shutil.copytree(SOURCES, folder / "margins", ignore=ignore, dirs_exist_ok=True)


def pack(folder: Path, target: Path) -> None:
    """Write the folder as a zip file; without times, so that only a change makes another file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("function", choices=sorted(LEFT_OUT))
    arguments.add_argument("--zip", type=Path)
    given = arguments.parse_args()
    copy(given.folder, given.function)
    if given.zip:
        pack(given.folder, given.zip)
