"""Margins: email in, notes out.

The library reads a mail or an export without doing any I/O::

    import margins

    message = margins.parse(content)
    for attachment in margins.attachments(message).attachments:
        if (format := margins.identify(attachment)) is not None:
            for notebook in format.extract(attachment):
                print(notebook.publication.title, len(notebook.annotations))

`reconcile` says what a notebook changes in what is already stored. Everything here is a plain value
with types; everything raised is a MarginsError.
"""

from __future__ import annotations

from collections.abc import Sequence

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Span,
    Target,
)
from margins.errors import MarginsError
from margins.formats import About, Format
from margins.formats import identify as _identify
from margins.mail import Attachment, Message, attachments, parse
from margins.plan import Change, Plan, Stored, reconcile

__all__ = [
    "About",
    "Annotation",
    "Attachment",
    "Change",
    "Creator",
    "Format",
    "MarginsError",
    "Message",
    "Motivation",
    "Notebook",
    "Plan",
    "Publication",
    "Skipped",
    "Span",
    "Stored",
    "Target",
    "attachments",
    "extract",
    "identify",
    "parse",
    "reconcile",
]


def identify(attachment: Attachment, formats: Sequence[Format] | None = None) -> Format | None:
    """The one format that claims the attachment, or None.

    Args:
        formats: those to ask; all that are installed when None.

    Raises:
        Ambiguous: two or more claim it.
    """
    if formats is None:
        from margins.plugins import load_formats  # noqa: PLC0415  costs imports, needed only here

        formats = load_formats().formats
    return _identify(attachment, formats)


def extract(
    attachment: Attachment, formats: Sequence[Format] | None = None
) -> tuple[Notebook, ...]:
    """The notebooks of an export, one per publication; none when no format claims it.

    Raises:
        Ambiguous: two or more formats claim it.
        FormatError: the one that does cannot read it.
    """
    claimed = identify(attachment, formats)
    return () if claimed is None else claimed.extract(attachment)
