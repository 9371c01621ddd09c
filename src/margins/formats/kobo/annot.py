"""Annotation files of Adobe's renderer, `Digital Editions/Annotations/.../Book.epub.annot`.

Kobo and other readers with Adobe DRM keep one beside each book. Bookmarks have no text.

Source: Adobe Reader Mobile SDK, "Annotation file format".
"""

from __future__ import annotations

import re

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.tags import tags
from margins.text.xml import Element, read_xml

__all__ = ["about", "extract", "identify"]

about = About(
    name="kobo-annot",
    version=1,
    title="Adobe Digital Editions annotations (.annot)",
    app="Kobo",
    steps=(
        "Connect the reader by USB and mail the book's .annot file from the folder "
        "Digital Editions/Annotations."
    ),
    media_types=("application/xml", "text/xml", "application/octet-stream"),
    suffixes=(".annot",),
    languages=("mul",),
)

_ADOBE = "http://ns.adobe.com/digitaleditions/annotations"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?annotationSet[\s>]")
_POINTER = "Adobe Digital Editions point"
_SCHEME = re.compile(r"(?:urn:)?(isbn|uuid|doi):(\S{1,200})", re.IGNORECASE)


def _adobe(name: str) -> str:
    return f"{{{_ADOBE}}}{name}"


def _dc(name: str) -> str:
    return f"{{{_DUBLIN_CORE}}}{name}"


def identify(attachment: Attachment) -> bool:
    """True for XML whose document element is Adobe's set of annotations."""
    head = attachment.head.lstrip("\ufeff \t\r\n")
    return head.startswith("<") and _ADOBE in head and _ROOT.search(head) is not None


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    root = read_xml(attachment.content, place=place)
    elements = [child for child in root.children if child.name == _adobe("annotation")]
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    for ordinal, element in enumerate(elements, 1):
        read = _annotation(element, ordinal)
        if isinstance(read, Annotation):
            annotations.append(read)
        else:
            skipped.append(read)
    numbered = any(f.attributes.get("color", "0") != "0" for f in root.every(_adobe("fragment")))
    notebook = Notebook(
        publication=_publication(root.first(_adobe("publication"))),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(elements),
        warnings=("Colours are numbers without known names here; they were left out.",)
        if numbered
        else (),
    )
    return (notebook,)


def _text(element: Element | None, *path: str) -> str:
    found = element.first(*path) if element else None
    return found.text.strip() if found else ""


def _publication(element: Element | None) -> Publication:
    children = element.children if element else []
    named = [c.text.strip() for c in children if c.name == _dc("creator")]
    schemes = [_SCHEME.fullmatch(c.text.strip()) for c in children if c.name == _dc("identifier")]
    return Publication(
        title=_text(element, _dc("title")),
        creators=tuple(
            Creator(name=name, role=role) for line in named for name, role in creators(line)
        ),
        publisher=_text(element, _dc("publisher")),
        language=_text(element, _dc("language")),
        identifiers=tuple((found[1].lower(), found[2]) for found in schemes if found),
    )


def _annotation(element: Element, ordinal: int) -> Annotation | Skipped:
    fragment = element.first(_adobe("target"), _adobe("fragment"))
    quote = _text(fragment, _adobe("text"))
    note = _text(element, _adobe("content"), _adobe("text"))
    ends = [fragment.attributes.get(end, "") for end in ("start", "end")] if fragment else []
    if fragment is None or not (quote or note or any(ends)):
        reason = "It points nowhere and says nothing."
        place = f"annotation {ordinal}"
        return Skipped(entry=ordinal, place=place, reason=reason, text=element.text.strip())
    alone = Motivation.COMMENTING if note else Motivation.BOOKMARKING
    target = Target(
        quote=quote,
        fragment=",".join(dict.fromkeys(end for end in ends if end)),
        conforms_to=_POINTER if any(ends) else "",
        progress=_progress(fragment.attributes.get("progress", "")),
    )
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else alone,
        target=target,
        note=note,
        tags=tags(note),
        created=parse_date(_text(element, _dc("date"))),
        modified=parse_date(_text(element, _adobe("content"), _dc("date"))),
        sources=(ordinal,),
    )


def _progress(value: str) -> float | None:
    if re.fullmatch(r"[0-9]{0,3}\.?[0-9]{1,12}", value) is None or not 0 <= float(value) <= 1:
        return None
    return float(value)
