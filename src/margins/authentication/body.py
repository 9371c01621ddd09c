"""The digest of a message body as a signature sees it (RFC 6376 s3.4), in linear time.

dkimpy takes a body apart line by line and canonicalises it once per signature, with an expression
that is quadratic in runs of white space. So it is given header blocks only; bodies are digested
here, once per message and form.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from hashlib import sha256

from dkim.canonicalization import (  # type: ignore[import-untyped]
    CanonicalizationPolicy,
    InvalidCanonicalizationPolicyError,
)

from margins.authentication.signature import Defect, Tags
from margins.mail.authentication import Result

__all__ = ["Body", "divide"]

_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_SPACE = re.compile(rb"[ \t]{2,}|\t")


class Body:
    """A message body.

    Attributes:
        content: its bytes, every line ended by CRLF.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    @cached_property
    def _simple(self) -> tuple[bytes, int]:
        return _measure(_one_line_end(self.content))

    @cached_property
    def _relaxed(self) -> tuple[bytes, int]:
        one_space = _SPACE.sub(b" ", self.content).replace(b" \r\n", b"\r\n")
        canonical = _one_line_end(one_space)
        return _measure(b"" if canonical == b"\r\n" else canonical)

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


def divide(content: bytes) -> tuple[bytes, Body]:
    """A message's header block, with the blank line that ends it, and its body."""
    blank = _BLANK_LINE.search(content)
    end = blank.end() if blank else len(content)
    return content[:end], Body(content[end:])


def _one_line_end(body: bytes) -> bytes:
    """The body with one CRLF at its end, however many it had (s3.4.3)."""
    if not body.endswith(b"\n"):
        return body + b"\r\n"
    # Only line ends follow the text; a carriage return before another one is text.
    text = len(body.rstrip(b"\r\n"))
    kept = max(text, body.rfind(b"\r\r", text) + 1)
    return body[:kept] + b"\r\n"


def _measure(canonical: bytes) -> tuple[bytes, int]:
    return sha256(canonical).digest(), len(canonical)
