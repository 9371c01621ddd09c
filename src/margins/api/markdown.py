"""Notes as Markdown files, one per book, for Obsidian: callouts with block ids.

A block id is made from the note's own id, so that a link to it holds over every later export.
Source: https://help.obsidian.md/callouts, https://help.obsidian.md/links#Link+to+a+block+in+a+note
"""

import json
import re
from collections.abc import Iterator, Sequence

from margins.annotation import Annotation, Motivation, Publication
from margins.annotation.markdown import escape
from margins.api.shelf import Book, File, Note
from margins.text.normal import one_line

__all__ = ["to_markdown_files"]

_CALLOUT = {
    Motivation.HIGHLIGHTING: "quote",
    Motivation.COMMENTING: "note",
    Motivation.BOOKMARKING: "bookmark",
}
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|#^\[\]\x00-\x1f]+')
_NOT_IN_TAGS = re.compile(r"[^\w/-]+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_LONGEST_NAME = 60  # characters, at most 240 bytes


def _shown(text: str) -> str:
    # What Obsidian adds to CommonMark: comments and highlights.
    return escape(text).replace("%%", r"\%\%").replace("==", r"\=\=")


def _tag(name: str) -> str:
    return _NOT_IN_TAGS.sub("-", name)


def _place(annotation: Annotation) -> str:
    target = annotation.target
    facts = (
        " \u203a ".join(target.headings),
        f"page {target.page}" if target.page else "",
        f"location {target.location}" if target.location is not None else "",
        annotation.colour,
        f"{annotation.created:%Y-%m-%d}" if annotation.created else "",
    )
    return _shown(one_line(" \u00b7 ".join(fact for fact in facts if fact), 400))


def _block(note: Note) -> str:
    said = note.annotation
    tags = " ".join(f"#{_tag(tag)}" for tag in said.tags)
    paragraphs = [part for part in (_shown(said.target.quote), _shown(said.note), tags) if part]
    title = f"[!{_CALLOUT[said.motivation]}] {_place(said)}".rstrip()
    lines = [title, *"\n\n".join(paragraphs).splitlines()]
    callout = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{callout}\n\n^{note.id.replace('_', '-')}"


def _yaml(text: str) -> str:
    # A JSON string is a YAML string, once no control character is left in it.
    return json.dumps(one_line(text, 1_000), ensure_ascii=False)


def _properties(publication: Publication, tags: Sequence[str]) -> Iterator[str]:
    yield f"title: {_yaml(publication.title or 'Untitled')}"
    for name, values in (("authors", publication.authors), ("tags", tags)):
        if values:
            yield f"{name}:"
            yield from (f"  - {_yaml(value)}" for value in values)
    if publication.year is not None:
        yield f"year: {publication.year}"


def _document(book: Book) -> str:
    tags = sorted({_tag(tag) for note in book.notes for tag in note.annotation.tags})
    head = "\n".join(["---", *_properties(book.publication, tags), "---"])
    title = f"# {_shown(one_line(book.publication.title)) or 'Untitled'}"
    return "\n\n".join([head, title, *map(_block, book.notes)]) + "\n"


def _name(title: str) -> str:
    """A file name for every system, without its suffix."""
    plain = _NOT_IN_NAMES.sub(" ", one_line(title, _LONGEST_NAME))
    name = " ".join(plain.split()).strip(". ") or "Untitled"
    return f"{name}_" if _RESERVED.match(name) else name


def to_markdown_files(books: Sequence[Book]) -> list[File]:
    """One file per book, named after its title; the id is added where two would be named alike."""
    files: dict[str, File] = {}
    for book in books:
        name = _name(book.publication.title)
        if name.casefold() in files:
            name = f"{name} {book.id.rpartition('_')[2][-8:]}"
        files[name.casefold()] = File(f"{name}.md", "text/markdown", _document(book))
    return list(files.values())
