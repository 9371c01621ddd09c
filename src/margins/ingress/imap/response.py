"""What an IMAP server says (RFC 3501 s7, s9), as far as it is asked: read strictly, all else an
error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from margins.errors import Unavailable
from margins.ingress.imap.wire import Wire
from margins.text.normal import one_line

__all__ = ["Item", "Response", "attributes", "read_response"]

Item = bytes | None | list["Item"]
"""An atom, quoted string or literal; NIL; a list in parentheses."""

_LITERAL = re.compile(rb"\{(\d{1,10})\}$")
_HEAD = re.compile(rb"(\*|\+|[A-Za-z0-9]{1,20})(?: (?:(\d{1,10}) )?([A-Za-z]{1,20}))?(?: |$)")
_TOKEN = re.compile(
    rb'[ \t]+|([()])|"((?:[^"\\]|\\.)*+)"|\{\d{1,10}\}$'
    rb'|([^\s()"\[{]+(?:\[[^\]]*\](?:<\d+>)?)?)'
)
_STATUS = frozenset({b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"})
_DEPTH = 10
_SAID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response.

    Attributes:
        tag: b"*", b"+", or that of a command.
        number: of a message, or of messages; None where there is none.
        word: what kind it is, in capitals: b"OK", b"FETCH".
        pieces: the rest: text and literals in turn.
    """

    tag: bytes
    number: int | None
    word: bytes
    pieces: tuple[bytes, ...]

    @property
    def said(self) -> str:
        """The text, for people."""
        return one_line(self.pieces[0].decode("utf-8", "replace"), _SAID)

    @property
    def code(self) -> bytes:
        """What stands in brackets at the beginning of a status, or nothing."""
        head, end, _ = self.pieces[0].partition(b"]")
        return head[1:] if end and head.startswith(b"[") else b""


def _strange(wire_said: bytes) -> Unavailable:
    said = one_line(wire_said[:_SAID].decode("utf-8", "replace"), 80)
    return Unavailable(f"The mail server says what cannot be understood: {said!r}.")


def read_response(wire: Wire) -> Response:
    """The next response, with the literals in it.

    Raises:
        Unavailable: it does not come, is larger than expected, or cannot be understood.
    """
    line = wire.line()
    head = _HEAD.match(line)
    if head is None:
        raise _strange(line)
    tag, number, word = head[1], head[2], (head[3] or b"").upper()
    pieces = [line[head.end() :] if tag != b"+" else line[2:]]
    # The text of a status may end like a literal and is none.
    while tag == b"*" and word not in _STATUS and (found := _LITERAL.search(pieces[-1])):
        pieces += [wire.literal(int(found[1])), wire.line()]
    return Response(
        tag=tag, number=int(number) if number else None, word=word, pieces=tuple(pieces)
    )


def _tokens(pieces: tuple[bytes, ...]) -> Iterator[tuple[bytes, Item]]:
    """A parenthesis and nothing, or nothing and a value, in turn.

    Raises:
        Unavailable: there is something else.
    """
    for number, piece in enumerate(pieces):
        if number % 2:
            yield b"", piece
            continue
        at = 0
        while at < len(piece):
            token = _TOKEN.match(piece, at)
            if token is None:
                raise _strange(piece[at:])
            at = token.end()
            if token[1]:
                yield token[1], None
            elif token[2] is not None:
                yield b"", re.sub(rb"\\(.)", rb"\1", token[2])
            elif token[3]:
                yield b"", None if token[3].upper() == b"NIL" else token[3]


def _items(pieces: tuple[bytes, ...]) -> list[Item]:
    """What the pieces say.

    Raises:
        Unavailable: they are no list of items.
    """
    levels: list[list[Item]] = [[]]
    for parenthesis, value in _tokens(pieces):
        if parenthesis == b"(" and len(levels) < _DEPTH:
            levels.append([])
        elif parenthesis == b")" and len(levels) > 1:
            closed = levels.pop()
            levels[-1].append(closed)
        elif parenthesis:
            raise _strange(pieces[0])
        else:
            levels[-1].append(value)
    if len(levels) > 1:
        raise _strange(pieces[0])
    return levels[0]


def attributes(response: Response) -> dict[bytes, Item]:
    """What a FETCH response says of its message: values by name, in capitals, without sections.

    `BODY[HEADER.FIELDS (TO)]<0>` comes under `BODY`.

    Raises:
        Unavailable: it cannot be understood.
    """
    items = _items(response.pieces)
    pairs = items[0] if len(items) == 1 else None
    if not isinstance(pairs, list) or len(pairs) % 2:
        raise _strange(response.pieces[0])
    found: dict[bytes, Item] = {}
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(name, bytes):
            raise _strange(response.pieces[0])
        found[name.partition(b"[")[0].upper()] = value
    return found
