"""Which annotations and publications are meant, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, select

from margins.api.connections import Order
from margins.api.moments import in_utc
from margins.api.names import folded_name, tags_named
from margins.api.tables import annotation_tags, annotations, creators, publications
from margins.errors import InputError

__all__ = ["Filter", "annotation_conditions", "annotation_order", "publication_conditions"]

_MOST_ALTERNATIVES = 500
_UNPLACED = 2**31 - 1

Filter = Mapping[str, Any]


def _named(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return column.contains(folded_name(part), autoescape=True)


def _tagged(account: str, names: Sequence[str]) -> ColumnElement[bool]:
    """The annotation carries one of these tags."""
    return exists(
        select(literal(1))
        .select_from(annotation_tags)
        .where(
            annotation_tags.c.account == account,
            annotation_tags.c.annotation == annotations.c.id,
            annotation_tags.c.tag.in_(tags_named(account, names)),
        )
    )


def _made_by(account: str, publication: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return exists(
        select(literal(1)).where(
            creators.c.account == account,
            creators.c.publication == publication,
            _named(creators.c.folded, part),
        )
    )


def annotation_conditions(account: str, wanted: Filter) -> list[ColumnElement[bool]]:
    """The conditions of an AnnotationFilter. Times without an offset are compared as if in UTC.

    Raises:
        InputError: a list is too long.
    """
    for name, value in wanted.items():
        if isinstance(value, list) and len(value) > _MOST_ALTERNATIVES:
            raise InputError(f"A filter names at most {_MOST_ALTERNATIVES}.", place=name)
    colour = func.coalesce(annotations.c.colour_edit, annotations.c.colour)
    deleted = annotations.c.deleted_at
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "publications": annotations.c.publication.in_,
        "author": lambda part: _made_by(account, annotations.c.publication, part),
        "tags": lambda names: _tagged(account, names),
        "colours": colour.in_,
        "sources": annotations.c.source.in_,
        "motivations": lambda kinds: annotations.c.motivation.in_([kind.value for kind in kinds]),
        "created_from": lambda moment: in_utc(annotations.c.created) >= in_utc(moment),
        "created_before": lambda moment: in_utc(annotations.c.created) < in_utc(moment),
    }
    mine = [
        annotations.c.account == account,
        deleted.is_not(None) if wanted.get("deleted") else deleted.is_(None),
    ]
    return mine + [
        condition(wanted[name])
        for name, condition in conditions.items()
        if wanted.get(name) is not None
    ]


def annotation_order(sort: str, *, descending: bool) -> list[Order]:
    """The order an AnnotationSort names; ties are in the order of arrival."""
    columns: dict[str, list[ColumnElement[Any]]] = {
        "ARRIVAL": [],
        "CREATED": [func.coalesce(in_utc(annotations.c.created), "")],
        "CHANGED": [annotations.c.changed_at],
        "PLACE": [
            annotations.c.publication,
            func.coalesce(annotations.c.location_start, _UNPLACED),
        ],
    }
    return [Order(column, descending) for column in (*columns[sort], annotations.c.seq)]


def publication_conditions(account: str, wanted: Filter) -> list[ColumnElement[bool]]:
    """The conditions of a PublicationFilter."""
    conditions = [publications.c.account == account]
    if (title := wanted.get("title")) is not None:
        conditions.append(_named(publications.c.folded, title))
    if (author := wanted.get("author")) is not None:
        conditions.append(_made_by(account, publications.c.id, author))
    if (names := wanted.get("tags")) is not None:
        noted = select(literal(1)).where(
            annotations.c.account == account,
            annotations.c.publication == publications.c.id,
            annotations.c.deleted_at.is_(None),
            _tagged(account, names),
        )
        conditions.append(exists(noted))
    return conditions
