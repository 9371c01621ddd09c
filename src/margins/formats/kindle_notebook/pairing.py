"""Entries to annotations: a note belongs to the highlight right before it.

The note's heading carries the place where its highlight ends, the highlight's own heading the place
where it begins: the two differ in four pairs of five. In 125 pairs of real exports the distance was
at most one location per 97 bytes of the quote, give or take 2. One note stood 254 locations behind
a highlight of 584 bytes, in another chapter: it stands alone. So does a note that follows a note,
for a highlight has one note at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from margins.annotation import Annotation, Motivation, Skipped, Span, Target
from margins.formats.kindle_notebook.book import Entry
from margins.formats.kindle_notebook.heading import Heading
from margins.text.normal import fold
from margins.text.numbers import roman, whole
from margins.text.tags import tags
from margins.text.words import WORDS, Meaning

__all__ = ["CUT_OFF", "read_entries"]

CUT_OFF = "The file is cut off in the middle of this entry."

_LIMITS = tuple(word.text for word in WORDS if word.meaning is Meaning.LIMIT)
_WITHOUT_TEXT = {
    Motivation.HIGHLIGHTING: "The highlight has no text.",
    Motivation.COMMENTING: "The note has no text.",
    Motivation.BOOKMARKING: "The bookmark has no text.",
}
# Twice what was measured, and 16 locations more where pictures stand between start and end.
_LOCATIONS, _BYTES_PER_LOCATION = 16, 75
_PAGES, _BYTES_PER_PAGE = 1, 750


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry whose kind is settled."""

    entry: Entry
    heading: Heading
    motivation: Motivation


def _page_number(label: str) -> int | None:
    number = whole(label.partition("-")[0])
    return roman(label) if number is None else number


def _within_reach(highlight: _Read, note: _Read) -> bool:
    """Whether the note's place can be the end of the highlight."""
    start, end = highlight.heading, note.heading
    if start.chapter and end.chapter and fold(start.chapter) != fold(end.chapter):
        return False
    size = len(highlight.entry.text.encode("utf-8", "surrogatepass"))
    if start.location is not None and end.location is not None:
        distance = end.location.start - start.location.start
        return 0 <= distance <= _LOCATIONS + size // _BYTES_PER_LOCATION
    first, last = _page_number(start.page), _page_number(end.page)
    if first is None or last is None or start.page.isdigit() != end.page.isdigit():
        return True
    return 0 <= last - first <= _PAGES + size // _BYTES_PER_PAGE


def _settle(entries: Iterable[Entry]) -> Iterator[_Read]:
    """Kinds of all entries with a heading.

    A word that no table knows is a highlight if it stands beside a colour anywhere in the book,
    otherwise a note if there is text below it, and a bookmark if there is none.
    """
    entries = list(entries)
    headings = [entry.heading for entry in entries if entry.heading is not None]
    coloured = {fold(h.word) for h in headings if h.motivation is Motivation.HIGHLIGHTING}
    for entry in entries:
        if (heading := entry.heading) is None:
            continue
        if heading.motivation is not None:
            yield _Read(entry, heading, heading.motivation)
        elif heading.word and fold(heading.word) in coloured:
            yield _Read(entry, heading, Motivation.HIGHLIGHTING)
        else:
            kind = Motivation.COMMENTING if entry.text else Motivation.BOOKMARKING
            yield _Read(entry, heading, kind)


def _pair(read: Iterable[_Read]) -> dict[int, _Read]:
    """The note of each highlight, by the number of the highlight's entry."""
    notes: dict[int, _Read] = {}
    before: _Read | None = None
    for each in read:
        if each.motivation is Motivation.HIGHLIGHTING:
            before = each
        elif each.motivation is Motivation.COMMENTING:
            if before is not None and each.entry.text and _within_reach(before, each):
                notes[before.entry.number] = each
            before = None
    return notes


def _location(start: Span | None, end: Span | None) -> Span | None:
    if start is None or end is None:
        return start
    return Span(start.start, max(start.end, end.end))


def _annotation(read: _Read, joined: _Read | None) -> Annotation:
    entry, heading = read.entry, read.heading
    highlighted = read.motivation is Motivation.HIGHLIGHTING
    note = joined.entry.text if joined else "" if highlighted else entry.text
    headings = [entry.section, heading.chapter]
    return Annotation(
        motivation=read.motivation,
        target=Target(
            quote=entry.text if highlighted else "",
            page=heading.page,
            location=_location(heading.location, joined.heading.location if joined else None),
            headings=tuple(dict.fromkeys(name for name in headings if name)),
        ),
        note=note,
        tags=tags(note),
        colour=heading.colour,
        style="underline" if heading.underlined else "",
        truncated=highlighted and fold(entry.text).endswith(_LIMITS),
        sources=(entry.number, joined.entry.number) if joined else (entry.number,),
    )


def _skip(entry: Entry, reason: str) -> Skipped:
    return Skipped(entry=entry.number, place=entry.place, reason=reason, text=entry.raw)


def read_entries(
    entries: Sequence[Entry], *, cut: Entry | None = None
) -> tuple[tuple[Annotation, ...], tuple[Skipped, ...]]:
    """Annotations in order, and the entries that became none, with the reason.

    Args:
        cut: the entry that the end of the file cuts in two.
    """
    annotations: list[Annotation] = []
    skipped = [] if cut is None else [_skip(cut, CUT_OFF)]
    kept = [entry for entry in entries if entry is not cut]
    skipped += [_skip(e, "No heading says what this is.") for e in kept if e.heading is None]
    settled = list(_settle(kept))
    notes = _pair(settled)
    joined = {note.entry.number for note in notes.values()}
    for read in settled:
        note = notes.get(read.entry.number)
        if read.entry.number in joined:
            continue
        if read.motivation is Motivation.BOOKMARKING or read.entry.text or note:
            annotations.append(_annotation(read, note))
        else:
            skipped.append(_skip(read.entry, _WITHOUT_TEXT[read.motivation]))
    return tuple(annotations), tuple(sorted(skipped, key=lambda entry: entry.entry))
