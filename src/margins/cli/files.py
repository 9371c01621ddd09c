"""Files named on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from margins.errors import InputError

__all__ = ["content_of", "is_mail"]


def content_of(path: Path) -> bytes:
    """The bytes of a file, or of standard input for "-".

    Raises:
        InputError: it cannot be read; names the file.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{error.strerror}.", place=str(path), remedy="Check the name and your rights."
        ) from error


def is_mail(path: Path, content: bytes) -> bool:
    """True for a message: by its name, or by header fields at its start (mbox "From " too)."""
    if path.suffix.lower() in {".eml", ".msg", ".mbox"}:
        return True
    head = content[:4096].lower()
    fields = (b"\nfrom:", b"\nreceived:", b"\nmime-version:", b"\nsubject:", b"\nmessage-id:")
    return sum(field in b"\n" + head for field in fields) >= 2
