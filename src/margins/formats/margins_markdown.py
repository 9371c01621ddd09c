"""Margins' own Markdown, read back: the inverse of `margins.annotation.markdown.to_markdown`.

```
# Title

by Orla Finch, Ida Moss (translator)

## Chapter

> The passage.

My note.

page 12 · location 30-34 · blue · 2024-05-06 · #tide

* * *

Bookmark: location 40

## Not imported

- entry 5: It has no text.
```

What Markdown does not carry is lost on the way: the time of day, the app's own pointers,
identifiers of the publication, the end of a chapter that none follows. A note whose last paragraph
looks like the line that says where it stands is taken for that line; a lone tag like "#facade" for
a colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped, Span
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.numbers import number_range

about = About(
    name="margins-markdown",
    version=1,
    title="Margins Markdown",
    app="Margins",
    steps="Export a publication from Margins as Markdown and mail the file.",
    media_types=("text/markdown", "text/plain"),
    suffixes=(".md",),
    languages=("en",),
)

_TITLE = re.compile(r"\s{0,20}# [^\n]{1,2000}(?:\n|$)")
_HEADING = re.compile(r"(#{2,6}) (.+)")
_CREATOR = re.compile(r"(.+?)(?: \(([\w ]{1,40})\))?")
_SKIPPED = re.compile(r"- (.+?): (.+)")
_RULE = "* * *"
_NOT_IMPORTED = "Not imported"
_CUT = "cut off by the app"
_STYLES = {"underline", "strikethrough", "squiggle"}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FACTS = (
    ("page", re.compile(r"page (.+)")),
    ("location", re.compile(r"location (\d{1,9}(?:-\d{1,9})?)")),
    ("colour", re.compile(r"#[0-9a-f]{6}")),
    ("style", re.compile("|".join(sorted(_STYLES)))),
    ("cut", re.compile(_CUT)),
    ("date", re.compile(r"(\d{4}-\d{2}-\d{2})")),
    ("tags", re.compile(r"(#\S+(?: #\S+)*)")),
)
_COLOUR = re.compile(r"[a-z][a-z ]{2,30}")
# Words that make a line of facts by themselves; any other word there is a very short note.
_SURE_COLOURS = {
    "yellow", "blue", "pink", "orange", "green", "red", "purple", "violet", "grey", "aqua", "cyan",
    "brown", "magenta",
}  # fmt: skip


@dataclass(slots=True)
class _Entry:
    quote: str = ""
    notes: list[str] = field(default_factory=list)
    headings: tuple[str, ...] = ()


def identify(attachment: Attachment) -> bool:
    """True for a title, and a line of facts in our own words under a passage, note or bookmark."""
    text = attachment.head
    if _TITLE.match(text) is None:
        return False
    paragraphs = _paragraphs(text)[:400]
    ours = any({"page", "location", "bookmark"} & _facts(p).keys() for p in paragraphs)
    return ours and any(p.startswith("> ") or _marked(p) for p in paragraphs)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook for each title in the file; raises nothing: every paragraph has a place."""
    text = attachment.text.replace("\r\n", "\n")
    starts = [found.start() for found in re.finditer(r"^# ", text, re.MULTILINE)]
    if not starts:
        return (Notebook(publication=Publication(title=""), found=0),)
    ends = [*starts[1:], len(text)]
    return tuple(_notebook(text[a:b]) for a, b in zip(starts, ends, strict=True))


def _notebook(text: str) -> Notebook:
    first, *paragraphs = _paragraphs(text)
    title = _plain(first.removeprefix("# "))
    people: tuple[Creator, ...] = ()
    if paragraphs and paragraphs[0].startswith("by "):
        people = tuple(_creators(paragraphs.pop(0).removeprefix("by ")))
    citation = ""
    if paragraphs and re.fullmatch(r"\*[^*].*\*", paragraphs[0]):
        citation = _plain(paragraphs.pop(0)[1:-1])
    entries, left_out = _entries(paragraphs)
    annotations = tuple(_annotation(entry, n) for n, entry in enumerate(entries, 1))
    skipped = tuple(
        Skipped(entry=n, place=_plain(place), reason=_plain(reason), text="")
        for n, (place, reason) in enumerate(left_out, len(annotations) + 1)
    )
    return Notebook(
        publication=Publication(
            title="" if title == "Untitled" else title, creators=people, citation=citation
        ),
        annotations=annotations,
        skipped=skipped,
        found=len(annotations) + len(skipped),
    )


def _paragraphs(text: str) -> list[str]:
    return [p.strip("\n") for p in re.split(r"\n[ \t]*\n", text.strip()) if p.strip()]


def _plain(text: str) -> str:
    """The text without the escapes that kept Markdown from reading it as markup."""
    return _ESCAPED.sub(r"\1", text.replace("\\\n", "\n"))


def _creators(line: str) -> Iterator[Creator]:
    for part in line.split(", "):
        if found := _CREATOR.fullmatch(_plain(part)):
            yield Creator(name=found[1], role=found[2] or "author")


def _entries(paragraphs: list[str]) -> tuple[list[_Entry], list[tuple[str, str]]]:
    """The entries in order, and place and reason of what was not imported the first time."""
    entries: list[_Entry] = []
    entry = _Entry()
    headings: tuple[str, ...] = ()
    for at, paragraph in enumerate([*paragraphs, _RULE]):
        heading = _HEADING.fullmatch(paragraph)
        if paragraph != _RULE and heading is None:
            if paragraph.startswith(">"):
                entry.quote = _plain(re.sub(r"^> ?", "", paragraph, flags=re.MULTILINE))
            else:
                entry.notes.append(paragraph)
            continue
        if entry.quote or entry.notes:
            entries.append(entry)
        following = paragraphs[at + 1 : at + 3]
        if heading and heading[2] == _NOT_IMPORTED and _lists(following):
            return entries, _lists(following)
        if heading:
            headings = (*headings[: len(heading[1]) - 2], _plain(heading[2]))
        entry = _Entry(headings=headings)
    return entries, []


def _lists(paragraphs: list[str]) -> list[tuple[str, str]]:
    lines = paragraphs[0].splitlines() if len(paragraphs) == 1 else []
    found = [_SKIPPED.fullmatch(line) for line in lines]
    return [(f[1], f[2]) for f in found if f] if found and all(found) else []


def _marked(paragraph: str) -> bool:
    return paragraph == "Bookmark" or paragraph.startswith("Bookmark: ")


def _facts(paragraph: str) -> dict[str, str]:
    """What the line of facts says; empty when the paragraph is none."""
    facts = {"bookmark": ""} if _marked(paragraph) else {}
    line = paragraph.removeprefix("Bookmark").removeprefix(": ") if facts else paragraph
    names = [name for name, _ in _FACTS]
    for part in filter(None, _plain(line).split(" \u00b7 ")):
        shapes = ((name, shape.fullmatch(part)) for name, shape in _FACTS if name in names)
        name, found = next(((n, f) for n, f in shapes if f), ("colour", _COLOUR.fullmatch(part)))
        vague = found is not None and found.re is _COLOUR and part not in _SURE_COLOURS
        if found is None or name in facts or (vague and not facts):
            return {}
        facts[name] = found[found.lastindex or 0]
        names = names[names.index(name) + 1 :] if name in names else names
    return facts


def _place(facts: dict[str, str]) -> tuple[str, Span | None, datetime | None]:
    numbers = number_range(facts.get("location", ""))
    location = Span(*numbers) if numbers else None
    return facts.get("page", ""), location, parse_date(facts.get("date", ""))


def _annotation(entry: _Entry, ordinal: int) -> Annotation:
    facts = _facts(entry.notes[-1]) if entry.notes else {}
    notes = entry.notes[:-1] if facts else entry.notes
    motivation = Motivation.HIGHLIGHTING if entry.quote else Motivation.COMMENTING
    page, location, created = _place(facts)
    words = facts.get("tags", "").split()
    return Annotation(
        motivation=Motivation.BOOKMARKING if "bookmark" in facts else motivation,
        target=Target(quote=entry.quote, page=page, location=location, headings=entry.headings),
        note="\n\n".join(_plain(note) for note in notes),
        tags=tuple(word.removeprefix("#") for word in words),
        colour=facts.get("colour", ""),
        style=facts.get("style", ""),
        created=created,
        truncated="cut" in facts,
        sources=(ordinal,),
    )
