"""Notes as files for other programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from margins.annotation import Notebook
from margins.annotation.jsonld import to_json
from margins.api.markdown import to_markdown_files
from margins.api.shelf import Book, File
from margins.api.spreadsheet import to_csv, to_readwise

__all__ = ["export"]


def _notebooks(books: Sequence[Book]) -> Iterator[Notebook]:
    for book in books:
        annotations = tuple(
            replace(note.annotation, sources=(number,))
            for number, note in enumerate(book.notes, start=1)
        )
        yield Notebook(
            publication=book.publication, annotations=annotations, found=len(annotations)
        )


def _jsonld(books: Sequence[Book]) -> list[File]:
    return [File("notes.jsonld", "application/ld+json", to_json(_notebooks(books)))]


_FORMATS: dict[str, Callable[[Sequence[Book]], list[File]]] = {
    "MARKDOWN": to_markdown_files,
    "CSV": to_csv,
    "JSONLD": _jsonld,
    "READWISE": to_readwise,
}


def export(books: Sequence[Book], format: str) -> list[File]:  # noqa: A002 - as in the schema
    """The books in the format that an ExportFormat names."""
    return _FORMATS[format](books)
