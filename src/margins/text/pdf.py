"""The text of a PDF, line by line, and whether it is a notebook that a Kindle made."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import islice

from margins.errors import FormatError
from margins.text.normal import fold, squash
from margins.text.places import read_place
from margins.text.words import Meaning, find_words

__all__ = ["is_kindle_notebook", "kindle_heading", "pages"]

_MAX_PAGES = 1_000
_MAX_DRAWN = 8 * 1024 * 1024
_MAX_TOP = 256 * 1024
_MAX_HEADING = 80
_TOP = 16
_LABELS = frozenset({Meaning.PAGE, Meaning.LOCATION})
_KINDS = frozenset({Meaning.HIGHLIGHT, Meaning.UNDERLINE, Meaning.NOTE, Meaning.BOOKMARK})
_KINDLE = re.compile(r"\bkindle\b", re.IGNORECASE)


def _pages(content: bytes, most: int) -> Iterator[list[str]]:
    from pypdf import PdfReader  # noqa: PLC0415 - costs only those who send a PDF
    from pypdf.generic import DictionaryObject, NameObject  # noqa: PLC0415

    drawn = 0
    for number, page in enumerate(PdfReader(io.BytesIO(content)).pages):
        contents = page.get_contents()
        drawn += len(contents.get_data()) if contents is not None else 0
        if number == _MAX_PAGES or drawn > most:
            raise FormatError(
                "This PDF holds more text than a notebook of a Kindle.",
                remedy="Send the CSV of the same mail instead.",
            )
        # Forms that draw one another many times would take exponential time.
        resources = page.get("/Resources", DictionaryObject()).get_object()
        resources[NameObject("/XObject")] = DictionaryObject()
        yield [line for text in page.extract_text().splitlines() if (line := squash(text))]


def pages(content: bytes, place: str) -> list[list[str]]:
    """The lines of each page that are not blank.

    Raises:
        FormatError: it cannot be read as a PDF, has over 1,000 pages or 8 MiB of page content.
    """
    try:
        return list(_pages(content, _MAX_DRAWN))
    except FormatError as error:
        raise FormatError(error.what, place=place, remedy=error.remedy) from None
    except Exception as error:
        # A damaged file can make the library raise anything at all.
        raise FormatError(
            f"This PDF is damaged ({type(error).__name__}).",
            place=place,
            remedy="Send the file as the Kindle mailed it.",
        ) from error


def kindle_heading(line: str) -> tuple[str, str] | None:
    """Place and kind of a line such as "Page 4 | Highlight (Yellow)", or None."""
    place, bar, kind = line.partition("|")
    if not bar or len(line) > _MAX_HEADING:
        return None
    where = read_place(fold(place))
    labelled = any(word.meaning in _LABELS for word in where.words)
    kinds = any(word.meaning in _KINDS for word in find_words(fold(kind)))
    return (place, kind) if labelled and kinds and (where.page or where.location) else None


def is_kindle_notebook(content: bytes) -> bool:
    """True for a PDF that names Kindle at its top and has a heading like those of a notebook.

    Reads its first two pages unless they are larger than pages of text are; never raises.
    """
    if b"%PDF-" not in content[:1024]:
        return False
    lines: list[str] = []
    try:
        for page in islice(_pages(content, _MAX_TOP), 2):
            lines += page
    except Exception:  # noqa: BLE001 - a damaged file can make the library raise anything at all
        return False
    return any(map(_KINDLE.search, lines[:_TOP])) and any(map(kindle_heading, lines))
