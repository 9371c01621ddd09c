"""Notes in the notes API: one request to read and one to write, whatever the number of notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from margins.annotation import Publication
from margins.clients.graphql import GraphQL
from margins.clients.notes import annotation_from_json, annotation_to_json, publication_to_json
from margins.errors import Unavailable
from margins.plan import Plan, Stored, StoredNotebook
from margins.ports import Applied

__all__ = ["GraphQLSink"]


@cache
def _operations() -> str:
    return files("margins.sink").joinpath("operations.graphql").read_text(encoding="utf-8")


def _stored(said: Mapping[str, Any]) -> Stored:
    return Stored(
        id=said["id"],
        annotation=annotation_from_json(said),
        edited=frozenset(said["edited"]),
        said_at=said["saidAt"],
    )


def _notebook(said: Mapping[str, Any]) -> StoredNotebook:
    annotations = tuple(_stored(annotation) for annotation in said["annotations"])
    return StoredNotebook(annotations=annotations, revision=said["revision"])


def _notebook_input(plan: Plan) -> dict[str, object]:
    return {
        "publication": publication_to_json(plan.publication),
        "revision": plan.revision,
        "saidAt": plan.said_at,
        "source": plan.source,
        "annotations": [annotation_to_json(annotation) for annotation in plan.create]
        + [{"id": change.id, **annotation_to_json(change.after)} for change in plan.update],
    }


class GraphQLSink:
    """margins.ports.Sink over the schema of margins.api. Threads may share it."""

    def __init__(self, client: GraphQL) -> None:
        self._client = client

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What is stored for each; see margins.ports.Sink."""
        if not publications:
            return []
        asked = {"publications": [publication_to_json(each) for each in publications]}
        data: Any = self._client.execute(account, _operations(), asked, operation="Stored")
        try:
            answers = data["storedNotebooks"]
            stored = [_notebook(answer) for answer in answers]
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
