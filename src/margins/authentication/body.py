"""The digest of a message body as a signature sees it (RFC 6376 s3.4), in linear time.

dkimpy takes a body apart line by line and canonicalises it once per signature, with an expression
that is quadratic in runs of white space. So it is given header blocks only; bodies are digested
here, once per message and form.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from dkim.canonicalization import (  # type: ignore[import-untyped]
    CanonicalizationPolicy,
    InvalidCanonicalizationPolicyError,
)

from margins.authentication.signature import Defect, Tags
from margins.mail.authentication import Result
from margins.mail.canonical import canonical_body

__all__ = ["Body", "Divided", "divide"]

_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")


class Body:
    """A message body.

    Args:
        content: of the whole message, with lines ended by CRLF or LF; it is not copied.
        start: offset of the body in it.
    """

    def __init__(self, content: bytes, start: int = 0) -> None:
        self._content = content
        self._start = start

    def canonical(self, *, relaxed: bool) -> Iterator[bytes]:
        """The body in its canonical form, simple or relaxed, in pieces."""
        return canonical_body(self._content, self._start, relaxed=relaxed)

    @cached_property
    def _simple(self) -> tuple[bytes, int]:
        return self._measure(relaxed=False)

    @cached_property
    def _relaxed(self) -> tuple[bytes, int]:
        return self._measure(relaxed=True)

    def _measure(self, *, relaxed: bool) -> tuple[bytes, int]:
        """Digest and length of a canonical form."""
        hashed, length = sha256(), 0
        for piece in self.canonical(relaxed=relaxed):
            hashed.update(piece)
            length += len(piece)
        return hashed.digest(), length

    def defect(self, tags: Tags) -> Defect | None:
        """Why the body is not what was signed, as c=, bh= and l= of the signature tell."""
        try:
            form = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
        except InvalidCanonicalizationPolicyError:
            return Defect(Result.PERMERROR, "c= is not known")
        relaxed = form.body_algorithm.name == b"relaxed"
        digest, length = self._relaxed if relaxed else self._simple
        if b"l" in tags and int(tags[b"l"]) != length:
            # What follows the signed part could be by anybody.
            return Defect(Result.POLICY, "l= does not cover the whole body")
        if base64.b64decode(tags[b"bh"]) != digest:
            return Defect(Result.FAIL, "the body was changed after signing")
        return None


class Divided(NamedTuple):
    """A message's header block, with the blank line that ends it, and its body."""

    header: bytes
    body: Body


def divide(content: bytes) -> Divided:
    """The message in two; the body is shared by all who ask, so it is digested once."""
    blank = _BLANK_LINE.search(content)
    end = blank.end() if blank else len(content)
    return Divided(content[:end], Body(content, end))
