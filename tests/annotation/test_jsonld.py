"""Notebooks as W3C Web Annotation JSON-LD."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Span,
    Target,
)
from margins.annotation.jsonld import LOCATION, PAGE, from_jsonld, to_json, to_jsonld
from margins.errors import FormatError

texts = st.text(max_size=12)
moments = (
    st.none() | st.datetimes() | st.datetimes(timezones=st.just(timezone(timedelta(hours=-3))))
)
spans = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(
    lambda ends: Span(*sorted(ends))
)

targets = st.builds(
    Target,
    quote=texts,
    page=texts,
    location=st.none() | spans,
    headings=st.lists(texts, max_size=3).map(tuple),
    fragment=texts,
    conforms_to=texts,
    progress=st.none() | st.floats(0, 1),
)
annotations = st.builds(
    Annotation,
    motivation=st.sampled_from(Motivation),
    target=targets,
    note=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    colour=texts,
    style=texts,
    created=moments,
    modified=moments,
    truncated=st.booleans(),
)
publications = st.builds(
    Publication,
    title=texts,
    creators=st.lists(st.builds(Creator, name=texts, role=texts), max_size=3).map(tuple),
    citation=texts,
    publisher=texts,
    year=st.none() | st.integers(0, 2100),
    language=texts,
    identifiers=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)


@st.composite
def notebooks(draw: st.DrawFn) -> Notebook:
    """A notebook whose entries are all accounted for."""
    drawn = draw(st.lists(annotations, max_size=4))
    left_out = draw(st.lists(st.tuples(texts, texts, texts), max_size=2))
    return Notebook(
        publication=draw(publications),
        annotations=tuple(
            Annotation(**{f: getattr(a, f) for f in a.__slots__ if f != "sources"}, sources=(n,))
            for n, a in enumerate(drawn, 1)
        ),
        skipped=tuple(
            Skipped(entry=n, place=place, reason=reason, text=text)
            for n, (place, reason, text) in enumerate(left_out, len(drawn) + 1)
        ),
        found=len(drawn) + len(left_out),
        warnings=tuple(draw(st.lists(texts, max_size=2))),
    )


@given(st.lists(notebooks(), max_size=3).map(tuple))
def test_nothing_is_lost_on_the_way_there_and_back(books: tuple[Notebook, ...]) -> None:
    """Also through text, and with the source ordinals that equality leaves out."""
    read = from_jsonld(json.loads(to_json(books)))
    assert read == books == from_jsonld(to_jsonld(books))
    sources = [[a.sources for a in book.annotations] for book in books]
    assert sources == [[a.sources for a in book.annotations] for book in read]


def test_a_highlight_reads_as_the_standard_says() -> None:
    """Note and tags are bodies; quote, page and location are selectors of the target."""
    highlight = Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(quote="Salt.", page="xii", location=Span(3, 9), headings=("One",)),
        note="Sea #taste",
        tags=("taste",),
        colour="blue",
        created=datetime(2024, 5, 6, 7, 8, tzinfo=UTC),
        sources=(1, 2),
    )
    book = Notebook(publication=Publication(title="Seas"), annotations=(highlight,), found=2)
    document = json.loads(to_json([book]))
    item = document["@graph"][0]["first"]["items"][0]
    source = item["target"].pop("source")
    assert item.pop("id").startswith(source.replace("publication", "annotation"))
    assert document["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert item == {
        "type": "Annotation",
        "motivation": "highlighting",
        "created": "2024-05-06T07:08:00+00:00",
        "body": [
            {"type": "TextualBody", "purpose": "commenting", "value": "Sea #taste"},
            {"type": "TextualBody", "purpose": "tagging", "value": "taste"},
        ],
        "target": {
            "selector": [
                {"type": "TextQuoteSelector", "exact": "Salt."},
                {"type": "FragmentSelector", "conformsTo": PAGE, "value": "xii"},
                {"type": "FragmentSelector", "conformsTo": LOCATION, "value": "3-9"},
            ],
            "margins:headings": ["One"],
        },
        "margins:colour": "blue",
        "margins:sources": [1, 2],
    }


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], ""),
        ({"@graph": {}}, "@graph"),
        ({"@graph": [1]}, "@graph[0]"),
        ({"@graph": [{"margins:publication": {"schema:name": 7}}]}, "schema:name"),
        ({"@graph": [{"margins:publication": {}, "first": {}, "margins:found": True}]}, "found"),
        ({"@graph": [{"margins:publication": {}, "first": {}, "margins:found": 3}]}, "@graph[0]"),
    ],
)
def test_another_shape_is_refused_with_its_place(document: object, place: str) -> None:
    """A document that somebody edited names the value that does not fit."""
    with pytest.raises(FormatError) as refusal:
        from_jsonld(document)
    assert place in refusal.value.place


@pytest.mark.parametrize("name", [LOCATION, PAGE])
def test_an_app_may_not_use_our_own_names(name: str) -> None:
    """Else its pointer would be read back as a page or a location."""
    target = Target(fragment="x", conforms_to=name)
    mark = Annotation(motivation=Motivation.BOOKMARKING, target=target, sources=(1,))
    with pytest.raises(ValueError, match=name):
        to_jsonld([Notebook(publication=Publication(title=""), annotations=(mark,), found=1)])
