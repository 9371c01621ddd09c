"""PocketBook: notes exported as HTML, by the e-reader, the app or PocketBook Cloud.

```html
<meta name="generator" content="PocketBook Bookmarks Export"></meta> <title>The Book</title>
<div id="3dbc…" class="bookmark bm-color-cian">
  <p class="bm-page">543</p>
  <div class="bm-text"><p>the passage</p></div>
  <div class="bm-note"><p>what the reader wrote</p></div>
</div>
```

Older exports put the title into a first `.bookmark` as `<h1>date - title</h1>` and the author into
a second one as `<span>`. A bookmark without a passage says "Bookmark".

No device file is public. Read in code: papis_extract's PocketBook extractor, a TypeScript parser
with tests (generator, colours, "cian", "none", several paragraphs) and a Rust parser of the older
layout. Unverified: the word for a bookmark in languages other than English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.appearance import colour
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.html import Block, Tag, blocks, tokens
from margins.text.names import creators
from margins.text.normal import fold, squash
from margins.text.tags import tags

about = About(
    name="pocketbook-html",
    version=1,
    title="PocketBook notes (HTML)",
    app="PocketBook",
    steps="Open the notes of a book in PocketBook, choose to export them, and mail the HTML file.",
    media_types=("text/html", "application/xhtml+xml"),
    suffixes=(".html", ".xhtml"),
    languages=("en", "de", "fr", "it", "es", "pl", "ru", "uk"),
)

_CLASSES = ("bookmark", "bm-page", "bm-text", "bm-note")
_GENERATOR = "PocketBook Bookmarks Export"
_SPELLINGS = {"cian": "cyan"}
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})</title", re.IGNORECASE)
_DATED = re.compile(r"[\d./: -]{6,20} - (.+)", re.DOTALL)
_FILE = re.compile(r"\.(?:epub|pdf|fb2|mobi|azw3?|djvu|txt|html?|docx?)$", re.IGNORECASE)
_BOOKMARK = {
    "bookmark",  # read in code
    "lesezeichen", "signet", "marque-page", "segnalibro", "marcador", "zakładka", "закладка",
}  # fmt: skip


@dataclass(slots=True)
class _Entry:
    start: int
    own: str
    parts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_heading(self) -> bool:
        """It is the title or the author, as older exports have it."""
        return bool(self.own) and not self.parts

    def text(self, part: str) -> str:
        return "\n".join(self.parts.get(part, ())).strip()


def identify(attachment: Attachment) -> bool:
    """True for the generator's name, or for the two classes that no other export uses."""
    head = attachment.head
    if _GENERATOR in head:
        return True
    return all(f'class="{name}"' in head for name in ("bm-page", "bm-text")) and "bookmark" in head


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook.

    Raises:
        FormatError: the page is too long, or holds notes in a shape not known.
    """
    source = attachment.text
    entries = list(_entries(blocks(source, _CLASSES)))
    headings = [entry for entry in entries if entry.is_heading]
    notes = [entry for entry in entries if not entry.is_heading]
    if not notes and "bm-text" in source:
        raise FormatError(
            "The notes in this PocketBook export are marked in a way that is not known.",
            place=attachment.place or attachment.filename,
            remedy="Please report it; the mail is kept and can be imported once this is settled.",
        )
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    for ordinal, entry in enumerate(notes, 1):
        annotation = _annotation(entry, ordinal, source)
        if annotation is not None:
            annotations.append(annotation)
            continue
        page = entry.text("bm-page")
        reason = "It has neither a passage nor a note."
        place = f"note {ordinal}" + (f", page {page}" if page else "")
        skipped.append(Skipped(entry=ordinal, place=place, reason=reason, text=page))
    notebook = Notebook(
        publication=_publication(source, headings),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(notes),
    )
    return (notebook,)


def _entries(found: tuple[Block, ...]) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for block in found:
        if block.token == _CLASSES[0]:
            if entry is not None:
                yield entry
            entry = _Entry(block.start, block.text)
        elif entry is not None:
            entry.parts.setdefault(block.token, []).append(block.text)
    if entry is not None:
        yield entry


def _publication(source: str, headings: list[_Entry]) -> Publication:
    found = _TITLE.search(source)
    title = squash(unescape(found[1])) if found else ""
    if headings:
        title = squash(headings[0].own) or title
    if dated := _DATED.fullmatch(title):
        title = dated[1]
    author = squash(headings[1].own) if len(headings) > 1 else ""
    people = tuple(Creator(name=name, role=role) for name, role in creators(author))
    return Publication(title=_FILE.sub("", title), creators=people)


def _colour(entry: _Entry, source: str) -> str:
    near = tokens(source[entry.start : entry.start + 1000])
    opening = next((token for token in near if isinstance(token, Tag)), None)
    for name in opening.classes if opening else ():
        if name.startswith("bm-color-"):
            word = name.removeprefix("bm-color-").lower()
            return colour(_SPELLINGS.get(word, word))
    return ""


def _annotation(entry: _Entry, ordinal: int, source: str) -> Annotation | None:
    quote, note, page = (entry.text(part) for part in ("bm-text", "bm-note", "bm-page"))
    if not quote and not note:
        return None
    motivation = Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING
    if fold(quote) in _BOOKMARK and not note:
        motivation, quote = Motivation.BOOKMARKING, ""
    return Annotation(
        motivation=motivation,
        target=Target(quote=quote, page=page),
        note=note,
        tags=tags(note),
        colour=_colour(entry, source),
        sources=(ordinal,),
    )
