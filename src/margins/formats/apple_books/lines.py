"""The lines of a mail's text, whether it is plain or a web page."""

from __future__ import annotations

import re
from html import unescape

from margins.mail.entity import Attachment
from margins.text.html import Tag, tokens

__all__ = ["lines_of"]

_PAGE = re.compile(r"(?i:<(?:!doctype html|html|head|body|div|p|br|blockquote|span|font)\b)")
_BREAKS = frozenset({
    "address", "article", "blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "p", "pre", "section", "td", "tr",
})  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")


def lines_of(attachment: Attachment, *, whole: bool = True) -> list[str]:
    """Lines as the reader sees them, trimmed; blank ones kept.

    Args:
        whole: False reads the first 64 KiB.
    """
    text = (attachment.text if whole else attachment.head).removeprefix("\ufeff")
    if attachment.media_type == "text/html" or _PAGE.search(text, 0, 1024):
        text = _shown(text)
    return [line.strip(" \t\r\u00a0") for line in text.split("\n")]


def _shown(source: str) -> str:
    parts: list[str] = []
    for token in tokens(source):
        if not isinstance(token, Tag):
            parts.append(unescape(_SPACE.sub(" ", token)))
        elif token.name in _BREAKS:
            parts.append("\n")
    return "".join(parts)
