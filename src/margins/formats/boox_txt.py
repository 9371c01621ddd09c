"""Onyx Boox: reading notes as text, one file per book, in the two layouts of NeoReader.

```
Reading Notes | <<The Book>>Ada Lovelace,Mary Ward         2: title and author in one line
Chapter One                                                   only where the chapter changes
2022-12-27 06:43  |  Page No.: 16
the passage
【Note】what the reader wrote
-------------------

BOOX Reading Notes | <<The Book - Ada Lovelace (146)>>     1: the title is the name of the file
Ada Lovelace
Chapter One
Time：2021-08-17 22:48
【Original Text】the passage
【Annotations】what the reader wrote
【Page Number】442
-------------------
```

No device file is public. Read in code and tests: Cloudcrafter/boox-readwise, akosbalasko's
extractor, boox_annotation_parser and a Rust parser of layout 1 (all English), and the notes of a
KOReader plug-in on four real exports in Chinese (layout 2, with its words for notes, page and
comment). Unverified: Chinese words of layout 1, and all other languages, which are read by
structure with a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.normal import fold, one_line
from margins.text.tags import tags

about = About(
    name="boox-txt",
    version=1,
    title="Boox reading notes (text)",
    app="Onyx Boox NeoReader",
    steps="Open the table of contents of a book on the Boox, choose Annotations, Export, TXT.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("en", "zh"),
)

_HEADER = re.compile(
    r"\s*(?P<words>[^|<>\n]{2,40})\|\s*<<(?P<title>[^\n]*?)>>(?P<author>[^\n]*)\n?"
)
_RULE = re.compile(r"^-{10,60}[ \t\r]*$", re.MULTILINE)
_DATE = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?"
_PLACED = re.compile(rf"(?P<date>{_DATE})\s*\|\s*(?P<word>[^:：|]{{1,30}})[:：]\s*(?P<page>.*)")
_TIMED = re.compile(rf"(?P<word>[^:：|]{{1,30}})[:：]\s*(?P<date>{_DATE})")
_LABEL = re.compile(r"【(?P<word>[^】]{1,30})】")
_NAMED_FILE = re.compile(r"(?P<title>.+) - (?P<author>[^-]+?)(?: \(\d+\))?")

# Which part of an entry a word marks. en: read in tests; zh: noted from real files, but for
# 原文, 笔记 and 时间, which are guesses.
_PARTS = {
    "original text": "quote", "annotations": "note", "page number": "page", "note": "note",
    "批注": "note", "笔记": "note", "原文": "quote", "页码": "page",
}  # fmt: skip
_WORDS = {"reading notes", "boox reading notes", "读书笔记", "boox读书笔记", "time", "时间"} | {
    "page no.", "page no", "页码",
}  # fmt: skip
_ORDER = ("quote", "note", "page")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    chapter: str
    date: str
    quote: str = ""
    note: str = ""
    page: str = ""
    unknown: tuple[str, ...] = ()


def identify(attachment: Attachment) -> bool:
    """True for "words | <<title>>" in the first line and a dated entry or a rule under it."""
    text = attachment.head
    if (header := _HEADER.match(text)) is None:
        return False
    rest = text[header.end() :]
    lines = (line.strip() for line in rest[:20000].replace("\xa0", " ").splitlines()[:40])
    dated = any(_PLACED.fullmatch(line) or _TIMED.fullmatch(line) for line in lines)
    return dated or (not rest.strip(" \r\n-") and fold(header["words"]) in _WORDS)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; raises nothing, since what identify() accepts has a header."""
    text = attachment.text.replace("\xa0", " ")
    header = _HEADER.match(text)
    if header is None:
        return (Notebook(publication=Publication(title=""), found=0),)
    author, start = header["author"].strip(), header.end()
    if not author and (line := _author_line(text[start:])):
        author, start = line.strip(), start + len(line)
    blocks = [block.strip("\r\n ") for block in _RULE.split(text[start:]) if block.strip()]
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    unknown = {} if fold(header["words"]) in _WORDS else {one_line(header["words"]): None}
    chapter = ""
    for ordinal, block in enumerate(blocks, 1):
        entry = _entry(block.splitlines(), chapter)
        if entry is None or not (entry.quote or entry.note):
            reason = "It has no date and page." if entry is None else "It has no text."
            place = f"entry {ordinal}"
            skipped.append(Skipped(entry=ordinal, place=place, reason=reason, text=block))
            continue
        chapter = entry.chapter
        unknown.update(dict.fromkeys(entry.unknown))
        annotations.append(_annotation(entry, ordinal))
    notebook = Notebook(
        publication=_publication(header["title"].strip(), author),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(blocks),
        warnings=tuple(
            f"“{word}” is not a known label; it was read by its place." for word in unknown
        ),
    )
    return (notebook,)


def _author_line(rest: str) -> str:
    """The line after the header when it is not the beginning of an entry of layout 2."""
    lines = rest.splitlines(keepends=True)[:2]
    if not lines or not lines[0].strip() or _RULE.match(lines[0]):
        return ""
    following = lines[1].strip() if len(lines) > 1 else ""
    if _PLACED.fullmatch(lines[0].strip()) or _PLACED.fullmatch(following):
        return ""
    return lines[0]


def _publication(title: str, author: str) -> Publication:
    """Layout 1 names the file, "Title - Author (146)"; an author said twice is cut off."""
    people = tuple(Creator(name=n, role=r) for n, r in creators(author)) if author != "null" else ()
    named = _NAMED_FILE.fullmatch(title)
    if named and _names(named["author"]) == _names(author):
        title = named["title"]
    return Publication(title=title, creators=people)


def _names(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text))) - {"and"}


def _entry(lines: list[str], chapter: str) -> _Entry | None:
    for at, line in enumerate(lines[:6]):
        above = " ".join(lines[:at]).strip()
        if placed := _PLACED.fullmatch(line.strip()):
            return _second(placed, lines[at + 1 :], above or chapter)
        if timed := _TIMED.fullmatch(line.strip()):
            return _first(timed, lines[at + 1 :], above)
    return None


def _second(placed: re.Match[str], body: list[str], chapter: str) -> _Entry:
    at, unknown = len(body), [] if fold(placed["word"]) in _WORDS else [placed["word"].strip()]
    for index, line in enumerate(body):
        label = _LABEL.match(line)
        if label and _PARTS.get(fold(label["word"])) == "note":
            at = index
            break
    else:
        # A label in a language not known: the last one, and only when the page's word is unknown.
        marked = [i for i, line in enumerate(body) if unknown and i and _LABEL.match(line)]
        if marked:
            at = marked[-1]
            unknown.append(body[at][1 : body[at].index("】")])
    note = _LABEL.sub("", "\n".join(body[at:]), count=1)
    return _Entry(
        chapter=chapter,
        date=placed["date"],
        page=placed["page"].strip(),
        quote="\n".join(body[:at]).strip(),
        note=note.strip(),
        unknown=tuple(unknown),
    )


def _first(timed: re.Match[str], body: list[str], chapter: str) -> _Entry:
    """Three labels in order; a known word names its part, an unknown one the next part in line."""
    parts: dict[str, list[str]] = {}
    unknown = [] if fold(timed["word"]) in _WORDS else [timed["word"].strip()]
    part = ""
    for line in body:
        label = _LABEL.match(line)
        word = fold(label["word"]) if label else ""
        place = _ORDER.index(part) + 1 if part else 0
        following = _ORDER[place] if place < len(_ORDER) else ""
        if label and (_PARTS.get(word) == following or (word not in _PARTS and unknown)):
            part = following or part
            unknown += [] if word in _PARTS else [label["word"]]
            line = line[label.end() :]  # noqa: PLW2901
        parts.setdefault(part, []).append(line)
    quote, note, page = ("\n".join(parts.get(name, ())).strip() for name in _ORDER)
    return _Entry(
        chapter=chapter,
        date=timed["date"],
        quote=quote,
        note=note,
        page=page,
        unknown=tuple(unknown),
    )


def _annotation(entry: _Entry, ordinal: int) -> Annotation:
    chapter = (entry.chapter,) if entry.chapter else ()
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if entry.quote else Motivation.COMMENTING,
        target=Target(quote=entry.quote, page=entry.page, headings=chapter),
        note=entry.note,
        tags=tags(entry.note),
        created=parse_date(entry.date),
        sources=(ordinal,),
    )
