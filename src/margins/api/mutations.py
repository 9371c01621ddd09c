"""From the mutations of the schema to the functions that carry them out."""

from collections.abc import Mapping, Sequence
from typing import Any

from ariadne import MutationType
from graphql import GraphQLResolveInfo

from margins.api import editing, reading, shelving, tagging
from margins.api.call import Call
from margins.api.importing import import_notebooks

__all__ = ["mutation"]

Row = Mapping[str, Any]
Info = GraphQLResolveInfo[Call]

mutation = MutationType()


@mutation.field("importNotebook")
def _import_notebook(_: None, info: Info, *, input: Row) -> Row:  # noqa: A002
    call = info.context
    result = import_notebooks(call.connection, call.account, input)

    def publications(_: Info) -> list[Row]:
        """Called when they are asked for; the pipeline does not ask."""
        call.expect_publications(result["publications"])
        return [call.publication(id_) for id_ in result["publications"]]

    return {**result, "publications": publications}


def _annotations(call: Call, ids: Sequence[str]) -> list[Row]:
    found = reading.load_annotations(call.connection, call.account, ids)
    call.expect_publications(row["publication"] for row in found.values())
    return [found[id_] for id_ in ids]


@mutation.field("editAnnotation")
def _edit_annotation(_: None, info: Info, *, input: Row) -> Row:  # noqa: A002
    call = info.context
    id_ = editing.edit_annotation(call.connection, call.account, input)
    return {"annotation": _annotations(call, [id_])[0]}


@mutation.field("addAnnotation")
def _add_annotation(_: None, info: Info, *, input: Row) -> Row:  # noqa: A002
    call = info.context
    id_ = editing.add_annotation(call.connection, call.account, input)
    return {"annotation": _annotations(call, [id_])[0]}


@mutation.field("deleteAnnotations")
def _delete_annotations(_: None, info: Info, *, ids: list[str]) -> Row:
    call = info.context
    done = editing.delete_annotations(call.connection, call.account, ids)
    return {"annotations": _annotations(call, done)}


@mutation.field("restoreAnnotations")
def _restore_annotations(_: None, info: Info, *, ids: list[str]) -> Row:
    call = info.context
    done = editing.restore_annotations(call.connection, call.account, ids)
    return {"annotations": _annotations(call, done)}


def _tag(call: Call, id_: str) -> Row:
    return {"tag": reading.load_tags(call.connection, call.account, [id_])[id_]}


@mutation.field("renameTag")
def _rename_tag(_: None, info: Info, *, id: str, name: str) -> Row:  # noqa: A002
    call = info.context
    return _tag(call, tagging.rename_tag(call.connection, call.account, id, name))


@mutation.field("mergeTags")
def _merge_tags(_: None, info: Info, *, ids: list[str], into: str) -> Row:
    call = info.context
    return _tag(call, tagging.merge_tags(call.connection, call.account, ids, into))


@mutation.field("deleteTag")
def _delete_tag(_: None, info: Info, *, id: str) -> Row:  # noqa: A002
    call = info.context
    return {"id": tagging.delete_tag(call.connection, call.account, id)}


@mutation.field("mergePublications")
def _merge_publications(_: None, info: Info, *, into: str, **others: str) -> Row:
    call = info.context
    id_ = shelving.merge_publications(
        call.connection, call.account, from_=others["from"], into=into
    )
    return {"publication": reading.load_publications(call.connection, call.account, [id_])[id_]}
