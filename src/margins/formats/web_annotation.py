"""W3C Web Annotation JSON-LD: Margins' own, Readium's and Thorium's sets, and any other program's.

Read are a single Annotation, an array of them, an AnnotationPage, an AnnotationCollection with its
first page inlined, a graph of these, and the AnnotationSet of Readium (`.ann`), which alone says
what the publication is called. Elsewhere the address of the target's source is its name.

Sources: https://www.w3.org/TR/annotation-model/ (s3.2 bodies, s4.2 selectors, s5 collections);
https://github.com/readium/annotations (read; no file of Thorium's seen).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped, Span
from margins.annotation.appearance import colour, style
from margins.annotation.binder import Binder
from margins.annotation.jsonld import from_jsonld
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.html import parse
from margins.text.names import creators
from margins.text.normal import squash
from margins.text.numbers import whole as year_of
from margins.text.tags import tags
from margins.text.tree import array, head, load, number, record, string, whole

about = About(
    name="web-annotation",
    version=1,
    title="W3C Web Annotations (JSON-LD)",
    app="any",
    steps="Export your annotations as Web Annotations, JSON-LD or .ann, and mail the file.",
    media_types=("application/ld+json", "application/rd-annotations+json", "application/json"),
    suffixes=(".jsonld", ".ann", ".json"),
    languages=("mul",),
)

_CONTEXT = "www.w3.org/ns/anno.jsonld"
_CONTAINERS = {"AnnotationPage", "AnnotationCollection", "AnnotationSet"}
_MAX_NESTING = 8
_BOOKMARK = Motivation.BOOKMARKING.value


@dataclass(frozen=True, slots=True)
class _Bodies:
    note: str
    tags: tuple[str, ...]
    colour: str
    style: str


def identify(attachment: Attachment) -> bool:
    """True when the context is that of Web Annotation."""
    if _CONTEXT not in attachment.head:
        return False
    value = head(attachment.head)
    first = record(next(iter(array(value)), value))
    contexts = first.get("@context")
    return any(string(c).endswith(_CONTEXT) for c in [contexts, *array(contexts)])


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per publication, or per address where publications are not named.

    Raises:
        FormatError: not JSON, the first page of a collection is elsewhere, or a file of our own
            that was changed.
    """
    place = attachment.place or attachment.filename
    value = load(attachment.text, place)
    graph = array(record(value).get("@graph"))
    if graph and "margins:publication" in record(graph[0]):
        return from_jsonld(value)
    binder = Binder()
    for ordinal, (publication, entry) in enumerate(_annotations(value, None, place, 0), 1):
        _bind(binder, publication or _publication_of(entry), entry, ordinal)
    return binder.notebooks()


def _annotations(
    value: object, about_all: Publication | None, place: str, depth: int
) -> Iterator[tuple[Publication | None, dict[str, object]]]:
    """Every annotation with the publication that its container names."""
    if depth > _MAX_NESTING:
        return
    for item in array(value):
        yield from _annotations(item, about_all, place, depth + 1)
    node = record(value)
    kind = node.get("type", node.get("@type"))
    kinds = {string(kind), *(string(k) for k in array(kind))}
    if "Annotation" in kinds:
        yield about_all, node
    elif kinds & _CONTAINERS or "@graph" in node:
        if "AnnotationSet" in kinds:
            about_all = _about(node)
        first = node.get("first")
        if isinstance(first, str) and not array(node.get("items")):
            raise FormatError(
                "This collection names its first page without holding it.",
                place=f"{place}, {first}",
                remedy="Export the annotations themselves, or open that address and send its page.",
            )
        for inner in (node.get("@graph"), node.get("items"), first, node.get("next")):
            if not isinstance(inner, str):
                yield from _annotations(inner, about_all, place, depth + 1)


def _about(node: dict[str, object]) -> Publication:
    """The publication of a Readium AnnotationSet (section 2.2)."""
    said = record(node.get("about"))
    names = said.get("dc:creator")
    people = [pair for n in array(names) or [names] for pair in creators(string(n))]
    keys = said.get("dc:identifier")
    identifiers = (string(key).removeprefix("urn:") for key in array(keys) or [keys])
    pairs = (key.partition(":") for key in identifiers if key)
    return Publication(
        title=string(said.get("dc:title")) or string(node.get("title")),
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        publisher=string(said.get("dc:publisher")),
        year=year_of(string(said.get("dc:date"))[:4]),
        identifiers=tuple(
            (s, v) if s in {"isbn", "uuid"} else ("id", s + c + v) for s, c, v in pairs
        ),
    )


def _first(value: object) -> object:
    return next(iter(array(value)), value)


def _publication_of(entry: dict[str, object]) -> Publication:
    target = _first(entry.get("target"))
    source = record(target).get("source", target)
    node = record(source)
    address = string(node.get("id")) or string(node.get("@id")) or string(source)
    address = address or string(record(target).get("id"))
    names = (string(node.get(term)) for term in ("title", "dc:title", "name", "schema:name"))
    title = next(filter(None, names), "") or address
    return Publication(title=squash(title), identifiers=(("url", address),) if address else ())


def _bind(binder: Binder, publication: Publication, entry: dict[str, object], ordinal: int) -> None:
    annotation = _annotation(entry, ordinal)
    bookmark = annotation.motivation is Motivation.BOOKMARKING
    if annotation.target.quote or annotation.note or annotation.tags or bookmark:
        binder.add(publication, annotation)
        return
    name = string(entry.get("id"))
    place = f"annotation {ordinal}, {name}".rstrip(", ")
    reason = "It has neither a quote nor a text."
    binder.skip(publication, Skipped(entry=ordinal, place=place, reason=reason, text=name))


def _annotation(entry: dict[str, object], ordinal: int) -> Annotation:
    target, bodies = _target(record(_first(entry.get("target")))), _bodies(entry)
    motivations = {string(m) for m in (entry.get("motivation"), *array(entry.get("motivation")))}
    motivation = Motivation.HIGHLIGHTING if target.quote else Motivation.COMMENTING
    created = parse_date(string(entry.get("created")))
    modified = parse_date(string(entry.get("modified")))
    return Annotation(
        motivation=Motivation.BOOKMARKING if _BOOKMARK in motivations else motivation,
        target=target,
        note=bodies.note,
        tags=tuple(dict.fromkeys((*bodies.tags, *tags(bodies.note)))),
        colour=bodies.colour,
        style=bodies.style,
        created=created,
        modified=modified if modified != created else None,
        sources=(ordinal,),
    )


def _bodies(entry: dict[str, object]) -> _Bodies:
    """Texts joined, tags apart; colour and keyword as Readium writes them into the body."""
    raw = entry.get("body")
    notes, words, shades, styles = [string(entry.get("bodyValue"))], [""], [""], [""]
    for value in array(raw) or [raw]:
        body = record(value)
        text = string(body.get("value")) or string(body.get("chars"))
        if string(body.get("format")).endswith("html") and "<" in text:
            body_element = parse(text).body
            text = squash(body_element.text()) if body_element else ""
        if string(body.get("purpose")) == "tagging" or "tag" in string(body.get("type")).lower():
            words.append(text)
        elif text:
            notes.append(text)
        elif isinstance(value, str):
            notes.append(value)
        words.append(string(body.get("keyword")) or string(body.get("tag")))
        shades.append(colour(string(body.get("color"))))
        styles.append(style(string(body.get("highlight"))))
    return _Bodies(
        note="\n\n".join(filter(None, notes)),
        tags=tuple(filter(None, words)),
        colour=next(filter(None, shades), ""),
        style=next(filter(None, styles), ""),
    )


def _selectors(value: object, depth: int = 0) -> Iterator[dict[str, object]]:
    """Every selector, those that refine another one too."""
    for item in array(value) or [value]:
        node = record(item)
        if node and depth < _MAX_NESTING:
            yield node
            yield from _selectors(node.get("refinedBy"), depth + 1)


def _target(node: dict[str, object]) -> Target:
    found = {string(s.get("type")): s for s in reversed(list(_selectors(node.get("selector"))))}
    place = found.get("TextPositionSelector", {})
    start, end = whole(place.get("start")), whole(place.get("end"))
    # A position within a refined selector counts from that element, not from the beginning.
    refined = any("refinedBy" in s for s in found.values())
    location = None
    if start is not None and end is not None and start <= end and not refined:
        location = Span(start, end)
    pointer = found.get("FragmentSelector", {})
    ratio = number(found.get("ProgressionSelector", {}).get("value"))
    meta = record(node.get("meta"))
    headings = (string(record(h).get("txt")) for h in array(meta.get("headings")))
    return Target(
        quote=squash(string(found.get("TextQuoteSelector", {}).get("exact"))),
        page=string(meta.get("page")),
        location=location,
        headings=tuple(filter(None, headings)),
        fragment=string(pointer.get("value")),
        conforms_to=string(pointer.get("conformsTo")),
        progress=ratio if ratio is not None and 0 <= ratio <= 1 else None,
    )
