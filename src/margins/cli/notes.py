"""`margins notes`: what a reader wrote, in files for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from margins.bootstrap import open_notes, open_senders
from margins.cli.accounts import find_account
from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError, Unavailable

__all__ = ["export"]

_EXPORT = """
query Export($format: ExportFormat!) { export(format: $format) { name content } }
"""


def _write(folder: Path, file: Mapping[str, Any]) -> None:
    name, content = file["name"], file["content"]
    # The API may be another's, and is not to choose where on this disk a file goes.
    if name != Path(name).name or name.startswith("."):
        raise ValueError(f"{name!r} is no plain file name")
    with (folder / name).open("x", encoding="utf-8", newline="") as made:
        made.write(content)


def export(args: argparse.Namespace) -> int:
    """Write all notes of an account into a new folder, as the reader sees them."""
    settings = load(args.config)
    account = find_account(open_senders(settings), args.account)
    client = open_notes(settings)
    folder: Path = args.folder
    try:
        data: Any = client.execute(
            account.id, _EXPORT, {"format": args.format.upper()}, operation="Export"
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(
                "The folder is not empty.", place=str(folder), remedy="Name a new one."
            )
        for file in data["export"]:
            _write(folder, file)
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(
            f"The notes API gave an answer of another shape ({error}).",
            remedy="Check that it is the notes API of this version of Margins.",
        ) from error
    finally:
        client.close()
    count = len(data["export"])
    print(f"{count} {'file' if count == 1 else 'files'}: {folder}")
    return Exit.OK
