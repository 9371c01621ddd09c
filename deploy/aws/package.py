"""Puts the sources a function needs into its package: package.py FOLDER gate|parser|api.

Everything in the folder is compiled, where the functions' version of Python is at hand: Lambda
cannot write bytecode into a package, and would compile at each cold start, which is a third of the
gate's and half of the parser's. With `--zip FILE` the folder becomes a zip file as well, the same
bytes for the same content.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

RUNTIME = "python3.13"
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


def runtime() -> str | None:
    """An interpreter of the version the functions run in."""
    if f"python3.{sys.version_info.minor}" == RUNTIME:
        return sys.executable
    found = shutil.which(RUNTIME)
    if found is None:
        return None
    works = subprocess.run([found, "-c", ""], capture_output=True, check=False)  # noqa: S603
    return found if works.returncode == 0 else None


def compile_all(folder: Path, python: str) -> None:
    """Write bytecode that is believed without a look at the sources: their times change with every
    zip. Libraries may have files of other versions of Python, so only ours must compile.
    """
    for part, strict in ((folder / "margins", True), (folder, False)):
        subprocess.run(  # noqa: S603  an interpreter
            [python, "-W", "ignore", "-m", "compileall", "-qq",
             "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task",
             str(part)],
            check=strict,
        )  # fmt: skip


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
    arguments.add_argument("--python", default=runtime(), help=f"compiles; {RUNTIME} by default")
    given = arguments.parse_args()
    copy(given.folder, given.function)
    if given.python:
        compile_all(given.folder, given.python)
    else:
        sys.stderr.write(f"{RUNTIME} is not here: the package is not compiled; it starts slower.\n")
    if given.zip:
        pack(given.folder, given.zip)
