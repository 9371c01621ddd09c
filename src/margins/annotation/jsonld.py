"""Notebooks as W3C Web Annotation JSON-LD, and back without loss.

One AnnotationCollection per notebook, its annotations inlined in its first page. Terms the W3C
model has no word for (headings, colour, what was skipped and why) stand under `margins:`. Keys that
say nothing are left out.

Source: https://www.w3.org/TR/annotation-model/ (s3 body and target, s4.2.1 FragmentSelector, s4.2.4
TextQuoteSelector, s5 collections); https://www.w3.org/TR/annotation-vocab/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from margins.annotation.identity import annotation_key, publication_key
from margins.annotation.model import Annotation, Creator, Publication, Target
from margins.annotation.node import Node
from margins.annotation.notebook import Notebook, Skipped
from margins.errors import FormatError

__all__ = ["LOCATION", "PAGE", "Json", "JsonObject", "from_jsonld", "to_json", "to_jsonld"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

LOCATION = "urn:margins:location"
PAGE = "urn:margins:page"

_LIST: JsonObject = {"@container": "@list"}
CONTEXT: Json = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "margins": "urn:margins:",
        "margins:creators": _LIST,
        "margins:headings": _LIST,
        "margins:skipped": _LIST,
        "margins:sources": _LIST,
        "margins:warnings": _LIST,
    },
]


def _said(**terms: Json) -> JsonObject:
    """Only the terms that say something; "margins_colour" is written "margins:colour"."""
    return {
        term.replace("_", ":", 1): value
        for term, value in terms.items()
        if value is not None and value is not False and value not in ("", [], {})
    }


def _publication(publication: Publication) -> JsonObject:
    return {
        "id": f"urn:margins:publication:{publication_key(publication)}",
        "schema:name": publication.title,
        **_said(
            margins_creators=[
                {"schema:name": creator.name, "margins:role": creator.role}
                for creator in publication.creators
            ],
            schema_citation=publication.citation,
            schema_publisher=publication.publisher,
            schema_datePublished=publication.year,
            schema_inLanguage=publication.language,
            schema_identifier=[
                {"schema:propertyID": scheme, "schema:value": value}
                for scheme, value in publication.identifiers
            ],
        ),
    }


def _fragment(value: str, conforms_to: str) -> JsonObject:
    return {"type": "FragmentSelector", **_said(conformsTo=conforms_to), "value": value}


def _selectors(target: Target) -> list[Json]:
    selectors: list[Json] = []
    if target.quote:
        selectors.append({"type": "TextQuoteSelector", "exact": target.quote})
    if target.page:
        selectors.append(_fragment(target.page, PAGE))
    if target.location is not None:
        selectors.append(_fragment(str(target.location), LOCATION))
    if target.fragment or target.conforms_to:
        if target.conforms_to in {LOCATION, PAGE}:
            raise ValueError(f"{target.conforms_to} is not for the pointers of apps")
        selectors.append(_fragment(target.fragment, target.conforms_to))
    return selectors


def _annotation(annotation: Annotation, book: str) -> JsonObject:
    target = annotation.target
    bodies: list[Json] = []
    if annotation.note:
        bodies.append({"type": "TextualBody", "purpose": "commenting", "value": annotation.note})
    bodies += [
        {"type": "TextualBody", "purpose": "tagging", "value": tag} for tag in annotation.tags
    ]
    return {
        "id": f"{book.replace('publication', 'annotation')}:{annotation_key(annotation)}",
        "type": "Annotation",
        "motivation": annotation.motivation.value,
        **_said(
            created=annotation.created.isoformat() if annotation.created else None,
            modified=annotation.modified.isoformat() if annotation.modified else None,
            body=bodies,
        ),
        "target": {
            "source": book,
            **_said(selector=_selectors(target), margins_headings=list(target.headings)),
            **({} if target.progress is None else {"margins:progress": target.progress}),
        },
        **_said(
            margins_colour=annotation.colour,
            margins_style=annotation.style,
            margins_truncated=annotation.truncated,
            margins_sources=list(annotation.sources),
        ),
    }


def _skipped(entry: Skipped) -> JsonObject:
    return {
        "margins:entry": entry.entry,
        "margins:place": entry.place,
        "margins:reason": entry.reason,
        "margins:text": entry.text,
    }


def _collection(notebook: Notebook) -> JsonObject:
    publication = _publication(notebook.publication)
    book = str(publication["id"])
    items: list[Json] = [_annotation(annotation, book) for annotation in notebook.annotations]
    return {
        "type": "AnnotationCollection",
        "label": notebook.publication.title,
        "margins:publication": publication,
        "margins:found": notebook.found,
        **_said(
            margins_skipped=[_skipped(entry) for entry in notebook.skipped],
            margins_warnings=list(notebook.warnings),
        ),
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }


def to_jsonld(notebooks: Iterable[Notebook]) -> JsonObject:
    """The notebooks as one JSON-LD document: a graph of AnnotationCollections, in order.

    Raises:
        ValueError: a target's `conforms_to` is one of the names kept for pages and locations.
    """
    return {"@context": CONTEXT, "@graph": [_collection(notebook) for notebook in notebooks]}


def to_json(notebooks: Iterable[Notebook]) -> str:
    """The document as text that reads and diffs well: indented, not escaped, a newline at its end.

    Raises:
        ValueError: as `to_jsonld`.
    """
    return json.dumps(to_jsonld(notebooks), ensure_ascii=False, indent=2) + "\n"


def _read_publication(node: Node) -> Publication:
    return Publication(
        title=node["schema:name"].text(),
        creators=tuple(
            Creator(name=c["schema:name"].text(), role=c["margins:role"].text())
            for c in node["margins:creators"]
        ),
        citation=node["schema:citation"].text(),
        publisher=node["schema:publisher"].text(),
        year=node["schema:datePublished"].whole(),
        language=node["schema:inLanguage"].text(),
        identifiers=tuple(
            (i["schema:propertyID"].text(), i["schema:value"].text())
            for i in node["schema:identifier"]
        ),
    )


def _read_target(node: Node) -> Target:
    quote, page, fragment, conforms_to, location = "", "", "", "", None
    for selector in node["selector"]:
        standard = selector["conformsTo"].text()
        if selector["type"].text() == "TextQuoteSelector":
            quote = selector["exact"].text()
        elif standard == PAGE:
            page = selector["value"].text()
        elif standard == LOCATION:
            location = selector["value"].span()
        else:
            fragment, conforms_to = selector["value"].text(), standard
    return Target(
        quote=quote,
        page=page,
        location=location,
        headings=tuple(heading.text() for heading in node["margins:headings"]),
        fragment=fragment,
        conforms_to=conforms_to,
        progress=node["margins:progress"].fraction(),
    )


def _read_annotation(node: Node) -> Annotation:
    bodies = [(body["purpose"].text(), body["value"].text()) for body in node["body"]]
    return Annotation(
        motivation=node["motivation"].motivation(),
        target=_read_target(node["target"]),
        note="\n\n".join(value for purpose, value in bodies if purpose == "commenting"),
        tags=tuple(value for purpose, value in bodies if purpose == "tagging"),
        colour=node["margins:colour"].text(),
        style=node["margins:style"].text(),
        created=node["created"].moment(),
        modified=node["modified"].moment(),
        truncated=node["margins:truncated"].value is True,
        sources=tuple(source.whole() or 0 for source in node["margins:sources"]),
    )


def _read_collection(node: Node) -> Notebook:
    skipped = tuple(
        Skipped(
            entry=entry["margins:entry"].whole() or 0,
            place=entry["margins:place"].text(),
            reason=entry["margins:reason"].text(),
            text=entry["margins:text"].text(),
        )
        for entry in node["margins:skipped"]
    )
    try:
        return Notebook(
            publication=_read_publication(node["margins:publication"]),
            annotations=tuple(map(_read_annotation, node["first"]["items"])),
            skipped=skipped,
            found=node["margins:found"].whole() or 0,
            warnings=tuple(warning.text() for warning in node["margins:warnings"]),
        )
    except ValueError as error:
        raise FormatError(f"The numbers do not add up: {error}.", place=node.place) from error


def from_jsonld(document: object) -> tuple[Notebook, ...]:
    """The notebooks of a document that `to_jsonld` made, equal to those it was made from.

    Raises:
        FormatError: the document has another shape; names the place, "@graph[0].first.items[3]".
    """
    return tuple(_read_collection(node) for node in Node(document, "")["@graph"])
