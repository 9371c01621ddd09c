"""XML as a small tree: no document type, no entities, bounded depth and size.

A document type declaration is refused outright, since everything that makes XML dangerous (entity
bombs, outside files) is declared in one, and no export needs any.

Source: https://www.w3.org/TR/xml/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from margins.errors import FormatError

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "Element", "read_xml"]

MAX_DEPTH = 200
MAX_ELEMENTS = 2_000_000


@dataclass(slots=True, eq=False)
class Element:
    """An element and what it holds, in document order.

    Attributes:
        name: "{namespace}local", or "local" without a namespace; names of attributes likewise.
        parts: its text and its children.
    """

    name: str
    attributes: dict[str, str]
    parts: list[str | Element] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """Its elements, without the text between them."""
        return [part for part in self.parts if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """All text inside it, that of its elements too."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def first(self, *path: str) -> Element | None:
        """The first child of that name; with several names, the first child of that, and so on."""
        found: Element | None = self
        for name in path:
            found = next((c for c in found.children if c.name == name), None) if found else None
        return found

    def every(self, name: str) -> Iterator[Element]:
        """Elements of that name at any depth, in document order, itself included."""
        if self.name == name:
            yield self
        for child in self.children:
            yield from child.every(name)


class _Builder:
    def __init__(self, keep: Collection[str] | None, place: str) -> None:
        self.keep = keep
        self.place = place
        self.root = Element("", {})
        self.open = [self.root]
        self.kept: list[bool] = []
        self.elements = 0

    def refuse(self, what: str) -> FormatError:
        return FormatError(what, place=self.place, remedy="Send the file as the app saved it.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS or len(self.kept) >= MAX_DEPTH:
            raise self.refuse("The XML is nested too deep or has too many elements.")
        name = _clark(name)
        kept = self.keep is None or name in self.keep
        self.kept.append(kept)
        if kept:
            element = Element(name, {_clark(k): v for k, v in attributes.items()})
            self.open[-1].parts.append(element)
            self.open.append(element)

    def end(self, _name: str) -> None:
        if self.kept.pop():
            self.open.pop()

    def text(self, data: str) -> None:
        self.open[-1].parts.append(data)

    def doctype(self, *_declared: object) -> None:
        raise self.refuse("The XML declares a document type, which no reading app does.")


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def read_xml(content: bytes, *, keep: Collection[str] | None = None, place: str = "") -> Element:
    """The document element of well-formed XML.

    Args:
        keep: names of the elements wanted; the others leave only what is inside them. None keeps
            every element.
        place: of the content, for the messages of errors.

    Raises:
        FormatError: not well-formed, a document type, or beyond the limits; names the line.
    """
    builder = _Builder(keep, place)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FormatError(
            f"The XML is broken: {error}.",
            place=place,
            remedy="Export the notes again; the file may have been cut short on the way.",
        ) from error
    if not builder.root.children:
        raise builder.refuse("The XML holds nothing that is known here.")
    return builder.root.children[0]
