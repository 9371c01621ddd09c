"""Kindle clippings: blocks, meta lines, versions of highlights, notes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Annotation, Motivation, Notebook, Span
from margins.annotation.identity import annotation_key
from margins.errors import FormatError
from margins.formats.kindle_clippings import extract, identify
from margins.formats.kindle_clippings.title import read_title
from margins.mail.entity import Attachment

BOOK = "The Lighthouse Ledger (Quill, Ada)"
DAY = "Added on Sunday, August 20, 2023"


def file(*blocks: str, newline: str = "\r\n") -> Attachment:
    text = "".join(f"{block}\n==========\n" for block in blocks)
    return Attachment(content=text.replace("\n", newline).encode())


def entry(what: str, body: str, time: str = "1:33:13 PM", book: str = BOOK) -> str:
    return f"{book}\n- Your {what} | {DAY} {time}\n\n{body}"


def read(*blocks: str) -> list[Annotation]:
    return [a for notebook in extract(file(*blocks)) for a in notebook.annotations]


def accounted(notebooks: tuple[Notebook, ...]) -> list[int]:
    """Ordinals of all entries, in order."""
    sources = chain.from_iterable(a.sources for n in notebooks for a in n.annotations)
    return sorted([*sources, *(s.entry for n in notebooks for s in n.skipped)])


def test_line_endings_and_byte_order_marks_do_not_matter() -> None:
    """CRLF, LF, CR; a mark before any title, as some firmware writes it."""
    block = entry("Highlight on page 31 | Location 474-475", "The lamp was lit.")
    plain = extract(file(block, newline="\n"))
    for newline in ("\r\n", "\r"):
        assert extract(file(block, newline=newline)) == plain
    both = extract(file("\ufeff" + block, "\ufeff" + block.replace("474-475", "500-501")))
    assert [a.target.location for a in both[0].annotations] == [Span(474, 475), Span(500, 501)]
    assert both[0].publication == plain[0].publication


def test_books_come_in_order_of_first_appearance_each_with_all_its_entries() -> None:
    """A file mixes books; names turned round are the same author."""
    blocks = [
        entry("Highlight on Location 1-2", "One.", book="B (Quill, Ada)"),
        entry("Highlight on Location 1-2", "Two.", book="A (Brown, Tom)"),
        entry("Highlight on Location 9-9", "Three.", book="B (Ada Quill)"),
    ]
    notebooks = extract(file(*blocks))
    assert [n.publication.title for n in notebooks] == ["B", "A"]
    assert [n.found for n in notebooks] == [2, 1]


def test_an_extended_or_shrunk_highlight_is_one_highlight() -> None:
    """The latest version stands, dated by the first; all entries are its sources."""
    (highlight,) = read(
        entry("Highlight on Location 610-611", "Fog came in", "2:00:00 PM"),
        entry("Highlight on Location 610-613", "Fog came in from the east.", "2:00:07 PM"),
        entry("Highlight on Location 610-612", "Fog came in from", "2:00:15 PM"),
    )
    assert highlight.target.quote == "Fog came in from"
    assert highlight.target.location == Span(610, 612)
    assert highlight.sources == (1, 2, 3)
    assert highlight.created == datetime.fromisoformat("2023-08-20 14:00:00")
    assert highlight.modified == datetime.fromisoformat("2023-08-20 14:00:15")


def test_the_latest_version_is_the_one_of_the_latest_date() -> None:
    """Some tools sort the file, so its order is asked only where dates do not say."""
    (highlight,) = read(
        entry("Highlight on Location 610-613", "Fog came in from the east.", "2:00:07 PM"),
        entry("Highlight on Location 610-611", "Fog came in", "2:00:00 PM"),
    )
    assert highlight.target.quote == "Fog came in from the east."


def test_a_clipping_that_bridges_two_versions_makes_them_one() -> None:
    """Both ends of a highlight were dragged before one end was dragged back."""
    (highlight,) = read(
        entry("Highlight on Location 10-12", "The keeper counted ships at night.", "2:00:00 PM"),
        entry("Highlight on Location 11-14", "ships at night. The ships slept.", "2:00:10 PM"),
        entry(
            "Highlight on Location 10-14",
            "The keeper counted ships at night. The ships slept.",
            "2:00:20 PM",
        ),
    )
    assert highlight.sources == (1, 2, 3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("620-621", "The keeper counted ships."), ("621-622", "The ships did not count him.")),
        (("620-620", "the keeper"), ("620-622", "Nobody saw the keeper count.")),
        (("620-621", "Ships."), ("700-701", "Ships.")),
        (("620-621", "Ships passed."), ("700-701", "Ships passed. All of them.")),
    ],
)
def test_neighbours_are_not_versions(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Sharing a location or some words is not enough: one must begin or end with the other."""
    both = read(
        entry(f"Highlight on Location {one[0]}", one[1]),
        entry(f"Highlight on Location {other[0]}", other[1]),
    )
    assert len(both) == 2


def test_placeholders_of_the_clipping_limit_stay_apart() -> None:
    """They say the same about different passages, so only the place can make them one."""
    limit = "<You have reached the clipping limit for this item>"
    kept = read(
        entry("Highlight on Location 10-13", limit),
        entry("Highlight on Location 12-15", limit),
        entry("Highlight on Location 10-14", limit),
    )
    assert [(a.truncated, a.sources) for a in kept] == [(True, (1, 3)), (True, (2,))]


def test_a_note_joins_the_highlight_that_ends_where_it_stands() -> None:
    """Before one that merely contains the place, however near in the file."""
    first, second = read(
        entry("Highlight on Location 100-105", "The lamp was lit."),
        entry("Highlight on Location 103-120", "Nobody asked by whom."),
        entry("Note on Location 105", "Who lights it? #mystery"),
    )
    assert (first.note, first.tags, first.sources) == (
        "Who lights it? #mystery",
        ("mystery",),
        (1, 3),
    )
    assert second.note == ""


def test_a_note_may_stand_before_its_highlight() -> None:
    """A third of all notes do."""
    (highlight,) = read(
        entry("Note on Location 105", "Who?"), entry("Highlight on Location 100-105", "The lamp.")
    )
    assert (highlight.motivation, highlight.note) == (Motivation.HIGHLIGHTING, "Who?")


def test_a_note_outside_every_highlight_of_its_book_stands_alone() -> None:
    """A highlight of another book does not take it."""
    lone = read(
        entry("Highlight on Location 100-105", "The lamp.", book="Another (Brown, Tom)"),
        entry("Note on Location 105", "Who?"),
    )[1]
    assert (lone.motivation, lone.note, lone.target.quote) == (Motivation.COMMENTING, "Who?", "")


def test_by_page_alone_a_note_joins_only_an_entry_beside_it() -> None:
    """A page holds many highlights; the one right before or after is meant."""
    found = read(
        entry("Highlight on page 9-9", "The lamp."),
        entry("Highlight on page 9-9", "The fog."),
        entry("Note on page 9", "Grey."),
        entry("Highlight on page 12-12", "The ships."),
        entry("Note on page 9", "Late."),
    )
    assert [(a.target.quote, a.note) for a in found] == [
        ("The lamp.", ""),
        ("The fog.", "Grey."),
        ("The ships.", ""),
        ("", "Late."),
    ]


def test_an_edited_note_is_one_note_and_two_notes_are_both_kept() -> None:
    """The device appends what was edited; nothing that cannot be an edit is dropped."""
    (highlight,) = read(
        entry("Highlight on Location 100-105", "The lamp.", "1:00:00 PM"),
        entry("Note on Location 105", "Who", "1:01:00 PM"),
        entry("Note on Location 105", "Who lights it?", "1:02:00 PM"),
        entry("Note on Location 104", "Brass?", "1:03:00 PM"),
    )
    assert highlight.note == "Who lights it?\n\nBrass?"
    assert highlight.sources == (1, 2, 3, 4)


def test_what_cannot_be_read_is_skipped_with_its_reason() -> None:
    """Blocks without text, without a title, and without a line that says what they are."""
    notebooks = extract(
        file(
            entry("Highlight on Location 5-6", "  \u00a0"),
            "A heading\n\nof nothing",
            f"\n- Your Highlight on Location 7-8 | {DAY} 1:00 PM\n\nWhose?",
            "\n",
        )
    )
    assert {s.reason: s.place for n in notebooks for s in n.skipped} == {
        "The highlight has no text.": "entry 1, location 5-6",
        "No line says whether it is a highlight, a note or a bookmark.": "entry 2",
        "It does not say which book it is from.": "entry 3, location 7-8",
    }
    assert [n.publication.title for n in notebooks] == ["The Lighthouse Ledger", "A heading", ""]
    assert accounted(notebooks) == [1, 2, 3]


def test_an_unknown_language_is_read_by_structure_and_its_words_are_named() -> None:
    """A range is a highlight, a single number a note, no text a bookmark."""
    blocks = [
        f"{BOOK}\n- Dit Glimt Arket 4 | Sted {place} | Skrevet 20 August 2023 13:33\n\n{body}"
        for place, body in (("60-62", "The lamp."), ("90", "A thought."), ("99", ""))
    ]
    (notebook,) = extract(file(*blocks))
    assert [a.motivation for a in notebook.annotations] == [
        Motivation.HIGHLIGHTING,
        Motivation.COMMENTING,
        Motivation.BOOKMARKING,
    ]
    assert notebook.warnings == (
        "Read by structure, since these words are not known: dit, glimt, arket, sted.",
    )


def test_a_date_that_cannot_be_read_is_said_and_the_entry_kept() -> None:
    """No time is guessed."""
    (notebook,) = extract(
        file(
            f"{BOOK}\n- Highlight Loc. 1-2  | Added on Monday, 29 August 22 10:232:57\n\nThe lamp."
        )
    )
    assert notebook.annotations[0].created is None
    assert notebook.warnings == (
        "One date could not be read, the first: added on monday, 29 august 22 10:232:57.",
    )


def test_dates_with_and_without_a_zone_live_in_one_highlight() -> None:
    """Devices changed their habit between two versions; they are compared as the device showed."""
    (highlight,) = read(
        f"{BOOK}\n- Highlight Loc. 1-2 | Added on Monday, 3 December 12 21:33:43 GMT+00:00\n\nFog",
        f"{BOOK}\n- Your Highlight on Location 1-3 | {DAY} 1:00 PM\n\nFog came in",
    )
    assert highlight.created == datetime(2012, 12, 3, 21, 33, 43, tzinfo=UTC)
    assert highlight.target.quote == "Fog came in"


@pytest.mark.parametrize(
    ("line", "title", "authors"),
    [
        ("Fog (German Edition) (Quill, Ada)", "Fog (German Edition)", ("Ada Quill",)),
        ("Fog (Weather Book 2) (Quill, Ada; Brown, Tom)", "Fog (Weather Book 2)",
         ("Ada Quill", "Tom Brown")),
        ("Fog (a (nested) study) (Quill, Ada (ed.))", "Fog (a (nested) study)", ("Ada Quill",)),
        ("灯（新版） (安娜（Anna）)", "灯（新版）", ("安娜（Anna）",)),
        ("Fog (Ada Quill) (z-lib.org)", "Fog", ("Ada Quill",)),
        ("Fog (Unknown)", "Fog", ()),
        ("Fog (2019)", "Fog (2019)", ()),
        ("Fog (Spanish Edition)", "Fog (Spanish Edition)", ()),
        ("Fog)", "Fog)", ()),
        ("(Fog)", "(Fog)", ()),
        ("Ledger, The - Ada Quill  ", "Ledger, The - Ada Quill", ()),
    ],
)  # fmt: skip
def test_the_author_is_the_last_balanced_group(
    line: str, title: str, authors: tuple[str, ...]
) -> None:
    """Editions, numbers and web sites are no authors."""
    publication = read_title(line)
    assert (publication.title, publication.authors) == (title, authors)


WRAPPED = """==========
The Lighthouse Ledger: A Chronicle of Lamps and Those Who Tend (Harbour)
(Quill, Ada)
- Your Highlight on Location 195-197 | Added on Wednesday, August 1, 2018
6:59:03 PM

After nine winters in the tower, counting ships that never counted him, he
put the kettle on.

It sang.
==========
"""


def test_a_mail_that_wrapped_and_quoted_the_text_is_read_as_the_file() -> None:
    """Lines a mail program broke are joined, its marks taken off, its own words left out."""
    quoted = "\n".join(f"> {line}" for line in WRAPPED.splitlines())
    for text in (WRAPPED, f"Look:\n\n{quoted}\n\n-- \nSent from my telephone"):
        attachment = Attachment(content=text.encode(), inline=True)
        assert identify(attachment)
        (notebook,) = extract(attachment)
        assert notebook.publication.authors == ("Ada Quill",)
        (highlight,) = notebook.annotations
        assert highlight.created == datetime.fromisoformat("2018-08-01 18:59:03")
        assert highlight.sources == (1,)
        assert highlight.target.quote == (
            "After nine winters in the tower, counting ships that never counted him, he put the "
            "kettle on.\n\nIt sang."
        )


def test_a_letter_with_a_list_and_a_row_of_equals_signs_is_none() -> None:
    """A line of a mail's own text that names no place and no date is no clipping's."""
    letter = "Dear reader,\n\nWhat is new\n==========\n\n* lamp: Notes are kept.\n\n* pot: Sings."
    assert not identify(Attachment(content=letter.encode(), inline=True))


def test_lines_of_a_file_are_never_joined() -> None:
    """Verse stays verse."""
    body = "Low water is prose,\nhigh water a metaphor\nuntil it is in your shoes."
    (highlight,) = read(entry("Highlight on page 9-9", body))
    assert highlight.target.quote == body


@pytest.mark.parametrize(
    "text",
    ["", "==========\n", "A\n==========\n- bread\n- milk | eggs\n", "<html>==========</html>"],
)
def test_what_has_no_clipping_is_not_claimed(text: str) -> None:
    """A rule of ten equals signs is not enough."""
    assert not identify(Attachment(content=text.encode()))


def test_an_empty_file_is_an_error_with_a_remedy() -> None:
    """It can only be reached by asking for this format by name."""
    with pytest.raises(FormatError, match="is empty"):
        extract(Attachment(content=b"==========\n\n==========\n"))


KINDS = ("Highlight", "Note", "Bookmark", "Underline")
PLACES = st.tuples(st.integers(0, 300), st.integers(0, 9)).map(lambda p: (p[0], p[0] + p[1]))
BODIES = st.one_of(
    st.text(alphabet="ab c\n", max_size=30), st.text(max_size=40), st.just("<You have reached>")
).map(lambda text: text.replace("=", "-"))
ENTRIES = st.builds(
    lambda book, kind, place, ranged, minute, body: (
        f"{book} ({book}, A)\n- Your {kind} on page 3 | Location "
        f"{place[0]}{f'-{place[1]}' if ranged else ''} | {DAY} 1:{minute:02}:13 PM\n\n{body}"
    ),
    st.sampled_from(["Fog", "Tide"]),
    st.sampled_from(KINDS),
    PLACES,
    st.booleans(),
    st.integers(0, 59),
    BODIES,
)
BLOCKS = st.lists(st.one_of(ENTRIES, BODIES), min_size=1, max_size=25)


def count(text: str) -> int:
    """Blocks that are not blank, the short way."""
    number, blank = 0, True
    for line in [*re.split(r"\r\n|\r|\n", text.replace("\ufeff", "")), "=========="]:
        if line.strip() == "==========":
            number, blank = number + (not blank), True
        else:
            blank = blank and not line.strip()
    return number


@given(BLOCKS)
def test_every_block_of_any_file_is_accounted_for_once(blocks: list[str]) -> None:
    """Whatever the blocks hold, each is in one annotation or skipped with a reason."""
    attachment = file(*blocks)
    number = count(attachment.text)
    if not number:
        return
    notebooks = extract(attachment)
    assert accounted(notebooks) == list(range(1, number + 1))
    assert all(s.reason and s.text for n in notebooks for s in n.skipped)


@given(st.lists(ENTRIES, min_size=1, max_size=25))
def test_no_two_annotations_of_a_book_have_one_key(blocks: list[str]) -> None:
    """What the plan would merge is one annotation already, with all its sources."""
    for notebook in extract(file(*blocks)):
        keys = [annotation_key(a) for a in notebook.annotations]
        assert len(set(keys)) == len(keys)


@given(st.binary(max_size=400))
def test_any_bytes_are_looked_at_without_an_error(content: bytes) -> None:
    """identify() never raises."""
    assert identify(Attachment(content=content)) in {True, False}
