"""`margins read`: any export or mail to notes on standard output."""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from margins.agent.reading import Reading, read_export, read_message
from margins.annotation import Annotation, Notebook
from margins.cli.files import content_of, is_mail
from margins.cli.status import Exit
from margins.mail import parse
from margins.mail.entity import Attachment
from margins.plugins import load_formats
from margins.text.normal import squash

__all__ = ["read", "reading_of"]


def reading_of(path: Path, content: bytes) -> Reading:
    """What a file says, be it a mail or an export.

    Raises:
        MailError, NoNotes
    """
    formats = load_formats().formats
    if is_mail(path, content):
        return read_message(parse(content), formats)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    export = Attachment(content=content, filename=path.name, media_type=media_type, place=str(path))
    return read_export(export, formats)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cell(text: str, width: int) -> str:
    """The text cut or padded to a number of terminal columns."""
    text = squash(text)
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _width(text))


def _where(annotation: Annotation) -> str:
    target = annotation.target
    if target.location is not None:
        return f"loc {target.location}"
    return f"p. {target.page}" if target.page else ""


def table(notebook: Notebook) -> str:
    """A notebook for the terminal, one line per annotation."""
    by = ", ".join(notebook.publication.authors)
    lines = [f"{notebook.publication.title} — {by}" if by else notebook.publication.title]
    for a in notebook.annotations:
        kind = _cell(a.motivation.removesuffix("ing"), 9)
        text = _cell(a.target.quote, 56)
        lines.append(
            f"  {kind} {_cell(_where(a), 14)} {_cell(a.colour, 7)} {text}  {squash(a.note)}"
        )
    lines = [line.rstrip() for line in lines]
    lines.append(
        f"  {notebook.found} entries: {len(notebook.annotations)} annotations, "
        f"{len(notebook.skipped)} skipped"
    )
    return "\n".join(lines)


def _print(notebooks: Sequence[Notebook], form: str) -> None:
    if form == "json":
        from margins.annotation.jsonld import to_jsonld

        print(json.dumps(to_jsonld(notebooks), ensure_ascii=False, indent=2))
    elif form == "markdown":
        from margins.annotation.markdown import to_markdown

        print("\n".join(to_markdown(notebook) for notebook in notebooks))
    else:
        print("\n\n".join(table(notebook) for notebook in notebooks))


def _report(reading: Reading) -> None:
    """What was skipped or not understood goes to standard error, so that it cannot be missed."""
    for notebook in reading.notebooks:
        for skipped in notebook.skipped:
            print(f"skipped: {skipped.place}: {skipped.reason}", file=sys.stderr)
        for warning in notebook.warnings:
            print(f"note: {warning}", file=sys.stderr)
    for problem in reading.problems:
        print(f"problem: {problem}", file=sys.stderr)


def read(args: argparse.Namespace) -> int:
    """Print the notes of a file; EX_DATAERR with a sentence when it holds none."""
    reading = reading_of(args.file, content_of(args.file))
    _print(reading.notebooks, args.format)
    _report(reading)
    return Exit.OK
