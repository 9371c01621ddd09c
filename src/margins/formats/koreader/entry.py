"""A highlight or bookmark as KOReader knows it, whichever file it was read from.

Source: plugins/exporter.koplugin and frontend/apps/reader/modules/readerannotation.lua of
https://github.com/koreader/koreader
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.annotation.appearance import colour, style
from margins.text.names import creators
from margins.text.tags import tags

__all__ = ["Book", "Entry", "author_names"]

XPOINTER = "KOReader XPointer"
_NOBODY = frozenset({"", "N/A", "Unknown Author"})
_NOTHING = "The entry has neither text nor note: it marks a picture, or is empty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry.

    Attributes:
        sources: its ordinals in the file.
        bookmark: it marks a page, not a passage.
        page: number or label.
        drawer: how it is drawn: "lighten", "underscore", "strikeout", "invert".
        fragment: start and end as XPointers, with a comma between them.
        raw: what the file says, for the report when it cannot be used.
    """

    sources: tuple[int, ...]
    bookmark: bool = False
    quote: str = ""
    note: str = ""
    page: str = ""
    chapter: str = ""
    drawer: str = ""
    colour: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    fragment: str = ""
    raw: str = ""

    def annotation(self) -> Annotation:
        """What it is in the terms of the model."""
        marking = Motivation.HIGHLIGHTING if self.quote else Motivation.COMMENTING
        return Annotation(
            motivation=Motivation.BOOKMARKING if self.bookmark else marking,
            target=Target(
                quote="" if self.bookmark else self.quote,
                page=self.page,
                headings=(self.chapter,) if self.chapter else (),
                fragment=self.fragment,
                conforms_to=XPOINTER if self.fragment else "",
            ),
            note=self.note,
            tags=tags(self.note),
            colour=colour(self.colour),
            style=style(self.drawer),
            created=self.created,
            modified=self.modified,
            sources=self.sources,
        )

    def skipped(self) -> Iterable[Skipped]:
        """Why it cannot be used, once for every source; nothing when it can."""
        if self.quote or self.note or self.bookmark:
            return
        for ordinal in self.sources:
            place = f"entry {ordinal}, page {self.page}" if self.page else f"entry {ordinal}"
            yield Skipped(entry=ordinal, place=place, reason=_NOTHING, text=self.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A book and its entries."""

    title: str
    authors: tuple[tuple[str, str], ...] = ()
    language: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    entries: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = ()

    def notebook(self) -> Notebook:
        """Its notebook, with every entry accounted for."""
        skipped = tuple(s for entry in self.entries for s in entry.skipped())
        left_out = {s.entry for s in skipped}
        return Notebook(
            publication=Publication(
                title=self.title,
                creators=tuple(Creator(name=name, role=role) for name, role in self.authors),
                language=self.language,
                identifiers=self.identifiers,
            ),
            annotations=tuple(
                entry.annotation() for entry in self.entries if not left_out & {*entry.sources}
            ),
            skipped=skipped,
            found=sum(len(entry.sources) for entry in self.entries),
            warnings=self.warnings,
        )


def author_names(text: str) -> tuple[tuple[str, str], ...]:
    """(name, role) pairs of the authors field, which has one author per line."""
    lines = [line.strip() for line in text.split("\n")]
    return tuple(pair for line in lines if line not in _NOBODY for pair in creators(line))
