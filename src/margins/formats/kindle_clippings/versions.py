"""Which clippings of one book are the same mark, and which note belongs to which mark.

A Kindle only ever appends. Whoever drags the end of a highlight gets a second clipping; whoever
edits a note gets a second note; nothing is taken back. So clippings that overlap in place and of
which one contains the other are versions of one mark, and the latest stands. Neighbours share a
place (150 bytes of text) but not their words, and stay apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, chain

from margins.annotation import Motivation, Span
from margins.annotation.identity import page_span, same_passage
from margins.text.dates import clock

__all__ = ["Clipping", "Mark", "collapse", "pair_notes"]

# Bounds, so that no file takes more than linear time.
_RECENT = 8
_SAME_PLACE = 32
_MOST_CANDIDATES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """One readable entry.

    Attributes:
        number: ordinal in the file.
        order: ordinal among the entries of its book.
        folded: the text as `margins.text.normal.fold` leaves it.
        truncated: the device printed its clipping limit instead of the text.
    """

    number: int
    order: int
    motivation: Motivation
    underlined: bool
    text: str
    folded: str
    page: str
    location: Span | None
    created: datetime | None
    truncated: bool


@dataclass(slots=True, eq=False)
class Mark:
    """All versions of one highlight, note or bookmark, in the order of the file."""

    versions: list[Clipping] = field(default_factory=list)
    notes: list[Mark] = field(default_factory=list)

    @property
    def latest(self) -> Clipping:
        """By the device's clock where every version has a date, else by the order of the file."""
        dated = [(clock(v.created), v.order, v) for v in self.versions if v.created is not None]
        if len(dated) < len(self.versions):
            return self.versions[-1]
        return max(dated)[2]


def _overlap(a: Clipping, b: Clipping) -> bool:
    if a.location is not None and b.location is not None:
        return a.location.overlaps(b.location)
    pages = page_span(a.page), page_span(b.page)
    if pages[0] is not None and pages[1] is not None:
        return pages[0].overlaps(pages[1])
    return a.page == b.page and a.location == b.location


def _start(clipping: Clipping) -> int | str:
    return clipping.page if clipping.location is None else clipping.location.start


def _is_version(a: Clipping, b: Clipping) -> bool:
    """Whether two clippings of the same kind are one mark."""
    if (a.truncated and b.truncated) or a.motivation is Motivation.BOOKMARKING:
        # The text says nothing about the passage, so the place must say it all.
        return _start(a) == _start(b)
    if a.truncated or b.truncated or not _overlap(a, b):
        return False
    return a.folded == b.folded or same_passage(a.folded, b.folded)


def _anchors(clipping: Clipping) -> Iterable[tuple[str, int | str]]:
    """Where other versions may be found: an extended highlight keeps one of its ends."""
    if clipping.location is not None:
        yield "start", clipping.location.start
        yield "end", clipping.location.end
    else:
        yield "page", clipping.page


class _Collapse:
    """The marks found so far. A mark that turns out to be another one is emptied into it."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self._recent: deque[Mark] = deque(maxlen=_RECENT)
        self._placed: defaultdict[tuple[str, int | str], deque[Mark]] = defaultdict(
            lambda: deque(maxlen=_SAME_PLACE)
        )

    def _known(self, clipping: Clipping) -> list[Mark]:
        """Marks the clipping is a version of: more than one when it bridges two."""
        near = chain(self._recent, *(self._placed[anchor] for anchor in _anchors(clipping)))
        return [
            mark
            for mark in dict.fromkeys(near)
            if mark.versions and _is_version(mark.versions[-1], clipping)
        ]

    def add(self, clipping: Clipping) -> None:
        known = sorted(self._known(clipping), key=lambda mark: mark.versions[0].order)
        mark = known[0] if known else Mark()
        if not known:
            self.marks.append(mark)
        for other in known[1:]:
            mark.versions += other.versions
            other.versions = []
        mark.versions.append(clipping)
        self._recent.append(mark)
        for anchor in _anchors(clipping):
            self._placed[anchor].append(mark)


def collapse(clippings: Iterable[Clipping]) -> list[Mark]:
    """The marks that clippings of one book and kind are versions of, in order of first mention."""
    found = _Collapse()
    for clipping in clippings:
        found.add(clipping)
    marks = [mark for mark in found.marks if mark.versions]
    for mark in marks:
        mark.versions.sort(key=lambda version: version.order)
    return marks


@dataclass(frozen=True, slots=True)
class _Place:
    span: Span
    clipping: Clipping
    mark: Mark


class _Places:
    """Highlights by where they stand; finds those around a number."""

    def __init__(self, places: Iterable[_Place]) -> None:
        self._places = sorted(places, key=lambda place: place.span.start)
        self._starts = [place.span.start for place in self._places]
        self._furthest = list(accumulate((place.span.end for place in self._places), max))

    def around(self, number: int) -> list[_Place]:
        """At most `_MOST_CANDIDATES` looked at, the nearest starts first."""
        found = []
        last = bisect_right(self._starts, number) - 1
        for at in range(last, max(-1, last - _MOST_CANDIDATES), -1):
            if self._furthest[at] < number:
                break
            if number in self._places[at].span:
                found.append(self._places[at])
        return found


def _places(marks: Sequence[Mark], by_page: bool) -> _Places:
    places = []
    for mark in marks:
        for clipping in mark.versions:
            span = page_span(clipping.page) if by_page else clipping.location
            if span is not None:
                places.append(_Place(span, clipping, mark))
    return _Places(places)


def _owner(note: Clipping, locations: _Places, pages: _Places) -> Mark | None:
    """The highlight a note was written on: the measured rule.

    Its range contains the note's location, preferably as its end, where a Kindle puts the note; of
    several, the nearest in the file, then the latest. By page alone, only an entry right beside it.
    """
    if note.location is not None:
        number = note.location.start
        candidates = locations.around(number)
    elif (span := page_span(note.page)) is not None:
        number = span.start
        candidates = [
            place for place in pages.around(number) if abs(place.clipping.order - note.order) == 1
        ]
    else:
        return None
    best = min(
        candidates,
        key=lambda place: (
            place.span.end != number,
            abs(place.clipping.order - note.order),
            -place.clipping.order,
        ),
        default=None,
    )
    return best.mark if best is not None else None


def pair_notes(highlights: Sequence[Mark], notes: Iterable[Mark]) -> list[Mark]:
    """Puts each note on its highlight; returns the notes that stand alone."""
    locations, pages = _places(highlights, by_page=False), _places(highlights, by_page=True)
    alone = []
    for note in notes:
        owner = _owner(note.latest, locations, pages)
        if owner is None:
            alone.append(note)
        else:
            owner.notes.append(note)
    return alone
