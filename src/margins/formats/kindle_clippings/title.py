"""The first line of a clipping: title and author."""

from __future__ import annotations

import re

from margins.annotation import Creator, Publication
from margins.text.names import creators
from margins.text.normal import fold, squash

__all__ = ["read_title"]

_CLOSING = {")": "(", "\uff09": "\uff08"}
_OPENING = frozenset(_CLOSING.values())
_NOBODY = frozenset({"", "unknown", "unknown author", "unbekannt", "未知"})
_NO_AUTHOR = re.compile(r"[\d\s.,-]*|.*\bedition|edición .*|edition .*")
# Put behind the author by the place the file is from.
_SITE = re.compile(r"z-?lib(?:rary|\.org)?|libgen\.\w+|[\w-]+\.(?:com|org|net)")


def _last_group(line: str) -> int:
    """Where the last balanced group in brackets opens, if it ends the line; else -1."""
    if not line or line[-1] not in _CLOSING:
        return -1
    depth = 0
    for at in range(len(line) - 1, -1, -1):
        if line[at] in _CLOSING:
            depth += 1
        elif line[at] in _OPENING:
            depth -= 1
            if depth == 0:
                return at
    return -1


def read_title(line: str) -> Publication:
    """The publication that "Title (Series) (Last, First; Last, First)" names.

    The author is the last balanced group, unless it is a number, an edition or a web site.
    """
    line = squash(line)
    opening = _last_group(line)
    if opening > 0 and _SITE.fullmatch(fold(line[opening + 1 : -1])):
        line = line[:opening].rstrip()
        opening = _last_group(line)
    author = fold(line[opening + 1 : -1])
    if opening <= 0 or _NO_AUTHOR.fullmatch(author):
        return Publication(title=line)
    title = line[:opening].rstrip()
    if author in _NOBODY:
        return Publication(title=title)
    names = creators(line[opening + 1 : -1])
    return Publication(
        title=title, creators=tuple(Creator(name=name, role=role) for name, role in names)
    )
