"""A private export made into a fixture that can be shared.

Only what the format itself reports as somebody's text (titles, names, quotes, notes, headings) is
replaced, where it stands, by invented words. So the shape stays: markup, words of the app, places,
dates, colours, lengths, repeats and overlaps. The result is read again, and must say the same in
other words; else nothing comes out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product

from margins.annotation import Annotation, Notebook
from margins.errors import FormatError, InputError
from margins.formats import Format
from margins.mail.entity import Attachment
from margins.testing.invented import invent
from margins.testing.projection import Projection, letters_of, project
from margins.text.normal import fold, one_line
from margins.text.words import WORDS, Meaning, find_words

__all__ = ["Scrubbed", "scrub"]

_TRIES = 4
_WINDOW = 4
_LONGEST_LINE = 200
_MARKERS = (b"PK\x03\x04", b"%PDF", b"SQLite format 3", b"\x1f\x8b", b"\x78\x9c", b"\x78\xda")
_OF_THE_APP = frozenset(letters_of(word.text) for word in WORDS)
_SAYING = frozenset({
    Meaning.HIGHLIGHT, Meaning.UNDERLINE, Meaning.NOTE, Meaning.BOOKMARK, Meaning.CLIPPING,
    Meaning.PAGE, Meaning.LOCATION, Meaning.ADDED,
})  # fmt: skip
_LIMITS = tuple(word.text for word in WORDS if word.meaning is Meaning.LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """The shareable file.

    Attributes:
        content: in the encoding of the original.
        kept: words that were left as they are and that no app is known to write, in order, once
            each, for a person to look through.
    """

    content: bytes
    kept: tuple[str, ...]


def _paragraphs(text: str) -> Iterator[str]:
    """Stretches of a text that stand in one piece in the file; words of the app left out."""
    for paragraph in re.split(r"\n{2,}", text):
        if fold(paragraph).endswith(_LIMITS):
            yield paragraph.rpartition("<")[0]
        else:
            yield paragraph


def _turned(name: str) -> Iterator[str]:
    """A name in every order a file may write it in: "Orla P. Finch", "Finch, Orla P."."""
    words = name.split()
    for first in range(len(words)):
        yield " ".join(words[first:] + words[:first])


def _texts(notebook: Notebook) -> Iterator[str]:
    """Everything that is somebody's, as the file may write it."""
    publication = notebook.publication
    yield publication.title
    yield publication.publisher
    for creator in publication.creators:
        yield from _turned(creator.name)
    yield from publication.citation.split("\n")
    for annotation in notebook.annotations:
        yield from _paragraphs(annotation.target.quote)
        yield from _paragraphs(annotation.note)
        yield from annotation.target.headings
        yield from annotation.tags
    for entry in notebook.skipped:
        yield from (line for line in entry.text.split("\n") if not _speaks_app(line))


def _speaks_app(line: str) -> bool:
    """Whether a line is one that the app wrote: two of its words beside a number."""
    if len(line) > _LONGEST_LINE or not any(c.isdigit() for c in line):
        return False
    return len({word.meaning for word in find_words(fold(line))} & _SAYING) > 1


def _is_theirs(text: str) -> bool:
    """Numbers alone, and words alone that apps write too, would be found in the wrong places."""
    return bool(text) and not text.isdecimal() and fold(text) not in _OF_THE_APP


def _words(seen: Projection) -> list[tuple[int, int]]:
    """Where each word of the projection begins and ends."""
    starts = [n for n, begins in enumerate(seen.begins) if begins]
    return list(zip(starts, [*starts[1:], len(seen.letters)], strict=True))


def _find(seen: Projection, texts: Iterable[str]) -> bytearray:
    """One flag per letter of the projection: it belongs to somebody's text."""
    marked = bytearray(len(seen.letters))
    for text in filter(_is_theirs, map(letters_of, texts)):
        start = seen.letters.find(text)
        while start >= 0:
            end = start + len(text)
            if seen.is_whole(start, end) or not text.isascii():
                marked[start:end] = b"\1" * len(text)
            start = seen.letters.find(text, start + 1)
    return marked


def _mark_lines(source: str, seen: Projection, marked: bytearray) -> None:
    """Makes every line either the app's or somebody's, for files that are written in lines.

    The word "Monday" may be a highlight and stands in dates too; and a highlight's former versions
    are reported by no format.
    """
    position = letter = 0
    for line in source.splitlines(keepends=True):
        position += len(line)
        first = letter
        while letter < len(seen.spans) and seen.spans[letter][0] < position:
            letter += 1
        flag = b"\0" if _speaks_app(line) or fold(line).endswith(_LIMITS) else b"\1"
        marked[first:letter] = flag * (letter - first)


def _mark_versions(seen: Projection, marked: bytearray, texts: set[str]) -> None:
    """Marks every run of words that also stands in one of the texts, in whatever surroundings.

    A highlight's former versions, the title within a citation, a text the app had wrapped.
    """
    theirs = {
        tuple(words[n : n + _WINDOW])
        for text in texts
        for words in [re.findall(r"[^\W_]+", text.lower())]
        for n in range(len(words) - _WINDOW + 1)
    }
    places = _words(seen)
    said = [seen.letters[start:end].lower() for start, end in places]
    for n in range(len(said) - _WINDOW + 1):
        if tuple(said[n : n + _WINDOW]) in theirs:
            start, end = places[n][0], places[n + _WINDOW - 1][1]
            marked[start:end] = b"\1" * (end - start)


def _mark(source: str, seen: Projection, texts: set[str], *, by_lines: bool) -> bytearray:
    marked = _find(seen, texts)
    _mark_versions(seen, marked, texts)
    if by_lines:
        _mark_lines(source, seen, marked)
    return marked


def _written(letter: str, before: str) -> str:
    """A letter the way its predecessor was written."""
    if before.startswith("\\u"):
        return f"\\u{ord(letter):04x}"
    return f"&#{ord(letter)};" if before.startswith("&") else letter


def _replace(source: str, seen: Projection, marked: bytearray, key: bytes) -> str:
    """The source with every marked word invented anew; numbers alone stay as they are."""
    pieces, position = [], 0
    for start, end in _words(seen):
        word = "".join(
            c for c, flag in zip(seen.letters[start:end], marked[start:end], strict=True) if flag
        )
        invented = iter(word if word.isdecimal() else invent(word, key))
        for n in range(start, end):
            if marked[n]:
                begin, finish = seen.spans[n]
                pieces += [source[position:begin], _written(next(invented), source[begin:finish])]
                position = finish
    return "".join([*pieces, source[position:]])


def _shape(annotation: Annotation) -> tuple[object, ...]:
    target = annotation.target
    return (
        annotation.motivation, annotation.sources, annotation.colour, annotation.style,
        annotation.created, annotation.modified, annotation.truncated, target.page,
        target.location, target.fragment, target.progress, len(target.headings),
        len(target.quote), len(annotation.note), len(annotation.tags),
    )  # fmt: skip


def _shapes(notebooks: tuple[Notebook, ...]) -> list[object]:
    """What must be the same before and after."""
    return [
        (
            len(n.publication.title), len(n.publication.creators), n.found,
            [_shape(annotation) for annotation in n.annotations],
            [(entry.entry, len(entry.text)) for entry in n.skipped],
        )
        for n in notebooks
    ]  # fmt: skip


def _reads_alike(form: Format, export: Attachment, before: tuple[Notebook, ...]) -> bool:
    try:
        return form.identify(export) and _shapes(form.extract(export)) == _shapes(before)
    except FormatError:
        return False


def _codec(attachment: Attachment, text: str) -> tuple[str, bytes]:
    """The encoding that turns the text into the very bytes of the file, and its byte order mark."""
    content = attachment.content
    for codec, mark in (
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("cp1252", b""),
        ("gb18030", b""),
    ):
        if mark + text.encode(codec, "replace") == content:
            return codec, mark
    raise InputError(
        "Only files of text can be scrubbed, in an encoding that is known.", place=attachment.place
    )


def _kept(seen: Projection, marked: bytearray) -> tuple[str, ...]:
    words = (seen.letters[start:end] for start, end in _words(seen) if not any(marked[start:end]))
    return tuple(dict.fromkeys(word for word in words if _is_theirs(word)))


def scrub(attachment: Attachment, form: Format, *, also: Collection[str] = ()) -> Scrubbed:
    """The file with invented words in place of somebody's, for a format that reads it.

    Deterministic: the same file always gives the same words, which nobody without it can undo.

    Args:
        also: texts that the format does not report and that are to be replaced all the same.

    Raises:
        InputError: it is no file of text, or the format would read the result in another way.
        FormatError: the format cannot read the file.
    """
    if attachment.content.startswith(_MARKERS):
        raise InputError("Only files of text can be scrubbed.", place=attachment.place)
    source = attachment.text
    codec, mark = _codec(attachment, source)
    notebooks = form.extract(attachment)
    seen = project(source)
    texts = {text for notebook in notebooks for text in _texts(notebook)} | set(also)
    for by_lines, attempt in product((False, True), range(_TRIES)):
        marked = _mark(source, seen, texts, by_lines=by_lines)
        key = sha256(attachment.content + bytes([attempt])).digest()
        content = mark + _replace(source, seen, marked, key).encode(codec, "replace")
        again = replace(attachment, content=content)
        if _reads_alike(form, again, notebooks):
            return Scrubbed(content=content, kept=_kept(seen, marked))
    raise InputError(
        "It cannot be scrubbed: in other words, the format reads it in another way.",
        place=one_line(attachment.place),
        remedy="Please replace the private words by hand.",
    )
