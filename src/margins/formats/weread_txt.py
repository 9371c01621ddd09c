"""WeChat Read (微信读书): notes copied from the app as text, in the layouts of two generations.

```
《书名》                                   《书名》

作者                                       作者
118个笔记                                  12个笔记

第一章                                     ◆ 第一章

◆ 划线                                     >> 划线
                                           续行
◆ 2024/09/04发表想法
想法                                       2023/2/26 发表想法
原文：划线                                 想法
                                           >> 划线

◆ 2024/09/09 认为好看                      ◆ 点评
书评                                       点评:★★★★☆
                                           书评
-- 来自微信读书                            -- 来自微信读书
```

Now (from about version 8.3, left) "◆" marks a passage, and a chapter is a line without a mark after
two blank lines; formerly (right) "◆" marked a chapter and ">>" a passage. A thought repeats its
passage, which usually stands there once more: both become one annotation. Reviews are notes on the
book. Several books may follow one another.

Observed: a fragment of the former layout. Read in code: a TypeScript importer checked against real
exports of three versions, and two smaller ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import clock, parse_date
from margins.text.names import creators
from margins.text.normal import fold
from margins.text.tags import tags

about = About(
    name="weread-txt",
    version=1,
    title="WeChat Read notes (text)",
    app="WeChat Read",
    steps="Open your notes of a book in WeChat Read, copy them, and paste them into a mail.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("zh",),
)

_TITLE = re.compile(r"《(.{1,300})》")
_COUNT = re.compile(r"(\d{1,6})\s?[个個条條][笔筆][记記]")
_DATE = r"\d{4}/\d{1,2}/\d{1,2}"
_THOUGHT = re.compile(rf"(?:◆\s*)?({_DATE})\s*发表想法[:：]?")
_RATING = re.compile(rf"◆\s*(?:({_DATE})\s*(认为.{{1,10}})|点评)")
_STARS = re.compile(r"点评[:：]\s*([★☆]{1,5})")
_QUOTED = re.compile(r"原文[:：]\s*(.*)")
_SIGNATURE = re.compile(r"-{1,3}\s*来自微信读书")
_MARKS = (_COUNT, _THOUGHT, _RATING, _SIGNATURE, _STARS)


@dataclass(slots=True)
class _Entry:
    """A passage, a thought or a review being read."""

    kind: str
    chapter: str
    date: str = ""
    note: list[str] = field(default_factory=list)
    quote: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.raw.append(line)
        if stars := _STARS.fullmatch(line):
            line = stars[1]
        if quoted := _QUOTED.fullmatch(line):
            self.quote.append(quoted[1])
        elif self.kind == "passage" or self.quote:
            self.quote.append(line)
        else:
            self.note.append(line)


@dataclass(slots=True)
class _Book:
    publication: Publication
    count: int | None
    lines: list[str]


def identify(attachment: Attachment) -> bool:
    """True for a line that begins with ◆ or >> and two other marks of this export."""
    text = attachment.head
    if "◆" not in text and ">>" not in text:
        return False
    lines = [line.strip() for line in text.splitlines()]
    marks = sum(any(mark.fullmatch(line) for line in lines) for mark in _MARKS)
    marks += any(_TITLE.fullmatch(line) for line in lines[:10])
    return marks >= 2 and any(line.startswith(("◆", ">>")) for line in lines)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; raises nothing, since every line is an entry or belongs to one."""
    binder = Binder()
    ordinal = 0
    lines = [line.replace("\ufffc", "").strip() for line in attachment.text.splitlines()]
    for book in _books(lines):
        former = any(line.startswith(">>") for line in book.lines)
        entries = list(_former(book.lines) if former else _present(book.lines))
        _bind(binder, book.publication, entries, ordinal)
        ordinal += len(entries)
        if book.count is not None and book.count != len(entries):
            sentence = f"WeRead counts {book.count} notes here; read were {len(entries)}."
            binder.warn(book.publication, sentence)
    return binder.notebooks()


def _books(lines: list[str]) -> Iterator[_Book]:
    """The text cut at each "《title》" that is soon followed by the number of notes."""
    starts: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if _TITLE.fullmatch(line):
            near = (i for i in range(at + 1, min(at + 6, len(lines))) if _COUNT.fullmatch(lines[i]))
            if (count := next(near, None)) is not None:
                starts.append((at, count))
    if not starts:
        yield _Book(Publication(title=""), None, lines)
        return
    for (at, count), (end, _) in zip(starts, [*starts[1:], (len(lines), 0)], strict=True):
        author = next((line for line in lines[at + 1 : count] if line), "")
        people = tuple(Creator(name=n, role=r) for n, r in creators(author))
        title = lines[at].removeprefix("《").removesuffix("》")
        found = _COUNT.fullmatch(lines[count])
        number = int(found[1]) if found else None
        yield _Book(Publication(title=title, creators=people), number, lines[count + 1 : end])


def _special(line: str, chapter: str) -> _Entry | None:
    """The entry that a line of either layout begins: a thought or a review."""
    if thought := _THOUGHT.fullmatch(line):
        return _Entry("thought", chapter, thought[1])
    if rating := _RATING.fullmatch(line):
        return _Entry("review", "", rating[1] or "", note=list(filter(None, [rating[2]])))
    return None


def _former(lines: list[str]) -> Iterator[_Entry]:
    chapter, entry = "", _Entry("", "")
    for line in lines:
        if not line or _SIGNATURE.fullmatch(line):
            continue
        if (special := _special(line, chapter)) is not None:
            yield from _whole(entry)
            entry = special
        elif line.startswith("◆"):
            yield from _whole(entry)
            chapter, entry = line.lstrip("◆ "), _Entry("", "")
        elif line.startswith(">>"):
            if entry.kind == "thought" and not entry.quote:
                entry.quote.append(line.lstrip("> "))
                continue
            yield from _whole(entry)
            entry = _Entry("passage", chapter)
            entry.add(line.lstrip("> "))
        else:
            # A passage that lost its mark still stands under its chapter.
            if not entry.kind:
                entry = _Entry("passage" if chapter else "loose", chapter)
            entry.add(line)
    yield from _whole(entry)


def _present(lines: list[str]) -> Iterator[_Entry]:
    chapter, entry, blanks = "", _Entry("", ""), 2
    for line in lines:
        if not line or _SIGNATURE.fullmatch(line):
            blanks += 1
            continue
        before, blanks = blanks, 0
        if (special := _special(line, chapter)) is not None:
            yield from _whole(entry)
            entry = special
        elif line.startswith("◆"):
            yield from _whole(entry)
            entry = _Entry("passage", chapter)
            entry.add(line.lstrip("◆ "))
        elif line == "点评" or (before > 1 and not _QUOTED.fullmatch(line)):
            yield from _whole(entry)
            chapter, entry = "" if line == "点评" else line, _Entry("", "")
        else:
            entry.kind = entry.kind or "loose"
            entry.add(line)
    yield from _whole(entry)


def _whole(entry: _Entry) -> Iterator[_Entry]:
    if entry.kind:
        yield entry


def _bind(binder: Binder, publication: Publication, entries: list[_Entry], before: int) -> None:
    """A passage and the thoughts on it become one annotation."""
    groups: dict[str, list[tuple[int, _Entry]]] = {}
    for ordinal, entry in enumerate(entries, before + 1):
        text = fold("".join(entry.quote)).replace(" ", "")
        if entry.kind == "loose" or not (entry.quote or entry.note):
            reason = "It belongs to no note that could be recognised."
            raw = "\n".join(entry.raw)
            place = f"entry {ordinal}, {entry.chapter}".rstrip(", ")
            skipped = Skipped(entry=ordinal, place=place, reason=reason, text=raw)
            binder.skip(publication, skipped)
        else:
            groups.setdefault(text or f"entry {ordinal}", []).append((ordinal, entry))
    for group in groups.values():
        binder.add(publication, _annotation(group))


def _annotation(group: list[tuple[int, _Entry]]) -> Annotation:
    entries = [entry for _, entry in group]
    notes = ("\n".join(entry.note).strip() for entry in entries)
    note = "\n\n".join(dict.fromkeys(filter(None, notes)))
    quote = next(("\n".join(entry.quote).strip() for entry in entries if entry.quote), "")
    chapter = entries[0].chapter
    dates = [date for entry in entries if (date := parse_date(entry.date))]
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(quote=quote, headings=(chapter,) if chapter else ()),
        note=note,
        tags=tags(note),
        created=min(dates, key=clock, default=None),
        sources=tuple(ordinal for ordinal, _ in group),
    )
