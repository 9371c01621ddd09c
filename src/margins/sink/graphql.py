"""Notes in the notes API: one request to read and one to write, whatever the number of notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from margins.annotation import Annotation, Motivation, Publication, Span, Target
from margins.clients.graphql import GraphQL
from margins.errors import Unavailable
from margins.plan import Plan, Stored
from margins.ports import Applied

__all__ = ["GraphQLSink"]


@cache
def _operations() -> str:
    return files("margins.sink").joinpath("operations.graphql").read_text(encoding="utf-8")


def _publication_input(publication: Publication) -> dict[str, object]:
    return {
        "title": publication.title,
        "creators": [{"name": c.name, "role": c.role} for c in publication.creators],
        "citation": publication.citation,
        "publisher": publication.publisher,
        "year": publication.year,
        "language": publication.language,
        "identifiers": [{"scheme": s, "value": v} for s, v in publication.identifiers],
    }


def _annotation_input(annotation: Annotation, id_: str | None = None) -> dict[str, object]:
    target = annotation.target
    location, created, modified = target.location, annotation.created, annotation.modified
    return {
        "id": id_,
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


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _stored(said: Mapping[str, Any]) -> Stored:
    start, end = said["locationStart"], said["locationEnd"]
    return Stored(
        id=said["id"],
        edited=frozenset(said["edited"]),
        annotation=Annotation(
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
        ),
    )


def _notebook_input(plan: Plan) -> dict[str, object]:
    return {
        "publication": _publication_input(plan.publication),
        "annotations": [_annotation_input(annotation) for annotation in plan.create]
        + [_annotation_input(change.after, change.id) for change in plan.update],
    }


class GraphQLSink:
    """margins.ports.Sink over the schema of margins.api. Threads may share it."""

    def __init__(self, client: GraphQL) -> None:
        self._client = client

    def fetch(
        self, account: str, publications: Sequence[Publication]
    ) -> Sequence[Sequence[Stored]]:
        """What is stored for each; see margins.ports.Sink."""
        if not publications:
            return []
        asked = {"publications": [_publication_input(each) for each in publications]}
        data: Any = self._client.execute(account, _operations(), asked, operation="Stored")
        try:
            answers = data["storedNotebooks"]
            stored = [[_stored(said) for said in answer["annotations"]] for answer in answers]
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(error) from error
        if len(stored) != len(publications):
            raise _strange(ValueError(f"{len(stored)} answers"))
        return stored

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Apply all plans in one request; see margins.ports.Sink."""
        sent = {"idempotencyKey": key, "publications": [_notebook_input(plan) for plan in plans]}
        data: Any = self._client.execute(
            account, _operations(), {"input": sent}, operation="Import"
        )
        try:
            created = int(data["importNotebook"]["created"])
            updated = int(data["importNotebook"]["updated"])
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(error) from error
        # A difference, since the answer may be that of an earlier attempt, before which there was
        # more to create than these plans say.
        total = sum(len(p.create) + len(p.update) + len(p.unchanged) for p in plans)
        return Applied(
            created=created, updated=updated, unchanged=max(0, total - created - updated)
        )


def _strange(error: Exception) -> Unavailable:
    return Unavailable(
        f"The notes API gave an answer of another shape ({type(error).__name__}: {error}).",
        remedy="Check that it is the notes API of this version of Margins.",
    )
