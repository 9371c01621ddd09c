"""Notes as JSON, with the names of the notes API's schema: how they travel and how files keep them.

Every function is the inverse of its counterpart. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target

__all__ = [
    "annotation_from_json",
    "annotation_to_json",
    "publication_from_json",
    "publication_to_json",
]


def publication_to_json(publication: Publication) -> dict[str, object]:
    """A PublicationInput."""
    return {
        "title": publication.title,
        "creators": [{"name": c.name, "role": c.role} for c in publication.creators],
        "citation": publication.citation,
        "publisher": publication.publisher,
        "year": publication.year,
        "language": publication.language,
        "identifiers": [{"scheme": s, "value": v} for s, v in publication.identifiers],
    }


def publication_from_json(said: Mapping[str, Any]) -> Publication:
    """The publication of a PublicationInput.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return Publication(
        title=said["title"],
        creators=tuple(Creator(name=c["name"], role=c["role"]) for c in said["creators"]),
        citation=said["citation"],
        publisher=said["publisher"],
        year=said["year"],
        language=said["language"],
        identifiers=tuple((i["scheme"], i["value"]) for i in said["identifiers"]),
    )


def annotation_to_json(annotation: Annotation) -> dict[str, object]:
    """An AnnotationInput without an id."""
    target = annotation.target
    location, created, modified = target.location, annotation.created, annotation.modified
    return {
        "motivation": annotation.motivation.name,
        "quote": target.quote,
        "note": annotation.note,
        "tags": list(annotation.tags),
        "colour": annotation.colour,
        "style": annotation.style,
        "page": target.page,
        "locationStart": None if location is None else location.start,
        "locationEnd": None if location is None else location.end,
        "headings": list(target.headings),
        "fragment": target.fragment,
        "conformsTo": target.conforms_to,
        "progress": target.progress,
        "created": None if created is None else created.isoformat(),
        "modified": None if modified is None else modified.isoformat(),
        "truncated": annotation.truncated,
    }


def annotation_from_json(said: Mapping[str, Any]) -> Annotation:
    """The annotation of an AnnotationInput or a StoredAnnotation.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    start, end = said["locationStart"], said["locationEnd"]
    return Annotation(
        motivation=Motivation[said["motivation"]],
        target=Target(
            quote=said["quote"],
            page=said["page"],
            location=None if start is None else Span(start, start if end is None else end),
            headings=tuple(said["headings"]),
            fragment=said["fragment"],
            conforms_to=said["conformsTo"],
            progress=said["progress"],
        ),
        note=said["note"],
        tags=tuple(said["tags"]),
        colour=said["colour"],
        style=said["style"],
        created=_moment(said["created"]),
        modified=_moment(said["modified"]),
        truncated=said["truncated"],
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
