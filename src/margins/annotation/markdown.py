"""A notebook as Markdown that a person reads, and that any CommonMark program shows the same way.

Source: https://spec.commonmark.org/0.31.2/ (s2.4 backslash escapes, s6.7 hard line breaks)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from margins.annotation.model import Annotation, Creator, Motivation
from margins.annotation.notebook import Notebook, Skipped
from margins.text.normal import one_line, squash

__all__ = ["escape", "to_markdown"]

_ANYWHERE = re.compile(r"[\\`*_\[\]<>&~|$]")
_AT_LINE_START = re.compile(r"[#+=:-]")
_LIST_NUMBER = re.compile(r"([0-9]{1,9})([.)])")
_LINE_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")


def _escape_line(line: str) -> str:
    if not line.isprintable():  # nearly all are, and looking at each character takes its time
        line = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in line)
    line = _ANYWHERE.sub(r"\\\g<0>", squash(line))
    if _AT_LINE_START.match(line):
        return "\\" + line
    return _LIST_NUMBER.sub(r"\1\\\2", line, count=1) if _LIST_NUMBER.match(line) else line


def escape(text: str) -> str:
    """The text so that Markdown shows it as it is: no markup, no HTML, line breaks kept."""
    lines = [_escape_line(line) for line in _LINE_BREAKS.split(text.strip())]
    paragraphs = re.split(r"\n{2,}", "\n".join(lines))
    return "\n\n".join(p.strip("\n").replace("\n", "\\\n") for p in paragraphs)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in escape(text).split("\n"))


def _creator(creator: Creator) -> str:
    role = "" if creator.role == "author" else f" ({creator.role})"
    return escape(one_line(creator.name + role, 200))


def _place(annotation: Annotation) -> str:
    """One line that says where and when: "page 13 · location 154 · blue · 2024-05-06"."""
    target = annotation.target
    facts = [
        f"page {target.page}" if target.page else "",
        f"location {target.location}" if target.location is not None else "",
        annotation.colour,
        annotation.style,
        "cut off by the app" if annotation.truncated else "",
        f"{annotation.created:%Y-%m-%d}" if annotation.created else "",
    ]
    tags = " ".join(f"#{tag}" for tag in annotation.tags)
    line = escape(one_line(" \u00b7 ".join(fact for fact in [*facts, tags] if fact), 400))
    if annotation.motivation is Motivation.BOOKMARKING:
        return f"Bookmark: {line}".rstrip(": ")
    return line


def _entry(annotation: Annotation) -> Iterator[str]:
    if annotation.target.quote:
        yield _quoted(annotation.target.quote)
    if annotation.note:
        yield escape(annotation.note)
    if place := _place(annotation):
        yield place


def _headings(before: tuple[str, ...], now: tuple[str, ...]) -> Iterator[str]:
    """The headings that begin here, outermost first."""
    same = 0
    while same < min(len(before), len(now)) and before[same] == now[same]:
        same += 1
    for level in range(same, len(now)):
        yield f"{'#' * min(level + 2, 6)} {escape(one_line(now[level], 400))}"


def _skipped(entry: Skipped) -> str:
    return f"- {escape(f'{one_line(entry.place)}: {one_line(entry.reason, 400)}')}"


def _paragraphs(notebook: Notebook) -> Iterator[str]:
    publication = notebook.publication
    yield f"# {escape(one_line(publication.title, 400)) or 'Untitled'}"
    if publication.creators:
        yield "by " + ", ".join(map(_creator, publication.creators))
    if publication.citation:
        yield f"*{escape(one_line(publication.citation, 1000))}*"
    headings: tuple[str, ...] = ()
    for number, annotation in enumerate(notebook.annotations):
        begun = tuple(_headings(headings, annotation.target.headings))
        if number and not begun:
            yield "* * *"
        yield from begun
        yield from _entry(annotation)
        headings = annotation.target.headings
    if notebook.skipped:
        yield "## Not imported"
        yield "\n".join(map(_skipped, notebook.skipped))


def to_markdown(notebook: Notebook) -> str:
    """The notebook as a Markdown document: title, authors, headings, quotes, notes, places, tags.

    What was skipped is listed at the end with its reason. Ends with a newline.
    """
    return "\n\n".join(_paragraphs(notebook)) + "\n"
