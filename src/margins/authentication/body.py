"""The digest of a message body as a signature sees it (RFC 6376 s3.4), in linear time.

dkimpy canonicalises the body once per signature and with an expression that is quadratic in runs
of white space; here it is done once per message and form.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from hashlib import sha256

from dkim.canonicalization import (  # type: ignore[import-untyped]
    CanonicalizationPolicy,
    InvalidCanonicalizationPolicyError,
    correct_empty_body,
    strip_trailing_lines,
)

from margins.authentication.signature import Defect, Tags
from margins.mail.authentication import Result

__all__ = ["Body"]

_SPACE = re.compile(rb"[ \t]{2,}|\t")


class Body:
    """A body with CRLF line endings.

    Attributes:
        content: its bytes.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def _simple(self) -> tuple[bytes, int]:
        return _measure(strip_trailing_lines(self.content))

    @cached_property
    def _relaxed(self) -> tuple[bytes, int]:
        one_space = _SPACE.sub(b" ", self.content).replace(b" \r\n", b"\r\n")
        return _measure(correct_empty_body(strip_trailing_lines(one_space)))

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


def _measure(canonical: bytes) -> tuple[bytes, int]:
    return sha256(canonical).digest(), len(canonical)
