"""What an older and a newer export say about the same annotation, as one annotation.

An empty field never erases a filled one, and what a person edited is never overwritten.
"""

from __future__ import annotations

from dataclasses import replace

from margins.annotation.model import Annotation, Target

__all__ = ["complete", "merge", "newest"]


def _overlay(old: Target, new: Target, keep_quote: bool) -> Target:
    return Target(
        quote=old.quote if keep_quote else new.quote or old.quote,
        page=new.page or old.page,
        location=new.location if new.location is not None else old.location,
        headings=new.headings or old.headings,
        fragment=new.fragment or old.fragment,
        conforms_to=new.conforms_to if new.fragment else old.conforms_to,
        progress=new.progress if new.progress is not None else old.progress,
    )


def merge(old: Annotation, new: Annotation, edited: frozenset[str] = frozenset()) -> Annotation:
    """The old annotation with everything the new one says, except what a person edited.

    Idempotent: merge(merge(a, b), b) == merge(a, b).
    """
    if "*" in edited:
        return old
    keep_quote = new.truncated and not old.truncated and bool(old.target.quote)
    return Annotation(
        motivation=old.motivation,
        target=_overlay(old.target, new.target, keep_quote),
        note=old.note if "note" in edited else new.note or old.note,
        tags=old.tags if "tags" in edited else new.tags or old.tags,
        colour=old.colour if "colour" in edited else new.colour or old.colour,
        style=new.style or old.style,
        created=new.created or old.created,
        modified=new.modified or old.modified,
        truncated=old.truncated and (new.truncated or not new.target.quote),
        sources=(*old.sources, *new.sources),
    )


def complete(
    known: Annotation, older: Annotation, edited: frozenset[str] = frozenset()
) -> Annotation:
    """The known annotation with what only an older export says, except what a person edited.

    As if the older one had come first: complete(b, a) says what merge(a, b) says.
    """
    if "*" in edited:
        return known
    both = merge(older, known)
    return replace(
        both,
        motivation=known.motivation,
        note=known.note if "note" in edited else both.note,
        tags=known.tags if "tags" in edited else both.tags,
        colour=known.colour if "colour" in edited else both.colour,
        sources=(*known.sources, *older.sources),
    )


def newest(*moments: float | None) -> float | None:
    """The latest of those that are known, in seconds since 1970; None when none is."""
    return max((moment for moment in moments if moment is not None), default=None)
