"""When two notes are the same note, and two publications the same book.

Keys are derived from what the note says and where it stands, never invented, so that any machine
that reads the same export arrives at the same key. `margins.plan` uses the looser rules below only
where keys differ.
"""

from __future__ import annotations

import re
from hashlib import sha256

from margins.annotation.model import Annotation, Motivation, Publication, Span, Target
from margins.text.normal import fold

__all__ = [
    "anchors_agree",
    "annotation_key",
    "folded_text",
    "page_span",
    "publication_key",
    "same_passage",
]

_MIDDLE_MINIMUM = 20
_PAGES = re.compile(r"([0-9]{1,9})(?:\s*[-\u2013]\s*([0-9]{1,9}))?")


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def publication_key(publication: Publication) -> str:
    """32 hex digits: equal for the same title and authors.

    Case, quote style and the order of names ("Last, First") do not matter. Subtitles do: a wrong
    merge puts notes on somebody else's book, a missed one is mended by merging two publications.
    """
    names = sorted(" ".join(sorted(re.findall(r"\w+", fold(name)))) for name in publication.authors)
    return _hash("publication", fold(publication.title), *names)


def folded_text(annotation: Annotation) -> str:
    """The text that identifies it: the quote, or the note when there is no quote."""
    return fold(annotation.target.quote or annotation.note)


def _anchor(target: Target) -> str:
    if target.location is not None:
        return f"location:{target.location.start}"
    if target.page:
        return f"page:{fold(target.page)}"
    return f"fragment:{target.fragment}"


def annotation_key(annotation: Annotation) -> str:
    """32 hex digits: equal for the same motivation, start of the place and normalised text.

    A bookmark is identified by its place alone, since apps word its label differently.
    """
    bookmark = annotation.motivation is Motivation.BOOKMARKING
    text = "" if bookmark else folded_text(annotation)
    return _hash("annotation", annotation.motivation, _anchor(annotation.target), text)


def page_span(page: str) -> Span | None:
    """The pages a label names when it is plain digits ("31", "31-33"), else None."""
    if (found := _PAGES.fullmatch(page.strip())) is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return Span(min(first, last), max(first, last))


def anchors_agree(a: Target, b: Target) -> bool | None:
    """True when the places overlap, False when they do not, None when they cannot be compared.

    The app's own pointer comes first: page numbers of flowing text change with the font.
    """
    if a.fragment and (a.fragment, a.conforms_to) == (b.fragment, b.conforms_to):
        return True
    if a.location is not None and b.location is not None:
        return a.location.overlaps(b.location)
    if a.page and b.page:
        pages_a, pages_b = page_span(a.page), page_span(b.page)
        if pages_a is None or pages_b is None:
            return fold(a.page) == fold(b.page)
        return pages_a.overlaps(pages_b)
    if a.fragment and b.fragment and a.conforms_to == b.conforms_to:
        return a.fragment == b.fragment
    return None


def same_passage(a: str, b: str) -> bool:
    """True when one folded quote is the other, extended or shrunk at its ends.

    A short text inside the middle of a longer one is a neighbour (a word looked up), not a version.
    """
    short, long = sorted((a, b), key=len)
    if not short:
        return False
    if long.startswith(short) or long.endswith(short):
        return True
    return len(short) >= _MIDDLE_MINIMUM and short in long
