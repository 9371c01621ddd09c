"""Tolino e-readers: notes.txt, the file in the root folder of the device.

```
Frau Bovary (Flaubert, Gustave)
Markierung auf Seite 4: "the passage"
Hinzugefügt am 07.12.2017 | 20:00

-----------------------------------

Frau Bovary (Flaubert, Gustave)
Notiz auf Seite 4: what the reader wrote,
over several lines
"the passage"
Geändert am 07.12.2017 | 20:05
```

The device appends: a note on a highlight repeats the passage, and an edited note is written again
below the old one. Spaces may be no-break spaces. Bookmarks quote the top of the page, which nobody
marked, so their text is left out.

German is observed in device files. English, Dutch, Italian and French words are claimed by a peer
(BastiTee/tolino-notes) and not verified. For Spanish two peers contradict each other about
"Marcadores" and "Selección" (davidfor/calibre-annotations): both are read as highlights, which
keeps the text. Words of any other language are read by structure, with a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import clock, parse_date
from margins.text.names import creators
from margins.text.normal import fold, one_line, squash
from margins.text.tags import tags

about = About(
    name="tolino",
    version=1,
    title="Tolino notes (notes.txt)",
    app="Tolino",
    steps="Connect the Tolino to a computer and mail the file notes.txt from its main folder.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("de", "en", "es", "fr", "it", "nl"),
)


class _Kind(Enum):
    HIGHLIGHT = "highlight"
    NOTE = "note"
    BOOKMARK = "bookmark"


# status: words. observed: in a device file; peer: in a peer's table; contested: peers disagree.
_WORDS = {
    "markierung auf seite": _Kind.HIGHLIGHT,  # de, observed
    "notiz auf seite": _Kind.NOTE,  # de, observed
    "lesezeichen auf seite": _Kind.BOOKMARK,  # de, observed
    "highlight on page": _Kind.HIGHLIGHT,  # en, peer
    "note on page": _Kind.NOTE,
    "bookmark on page": _Kind.BOOKMARK,
    "markering op pagina": _Kind.HIGHLIGHT,  # nl, peer
    "notitie op pagina": _Kind.NOTE,
    "bladwijzer op pagina": _Kind.BOOKMARK,
    "evidenziazione a pagina": _Kind.HIGHLIGHT,  # it, peer
    "nota a pagina": _Kind.NOTE,
    "segnalibro a pagina": _Kind.BOOKMARK,
    "surlignement en page": _Kind.HIGHLIGHT,  # fr, peer
    "note en page": _Kind.NOTE,
    "signet en page": _Kind.BOOKMARK,
    "nota en la página": _Kind.NOTE,  # es, peer
    "marcadores en la página": _Kind.HIGHLIGHT,  # es, contested
    "selección en la página": _Kind.HIGHLIGHT,  # es, contested
}
_CONTESTED = {"marcadores en la página", "selección en la página"}
_CHANGED = ("geändert", "changed", "modificado", "gewijzigd", "modificato", "modifié")
_AMERICAN = ("added on", "changed on")

_RULE = re.compile(r"^-{20,60}[ \t\r]*$", re.MULTILINE)
_HEADING = re.compile(r"(?P<words>[^\W\d][^\d\n:]{2,60}?)\s+(?P<page>[\w-]{1,16}):\s?(?P<rest>.*)")
_DATED = re.compile(r"\D{3,40}\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\s*\|\s*\d{1,2}:\d{2}.{0,8}")


@dataclass(frozen=True, slots=True)
class _Entry:
    ordinal: int
    publication: Publication
    kind: _Kind
    page: str
    quote: str
    note: str
    date: datetime | None
    changed: bool
    warning: str
    raw: str


def identify(attachment: Attachment) -> bool:
    """True for a first block that ends with "| 20:00", has a page, and is ruled off by dashes."""
    text = attachment.head
    if (rule := _RULE.search(text)) is None:
        return False
    lines = _lines(text[: rule.start()])
    return len(lines) > 2 and _DATED.fullmatch(lines[-1]) is not None and _heading(lines) > 0


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: no block of the file can be read.
    """
    binder = Binder()
    entries: list[_Entry] = []
    torn: list[tuple[int, str, int]] = []
    blocks = [block for block in _RULE.split(attachment.text) if block.strip()]
    for ordinal, block in enumerate(blocks, 1):
        entry = _entry(ordinal, block)
        if entry is None:
            torn.append((ordinal, block.strip(), max(len(entries) - 1, 0)))
        else:
            entries.append(entry)
    if blocks and not entries:
        raise FormatError(
            "None of the blocks of this notes.txt can be read.",
            place=attachment.place or attachment.filename,
            remedy="Copy notes.txt from the Tolino again and send it unchanged.",
        )
    for group in _by_passage(entries):
        _bind(binder, group)
    for ordinal, block, before in torn:
        reason = "It has no line that names a page, so it cannot be read."
        skipped = Skipped(entry=ordinal, place=f"block {ordinal}", reason=reason, text=block)
        binder.skip(entries[before].publication, skipped)
    return binder.notebooks()


def _lines(block: str) -> list[str]:
    return [line for raw in block.splitlines() if (line := raw.replace("\xa0", " ").strip())]


def _heading(lines: list[str]) -> int:
    """Index of the line that names kind and page; 0 when none does, since a title is first."""
    for index, line in enumerate(lines[1:4], 1):
        found = _HEADING.fullmatch(line)
        if found and (fold(found["words"]) in _WORDS or found["page"].isdecimal()):
            return index
    return 0


def _titled(line: str) -> Publication:
    """ "Name (Author)"; the author is the last balanced group in brackets."""
    if not line.endswith(")"):
        return Publication(title=line)
    depth = 0
    for at in range(len(line) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(line[at], 0)
        if depth == 0 and at > 0:
            names = creators(line[at + 1 : -1])
            people = tuple(Creator(name=name, role=role) for name, role in names)
            return Publication(title=line[:at].strip(), creators=people)
    return Publication(title=line)


def _entry(ordinal: int, block: str) -> _Entry | None:
    lines = _lines(block)
    at = _heading(lines) if len(lines) > 1 else 0
    found = _HEADING.fullmatch(lines[at]) if at else None
    if found is None:
        return None
    dated = _DATED.fullmatch(lines[-1]) is not None and len(lines) - 1 > at
    stamp = lines[-1] if dated else ""
    body = [found["rest"].strip(), *_body(block, at, dated)]
    words = fold(found["words"])
    note, quote = _split(body)
    kind = _WORDS.get(words) or (_Kind.NOTE if note else _Kind.HIGHLIGHT)
    return _Entry(
        ordinal=ordinal,
        publication=_titled(squash(" ".join(lines[:at]))),
        kind=kind,
        page=found["page"],
        quote=quote,
        note=note,
        date=parse_date(stamp, month_first=fold(stamp).startswith(_AMERICAN)),
        changed=fold(stamp).startswith(_CHANGED),
        warning=_doubt(words, kind),
        raw=block.strip(),
    )


def _body(block: str, heading: int, dated: bool) -> list[str]:
    """The lines between heading and date, blank ones kept: they part paragraphs of the passage."""
    lines = block.strip().replace("\xa0", " ").splitlines()
    seen = -1
    for index, line in enumerate(lines):
        seen += bool(line.strip())
        if seen == heading:
            return [rest.strip() for rest in lines[index + 1 : len(lines) - dated]]
    return []


def _doubt(words: str, kind: _Kind) -> str:
    if words in _CONTESTED:
        return f"“{words}” is read as a highlight, though it may mean a bookmark."
    if words not in _WORDS:
        return f"“{words}” is not a known label; by its shape it was read as a {kind.value}."
    return ""


def _split(lines: list[str]) -> tuple[str, str]:
    """Note and quote. The passage begins at the first line that opens a quotation mark."""
    at = next((i for i, line in enumerate(lines) if line.startswith('"')), len(lines))
    note = "\n".join(lines[:at]).strip()
    quote = "\n".join(lines[at:]).strip()
    if len(quote) > 1 and quote.endswith('"'):
        quote = quote[1:-1]
    return note, re.sub(r"\n\s*\n", "\n", quote).strip()


def _by_passage(entries: list[_Entry]) -> list[list[_Entry]]:
    """Entries about the same passage together, in order of first mention."""
    groups: dict[tuple[object, ...], list[_Entry]] = {}
    for entry in entries:
        passage = fold(entry.quote) or f"entry {entry.ordinal}"
        bookmark = entry.kind is _Kind.BOOKMARK
        key = (entry.publication, entry.page, bookmark, passage)
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _bind(binder: Binder, group: list[_Entry]) -> None:
    """One annotation of the newest version; what it replaces is skipped and named."""
    notes = [entry for entry in group if entry.note]
    last = notes[-1] if notes else group[-1]
    used = [entry for entry in group if entry is last or (notes and not entry.note)]
    ordinals = {entry.ordinal for entry in used}
    for entry in group:
        if entry.warning:
            binder.warn(entry.publication, entry.warning)
        if entry.ordinal not in ordinals:
            reason = f"Entry {last.ordinal} is a newer version of it."
            binder.skip(entry.publication, Skipped(
                entry=entry.ordinal, place=f"block {entry.ordinal}, page {entry.page}",
                reason=reason, text=entry.raw,
            ))  # fmt: skip
    if last.date is None:
        line = one_line(last.raw.splitlines()[-1])
        binder.warn(last.publication, f"The date “{line}” was not understood.")
    annotation = _annotation(last)
    dates = [entry.date for entry in used if entry.date and not entry.changed]
    sources = tuple(entry.ordinal for entry in used)
    binder.add(last.publication, replace(
        annotation, created=min(dates, key=clock, default=None), sources=sources
    ))  # fmt: skip


def _annotation(entry: _Entry) -> Annotation:
    target = Target(quote=entry.quote, page=entry.page)
    motivation = Motivation.HIGHLIGHTING if entry.quote else Motivation.COMMENTING
    if entry.kind is _Kind.BOOKMARK:
        motivation, target = Motivation.BOOKMARKING, replace(target, quote="")
    return Annotation(
        motivation=motivation,
        target=target,
        note=entry.note,
        tags=tags(entry.note),
        modified=entry.date if entry.changed else None,
    )
