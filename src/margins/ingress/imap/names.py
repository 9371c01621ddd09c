"""Names of folders and other strings as IMAP writes them (RFC 3501 s4.3, s5.1.3)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

__all__ = ["folder_name", "quoted", "readable"]

_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def quoted(text: str) -> bytes:
    """A quoted string.

    Raises:
        ValueError: it holds what such a string cannot.
    """
    if not text.isascii() or not text.isprintable():
        raise ValueError("a quoted string is printable ASCII")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def _shift(found: re.Match[str]) -> str:
    coded = b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return f"&{coded.rstrip('=').replace('/', ',')}-"


def folder_name(name: str) -> bytes:
    """A folder's name in modified UTF-7, quoted.

    Raises:
        ValueError: it holds control characters.
    """
    if not name.isprintable():
        raise ValueError("the name of a folder is printable")
    return quoted(_NOT_ASCII.sub(_shift, name.replace("&", "&-")))


def _unshift(found: re.Match[str]) -> str:
    if not (coded := found[1].replace(",", "/")):
        return "&"
    return b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be", "replace")


def readable(name: bytes) -> str:
    """A folder's name for people; what is not in modified UTF-7 stays as it is."""
    text = name.decode("utf-8", "replace")
    try:
        return _SHIFTED.sub(_unshift, text)
    except ValueError:
        return text
