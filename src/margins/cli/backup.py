"""`margins backup` and `margins restore`: everything in the data directory, out and back."""

from __future__ import annotations

import argparse

from margins.cli.status import Exit
from margins.config import load
from margins.errors import InputError
from margins.service.backup import Copied
from margins.service.backup import backup as copy_out
from margins.service.backup import restore as copy_back

__all__ = ["backup", "restore"]


def _told(copied: Copied) -> str:
    return f"{', '.join(copied.databases)}, {copied.messages} raw mails, {copied.keys} keys"


def backup(args: argparse.Namespace) -> int:
    """Copy everything, while the service runs."""
    settings = load(args.config)
    if settings.database or settings.store:
        raise InputError(
            "The database and the bucket are copied by tools of their own.",
            remedy="See docs/containers.md for the order.",
        )
    print(f"{_told(copy_out(settings.data, args.folder))}: {args.folder}")
    return Exit.OK


def restore(args: argparse.Namespace) -> int:
    """Copy a backup into the data directory, which must not exist yet."""
    data = load(args.config).data
    print(f"{_told(copy_back(args.folder, data))}: {data}")
    return Exit.OK
