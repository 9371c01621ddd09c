"""When two notes are the same note."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.annotation.identity import (
    anchors_agree,
    annotation_key,
    page_span,
    publication_key,
    same_passage,
)

NOTE = Annotation(
    motivation=Motivation.HIGHLIGHTING,
    target=Target(quote="The tide \u2014 \u201cturned\u201d", page="7", location=Span(10, 12)),
    note="A thought.",
)
BOOK = Publication(title="The Salt Roads", creators=(Creator(name="Orla Finch"),))

_spans = st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda s: Span(s[0], sum(s)))
_targets = st.builds(
    Target,
    page=st.sampled_from(["", "1", "2-4", "3", "xii", "XII"]),
    location=st.none() | _spans,
    fragment=st.sampled_from(["", "/4", "/6"]),
)


def with_target(**changes: object) -> Annotation:
    """NOTE with another target."""
    return replace(NOTE, target=replace(NOTE.target, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "quote",
    [
        'the tide - "turned"',
        "THE TIDE \u2013 \u00abturned\u00bb",
        " The\u00a0tide\n\u2014  \u201eturned\u201f ",
        "The ti\u00adde \u2014 \u201cturned\u201d\u200b",
    ],
)
def test_typography_does_not_make_another_note(quote: str) -> None:
    """Case, white space, quotes, dashes and soft hyphens differ between apps."""
    assert annotation_key(with_target(quote=quote)) == annotation_key(NOTE)


@given(st.text(max_size=30))
def test_composition_does_not_make_another_note(text: str) -> None:
    """A text and its decomposed form have one key."""
    split = unicodedata.normalize("NFD", text)
    assert annotation_key(with_target(quote=text)) == annotation_key(with_target(quote=split))


@pytest.mark.parametrize(
    "changes",
    [
        {"page": "8"},
        {"location": Span(10, 99)},
        {"headings": ("One",)},
        {"fragment": "/4"},
        {"progress": 0.5},
    ],
)
def test_only_the_best_anchor_counts(changes: dict[str, object]) -> None:
    """With a location known, neither its end nor any other pointer is part of the key."""
    assert annotation_key(with_target(**changes)) == annotation_key(NOTE)


@pytest.mark.parametrize(
    "other",
    [
        with_target(location=Span(11, 12)),
        with_target(quote="The tide turned"),
        replace(NOTE, motivation=Motivation.COMMENTING),
    ],
)
def test_another_place_text_or_purpose_is_another_note(other: Annotation) -> None:
    """Each of the three is part of the key."""
    assert annotation_key(other) != annotation_key(NOTE)


def test_what_the_reader_adds_does_not_make_another_note() -> None:
    """Notes, tags, colours and dates come and go."""
    other = replace(NOTE, note="Another.", tags=("sea",), colour="blue", style="underline")
    assert annotation_key(other) == annotation_key(NOTE)


def test_a_bookmark_is_its_place() -> None:
    """Apps word its label differently."""
    mark = replace(NOTE, motivation=Motivation.BOOKMARKING)
    relabelled = replace(mark, note="x", target=replace(mark.target, quote=""))
    assert annotation_key(mark) == annotation_key(relabelled)


def test_a_key_is_32_hex_digits_for_any_text() -> None:
    """Halves of surrogate pairs too."""
    for key in (
        annotation_key(with_target(quote="\udce9\0")),
        publication_key(Publication(title="\udce9")),
    ):
        assert len(key) == 32
        assert set(key) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOK, title=" the salt  ROADS"),
        replace(BOOK, creators=(Creator(name="Finch, Orla"),)),
        replace(BOOK, creators=(*BOOK.creators, Creator(name="Ida Moss", role="translator"))),
        replace(BOOK, year=1999, publisher="Gull", identifiers=(("isbn", "1"),)),
    ],
)
def test_a_book_is_recognised_in_another_export(other: Publication) -> None:
    """By title and authors, however they are written."""
    assert publication_key(other) == publication_key(BOOK)


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOK, title="The Salt Roads: a Memoir"),
        replace(BOOK, creators=(Creator(name="Orla Finch-Moss"),)),
        replace(BOOK, creators=()),
    ],
)
def test_another_title_or_author_is_another_book(other: Publication) -> None:
    """A wrong merge would put notes on somebody else's book."""
    assert publication_key(other) != publication_key(BOOK)


def test_the_order_of_authors_does_not_matter() -> None:
    """Exports list them differently."""
    names = [Creator(name="Orla Finch"), Creator(name="Ida Moss")]
    one = replace(BOOK, creators=tuple(names))
    assert publication_key(one) == publication_key(replace(one, creators=tuple(names[::-1])))


@pytest.mark.parametrize(
    ("page", "span"),
    [
        ("31", Span(31, 31)),
        (" 31 - 33 ", Span(31, 33)),
        ("31\u201333", Span(31, 33)),
        ("33-31", Span(31, 33)),
        ("xii", None),
        ("A-7", None),
        ("", None),
        ("9" * 10, None),
        ("9" * 5000, None),
        ("\u0663", None),
    ],
)
def test_page_labels_of_digits_are_pages(page: str, span: Span | None) -> None:
    """Others can only be compared as they are."""
    assert page_span(page) == span


@given(_targets, _targets)
def test_agreement_is_mutual(a: Target, b: Target) -> None:
    """The order in which two exports came does not matter."""
    assert anchors_agree(a, b) is anchors_agree(b, a)


@given(_targets)
def test_a_place_agrees_with_itself(target: Target) -> None:
    """Unless there is nothing to compare."""
    known = bool(target.location or target.page or target.fragment)
    assert anchors_agree(target, target) is (True if known else None)


@pytest.mark.parametrize(
    ("a", "b", "agree"),
    [
        (Target(location=Span(1, 5)), Target(location=Span(5, 9)), True),
        (Target(location=Span(1, 5)), Target(location=Span(6, 9)), False),
        (Target(location=Span(1, 5), page="9"), Target(location=Span(6, 9), page="9"), False),
        (Target(page="3-5"), Target(page="5"), True),
        (Target(page="xii"), Target(page="XII"), True),
        (Target(page="xii"), Target(page="12"), False),
        (Target(page="3"), Target(location=Span(3, 3)), None),
        (Target(fragment="/4", conforms_to="a"), Target(fragment="/4", conforms_to="b"), None),
        (Target(), Target(page="3"), None),
    ],
)
def test_the_best_anchor_both_have_decides(a: Target, b: Target, agree: bool | None) -> None:
    """Locations before pages before pointers; without a common one nothing is known."""
    assert anchors_agree(a, b) is agree


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("the tide", "the tide turned", True),
        ("turned", "the tide turned", True),
        ("tide", "the tide turned", False),
        ("the tide turned at last", "and so the tide turned at last, they said", True),
        ("the tide", "the shore", False),
        ("", "the tide", False),
        ("", "", False),
    ],
)
def test_a_version_is_longer_or_shorter_at_its_ends(a: str, b: str, same: bool) -> None:
    """A word from the middle of a passage is one looked up, not a version of it."""
    assert same_passage(a, b) is same
    assert same_passage(b, a) is same
