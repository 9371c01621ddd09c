"""The four files of KOReader's exporter say the same about the same notes."""

from __future__ import annotations

import json as stdlib_json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats.koreader import html, json, markdown, text
from margins.mail.entity import Attachment

WIDE = "\u3000"


@dataclass(frozen=True)
class Note:
    page: int
    chapter: str
    quote: str
    note: str


words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
lines = st.lists(words, min_size=1, max_size=3).map(" ".join)
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
notes = st.builds(
    Note, st.integers(1, 999), lines, texts, st.one_of(st.just(""), texts)
)  # fmt: skip


def as_json(title: str, entries: list[Note]) -> str:
    return stdlib_json.dumps({
        "title": title, "author": "Ida Marlow", "created_on": 1, "version": "json/1.0.0",
        "entries": [
            {"page": n.page, "chapter": n.chapter, "text": n.quote, "sort": "highlight",
             "drawer": "lighten", "time": 1717362847, **({"note": n.note} if n.note else {})}
            for n in entries
        ],
    })  # fmt: skip


def as_markdown(title: str, entries: list[Note]) -> str:
    parts, chapter = [f"# {title}", "##### Ida Marlow\n"], None
    for note in entries:
        if note.chapter != chapter:
            chapter = note.chapter
            parts.append(f"## {chapter}")
        parts.append(f"### Page {note.page} @ 02 June 2024 09:14:07 PM")
        parts.append(f"*{note.quote}*")
        if note.note:
            parts.append(f"\n---\n{note.note}")
    return "\n".join(parts) + "\n\n_Generated at: 2024-06-06 08:00:00_"


def as_text(title: str, entries: list[Note]) -> str:
    parts = [f"{WIDE}{title}\n{WIDE}\n"]
    for note in entries:
        parts.append(f"{WIDE}{note.chapter}\n{WIDE}\n")
        parts.append(f"{WIDE}{WIDE}-- Page: {note.page}, added on Sun Jun  2 21:14:07 2024\n")
        parts.append(note.quote + (f"\n---\n{note.note}" if note.note else ""))
        parts.append("\n-=-=-=-=-=-\n")
    return "".join(parts) + "\n"


def as_html(title: str, entries: list[Note]) -> str:
    def shown(value: str) -> str:
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "<br/>")):
            value = value.replace(sign, entity)
        return value

    body = "".join(
        '<div style="padding-top:0.5em; padding-bottom:0.5em;">'
        '<div style="font-size:10pt; margin-bottom:0.2em; color:darkgray">'
        '<div style="display:inline-block; background-color:#ffe100;"></div>'
        f'<span>06/02/24</span><span style="float:right"><b>{note.chapter}</b>:  {note.page}</span>'
        f'</div><div style="font-size:12pt"><span>{shown(note.quote)}</span></div>'
        + (
            f'<div style="font-size:11pt;"><span>{shown(note.note)}</span></div>'
            if note.note
            else ""
        )
        + "</div>"
        for note in entries
    )
    return (
        f'<html><body><div><h2 style="font-size:18pt; text-align:right;">{title}</h2>'
        '<h5 style="font-size:12pt; text-align:right; color:gray;">Ida Marlow</h5>'
        f"{body}</div></body></html>"
    )


EXPORTS = [(json, as_json), (markdown, as_markdown), (text, as_text), (html, as_html)]
NAMES = ["json", "markdown", "text", "html"]


def sent(content: str) -> Attachment:
    return Attachment(content=content.encode(), place="part 2")


@pytest.mark.parametrize(("form", "write"), EXPORTS, ids=NAMES)
@settings(max_examples=40, deadline=None)
@given(title=lines, entries=st.lists(notes, min_size=1, max_size=4))
def test_what_is_written_is_read_back(form, write, title: str, entries: list[Note]) -> None:  # type: ignore[no-untyped-def]
    """Title, page, chapter, text and note survive each of the four."""
    attachment = sent(write(title, entries))
    assert [other.identify(attachment) for other, _ in EXPORTS].count(True) == 1
    assert form.identify(attachment)
    notebooks: tuple[Notebook, ...] = form.extract(attachment)
    (notebook,) = notebooks
    assert notebook.publication.title == title
    assert notebook.found == len(entries)
    assert [
        Note(int(a.target.page), a.target.headings[0], a.target.quote, a.note)
        for a in notebook.annotations
    ] == entries


@pytest.mark.parametrize(
    ("signs", "style"),
    [
        ("*{}*", ""),
        ("**{}**", ""),
        ("**_{}_**", ""),
        ("=={}==", ""),
        ("{}", ""),
        ("++{}++", "underline"),
        ("<u>{}</u>", "underline"),
        ("~~{}~~", "strikethrough"),
    ],
)
def test_markdown_signs_are_the_style(signs: str, style: str) -> None:
    """The signs around a passage are taken off and say how it is drawn."""
    page = "### Page 3 @ 02 June 2024 09:14:07 PM\n"
    export = f"# A\n##### B\n\n{page}{signs.format('Marked.')}\n"
    (notebook,) = markdown.extract(sent(export))
    (annotation,) = notebook.annotations
    assert (annotation.target.quote, annotation.style) == ("Marked.", style)


@pytest.mark.parametrize(
    "content",
    [
        "# Title\n##### Author\n\n## Chapter\n### Page 3\ntext",
        "# Title\n\n### Page 3 @ 02 June 2024 09:14:07 PM\ntext",
        "# Title\n##### Author\n\nPage 3 @ 02 June 2024 09:14:07 PM\ntext",
        "## Title\n##### Author\n### Page 3 @ 02 June 2024 09:14:07 PM\ntext",
        "",
    ],
)
def test_other_peoples_markdown_is_left_alone(content: str) -> None:
    """Headings alone are everybody's; the line of page and time is KOReader's."""
    assert not markdown.identify(sent(content))


@pytest.mark.parametrize(
    "content",
    ["[1, 2]", '{"entries": []}', '{"entries": [{"text": "a", "page": 1}]}', "{}", "{", "null"],
)
def test_other_json_is_left_alone(content: str) -> None:
    """Entries have to be drawn somehow, or the file has to state the exporter."""
    assert not json.identify(sent(content))


def test_entries_of_the_wrong_type_are_skipped() -> None:
    """Whatever stands in the list is counted."""
    export = '{"version": "json/1.0.0", "entries": [5, null, "a", {"text": 7, "page": [1]}]}'
    (notebook,) = json.extract(sent(export))
    assert (notebook.found, len(notebook.skipped)) == (4, 3)
    assert notebook.annotations[0].target.quote == "7"


@pytest.mark.parametrize("content", ['{"version": "json/1.0.0", "entries": [', "[" * 100_000])
def test_broken_json_is_an_error_with_its_place(content: str) -> None:
    """Cut short, or nested without end."""
    with pytest.raises(FormatError) as caught:
        json.extract(sent(content))
    assert caught.value.place.startswith("part 2")


def test_a_book_exported_twice_into_one_text_is_one_book() -> None:
    """KOReader appends to the file; the plan removes repeats, no entry is lost."""
    once = as_text("The Salt Ledger", [Note(3, "One", "Marked.", "")])
    (notebook,) = text.extract(sent(once + once))
    assert notebook.found == 2
    assert [annotation.sources for annotation in notebook.annotations] == [(1,), (2,)]


def test_a_highlight_without_text_but_with_a_note_is_kept() -> None:
    """A picture was marked and something written about it."""
    export = '{"version": "json/1.0.0", "entries": [{"drawer": "lighten", "note": "Nice map."}]}'
    (notebook,) = json.extract(sent(export))
    assert [a.motivation for a in notebook.annotations] == [Motivation.COMMENTING]
