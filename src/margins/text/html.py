"""Tolerant HTML: the text of marked blocks, and a tree for those who need one.

Desktop Kindle writes crossed tags (`<h3 class='noteHeading'>...</div><div class='noteText'>...`
`</h3>`): every tree builder nests each passage inside the one before it. So `blocks` reads the tags
in the order they stand in and gives each block its own text.

Tree builders also take quadratic time over deep nesting (20,000 open `<div>` cost lexbor a second,
a megabyte of them an hour), and offer no bound. So `parse` gives the tree builder only tags that
were balanced and bounded in depth beforehand. Everything here is linear in the length of the
source, whatever the source is.

Source: https://html.spec.whatwg.org/multipage/parsing.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING

from margins.errors import FormatError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "Block", "Tag", "blocks", "charset_of", "parse", "tokens"]

MAX_CHARACTERS = 16 * 1024 * 1024
MAX_DEPTH = 128

_OPENING = re.compile(r"<(?:!--|([/!?]?)([A-Za-z][^\s<>/]{0,63}+))")
_REST = re.compile(r"""(?:[^<>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|))*+""")
_CLASS = re.compile(
    r"""(?:^|[\s"'/])class\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
# Outlook on the web and Gmail put these before every class name of a mail they forward.
_MAIL_PREFIX = re.compile(r"(?:x_)+|m_-?[0-9]+_?")
_SPACE = re.compile(r"[ \t\r\n\f]+")
# int() refuses more than 4,300 digits, and html.unescape lets that through.
_ENDLESS = re.compile(r"&#[xX]?[0-9A-Fa-f]{9,};?")

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w:.-]{1,40})""", re.IGNORECASE
)

_RAW = frozenset({"script", "style", "textarea", "title"})
# Tags that make a tree builder read the rest of the page as something else.
_DERAILING = frozenset(
    {"frameset", "iframe", "noembed", "noframes", "plaintext", "template", "xmp"}
)
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
})  # fmt: skip
_LINES = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "div", "dl", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "html", "main", "ol", "pre", "section", "table", "ul",
})  # fmt: skip
_OPTIONAL_END = frozenset({"dd", "dt", "li", "option", "p", "td", "th", "tr"})
_BREAKS = _LINES | _OPTIONAL_END | {"br", "hr"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as it stands in the source.

    Attributes:
        name: lower case.
        closing: it is an end tag.
        attributes: the rest of the tag, verbatim.
        start, end: characters of the source it covers.
    """

    name: str
    closing: bool
    attributes: str
    start: int
    end: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Class tokens, without the prefixes that mail programs add."""
        if (found := _CLASS.search(self.attributes)) is None:
            return ()
        names = (found[1] or found[2] or found[3] or "").split()
        return tuple(name[p.end() :] if (p := _MAIL_PREFIX.match(name)) else name for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An element that carries one of the class tokens asked for.

    Attributes:
        token: which one.
        text: its own text, without that of blocks inside it. White space is collapsed as browsers
            do, `<br>` and inner lines are "\\n", inline tags leave their text.
        marks: class tokens of the elements inside it, in order.
        start, end: characters of the source it covers.
        closed: an end tag ended it, rather than the next block or the end of the source.
    """

    token: str
    text: str
    marks: tuple[str, ...]
    start: int
    end: int
    closed: bool


def _read(source: str, opening: re.Match[str]) -> tuple[str | Tag | None, int]:
    """What begins at this "<" and where it ends: a tag, text, or nothing anybody sees."""
    if opening[2] is None:
        end = source.find("-->", opening.end())
        return None, len(source) if end < 0 else end + 3
    rest = _REST.match(source, opening.end())
    end = rest.end() if rest else opening.end()
    if end == len(source):
        return None, end
    if source[end] == "<":
        return source[opening.start() : end], end
    if opening[1] not in {"", "/"}:
        return None, end + 1
    attributes = source[opening.end() : end]
    return Tag(opening[2].lower(), opening[1] == "/", attributes, opening.start(), end + 1), end + 1


def charset_of(content: bytes) -> str:
    """The charset that the page itself declares within its first 1024 bytes, or empty.

    Source: https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream
    """
    found = _META_CHARSET.search(content[:1024])
    return found[1].decode("ascii", "replace") if found else ""


def tokens(source: str) -> Iterator[str | Tag]:
    """Tags and the raw text between them, in source order, without comments, scripts and styles.

    A "<" whose tag never ends is text, save at the very end, where a cut tag is left out.
    """
    position, unclosed = 0, set[str]()
    while opening := _OPENING.search(source, position):
        if opening.start() > position:
            yield source[position : opening.start()]
        token, position = _read(source, opening)
        if isinstance(token, Tag) and token.name in _RAW:
            if not token.closing and token.name not in unclosed:
                position = _after_raw(source, token, unclosed)
        elif token is not None:
            yield token
    if position < len(source):
        yield source[position:]


def _after_raw(source: str, tag: Tag, unclosed: set[str]) -> int:
    """Where the content of a script, style or title ends; it is skipped only if it does end."""
    if tag.attributes.endswith("/"):
        return tag.end
    if closing := re.compile(f"</{tag.name}", re.IGNORECASE).search(source, tag.end):
        return closing.start()
    unclosed.add(tag.name)
    return tag.end


@dataclass(slots=True)
class _Reader:
    """The block being read."""

    token: str
    tag: Tag
    parts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    depth: int = 0

    def read(self, token: str | Tag) -> bool:
        """Takes the next token; True when it is the end tag of the block."""
        if isinstance(token, str):
            self.parts.append(_SPACE.sub(" ", _visible(token)))
            return False
        if token.name in _BREAKS:
            self.parts.append("\n")
        if token.name in _LINES or token.name == self.tag.name:
            self.depth += -1 if token.closing else 1
        if not token.closing:
            self.marks.extend(token.classes)
        return self.depth < 0

    def block(self, end: int, *, closed: bool) -> Block:
        lines = (_SPACE.sub(" ", line).strip(" ") for line in "".join(self.parts).split("\n"))
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        marks = tuple(self.marks)
        return Block(
            token=self.token, text=text, marks=marks, start=self.tag.start, end=end, closed=closed
        )


def _visible(raw: str) -> str:
    if "&" not in raw:
        return raw
    return unescape(_ENDLESS.sub("\ufffd", raw))


def blocks(source: str, classes: Collection[str]) -> tuple[Block, ...]:
    """Elements having one of the class tokens, in document order, each with its own text.

    A block ends at its own end tag, at that of any other line-like element not opened inside it
    (the names of crossed tags do not match), or where the next block begins.

    Raises:
        FormatError: the source is longer than MAX_CHARACTERS.
    """
    _check_size(source)
    found: list[Block] = []
    reader: _Reader | None = None
    for token in tokens(source):
        wanted = None
        if isinstance(token, Tag) and not token.closing:
            wanted = next((name for name in token.classes if name in classes), None)
        if isinstance(token, Tag) and wanted is not None:
            if reader is not None:
                found.append(reader.block(token.start, closed=False))
            reader = _Reader(wanted, token)
        elif reader is not None and reader.read(token) and isinstance(token, Tag):
            found.append(reader.block(token.end, closed=True))
            reader = None
    if reader is not None:
        found.append(reader.block(len(source), closed=False))
    return tuple(found)


def _check_size(source: str) -> None:
    if len(source) > MAX_CHARACTERS:
        raise FormatError(
            f"The page has {len(source)} characters; {MAX_CHARACTERS} are the most that is read.",
            remedy="Export fewer notes at a time.",
        )


def _balanced(source: str) -> Iterator[str]:
    """The source with every tag closed in order and none deeper than MAX_DEPTH."""
    stack: list[str] = []
    for token in tokens(source):
        if isinstance(token, str):
            yield token.replace("<", "&lt;")
        elif token.name in _DERAILING:
            continue
        elif token.closing:
            while token.name in stack:
                yield f"</{(name := stack.pop())}>"
                if name == token.name:
                    break
        elif token.name in _VOID:
            yield source[token.start : token.end]
        else:
            if token.name in _OPTIONAL_END and stack[-1:] == [token.name]:
                yield f"</{stack.pop()}>"
            if len(stack) < MAX_DEPTH:
                stack.append(token.name)
                yield source[token.start : token.end]
    yield from (f"</{name}>" for name in reversed(stack))


def parse(source: str) -> LexborHTMLParser:
    """The element tree; scripts, styles, titles and comments left out, MAX_DEPTH levels at most.

    Raises:
        FormatError: the source is longer than MAX_CHARACTERS.
    """
    _check_size(source)
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - costs only those who need it

    return LexborHTMLParser("".join(_balanced(source)))
