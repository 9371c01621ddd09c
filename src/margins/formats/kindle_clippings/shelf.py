"""Blocks put under their books, and each book's clippings turned into annotations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped, Target
from margins.annotation.identity import publication_key
from margins.formats.kindle_clippings.blocks import Block
from margins.formats.kindle_clippings.meta import Meta
from margins.formats.kindle_clippings.title import read_title
from margins.formats.kindle_clippings.versions import Clipping, Mark, collapse, pair_notes
from margins.text.dates import clock
from margins.text.normal import fold, one_line
from margins.text.tags import tags
from margins.text.words import WORDS, Meaning

__all__ = ["Shelf"]

_LONGEST_TITLE = 1000
_LIMITS = tuple(word.text for word in WORDS if word.meaning is Meaning.LIMIT)
_MOTIVATIONS = {
    Meaning.HIGHLIGHT: Motivation.HIGHLIGHTING,
    Meaning.UNDERLINE: Motivation.HIGHLIGHTING,
    Meaning.CLIPPING: Motivation.HIGHLIGHTING,
    Meaning.NOTE: Motivation.COMMENTING,
    Meaning.BOOKMARK: Motivation.BOOKMARKING,
}
_WITHOUT_TEXT = {
    Motivation.HIGHLIGHTING: "The highlight has no text.",
    Motivation.COMMENTING: "The note has no text.",
}


def _motivation(meta: Meta, body: str) -> Motivation:
    """By the word for it; else only bookmarks have no text, and only highlights have a range."""
    if meta.kind is not None:
        return _MOTIVATIONS[meta.kind]
    if not body:
        return Motivation.BOOKMARKING
    return Motivation.HIGHLIGHTING if meta.ranged else Motivation.COMMENTING


def _place(block: Block) -> str:
    meta = block.meta
    if meta is not None and meta.location is not None:
        return f"entry {block.number}, location {meta.location}"
    if meta is not None and meta.page:
        return f"entry {block.number}, page {meta.page}"
    return f"entry {block.number}"


@dataclass(slots=True, kw_only=True)
class _Book:
    publication: Publication
    clippings: list[Clipping] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    undated: list[str] = field(default_factory=list)

    def skip(self, block: Block, reason: str) -> None:
        self.skipped.append(
            Skipped(entry=block.number, place=_place(block), reason=reason, text=block.raw)
        )

    def keep(self, block: Block, meta: Meta) -> None:
        motivation = _motivation(meta, block.body)
        self.unknown |= dict.fromkeys(meta.unknown)
        if meta.date:
            self.undated.append(meta.date)
        if not block.body and motivation in _WITHOUT_TEXT:
            return self.skip(block, _WITHOUT_TEXT[motivation])
        folded = fold(block.body)
        clipping = Clipping(
            number=block.number,
            order=len(self.clippings),
            motivation=motivation,
            underlined=meta.kind is Meaning.UNDERLINE,
            text=block.body,
            folded=folded,
            page=meta.page,
            location=meta.location,
            created=meta.created,
            truncated=folded.endswith(_LIMITS),
        )
        self.clippings.append(clipping)
        return None

    def warnings(self) -> tuple[str, ...]:
        said = []
        if self.unknown:
            words = one_line(", ".join(self.unknown), 200)
            said.append(f"Read by structure, since these words are not known: {words}.")
        if self.undated:
            number, first = len(self.undated), one_line(self.undated[0])
            said.append(
                f"{number} dates could not be read, the first: {first}."
                if number > 1
                else f"One date could not be read, the first: {first}."
            )
        return tuple(said)

    def notebook(self) -> Notebook:
        return Notebook(
            publication=self.publication,
            annotations=tuple(_annotation(mark) for mark in _marks(self.clippings)),
            skipped=tuple(self.skipped),
            found=len(self.clippings) + len(self.skipped),
            warnings=self.warnings(),
        )


def _marks(clippings: Iterable[Clipping]) -> list[Mark]:
    """Everything that becomes an annotation, in order of first mention."""
    kinds: dict[Motivation, list[Clipping]] = {motivation: [] for motivation in Motivation}
    for clipping in clippings:
        kinds[clipping.motivation].append(clipping)
    highlights, notes, bookmarks = (collapse(kinds[motivation]) for motivation in Motivation)
    marks = [*highlights, *pair_notes(highlights, notes), *bookmarks]
    return sorted(marks, key=lambda mark: mark.versions[0].order)


def _notes(mark: Mark) -> list[str]:
    """What the reader wrote: on the highlight, as a note, or, against all custom, by a bookmark."""
    if mark.latest.motivation is Motivation.HIGHLIGHTING:
        return [note.latest.text for note in mark.notes]
    if mark.latest.motivation is Motivation.COMMENTING:
        return [mark.latest.text]
    return [version.text for version in mark.versions if version.text]


def _annotation(mark: Mark) -> Annotation:
    """The latest version, its notes joined, dated by its first version and its last change."""
    latest = mark.latest
    highlighted = latest.motivation is Motivation.HIGHLIGHTING
    note = "\n\n".join(dict.fromkeys(_notes(mark)))
    everything = [v for part in (mark, *mark.notes) for v in part.versions]
    dates = [v.created for v in everything if v.created is not None]
    created = min((v.created for v in mark.versions if v.created), key=clock, default=None)
    changed = max(dates, key=clock, default=None)
    return Annotation(
        motivation=latest.motivation,
        target=Target(
            quote=latest.text if highlighted else "", page=latest.page, location=latest.location
        ),
        note=note,
        tags=tags(note),
        style="underline" if latest.underlined else "",
        created=created,
        modified=changed if created and changed and clock(changed) > clock(created) else None,
        truncated=latest.truncated,
        sources=tuple(sorted(v.number for v in everything)),
    )


class Shelf:
    """The books of one file, in order of first appearance."""

    def __init__(self) -> None:
        self.books: dict[str, _Book] = {}
        self._keys: dict[str, str] = {}

    def _book(self, title: str) -> _Book:
        """Books are the same when title and authors are, whichever way the names are turned."""
        key = self._keys.get(title)
        if key is None:
            publication = read_title(title)
            key = self._keys[title] = publication_key(publication)
            self.books.setdefault(key, _Book(publication=publication))
        return self.books[key]

    def add(self, block: Block) -> None:
        """Takes in one block: as a clipping of its book, or as skipped."""
        title = block.title if len(block.title) <= _LONGEST_TITLE else ""
        book = self._book(title)
        if block.meta is None:
            book.skip(block, "No line says whether it is a highlight, a note or a bookmark.")
        elif not title:
            book.skip(block, "It does not say which book it is from.")
        else:
            book.keep(block, block.meta)

    def notebooks(self) -> tuple[Notebook, ...]:
        """One notebook per book."""
        return tuple(book.notebook() for book in self.books.values())
