"""Notes joined to the highlight they follow, for exports that list the two as separate entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from margins.annotation.identity import page_span
from margins.annotation.model import Annotation, Motivation, Span, Target

__all__ = ["join_notes"]

# Twice what was measured in 125 pairs of real notebooks (one location per 97 bytes, give or take
# 2), and 16 locations more where pictures stand between start and end.
_LOCATIONS, _BYTES_PER_LOCATION = 16, 75
_PAGES, _BYTES_PER_PAGE = 1, 750


def _within_reach(highlight: Target, note: Target) -> bool:
    """Whether the note's place can be the end of the highlight."""
    if highlight.headings != note.headings:
        return False
    size = len(highlight.quote.encode("utf-8", "surrogatepass"))
    if highlight.location is not None and note.location is not None:
        distance = note.location.start - highlight.location.start
        return 0 <= distance <= _LOCATIONS + size // _BYTES_PER_LOCATION
    pages = page_span(highlight.page), page_span(note.page)
    if pages[0] is None or pages[1] is None:
        return highlight.page == note.page
    return 0 <= pages[1].start - pages[0].start <= _PAGES + size // _BYTES_PER_PAGE


def _joined(highlight: Annotation, note: Annotation) -> Annotation:
    start, end = highlight.target.location, note.target.location
    location = Span(start.start, max(start.end, end.end)) if start and end else start
    return replace(
        highlight,
        target=replace(highlight.target, location=location),
        note=note.note,
        tags=tuple(dict.fromkeys((*highlight.tags, *note.tags))),
        sources=(*highlight.sources, *note.sources),
    )


def join_notes(annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Each note right behind a highlight that it can belong to becomes that highlight's note.

    The note carries the place where its highlight ends, which the highlight itself does not say. A
    highlight takes one note; a second one stands alone.
    """
    joined: list[Annotation] = []
    for annotation in annotations:
        before = joined[-1] if joined else None
        if (
            before is not None
            and annotation.motivation is Motivation.COMMENTING
            and before.motivation is Motivation.HIGHLIGHTING
            and not before.note
            and _within_reach(before.target, annotation.target)
        ):
            joined[-1] = _joined(before, annotation)
        else:
            joined.append(annotation)
    return tuple(joined)
