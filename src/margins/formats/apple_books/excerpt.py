"""An excerpt that was copied or shared from Apple Books, in the body of a mail.

    “marked text”

    Excerpt From
    Title
    Author
    https://books.apple.com/...
    This material may be protected by copyright.

Address and author may be missing. iBooks wrote one line instead, which has no translation problem:
`Excerpt From: Author. “Title.” iBooks. https://itun.es/...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.errors import FormatError
from margins.formats import About
from margins.formats.apple_books.lines import lines_of
from margins.formats.apple_books.words import COPYRIGHTS, MARKERS, WORDS, plain
from margins.mail.entity import Attachment
from margins.text.names import creators
from margins.text.normal import one_line

__all__ = ["about", "extract", "identify"]

about = About(
    name="apple-books-excerpt",
    version=1,
    title="Apple Books excerpt",
    app="Apple Books",
    steps="Select a passage in Apple Books, tap Share, and choose Mail; or copy it into a mail.",
    media_types=("text/plain", "text/html"),
    suffixes=(".txt", ".html"),
    languages=tuple(words.language for words in WORDS if words.status == "observed"),
)

_ADDRESS = re.compile(r"https?://(?:itunes|books)\.apple\.com/\S+|https?://itun\.es/\S+")
_NUMBER = re.compile(r"(?:/id|[?&]id=)([1-9][0-9]{3,14})")
_OLD = re.compile(r'([^:\u201c"]{4,40}):\s?([^\u201c\u201e\u00ab"]{0,300})[\u201c\u201e\u00ab"]')
_APPS = ("iBooks", "Apple Books")
_CLOSING = '\u201d\u201c\u00bb\u300d\u300f"'
_OPENING = '\u201c\u201e\u00ab\u300c\u300e"'
_MOST_LINES = 6
_HINTS = ("apple.com/", *_APPS, *(words.copyright.rstrip(".。") for words in WORDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What stands below an excerpt.

    Attributes:
        start, end: the lines it takes, end exclusive.
        known: its words are in the table.
    """

    start: int
    end: int
    title: str
    author: str
    address: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Excerpt:
    ordinal: int
    source: _Source
    quote: str
    above: str
    words: str


def identify(attachment: Attachment) -> bool:
    """True when the words below an excerpt stand somewhere, or an address of Apple Books."""
    head = attachment.head
    if not any(hint in head for hint in _HINTS):
        return False
    return next(_sources(lines_of(attachment, whole=False)), None) is not None


def _sources(lines: list[str]) -> Iterator[_Source]:
    after = 0
    for at, line in enumerate(lines):
        if not line or at < after:
            continue
        source = _old(lines, at) or _known(lines, at) or _unknown(lines, at)
        if source is not None:
            yield source
            after = source.end


def _old(lines: list[str], at: int) -> _Source | None:
    """One line: `Excerpt From: Author. “Title.” iBooks.`, the first words in any language."""
    line = lines[at]
    if not any(app in line for app in _APPS) or (found := _OLD.match(line)) is None:
        return None
    closing = max(line.rfind(sign, found.end()) for sign in _CLOSING)
    if closing < 0 or not any(app in line[closing:] for app in _APPS):
        return None
    address = _ADDRESS.search(line, closing)
    return _Source(
        start=at,
        end=at + 1,
        title=line[found.end() : closing].strip().rstrip("."),
        author=found[2].strip().rstrip(".,"),
        address=address[0] if address else "",
        known=plain(found[1]) in MARKERS,
    )


def _block(lines: list[str], at: int) -> tuple[list[str], int]:
    """Written lines from here to the sentence on copyright, and where that is; or no lines."""
    block: list[str] = []
    for end in range(at, min(at + 2 * _MOST_LINES, len(lines))):
        if plain(lines[end]) in COPYRIGHTS:
            return block, end + 1
        if lines[end]:
            block.append(lines[end])
    return [], at


def _source(block: list[str], start: int, end: int, *, known: bool) -> _Source | None:
    addresses = [line for line in block if _ADDRESS.fullmatch(line)]
    named = [line.strip("*_ ") for line in block if line not in addresses]
    if not 1 <= len(named) <= _MOST_LINES:
        return None
    return _Source(
        start=start,
        end=end,
        title=named[0],
        author=", ".join(named[1:]),
        address=addresses[0] if addresses else "",
        known=known,
    )


def _known(lines: list[str], at: int) -> _Source | None:
    """A marker, then title and author, then the sentence on copyright."""
    if plain(lines[at]) not in MARKERS:
        return None
    block, end = _block(lines, at + 1)
    return _source(block, at, end, known=True)


def _unknown(lines: list[str], at: int) -> _Source | None:
    """The same in words not known: a line of its own, title, author, and Apple's address."""
    if not _ADDRESS.fullmatch(lines[at]):
        return None
    start = at
    while start > max(at - 4, 0) and lines[start - 1]:
        start -= 1
    if not 2 <= at - start <= 3 or start < 2 or not _quote(lines[start - 2]):
        return None
    end = at + 2 if at + 1 < len(lines) and lines[at + 1] else at + 1
    return _source(lines[start + 1 : at + 1], start, end, known=False)


def _quote(line: str) -> bool:
    return line.rstrip().endswith(tuple(_CLOSING))


def _marked(lines: list[str]) -> tuple[str, str]:
    """The quotation that ends the lines, and what stands above it."""
    text = "\n".join(lines).strip()
    if not text or text[-1] not in _CLOSING:
        above, _, last = text.rpartition("\n\n")
        return last.strip(), above.strip()
    first = next(
        (i for i, line in enumerate(lines) if line.startswith(tuple(_OPENING))), len(lines)
    )
    if first == len(lines):
        return text, ""
    quote = "\n".join(lines[first:]).strip()
    return quote[1:-1].strip(), "\n".join(lines[:first]).strip()


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; see `margins.formats.Format`."""
    lines = lines_of(attachment)
    books: dict[tuple[str, str], list[_Excerpt]] = {}
    after = 0
    for ordinal, source in enumerate(_sources(lines), 1):
        quote, above = _marked(lines[after : source.start])
        words = "" if source.known else lines[source.start]
        excerpt = _Excerpt(ordinal, source, quote, above, words)
        books.setdefault((source.title, source.author), []).append(excerpt)
        after = source.end
    if not books:
        raise FormatError(
            "No excerpt was found.",
            place=attachment.place or attachment.filename,
            remedy="Share the passage from Apple Books again and leave the lines below it.",
        )
    return tuple(_notebook(excerpts) for excerpts in books.values())


def _notebook(excerpts: list[_Excerpt]) -> Notebook:
    source = excerpts[0].source
    number = _NUMBER.search(source.address)
    named = creators(source.author)
    return Notebook(
        publication=Publication(
            title=source.title,
            creators=tuple(Creator(name=name, role=role) for name, role in named),
            identifiers=(("apple-books", number[1]),) if number else (),
        ),
        annotations=tuple(
            Annotation(
                motivation=Motivation.HIGHLIGHTING,
                target=Target(quote=excerpt.quote),
                sources=(excerpt.ordinal,),
            )
            for excerpt in excerpts
            if excerpt.quote
        ),
        skipped=tuple(
            Skipped(
                entry=excerpt.ordinal,
                place=f"excerpt {excerpt.ordinal}",
                reason="No marked text stands above it.",
                text=excerpt.source.title,
            )
            for excerpt in excerpts
            if not excerpt.quote
        ),
        found=len(excerpts),
        warnings=tuple(_warnings(excerpts)),
    )


def _warnings(excerpts: list[_Excerpt]) -> Iterator[str]:
    for excerpt in excerpts:
        if excerpt.above:
            left = one_line(excerpt.above)
            yield f"Text above excerpt {excerpt.ordinal} was left out: {left!r}."
        if excerpt.words:
            yield f"Words not known here, read by their form: {one_line(excerpt.words)!r}."
