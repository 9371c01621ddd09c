"""Content-Transfer-Encoding (RFC 2045 s6): best effort, linear, never raises."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp

__all__ = ["decode_transfer", "from_base64", "from_quoted_printable"]

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(sorted(set(range(256)) - set(_ALPHABET)))
# Transport padding at line ends is not part of the data (RFC 2045 s6.7, rule 3).
_PADDING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
_SEGMENT = re.compile(rb"[\s=]*+([A-Za-z0-9+/]++)[ \t]*+(?=[\s=]|\Z)")
_MAX_SEGMENTS = 1_000_000


def _quads(symbols: bytes) -> bytes:
    """Decode base64 symbols without padding; a last symbol that carries under 8 bits is dropped."""
    rest = len(symbols) % 4
    whole = symbols[: len(symbols) - rest] if rest == 1 else symbols + b"=" * (-len(symbols) % 4)
    return a2b_base64(whole)


def from_base64(body: bytes) -> bytes:
    """Decode base64, ignoring characters outside the alphabet (RFC 2045 s6.8).

    After the first padding, further runs of pure base64 are taken (some programs pad every line)
    and anything else ends the data (lists append footers).
    """
    head, _, rest = body.partition(b"=")
    out = [_quads(head.translate(None, _OTHERS))]
    at = 0
    while len(out) < _MAX_SEGMENTS and (segment := _SEGMENT.match(rest, at)):
        out.append(_quads(segment[1]))
        at = segment.end()
    if len(out) >= _MAX_SEGMENTS:
        out.append(_quads(rest[at:].translate(None, _OTHERS)))
    return b"".join(out)


def from_quoted_printable(body: bytes) -> bytes:
    """Decode quoted-printable; "=" that starts no valid escape stays as it is."""
    return a2b_qp(_PADDING.sub(b"", body))


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """The body decoded; unknown encodings and 7bit, 8bit, binary leave it as it is."""
    match encoding.strip().lower():
        case "base64":
            return from_base64(body)
        case "quoted-printable":
            return from_quoted_printable(body)
        case _:
            return body
