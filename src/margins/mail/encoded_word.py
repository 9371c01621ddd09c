"""Encoded words in header fields (RFC 2047): total, linear, one value in and text out."""

from __future__ import annotations

import re
from binascii import a2b_qp

from margins.mail.transfer import from_base64
from margins.text.charset import decode

__all__ = ["decode_words", "plain"]

# Each character is looked at once per "=?" before it, since no group can run past a "?".
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*+)\?=")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")


def plain(text: str) -> str:
    """The text on one line: line breaks and control characters as spaces, none at the ends."""
    return text.translate(_CONTROLS).strip()


def _payload(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return from_base64(raw) if encoding in "bB" else a2b_qp(raw, header=True)


def decode_words(text: str) -> str:
    """The text with its encoded words decoded; what is no encoded word stays as it is.

    White space between two encoded words goes (RFC 2047 s6.2). Neighbours with the same charset
    are joined before decoding, since many programs cut characters in half between them. The
    result is on one line, whatever the words smuggle in.
    """
    if "=?" not in text:
        return plain(text)
    out: list[str] = []
    pending: list[bytes] = []
    charset, end = "", 0
    for word in _WORD.finditer(text):
        stated = word[1].partition("*")[0].lower()  # RFC 2231 s5: "utf-8*en"
        between = text[end : word.start()]
        adjacent = bool(pending) and (not between or between.isspace())
        if not adjacent or stated != charset:
            out.append(decode(b"".join(pending), charset))
            pending.clear()
        if not adjacent:
            out.append(between)
        pending.append(_payload(word[2], word[3]))
        charset, end = stated, word.end()
    out += [decode(b"".join(pending), charset), text[end:]]
    return plain("".join(out))
