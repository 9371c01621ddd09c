"""Two notes nobody made: one that says all that can be said, and one that says next to nothing.

With them a sink checks what it would send before it has anything to send. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.plan import Plan

__all__ = ["ACCOUNT", "PLANS"]

ACCOUNT = "margins-check"
"""An account nobody has."""

_FULL = Annotation(
    motivation=Motivation.HIGHLIGHTING,
    target=Target(
        quote="The tide was turning.",
        page="xii",
        location=Span(30, 34),
        headings=("One", "Tides"),
        fragment="epubcfi(/6/4!/4/2)",
        conforms_to="http://www.idpf.org/epub/linking/cfi/epub-cfi.html",
        progress=0.25,
    ),
    note="Nobody saw it.",
    tags=("sea", "night"),
    colour="blue",
    style="underline",
    created=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    modified=datetime(2024, 5, 7, 7, 8, 9, tzinfo=UTC),
)
_BARE = Annotation(motivation=Motivation.BOOKMARKING, target=Target(page="7"))
_BOOK = Publication(
    title="The Salt Roads",
    creators=(Creator(name="Orla Finch"), Creator(name="Ida Moss", role="translator")),
    citation="Finch, O. (1999).",
    publisher="Gull & Sons",
    year=1999,
    language="en",
    identifiers=(("isbn", "9780000000002"),),
)

PLANS = (
    Plan(publication=_BOOK, create=(_FULL, _BARE)),
    Plan(publication=Publication(title=""), create=(_BARE,)),
)
