"""`margins formats`: which there are, and everything needed to add one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from margins.cli.status import Exit
from margins.errors import InputError
from margins.formats import Format, identify
from margins.plugins import load_formats
from margins.testing.golden import Result, attachment_of, check, generate
from margins.testing.scaffold import load_format, new_format
from margins.testing.scrub import scrub

__all__ = ["generate_", "list_", "new", "scrub_", "test"]


def _format(name: str) -> Format:
    """A format by its name, or by the file of its module.

    Raises:
        InputError: there is none.
    """
    if name.endswith(".py"):
        return load_format(Path(name))
    for known in load_formats().formats:
        if known.about.name == name:
            return known
    raise InputError(f"There is no format {name!r}.", remedy="See `margins formats list`.")


def _report(results: Iterable[Result]) -> int:
    """Print every result; EX_DATAERR when one failed, or when there was nothing to do."""
    seen = failed = 0
    for result in results:
        seen += 1
        failed += result.failure is not None
        print(result)
    print(f"{seen} files, {failed} failed")
    return Exit.DATA if failed or not seen else Exit.OK


def list_(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print every format with its version, and what kept others out."""
    loaded = load_formats()
    for about in (known.about for known in loaded.formats):
        print(f"{about.name:<22} {about.version:>3}  {about.title}")
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    return Exit.OK


def test(args: argparse.Namespace) -> int:
    """Compare what a format says of the files in a folder with what is expected."""
    return _report(check(args.folder, _format(args.format)))


def generate_(args: argparse.Namespace) -> int:
    """Write what a format says of the files in a folder, for a person to review."""
    return _report(generate(args.folder, _format(args.format), force=args.force))


def new(args: argparse.Namespace) -> int:
    """Write a new format and its first golden case."""
    for path in new_format(args.name, args.folder):
        print(path)
    return Exit.OK


def scrub_(args: argparse.Namespace) -> int:
    """Write an export of the same shape with invented words."""
    attachment = attachment_of(args.file)
    known = identify(attachment, load_formats().formats)
    if known is None:
        raise InputError("No format recognises this file.", place=str(args.file))
    scrubbed = scrub(attachment, known, also=args.also)
    args.output.write_bytes(scrubbed.content)
    if scrubbed.kept:
        print(f"kept, look through them: {' '.join(scrubbed.kept)}", file=sys.stderr)
    return Exit.OK
