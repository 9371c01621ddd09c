"""KOReader's sidecars: highlights find their bookmarks, and no row is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats.koreader.lua import extract, identify
from margins.mail.entity import Attachment


def sent(source: str) -> Attachment:
    return Attachment(content=source.encode(), filename="metadata.epub.lua", place="part 2")


def read(fields: str) -> Notebook:
    attachment = sent("return {\n" + fields + "\n}\n")
    assert identify(attachment)
    (notebook,) = extract(attachment)
    return notebook


def mark(time: str, quote: str, text: str = "", **more: str) -> str:
    fields = {"datetime": time, "notes": quote, "pos0": "/a.0", "pos1": "/a.9", **more}
    if text:
        fields["text"] = text
    pairs = ", ".join(f'["{name}"] = "{value}"' for name, value in fields.items())
    return "{ " + pairs + ', ["highlighted"] = true }'


def highlight(time: str, quote: str, pos0: str = "/a.0") -> str:
    fields = {"datetime": time, "text": quote, "pos0": pos0, "drawer": "lighten"}
    return "{ " + ", ".join(f'["{name}"] = "{value}"' for name, value in fields.items()) + " }"


def old(marks: list[str], highlights: list[str]) -> Notebook:
    return read(
        f'["bookmarks"] = {{ {", ".join(marks)} }},\n'
        f'["highlight"] = {{ [7] = {{ {", ".join(highlights)} }} }},'
    )


NOON = "2021-03-09 12:00:00"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", ""),
        ("The wind.", ""),
        (f"Page 7 The wind. @ {NOON}", ""),
        (f"Page [12] 7 The wind. @ {NOON}", ""),
        (f"Seite 7 The wind. @ {NOON}", ""),
        (f"第 7 頁 The wind. @ {NOON}", ""),
        ("My own words.", "My own words."),
        (f"Page 7 My own words. @ {NOON}", "My own words."),
        ("Seen @ 2020-01-01 00:00:00", "Seen @ 2020-01-01 00:00:00"),
    ],
)
def test_what_koreader_made_up_is_no_note(text: str, note: str) -> None:
    """Until 2024 a bookmark's text was either made up or the reader's; translated or edited."""
    (annotation,) = old([mark(NOON, "The wind.", text)], [highlight(NOON, "The wind.")]).annotations
    assert annotation.note == note
    assert annotation.target.quote == "The wind."
    assert annotation.sources == (1, 2)


def test_two_highlights_of_one_second_keep_their_own_notes() -> None:
    """The place decides where the time does not."""
    notebook = old(
        [mark(NOON, "B.", "about b", pos0="/b.0"), mark(NOON, "A.", "about a", pos0="/a.0")],
        [highlight(NOON, "A.", "/a.0"), highlight(NOON, "B.", "/b.0")],
    )
    assert [(a.target.quote, a.note) for a in notebook.annotations] == [
        ("B.", "about b"),
        ("A.", "about a"),
    ]


@given(st.lists(st.sampled_from("ab"), max_size=6), st.lists(st.sampled_from("ab"), max_size=6))
def test_every_row_is_accounted_for(marks: list[str], highlights: list[str]) -> None:
    """However bookmarks and highlights match: each row is in one annotation, or skipped."""
    times = {"a": NOON, "b": "2021-03-09 13:00:00"}
    notebook = old(
        [mark(times[m], f"Marked {m}.") for m in marks],
        [highlight(times[h], f"Marked {h}.") for h in highlights],
    )
    assert notebook.found == len(marks) + len(highlights)
    paired = sum(min(marks.count(letter), highlights.count(letter)) for letter in "ab")
    assert len(notebook.annotations) == notebook.found - paired


def test_rows_that_are_no_tables_are_skipped() -> None:
    """They are counted and shown, not passed over."""
    notebook = read('["annotations"] = { "text", 5, { ["text"] = "A.", ["drawer"] = "lighten" } },')
    assert notebook.found == 3
    assert [skipped.entry for skipped in notebook.skipped] == [1, 2]
    assert notebook.skipped[0].text == ": text"


def test_a_page_bookmark_is_a_bookmark() -> None:
    """What KOReader writes as its text names the chapter, which stands beside it anyway."""
    (annotation,) = read(
        '["annotations"] = { { ["chapter"] = "Tides", ["pageno"] = 4, ["page"] = "/b.0",'
        ' ["text"] = "in Tides", ["note"] = "go on here" } },'
    ).annotations
    assert annotation.motivation is Motivation.BOOKMARKING
    assert (annotation.target.quote, annotation.note) == ("", "go on here")
    assert (annotation.target.page, annotation.target.headings) == ("4", ("Tides",))


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('return { ["doc_props"] = { ["title"] = "A" }, ["stats"] = { ["title"] = "B" } }', "A"),
        ('return { ["doc_props"] = { ["title"] = "" }, ["stats"] = { ["title"] = "B" } }', "B"),
        ('return { ["doc_props"] = {}, ["doc_path"] = "/x/A Book.v2.epub" }', "A Book.v2"),
        ('-- /x/A Book.sdr/metadata.epub.lua\nreturn { ["doc_props"] = {} }', "A Book"),
        ('return { ["doc_props"] = {} }', ""),
    ],
)
def test_the_title_is_taken_from_where_there_is_one(source: str, title: str) -> None:
    """Properties, statistics, the path, the first line; in this order."""
    (notebook,) = extract(sent(source))
    assert notebook.publication.title == title


def test_code_is_an_error_that_names_the_line() -> None:
    """A sidecar is data; a file that computes is not one."""
    with pytest.raises(FormatError) as caught:
        read('["annotations"] = load("x"),')
    assert caught.value.place == "part 2, line 2"


@pytest.mark.slow
def test_many_rows_of_one_second_take_no_longer() -> None:
    """Matching is linear even when every row has the same time and place."""
    count = 5_000
    started = time.process_time()
    notebook = old([mark(NOON, "A.")] * count, [highlight(NOON, "A.")] * count)
    assert time.process_time() - started < 10
    assert len(notebook.annotations) == count


@pytest.mark.parametrize(
    "source", ["", "return {}", "local x = 1", 'return { ["colour"] = 1 }', "{"]
)
def test_other_lua_is_left_alone(source: str) -> None:
    """Only tables with KOReader's keys are claimed."""
    assert not identify(sent(source))
