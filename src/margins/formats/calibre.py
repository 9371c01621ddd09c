"""calibre: annotations exported from the viewer or from the library's annotation browser.

```
{"annotations": [{"book_id": 12, "format": "EPUB", "type": "highlight", "uuid": "…",
   "highlighted_text": "the passage", "notes": "my note", "timestamp": "2021-09-01T06:22:52.491Z",
   "style": {"kind": "color", "type": "builtin", "which": "yellow"}, "spine_index": 4,
   "start_cfi": "/2/4/2/1:105", "end_cfi": "…", "toc_family_titles": ["Part", "Chapter"]}],
 "type": "calibre_annotation_collection", "version": 1}
{"highlights": [...], "type": "calibre_highlights", "version": 1}           the viewer, one book
```

Keys are sorted, so the type stands at the end of the file. The book's title is not in it: books are
called after their number in the library, a viewer's export after its file name. Annotations marked
`removed` were deleted by the reader.

No reader's file is public. Source: kovidgoyal/calibre, src/calibre/gui2/library/annotations.py and
gui2/viewer/highlights.py (the writers), constants.py (names of colours and decorations).
"""

from __future__ import annotations

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped
from margins.annotation.appearance import colour
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.normal import one_line
from margins.text.tags import tags
from margins.text.tree import array, head, load, record, string, whole

about = About(
    name="calibre",
    version=1,
    title="calibre annotations (JSON)",
    app="calibre",
    steps="In calibre choose Browse annotations, Export, calibre annotation collection; mail it.",
    media_types=("application/json", "application/octet-stream"),
    suffixes=(".calibre_annotation_collection", ".calibre_highlights"),
    languages=("mul",),
)

_TYPES = {"calibre_annotation_collection": "annotations", "calibre_highlights": "highlights"}
_CFI = "http://www.idpf.org/epub/linking/cfi/epub-cfi.html"
_DECORATIONS = {"wavy": "squiggle", "strikeout": "strikethrough", "underline": "underline"}
_DEFAULT_NAMES = ("", "annotations", "highlights")
_UNTITLED = "calibre does not write the title of the book into this file."


def identify(attachment: Attachment) -> bool:
    """True for calibre's type, or, where that is too far off, for its fields in the first entry."""
    if '"uuid"' not in attachment.head and '"calibre_' not in attachment.head:
        return False
    value = record(head(attachment.head))
    if (kind := string(value.get("type"))) in _TYPES:
        return isinstance(value.get(_TYPES[kind]), list)
    for name in _TYPES.values():
        first = next((record(entry) for entry in array(value.get(name))), {})
        fields = {"uuid", "timestamp", "type"}
        if fields <= first.keys() and first.keys() & {"start_cfi", "pos", "removed"}:
            return True
    return False


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: not JSON to its end.
    """
    value = record(load(attachment.text, attachment.place or attachment.filename))
    name = attachment.filename.removesuffix(attachment.suffix).strip()
    binder = Binder()
    lists = (array(value.get(key)) for key in _TYPES.values())
    for ordinal, entry in enumerate((entry for entries in lists for entry in entries), 1):
        _bind(binder, record(entry), ordinal, name)
    return binder.notebooks()


def _publication(entry: dict[str, object], filename: str) -> Publication:
    if number := string(entry.get("book_id")):
        return Publication(title=f"calibre {number}", identifiers=(("calibre", number),))
    default = filename.lower() in _DEFAULT_NAMES
    return Publication(title="calibre highlights" if default else filename)


def _bind(binder: Binder, entry: dict[str, object], ordinal: int, filename: str) -> None:
    publication = _publication(entry, filename)
    binder.warn(publication, _UNTITLED)
    annotation = _annotation(entry, ordinal)
    reason = ""
    if entry.get("removed"):
        reason = "It was deleted in calibre."
    elif annotation is None:
        reason = "It is neither a highlight with text nor a bookmark."
    if annotation is not None and not reason:
        binder.add(publication, annotation)
        return
    place = f"entry {ordinal}, {string(entry.get('uuid'))}".rstrip(", ")
    text = string(entry.get("highlighted_text")) or one_line(str(entry), 2000)
    binder.skip(publication, Skipped(entry=ordinal, place=place, reason=reason, text=text))


def _style(entry: dict[str, object]) -> tuple[str, str]:
    """Colour and style of the mark."""
    style = record(entry.get("style"))
    which = string(style.get("which"))
    if string(style.get("kind")) == "decoration":
        return "", _DECORATIONS.get(which, "")
    custom = string(style.get("light")) or string(style.get("background-color"))
    return colour(which) or colour(custom), ""


def _pointer(entry: dict[str, object]) -> str:
    """As calibre itself links to the place."""
    if string(entry.get("pos_type")) == "epubcfi":
        return string(entry.get("pos"))
    start, spine = string(entry.get("start_cfi")), whole(entry.get("spine_index"))
    return f"epubcfi(/{(1 + spine) * 2}{start})" if start and spine is not None else start


def _annotation(entry: dict[str, object], ordinal: int) -> Annotation | None:
    quote, note = string(entry.get("highlighted_text")), string(entry.get("notes"))
    bookmark = string(entry.get("type")) == "bookmark"
    if bookmark:
        quote, note = "", string(entry.get("title"))
    if not quote and not note and not bookmark:
        return None
    motivation = Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING
    titles = (string(title) for title in array(entry.get("toc_family_titles")))
    pointer = _pointer(entry)
    shade, style = _style(entry)
    return Annotation(
        motivation=Motivation.BOOKMARKING if bookmark else motivation,
        target=Target(
            quote=quote,
            headings=tuple(filter(None, titles)),
            fragment=pointer,
            conforms_to=_CFI if pointer else "",
        ),
        note=note,
        tags=tags(note),
        colour=shade,
        style=style,
        created=parse_date(string(entry.get("timestamp"))),
        sources=(ordinal,),
    )
