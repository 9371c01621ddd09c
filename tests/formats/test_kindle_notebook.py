"""Kindle notebook HTML."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Notebook, Span
from margins.errors import FormatError
from margins.formats.kindle_notebook import extract, identify
from margins.formats.kindle_notebook.heading import read_heading
from margins.mail.entity import Attachment

HEAD = '<html><body><div class="bookTitle">Salt</div><div class="authors">Orla Finch</div>'
TAIL = "</body></html>"
YELLOW = '<span class="highlight_yellow">yellow</span>'


def entry(heading: str, text: str) -> str:
    return f'<div class="noteHeading">{heading}</div><div class="noteText">{text}</div>'


def read(*entries: str, head: str = HEAD, tail: str = TAIL) -> Notebook:
    page = (head + "".join(entries) + tail).encode()
    (notebook,) = extract(Attachment(content=page))
    return notebook


def read_or_refuse(export: Attachment) -> tuple[Notebook, ...] | FormatError:
    try:
        return extract(export)
    except FormatError as error:
        return error


def headings_in(content: bytes) -> int:
    """How many elements carry the class of note headings, counted without any parser of ours."""
    return len(re.findall(rb"""<[a-z0-9]+\s+class=["']noteHeading["']""", content))


def test_every_heading_of_the_samples_is_accounted_for(shared: Path) -> None:
    """File by file: found equals a count over the raw bytes, and nothing is skipped unexplained."""
    files = sorted((shared / "samples" / "kindle_html").glob("*.html"))
    assert len(files) == 69
    found, skipped = {}, {}
    for path in files:
        export = Attachment(content=path.read_bytes(), place=path.name)
        assert identify(export), path.name
        (notebook,) = extract(export)
        found[path.name] = notebook.found
        skipped[path.name] = [entry.reason for entry in notebook.skipped]
    assert found == {path.name: headings_in(path.read_bytes()) for path in files}
    assert sum(found.values()) == 2098
    assert sorted(reason for reasons in skipped.values() for reason in reasons) == [
        "The highlight has no text.",
        "The highlight has no text.",
        "The note has no text.",
    ]


def test_every_text_of_the_samples_is_in_a_note_or_a_quote(shared: Path) -> None:
    """Crossed tags or not, each passage between its tags comes out, and comes out once."""
    squash = re.compile(r"\s+")
    for path in sorted((shared / "samples" / "kindle_html").glob("*.html")):
        source = path.read_text("utf-8")
        passages = re.findall(r"""class=["']noteText["']>(.*?)</(?:div|h3)>""", source, re.DOTALL)
        plain = [squash.sub(" ", passage.replace("&amp;", "&")).strip() for passage in passages]
        (notebook,) = extract(Attachment(content=source.encode()))
        read = [text for a in notebook.annotations for text in (a.target.quote, a.note) if text]
        assert [text for text in plain if text] == [squash.sub(" ", text) for text in read]


@pytest.mark.parametrize(
    ("note_at", "joined"),
    [(100, True), (104, True), (99, False), (117, True), (118, False), (900, False)],
)
def test_a_note_joins_the_highlight_before_it_when_its_place_can_be_the_end(
    note_at: int, joined: bool
) -> None:
    """From the start of the highlight to 16 locations and one per 75 bytes behind it."""
    notebook = read(
        entry(f"Highlight ({YELLOW}) - Location 100", "x" * 75),
        entry(f"Note - Location {note_at}", "thought"),
    )
    assert [a.sources for a in notebook.annotations] == ([(1, 2)] if joined else [(1,), (2,)])
    if joined:
        assert notebook.annotations[0].target.location == Span(100, note_at)
    else:
        assert notebook.annotations[1].motivation is Motivation.COMMENTING


@pytest.mark.parametrize(
    ("highlight", "note", "joined"),
    [
        ("Page xii", "Page xiii", True),
        ("Page xii", "Page xx", False),
        ("Page xii", "Page 1", True),
        ("Page 12", "Page 11", False),
        ("One > Page 12", "Two > Page 12", False),
        ("One > Page 12", "Page 12", True),
        ("Page 12", "", True),
    ],
)
def test_pages_and_chapters_decide_where_locations_are_missing(
    highlight: str, note: str, joined: bool
) -> None:
    """What cannot be compared is taken to belong together, since it stands together."""
    notebook = read(
        entry(f"Highlight ({YELLOW}) - {highlight}", "Salt."), entry(f"Note - {note}", "thought")
    )
    assert (len(notebook.annotations) == 1) is joined


def test_a_bookmark_does_not_come_between_a_highlight_and_its_note() -> None:
    """Entries are sorted by place, so a bookmark may stand inside a highlight."""
    notebook = read(
        entry(f"Highlight ({YELLOW}) - Location 10", "Salt."),
        entry("Bookmark - Location 10", ""),
        entry("Note - Location 10", "thought"),
    )
    assert [a.sources for a in notebook.annotations] == [(1, 3), (2,)]


@pytest.mark.parametrize(
    ("citation", "year"),
    [
        ("Finch, O. (2017). <i>Salt 1984</i> [Kindle version].", 2017),
        ('Finch, Orla. "Salt 1984". Kindle ed., Tide House, 2009.', 2009),
        ("Finch, O. <i>Salt 1984</i>.", None),
        ("", None),
    ],
)
def test_the_year_is_that_of_the_edition(citation: str, year: int | None) -> None:
    """Whatever the citation style; a year in the title is not meant."""
    head = f'<div class="bookTitle">Salt 1984</div><div class="citation">{citation}</div>'
    notebook = read(entry("Note - Page 1", "thought"), head=head)
    assert notebook.publication.year == year


@pytest.mark.parametrize("size", range(40, 640, 7))
def test_a_file_cut_anywhere_says_so(size: int) -> None:
    """What is whole is read; the cut entry is skipped with its text, or the file is refused."""
    whole = HEAD + "".join(
        entry(f"Highlight ({YELLOW}) - Location {n}0", f"Passage number {n}.") for n in range(1, 5)
    )
    export = Attachment(content=whole[:size].encode(), place="part 2")
    if not identify(export):
        assert size < len(HEAD) + len('<div class="noteHeading">')
        return
    if isinstance(outcome := read_or_refuse(export), FormatError):
        assert "cut off" in outcome.what
        assert outcome.place.startswith("part 2, character")
        return
    (notebook,) = outcome
    assert "cut off" in notebook.warnings[-1]
    assert len(notebook.skipped) <= 1
    quotes = [a.target.quote for a in notebook.annotations]
    assert quotes == [f"Passage number {n}." for n in range(1, len(quotes) + 1)]


def test_a_page_that_is_no_notebook_is_refused() -> None:
    """Extracting what was never identified is an error with a place, not an empty success."""
    with pytest.raises(FormatError, match="no book title"):
        extract(Attachment(content=b"<p>novel</p>", place="part 1"))


@pytest.mark.parametrize(
    ("text", "marks", "chapter", "page", "location"),
    [
        ("Highlight(blue) - A - (b) > C > Page 1 · Location 2", (), "A - (b) > C", "1", Span(2, 2)),
        ("标注(黄色) - 第 13 页·位置 1.745", (), "", "13", Span(1745, 1745)),
        ("Note - Location 31-33", (), "", "", Span(31, 33)),
        ("Highlight - Page A", (), "", "Page A", None),
        ("Highlight(x) - Louis XIV", ("highlight_pink",), "Louis XIV", "", None),
        ("Note", (), "", "", None),
        ("", (), "", "", None),
    ],
)
def test_a_heading_says_where(
    text: str, marks: tuple[str, ...], chapter: str, page: str, location: Span | None
) -> None:
    """The first dash ends the kind, the last arrow the chapter."""
    heading = read_heading(text, marks)
    assert (heading.chapter, heading.page, heading.location) == (chapter, page, location)


@pytest.mark.parametrize(
    "word",
    [
        *("Note", "Notiz", "Nota", "Notitie", "Заметка", "Notatka", "Not", "Anteckning"),
        *("メモ", "笔记", "备注", "筆記", "메모"),
    ],
)
def test_notes_are_known_in_every_language(word: str) -> None:
    """A note in the reader's language is never taken for a passage of the book."""
    assert read_heading(f"{word} - 1").motivation is Motivation.COMMENTING


@given(st.text(max_size=120), st.lists(st.text(max_size=20), max_size=2).map(tuple))
def test_any_heading_is_read(text: str, marks: tuple[str, ...]) -> None:
    """Headings never raise; what they cannot say is empty."""
    heading = read_heading(text, marks)
    assert heading.location is None or heading.location.start <= heading.location.end


PIECES = [
    '<div class="noteHeading">',
    '<h3 class="noteHeading">Note - Page 3',
    f'<div class="noteHeading">Highlight ({YELLOW}) - Location 9',
    '<div class="noteText">',
    '<div class="bookTitle">Salt',
    "</div>",
    "</h3>",
    "</body></html>",
    "<html>",
    "words #tag ",
    "&amp;<br>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_mixture_of_tags_is_read_or_refused(page: str) -> None:
    """Notebook's own rule holds whatever the page: every entry is accounted for exactly once."""
    export = Attachment(content=page.encode())
    if not identify(export):
        return
    if isinstance(outcome := read_or_refuse(export), FormatError):
        assert "cut off" in outcome.what
    else:
        assert sum(notebook.found for notebook in outcome) >= page.count("noteHeading")


@given(st.binary(max_size=300))
def test_no_bytes_make_identify_raise(content: bytes) -> None:
    """Identifying is asked of every attachment of every mail."""
    assert not identify(Attachment(content=content))


@pytest.mark.slow
def test_five_thousand_notes_are_read_in_a_moment() -> None:
    """Time grows with the size of the export and no faster."""

    def seconds(times: int) -> float:
        page = HEAD + entry(f"Highlight ({YELLOW}) - Page 3 · Location 9", "Salt. " * 40) * times
        started = process_time()
        extract(Attachment(content=(page + TAIL).encode()))
        return process_time() - started

    seconds(100)
    assert seconds(5000) < 10 * seconds(1000) + 0.5
