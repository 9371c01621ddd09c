"""Forms in the two encodings of HTML, read strictly, in linear time, without touching the values.

Sources: RFC 7578 (multipart/form-data); https://url.spec.whatwg.org/#application/x-www-form-urlencoded
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from margins.ingress.relay.provider import Refusal

__all__ = ["MULTIPART", "URLENCODED", "Form"]

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"

_MOST_FIELDS = 1_000
_MOST_NAME = 256
_MOST_PART_HEAD = 4 * 1024
_MOST_TYPE = 1024
_SLICE = 64 * 1024
_BOUNDARY = re.compile(
    r';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s";,]{1,70})(?=[\s;]|$))', re.IGNORECASE
)
_NAME = re.compile(
    rb'^content-disposition:\s*form-data;\s*name="([^"\r\n]*)"', re.IGNORECASE | re.MULTILINE
)
_ENCODED = re.compile(rb"^content-transfer-encoding:", re.IGNORECASE | re.MULTILINE)


def _unquoted(text: bytes) -> bytes:
    """Percent-decoded, slice by slice: every escape costs an object while its slice is decoded."""
    pieces, start = [], 0
    while start < len(text):
        end = start + _SLICE
        # An escape is not cut in two.
        if end < len(text) and (cut := text.rfind(b"%", end - 2, end)) != -1:
            end = cut
        pieces.append(unquote_to_bytes(text[start:end].replace(b"+", b" ")))
        start = end
    return b"".join(pieces)


def _pairs(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of every value of an urlencoded form."""
    start = 0
    while start < len(body):
        end = body.find(b"&", start)
        end = len(body) if end == -1 else end
        equals = body.find(b"=", start, min(end, start + 3 * _MOST_NAME))
        if equals == -1:
            raise Refusal(422, "a field of the form has no value, or too long a name")
        yield _unquoted(body[start:equals]), equals + 1, end
        start = end + 1


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of every value of a multipart form."""
    delimiter = b"\r\n--" + boundary
    at = len(delimiter) - 2
    if not body.startswith(delimiter[2:]):
        raise Refusal(422, "the form does not begin with its boundary")
    while body[at : at + 2] == b"\r\n":
        head_end = body.find(b"\r\n\r\n", at, at + _MOST_PART_HEAD)
        head = body[at + 2 : max(head_end, 0)]
        named = _NAME.search(head)
        if head_end == -1 or named is None or _ENCODED.search(head):
            raise Refusal(422, "a part of the form has no name, or is encoded")
        start = head_end + 4
        end = body.find(delimiter, start)
        if end == -1:
            raise Refusal(422, "the form ends in the middle of a part")
        yield named[1], start, end
        at = end + len(delimiter)
    if body[at : at + 2] != b"--":
        raise Refusal(422, "the form does not end with its boundary")


class Form:
    """The fields of a form. A value is cut out of the body, and decoded, when it is asked for.

    Raises:
        Refusal: 415 or 422, it is not a form, or one with more than 1,000 fields.
    """

    def __init__(self, content_type: str, body: bytes) -> None:
        self._body = body
        self._quoted = content_type.partition(";")[0].strip().lower() == URLENCODED
        self._fields: dict[bytes, tuple[int, int] | None] = {}
        for count, (name, start, end) in enumerate(self._read(content_type), 1):
            if count > _MOST_FIELDS:
                raise Refusal(422, "the form has too many fields")
            self._fields[name] = None if name in self._fields else (start, end)

    def _read(self, content_type: str) -> Iterator[tuple[bytes, int, int]]:
        if self._quoted:
            return _pairs(self._body)
        found = _BOUNDARY.search(content_type[:_MOST_TYPE])
        if found is None:
            raise Refusal(415, "the form names no boundary")
        return _parts(self._body, (found[1] or found[2]).encode())

    def content(self, name: str, *, most: int | None = None) -> bytes:
        """The bytes of a field that stands there once: a header field of a mail may have its name.

        Args:
            most: bytes as they were sent.

        Raises:
            Refusal: 422, there is none, there are several, or it is too long.
        """
        place = self._fields.get(name.encode())
        if place is None:
            raise Refusal(422, f"the form has no field {name}, or several")
        start, end = place
        if most is not None and end - start > most:
            raise Refusal(422, f"the field {name} is too long")
        value = self._body[start:end]
        return _unquoted(value) if self._quoted else value

    def text(self, name: str, *, most: int = 1024) -> str:
        """The same for a short field of text, as UTF-8.

        Raises:
            Refusal: 422, there is none, there are several, or it is no text.
        """
        try:
            return self.content(name, most=most).decode()
        except UnicodeDecodeError as error:
            raise Refusal(422, f"the field {name} is not UTF-8") from error
