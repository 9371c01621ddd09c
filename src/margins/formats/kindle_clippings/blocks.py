"""A clippings file cut into its blocks: title, meta line, body.

```
Title (Author)
- Your Highlight on page 31 | Location 474-475 | Added on Sunday, August 20, 2023 1:33:13 PM

The passage.
==========
```

The same text also comes as the body of a mail, quoted with ">" and wrapped at some 76 columns, so
that title and meta line take two lines each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise

from margins.formats.kindle_clippings.meta import Meta, read_meta, starts_meta

__all__ = ["TERMINATOR", "Block", "read_blocks"]

TERMINATOR = "=========="
# Mail programs wrap somewhere between 72 and 78 columns.
_NARROWEST, _WIDEST = 72, 78
_MOST_META_LINES = 3
# A forwarded mail has a dozen lines of its own before the first title.
_META_WITHIN = 60
_QUOTE_MARKS = re.compile(r"(?:>[ ]?)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What stands between two terminators, blank blocks left out.

    Attributes:
        number: ordinal in the file, from 1.
        title: the title line, author and all; what the block begins with when `meta` is None.
        meta: None when no line of the block can be read as one.
        body: as written, without blank lines around it.
        raw: all of it.
    """

    number: int
    title: str
    meta: Meta | None
    body: str
    raw: str


def _lines(text: str) -> list[str]:
    """Lines without byte order marks, line ends, and the ">" of a reply or forward."""
    lines = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    quoted = [line for line in lines if line.startswith(">")]
    if any(_QUOTE_MARKS.sub("", line).strip() == TERMINATOR for line in quoted):
        return [_QUOTE_MARKS.sub("", line, count=1) for line in lines]
    return lines


def _broken(line: str, following: str) -> bool:
    """Whether a mail program broke the line: the next word would have been too long for it."""
    words = following.split(maxsplit=1)
    return bool(line.strip() and words) and len(line) + 1 + len(words[0]) > _NARROWEST


def _join_broken(lines: list[str]) -> list[str]:
    joined: list[str] = []
    last = ""
    for line in lines:
        if joined and _broken(last, line):
            joined[-1] = f"{joined[-1].rstrip()} {line.lstrip()}"
        else:
            joined.append(line)
        last = line
    return joined


def _meta_at(lines: list[str], first: int) -> tuple[Meta | None, int]:
    """The meta line that begins there, with the lines it was broken into, and where it ends."""
    end = first + 1
    while end < min(len(lines), first + _MOST_META_LINES) and _broken(lines[end - 1], lines[end]):
        end += 1
    meta = read_meta(" ".join(lines[first:end]))
    if end > first + 1 and (meta is None or meta.created is None):
        return read_meta(lines[first]), first + 1
    return meta, end


def _find_meta(lines: list[str]) -> tuple[Meta | None, int, int]:
    """The meta line and the lines it takes: first, and the one after the last."""
    for first in range(min(len(lines), _META_WITHIN)):
        if starts_meta(lines[first]):
            meta, end = _meta_at(lines, first)
            if meta is not None:
                return meta, first, end
    return None, 0, 0


def _title_above(lines: list[str]) -> str:
    """The last line that is not blank, with the lines a mail program broke it into."""
    while lines and not lines[-1].strip():
        lines.pop()
    first = len(lines) - 1
    while first > 0 and _broken(lines[first - 1], lines[first]):
        first -= 1
    return " ".join(line.strip() for line in lines[max(first, 0) :])


def _on_one_line(line: str) -> tuple[str, Meta | None]:
    """Title and meta when some tool put both on one line."""
    title, dash, rest = line.rpartition(" - ")
    meta = read_meta(f"- {rest}") if dash and "|" in rest else None
    return (title, meta) if meta is not None else (line, None)


def _trimmed(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip()


def _block(number: int, lines: list[str], wrapped: bool) -> Block:
    raw = "\n".join(lines).strip("\n")
    meta, first, end = _find_meta(lines)
    if meta is not None:
        title = _title_above(lines[:first])
    else:
        first = next(i for i, line in enumerate(lines) if line.strip())
        end = first + 1
        title, meta = _on_one_line(lines[first].strip())
    body = _join_broken(lines[end:]) if wrapped else lines[end:]
    return Block(number=number, title=title, meta=meta, body=_trimmed(body), raw=raw)


def _is_wrapped(lines: list[str], inline: bool) -> bool:
    """Whether a mail program wrapped the text.

    No line is wide, and it is a mail's own text or some meta line had to be put together.
    """
    if max(map(len, lines)) > _WIDEST:
        return False
    return inline or any(
        starts_meta(line) and "|" in line and _broken(line, following)
        for line, following in pairwise(lines)
    )


def _read_blocks(text: str, *, inline: bool) -> Iterator[Block]:
    lines = _lines(text)
    wrapped = _is_wrapped(lines, inline)
    number, start = 0, 0
    for end, line in enumerate([*lines, TERMINATOR]):
        if line.strip() != TERMINATOR:
            continue
        block = lines[start:end]
        start = end + 1
        if any(part.strip() for part in block):
            number += 1
            yield _block(number, block, wrapped)


def _has_no_meta(block: Block) -> bool:
    return block.meta is None


def read_blocks(text: str, *, inline: bool) -> Iterator[Block]:
    """Every block of the text that is not blank.

    Args:
        inline: the text is that of a mail: it may have been wrapped, and what stands before the
            first entry and after the last is the mail's own.
    """
    blocks = _read_blocks(text, inline=inline)
    if not inline:
        return blocks
    entries = dropwhile(_has_no_meta, reversed(list(dropwhile(_has_no_meta, blocks))))
    return (
        replace(block, number=number)
        for number, block in enumerate(reversed(list(entries)), start=1)
    )
