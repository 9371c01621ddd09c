"""Content-Transfer-Encoding (RFC 2045 s6): best effort, linear, never raises."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu
from contextlib import suppress

__all__ = ["decode_transfer", "from_base64", "from_quoted_printable", "from_uuencode"]

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(sorted(set(range(256)) - set(_ALPHABET)))
# Transport padding at line ends is not part of the data (RFC 2045 s6.7, rule 3).
_PADDING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
# More base64 behind padding: right behind it, or filling the next line.
_SEGMENT = re.compile(
    rb"(?:[ \t\r=]*+\n\s*+|=*+)([A-Za-z0-9+/]++)(={0,2})[ \t]*+(?=[=\r\n]|\Z|[A-Za-z0-9+/])"
)
_MAX_SEGMENTS = 700_000  # 50 MB, padded on every line
_MAX_LINES = 1_000_000  # 60 MB of full lines


def _quads(symbols: bytes) -> bytes:
    """Decode base64 symbols without padding; a last symbol that carries under 8 bits is dropped."""
    rest = len(symbols) % 4
    whole = symbols[: len(symbols) - rest] if rest == 1 else symbols + b"=" * (-len(symbols) % 4)
    return a2b_base64(whole)


def from_base64(body: bytes) -> bytes:
    """Decode base64, ignoring characters outside the alphabet (RFC 2045 s6.8).

    After the first padding, further runs of whole base64 are taken (some programs pad every line)
    and anything else ends the data (lists append footers).
    """
    head, _, rest = body.partition(b"=")
    out = [_quads(head.translate(None, _OTHERS))]
    at = 0
    while len(out) < _MAX_SEGMENTS and (segment := _SEGMENT.match(rest, at)):
        if (segment.end(2) - segment.start(1)) % 4:
            break
        out.append(_quads(segment[1]))
        at = segment.end()
    if len(out) >= _MAX_SEGMENTS:
        out.append(_quads(rest[at:].translate(None, _OTHERS)))
    return b"".join(out)


def from_quoted_printable(body: bytes) -> bytes:
    """Decode quoted-printable; "=" that starts no valid escape stays as it is."""
    return a2b_qp(_PADDING.sub(b"", body))


def from_uuencode(body: bytes) -> bytes:
    """Decode uuencode (POSIX uudecode); lines that are none are passed over."""
    _, _, data = (b"\n" + body).partition(b"\nbegin ")
    out = []
    for line in data.split(b"\n", _MAX_LINES)[1:]:
        if line.strip() == b"end":
            break
        if line:
            with suppress(Error):
                out.append(a2b_uu(line.rstrip(b"\r")))
    return b"".join(out)


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """The body decoded; unknown encodings and 7bit, 8bit, binary leave it as it is."""
    match encoding.strip().lower():
        case "base64":
            return from_base64(body)
        case "quoted-printable":
            return from_quoted_printable(body)
        case "x-uuencode" | "x-uue" | "uuencode":
            return from_uuencode(body)
        case _:
            return body
