"""Notes written by hand: a mail or text file that begins with the book's title between two rules.

```
---
title: The Book
authors: Ada Lovelace; Mary Ward
---
# Chapter One

A paragraph is a passage, however
the mail program breaks its lines.

Note: what I thought of it.

> A passage may carry quotation marks of mail programs; they are taken off.
```

Blank lines part paragraphs. A paragraph, or a line of one, that begins with "Note:" belongs to the
passage above it; without one it is a note of its own. "#" begins a chapter, "#like-this" in a note
is a tag. What follows "-- " is the mail's signature (RFC 3676 section 4.3) and is not read.

The shape is that of sawyerh/highlights (observed in a mail). Words in other languages are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.names import creators
from margins.text.normal import fold, one_line
from margins.text.numbers import whole
from margins.text.tags import tags

about = About(
    name="handwritten",
    version=1,
    title="Notes written by hand",
    app="any",
    steps="Begin a mail with ---, title:, authors: and ---; each paragraph after it is a passage.",
    media_types=("text/plain", "text/markdown"),
    suffixes=(".txt", ".md"),
    languages=("en", "de", "es", "fr", "it", "nl", "pt", "ru", "zh", "ja"),
)

_FRONT = re.compile(r"\s*-{3,}[ \t]*\r?\n((?:[^\n]{1,1000}\n){1,40}?)-{3,}[ \t]*(?:\r?\n|$)")
_FIELD = re.compile(r"[ \t]*([^\W\d_][\w -]{0,30}?)[ \t]*[:：](.*)")
_MAX_PARAGRAPHS = 100_000
_FIELDS = {
    **dict.fromkeys(("title", "titel", "título", "titre", "titolo", "название", "书名"), "title"),
    **dict.fromkeys(("タイトル", "書名", "book"), "title"),
    **dict.fromkeys(("authors", "author", "by", "autor", "autoren", "autores"), "authors"),
    **dict.fromkeys(("auteur", "auteurs", "autore", "autori", "автор", "авторы"), "authors"),
    **dict.fromkeys(("作者", "著者"), "authors"),
    "publisher": "publisher", "year": "year", "isbn": "isbn", "url": "url", "language": "language",
}  # fmt: skip
_NOTE = re.compile(
    r"(?:my )?(?:note|notiz|nota|opmerking|заметка|笔记|想法|メモ)[ \t]*[:：][ \t]*", re.IGNORECASE
)
_QUOTED = re.compile(r"^(?:[ \t]?>)+[ \t]?", re.MULTILINE)
# Where the script has no spaces, a line break stands for none.
_WRAPPED = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\n(?=[\u2e80-\u9fff\uff00-\uffef])")
_SENT_BY = re.compile(
    r"(?:sent from my|von meinem|envoyé de mon|enviado desde mi|inviato da|verstuurd vanaf|"
    r"отправлено с|发自我的)\s?.{2,60}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    kind: str  # "passage", "note", "chapter" or "signature"
    text: str


@dataclass(slots=True)
class _Group:
    """A passage with the notes under it, or a note of its own."""

    passage: str
    notes: list[str]
    headings: tuple[str, ...]
    sources: list[int]


def identify(attachment: Attachment) -> bool:
    """True for a block between rules at the very top that has a title and only such fields."""
    front = _FRONT.match(attachment.head)
    return front is not None and "title" in _fields(front[1])


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook.

    Raises:
        FormatError: more paragraphs than anybody writes.
    """
    text = attachment.text
    front = _FRONT.match(text)
    fields = _fields(front[1]) if front else {}
    body = _SIGNATURE.split(text[front.end() :] if front else text, maxsplit=1)[0]
    paragraphs = list(islice(_paragraphs(body), _MAX_PARAGRAPHS + 1))
    if len(paragraphs) > _MAX_PARAGRAPHS:
        raise FormatError(
            f"The text has more than {_MAX_PARAGRAPHS} paragraphs.",
            place=attachment.place or attachment.filename,
            remedy="Send it in parts, each with title and authors at its top.",
        )
    groups, skipped = _grouped(paragraphs)
    notebook = Notebook(
        publication=_publication(fields),
        annotations=tuple(_annotation(group) for group in groups),
        skipped=tuple(skipped),
        found=sum(paragraph.kind != "chapter" for paragraph in paragraphs),
    )
    return (notebook,)


def _grouped(paragraphs: list[_Paragraph]) -> tuple[list[_Group], list[Skipped]]:
    groups: list[_Group] = []
    skipped: list[Skipped] = []
    headings: tuple[str, ...] = ()
    ordinal = 0
    for paragraph in paragraphs:
        if paragraph.kind == "chapter":
            headings = (paragraph.text,)
            continue
        ordinal += 1
        if paragraph.kind == "signature" or not paragraph.text:
            reason = "It is the signature of a mail program." if paragraph.text else "It is empty."
            place = f"paragraph {ordinal}"
            skip = Skipped(entry=ordinal, place=place, reason=reason, text=paragraph.text)
            skipped.append(skip)
        elif paragraph.kind == "note" and groups and groups[-1].passage:
            groups[-1].notes.append(paragraph.text)
            groups[-1].sources.append(ordinal)
        else:
            note = paragraph.kind == "note"
            texts = ("", [paragraph.text]) if note else (paragraph.text, [])
            groups.append(_Group(*texts, headings, [ordinal]))
    return groups, skipped


def _fields(front: str) -> dict[str, str]:
    """The fields by our names; empty when a line is none of ours, so that it is not our file."""
    found: dict[str, str] = {}
    for line in front.splitlines():
        if not line.strip():
            continue
        field = _FIELD.fullmatch(line)
        name = _FIELDS.get(fold(field[1])) if field else None
        if field is None or name is None:
            return {}
        found[name] = field[2].strip().strip("\"'")
    return found


def _publication(fields: dict[str, str]) -> Publication:
    people = creators(fields.get("authors", ""))
    return Publication(
        title=fields.get("title", ""),
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        publisher=fields.get("publisher", ""),
        year=whole(fields.get("year", "")),
        language=fields.get("language", ""),
        identifiers=tuple((key, fields[key]) for key in ("isbn", "url") if fields.get(key)),
    )


def _paragraphs(body: str) -> Iterator[_Paragraph]:
    lines: list[str] = []
    kind = "passage"
    for raw in [*_QUOTED.sub("", body).splitlines(), ""]:
        line = raw.strip()
        note = _NOTE.match(line)
        if lines and (not line or note or line.startswith("# ")):
            yield _ended(kind, lines)
            lines, kind = [], "passage"
        if line.startswith("# "):
            yield _Paragraph("chapter", line[2:].strip())
        elif line:
            kind = "note" if note else kind
            lines.append(line[note.end() :] if note else line)


def _ended(kind: str, lines: list[str]) -> _Paragraph:
    """Its lines as one, since mail programs break them anywhere."""
    if kind == "passage" and len(lines) == 1 and _SENT_BY.fullmatch(one_line(lines[0])):
        return _Paragraph("signature", lines[0])
    return _Paragraph(kind, _WRAPPED.sub("", "\n".join(lines)).replace("\n", " ").strip())


def _annotation(group: _Group) -> Annotation:
    note = "\n\n".join(group.notes)
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if group.passage else Motivation.COMMENTING,
        target=Target(quote=group.passage, headings=group.headings),
        note=note,
        tags=tags(note),
        sources=tuple(group.sources),
    )
