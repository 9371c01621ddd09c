"""The digest of a message body as a signature sees it (RFC 6376 s3.4), in linear time.

dkimpy takes a body apart line by line and canonicalises it once per signature, with an expression
that is quadratic in runs of white space. So it is given header blocks only; bodies are digested
here, once per message and form, in slices: a stranger may send a body of any shape, and neither
memory nor the other connections' time is his.
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

__all__ = ["Body", "Divided", "divide"]

_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_SLICE = 64 * 1024
_LINE_ENDS = b"\r\n" * (_SLICE // 2)
_RUNS = (b" " * 16, b"  ")  # the long one first, or a line of blanks takes a pass per doubling


class Body:
    """A message body.

    Args:
        content: of the whole message, with lines ended by CRLF or LF; it is not copied.
        start: offset of the body in it.
        size: bytes that are looked at at a time.
    """

    def __init__(self, content: bytes, start: int = 0, *, size: int = _SLICE) -> None:
        self._content = content
        self._start = start
        self._size = size

    def canonical(self, *, relaxed: bool) -> Iterator[bytes]:
        """The body in its canonical form, simple (s3.4.3) or relaxed (s3.4.4), in pieces."""
        line_ends = 0  # not yet given out: those at the end of the body count as one
        empty = True
        for block in self._blocks(relaxed=relaxed):
            text = block.lstrip(b"\n")
            line_ends += len(block) - len(text)
            if not text:
                continue
            yield from _line_ends(line_ends)
            kept = text.rstrip(b"\n")
            line_ends = len(text) - len(kept)
            yield kept.replace(b"\n", b"\r\n")
            empty = False
        if not (empty and relaxed):
            yield b"\r\n"

    def _blocks(self, *, relaxed: bool) -> Iterator[bytes]:
        """The body with LF for line ends, and with white space reduced where that is asked for.

        What stands at the end of a block and depends on what follows goes into the next one.
        """
        edge = b""
        end = len(self._content)
        for at in range(self._start, end, self._size):
            block = edge + self._content[at : min(at + self._size, end)]
            block = block.replace(b"\r\n", b"\n")
            if relaxed:
                block = _one_space(block).replace(b" \n", b"\n")
            edge = b""
            if at + self._size < end:
                edge = b"\r" if block.endswith(b"\r") else b""
                if relaxed and block.endswith(b" " + edge):
                    edge = b" " + edge
            yield block.removesuffix(edge)

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


def _one_space(block: bytes) -> bytes:
    block = block.replace(b"\t", b" ")
    for run in _RUNS:
        while run in block:
            block = block.replace(run, b" ")
    return block


def _line_ends(count: int) -> Iterator[bytes]:
    for at in range(0, 2 * count, _SLICE):
        yield _LINE_ENDS[: 2 * count - at]
