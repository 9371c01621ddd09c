"""The canonical form of a message body (RFC 6376 s3.4), in linear time and little memory.

Anybody may send a body of any shape, so it is taken in slices: neither memory nor the other
connections' time is the sender's.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["canonical_body"]

_SLICE = 64 * 1024
_LINE_ENDS = b"\r\n" * (_SLICE // 2)
_RUNS = (b" " * 16, b"  ")  # the long one first, or a line of blanks takes a pass per doubling


def canonical_body(
    content: bytes, start: int = 0, *, relaxed: bool, size: int = _SLICE
) -> Iterator[bytes]:
    """The body in simple (s3.4.3) or relaxed form (s3.4.4), in pieces.

    Args:
        content: of the whole message, with lines ended by CRLF or LF; it is not copied.
        start: offset of the body in it.
        size: bytes that are looked at at a time.
    """
    line_ends = 0  # not yet given out: those at the end of the body count as one
    empty = True
    for block in _blocks(content, start, relaxed=relaxed, size=size):
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


def _blocks(content: bytes, start: int, *, relaxed: bool, size: int) -> Iterator[bytes]:
    """The body with LF for line ends, and with white space reduced where that is asked for.

    What stands at the end of a block and depends on what follows goes into the next one.
    """
    edge = b""
    end = len(content)
    for at in range(start, end, size):
        block = (edge + content[at : min(at + size, end)]).replace(b"\r\n", b"\n")
        if relaxed:
            block = _one_space(block).replace(b" \n", b"\n")
        edge = b""
        if at + size < end:
            edge = b"\r" if block.endswith(b"\r") else b""
            if relaxed and block.endswith(b" " + edge):
                edge = b" " + edge
        yield block.removesuffix(edge)


def _one_space(block: bytes) -> bytes:
    block = block.replace(b"\t", b" ")
    for run in _RUNS:
        while run in block:
            block = block.replace(run, b" ")
    return block


def _line_ends(count: int) -> Iterator[bytes]:
    for at in range(0, 2 * count, _SLICE):
        yield _LINE_ENDS[: 2 * count - at]
