"""Highlights and notes inside a PDF, as any reader of PDFs puts them there (ISO 32000-1 s12.5).

Highlights, underlines, strike-outs and squiggles mark text by QuadPoints, and what the reader wrote
stands in Contents. The marked text itself is not in the annotation: it is read from the page, from
the characters whose middle lies in the quads. Sticky notes and free text are notes of their own;
replies are joined to what they answer; drawings without text are skipped. Links, form fields and
pop-up windows are not annotations of the reader's and not counted.

Some programs repeat the marked text in Contents, which is then no note. A word broken at the end of
a line is joined. On scanned pages there is no text to read, and the annotation keeps its note only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.formats.annotated_pdf.glyphs import Budget, Glyph, glyphs
from margins.formats.annotated_pdf.marks import TEXT_MARKUP, Mark, mark, under
from margins.mail.entity import Attachment
from margins.text.names import creators
from margins.text.normal import fold, squash
from margins.text.pdf import is_kindle_notebook
from margins.text.tags import tags

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

about = About(
    name="annotated-pdf",
    version=1,
    title="Annotated PDF",
    app="any",
    steps="Save the PDF with your highlights and notes, and mail the file itself.",
    media_types=("application/pdf",),
    suffixes=(".pdf",),
    languages=("mul",),
    max_bytes=32 * 1024 * 1024,
)

_MAX_PAGES = 5_000
_MAX_MARKS = 20_000
_DAMAGED = "Open the PDF, save a copy under another name, and send that."


@dataclass(frozen=True, slots=True)
class _Entry:
    ordinal: int
    page: str
    mark: Mark
    quote: str
    readable: bool


def identify(attachment: Attachment) -> bool:
    """True for the header of a PDF within the first 1,024 bytes (ISO 32000-1 Annex H 3.4.1).

    A notebook that a Kindle printed as PDF is its own format.
    """
    return b"%PDF-" in attachment.content[:1024] and not is_kindle_notebook(attachment.content)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook, empty when nobody annotated the PDF.

    Raises:
        FormatError: damaged, protected by a password, or beyond the limits.
    """
    place = attachment.place or attachment.filename
    try:
        reader = _open(attachment.content, place)
        entries = list(_entries(reader, place))
        publication = _publication(reader, attachment)
    except FormatError:
        raise
    except Exception as error:
        # A damaged file can make the library raise anything at all.
        raise FormatError(
            f"This PDF is damaged ({type(error).__name__}).", place=place, remedy=_DAMAGED
        ) from error
    return (_notebook(publication, entries),)


def _open(content: bytes, place: str) -> PdfReader:
    from pypdf import PdfReader  # noqa: PLC0415 - costs only those who send a PDF
    from pypdf.errors import DependencyError  # noqa: PLC0415

    reader = PdfReader(io.BytesIO(content))
    try:
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:
        locked = True
    if locked:
        raise FormatError(
            "This PDF is protected by a password.",
            place=place,
            remedy="Save a copy without the password, and send that.",
        )
    if len(reader.pages) > _MAX_PAGES:
        raise FormatError(
            f"This PDF has more than {_MAX_PAGES} pages.",
            place=place,
            remedy="Split it and send the parts.",
        )
    return reader


def _entries(reader: PdfReader, place: str) -> Iterator[_Entry]:
    labels = reader.page_labels
    budget = Budget()
    ordinal = 0
    for index, page in enumerate(reader.pages):
        marks = _marks(page)
        if not marks:
            continue
        marked = any(found.boxes for found in marks)
        letters, readable = _glyphs(page, budget) if marked else ([], True)
        for found in marks:
            if (ordinal := ordinal + 1) > _MAX_MARKS:
                raise FormatError(
                    f"This PDF has more than {_MAX_MARKS} annotations.",
                    place=f"{place}, page {labels[index]}",
                    remedy="Split it and send the parts.",
                )
            quote = under(letters, found.boxes, budget)
            yield _Entry(ordinal, labels[index], found, quote, readable and budget.looks > 0)


def _marks(page: PageObject) -> list[Mark]:
    annotations = page.get("/Annots")
    listed = annotations.get_object() if annotations is not None else None
    return [found for a in listed or () if (found := mark(a)) is not None]


def _glyphs(page: PageObject, budget: Budget) -> tuple[list[Glyph], bool]:
    """The letters of the page, and whether they could be read: one bad page spoils no other."""
    try:
        return sorted(glyphs(page, budget), key=lambda glyph: glyph.y), True
    except Exception:  # noqa: BLE001 - a damaged font or stream can raise anything
        return [], False


def _publication(reader: PdfReader, attachment: Attachment) -> Publication:
    info = reader.metadata
    title = squash(str(info.title or "")) if info else ""
    author = squash(str(info.author or "")) if info else ""
    people = tuple(Creator(name=name, role=role) for name, role in creators(author))
    return Publication(
        title=title or attachment.filename.removesuffix(".pdf").removesuffix(".PDF"),
        creators=people,
    )


def _notebook(publication: Publication, entries: list[_Entry]) -> Notebook:
    annotations: dict[str, Annotation] = {}
    replies: dict[str, list[_Entry]] = {}
    skipped: list[Skipped] = []
    warnings: dict[str, None] = {}
    listed: dict[str, _Entry] = {}
    for entry in sorted(entries, key=lambda e: bool(e.mark.answers)):
        if not entry.readable:
            warnings[f"The text of page {entry.page} could not be read."] = None
        reference = entry.mark.reference or f"entry {entry.ordinal}"
        if (first := listed.setdefault(reference, entry)) is not entry:
            skipped.append(_again(entry, first))
        elif entry.mark.answers in annotations and entry.mark.note:
            replies.setdefault(entry.mark.answers, []).append(entry)
        elif (annotation := _annotation(entry)) is not None:
            annotations[reference] = annotation
        else:
            skipped.append(_skipped(entry))
    for reference, answers in replies.items():
        annotations[reference] = _answered(annotations[reference], answers)
    authors = {entry.mark.author for entry in entries if entry.mark.author}
    if len(authors) > 1:
        warnings[f"The PDF holds notes of {len(authors)} people; all are kept."] = None
    return Notebook(
        publication=publication,
        annotations=tuple(annotations.values()),
        skipped=tuple(skipped),
        found=len(entries),
        warnings=tuple(warnings),
    )


def _answered(parent: Annotation, replies: list[_Entry]) -> Annotation:
    note = "\n\n".join(filter(None, (parent.note, *(reply.mark.note for reply in replies))))
    sources = (*parent.sources, *(reply.ordinal for reply in replies))
    return replace(parent, note=note, tags=tags(note), sources=sources)


def _annotation(entry: _Entry) -> Annotation | None:
    found, quote = entry.mark, entry.quote
    note = "" if fold(found.note) == fold(quote) else found.note
    if not quote and not note:
        return None
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(quote=quote, page=entry.page),
        note=note,
        tags=tags(note),
        colour=found.colour,
        style=TEXT_MARKUP.get(found.kind, ""),
        created=found.created,
        modified=found.modified if found.modified != found.created else None,
        sources=(entry.ordinal,),
    )


def _again(entry: _Entry, first: _Entry) -> Skipped:
    """Pages that were copied share one annotation; it is the reader's once."""
    return _left_out(entry, f"It is annotation {first.ordinal} once more.")


def _skipped(entry: _Entry) -> Skipped:
    kind = entry.mark.kind.lstrip("/").lower()
    reason = f"It has no text (kind: {kind})."
    if entry.mark.kind in TEXT_MARKUP:
        reason = "There is no text under it; the page may be a picture."
    return _left_out(entry, reason)


def _left_out(entry: _Entry, reason: str) -> Skipped:
    place = f"page {entry.page}, annotation {entry.ordinal}"
    text = entry.mark.note or entry.quote
    return Skipped(entry=entry.ordinal, place=place, reason=reason, text=text)
