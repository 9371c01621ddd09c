"""`margins backup` and `margins restore`: everything in the data directory, out and back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from margins.cli.status import Exit
from margins.config import Settings, load
from margins.errors import InputError
from margins.service.backup import Copied
from margins.service.backup import backup as copy_out
from margins.service.backup import restore as copy_back

__all__ = ["backup", "restore"]


def _told(copied: Copied) -> str:
    databases = ", ".join(copied.databases)
    return f"{databases}; raw mails: {copied.messages}; files of keys: {copied.keys}"


def _elsewhere(settings: Settings) -> Iterator[str]:
    """What is kept outside of what was copied, as sentences."""
    if settings.sink in {"markdown", "jsonl"}:
        yield f"The notes are files, which are not in it: copy {settings.sink_path} after it."
    elif settings.api_url:
        yield f"The notes are in the API at {settings.api_url}, and not in it."
    elif settings.api_database:
        yield "The notes are in another database (api_database), and not in it: copy that after it."


def backup(args: argparse.Namespace) -> int:
    """Copy everything, while the service runs."""
    settings = load(args.config)
    if settings.database or settings.store:
        raise InputError(
            "The database and the bucket are copied by tools of their own.",
            remedy="See docs/containers.md for the order.",
        )
    print(f"{_told(copy_out(settings.data, args.folder, keys=settings.keys))}: {args.folder}")
    for sentence in _elsewhere(settings):
        print(sentence)
    return Exit.OK


def restore(args: argparse.Namespace) -> int:
    """Copy a backup into the data directory, which must not exist yet."""
    settings = load(args.config)
    copied = copy_back(args.folder, settings.data, keys=settings.keys)
    print(f"{_told(copied)}: {settings.data}")
    return Exit.OK
