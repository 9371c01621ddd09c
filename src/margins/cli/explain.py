"""`margins explain`: what every stage makes of a mail."""

from __future__ import annotations

import argparse
import re
from contextlib import closing

from margins.agent.explain import Explanation
from margins.agent.explain import explain as explain_mail
from margins.agent.isolation import IsolatedReader
from margins.agent.preview import summary
from margins.agent.reading import Claim
from margins.bootstrap import open_ledger, open_store
from margins.cli.files import content_of
from margins.cli.inbox import details, entry_of
from margins.cli.status import Exit
from margins.config import load
from margins.mail.structure import Part

__all__ = ["explain"]

_ID = re.compile(r"0[0-9A-HJKMNP-TV-Z]{3,25}", re.IGNORECASE)


def _tree(part: Part, depth: int = 0) -> list[str]:
    lines = [f"{'  ' * depth}{part.media_type}" + (f"  {part.filename}" if part.filename else "")]
    for child in part.parts:
        lines += _tree(child, depth + 1)
    return lines


def _claim(claim: Claim) -> list[str]:
    at = claim.attachment
    head = f"{at.place}: {at.media_type}, {claim.size} bytes"
    if not claim.format:
        return [f"{head}: no format" + (f" — {claim.problem}" if claim.problem else " claims it")]
    lines = [f"{head}: {claim.format}"]
    if claim.problem:
        lines.append(f"  {claim.problem}")
    for notebook in claim.notebooks:
        lines.append(
            f"  {notebook.publication.title!r}: {notebook.found} entries, "
            f"{len(notebook.annotations)} annotations, {len(notebook.skipped)} skipped"
        )
        lines += [f"    skipped {s.place}: {s.reason}" for s in notebook.skipped]
        lines += [f"    {warning}" for warning in notebook.warnings]
    return lines


def _sections(found: Explanation) -> dict[str, list[str]]:
    message = found.message
    return {
        "content": [f"sha256      {found.digest}", f"fingerprint {found.fingerprint}"],
        "author": [str(message.author) if message.author else f"none: {message.author_defect}"],
        "subject": [message.subject],
        "defects": list(message.defects),
        "entities": _tree(message.root),
        "attachments": [line for c in found.reading.claims for line in _claim(c)],
        "problems": list(found.problems),
        "plan": [line for plan in found.plans for line in summary(plan).splitlines()],
    }


def _received(args: argparse.Namespace) -> tuple[list[str], bytes | None]:
    """What the ledger says of a mail that was named by its id, and the mail; else the file.

    Of a mail that was refused, or is no longer kept, the row is all there is.
    """
    if args.file.exists() or not _ID.fullmatch(str(args.file)):
        return [], content_of(args.file)
    settings = load(args.config)
    entry = entry_of(open_ledger(settings), str(args.file))
    if not entry.digest:
        return details(entry).splitlines(), None
    return details(entry).splitlines(), open_store(settings).get(entry.digest)


def explain(args: argparse.Namespace) -> int:
    """Print the stages one under the other."""
    row, content = _received(args)
    if content is None:
        sections = {"content": ["not kept, or no longer"]}
    else:
        with closing(IsolatedReader("margins.plugins:load_formats")) as reader:
            sections = _sections(explain_mail(content, reader.examine))
    for name, lines in {"ledger": row, **sections}.items():
        if lines:
            print(f"{name}\n" + "\n".join(f"  {line}" for line in lines))
    return Exit.OK
