"""Notes as rows of the tables that PostGraphile serves, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from margins.annotation import Annotation, Publication
from margins.clients.notes import (
    annotation_from_json,
    annotation_to_json,
    publication_from_json,
    publication_to_json,
)
from margins.plan import Stored

__all__ = [
    "annotation_columns",
    "publication_columns",
    "storable_annotation",
    "storable_publication",
    "stored",
]

_LOCATIONS = (
    "page", "locationStart", "locationEnd", "headings", "fragment", "conformsTo", "progress",
)  # fmt: skip
"""What stands in the jsonb column."""


def _storable(value: Any) -> Any:
    """The JSON value without what PostgreSQL cannot keep: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    return value


def storable_annotation(annotation: Annotation) -> Annotation:
    """The annotation as it will come back."""
    said = _storable(annotation_to_json(annotation))
    return annotation_from_json({**said, "tags": dict.fromkeys(said["tags"])})


def storable_publication(publication: Publication) -> Publication:
    """The publication as it will come back."""
    return publication_from_json(_storable(publication_to_json(publication)))


def annotation_columns(annotation: Annotation) -> dict[str, object]:
    """The columns of `annotation` that say what the annotation does, apart from its tags."""
    said = annotation_to_json(annotation)
    del said["tags"]
    locations = {name: said.pop(name) for name in _LOCATIONS}
    return {**said, "locations": locations}


def publication_columns(publication: Publication) -> dict[str, object]:
    """The columns of `publication`, apart from its creators."""
    said = publication_to_json(publication)
    del said["creators"]
    return said


def stored(row: Mapping[str, Any]) -> Stored:
    """The annotation of a row with its tags; one that a person deleted is known and left alone.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    tags = [each["tagByTagId"]["name"] for each in row["annotationTagsByAnnotationId"]["nodes"]]
    return Stored(
        id=row["id"],
        annotation=annotation_from_json({**row, **row["locations"], "tags": tags}),
        edited=frozenset(("*",) if row["deletedAt"] else row["edited"]),
    )
