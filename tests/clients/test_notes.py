"""Notes as JSON."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.clients.notes import (
    annotation_from_json,
    annotation_to_json,
    publication_from_json,
    publication_to_json,
)

_texts = st.text(max_size=8)
_moments = (
    st.none() | st.datetimes() | st.datetimes(timezones=st.just(timezone(timedelta(hours=-3))))
)
_many = st.lists(_texts, max_size=3).map(tuple)
_spans = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(lambda s: Span(*sorted(s)))

any_annotation = st.builds(
    Annotation,
    motivation=st.sampled_from(Motivation),
    target=st.builds(
        Target,
        quote=_texts,
        page=_texts,
        location=st.none() | _spans,
        headings=_many,
        fragment=_texts,
        conforms_to=_texts,
        progress=st.none() | st.floats(0, 1),
    ),
    note=_texts,
    tags=_many,
    colour=_texts,
    style=_texts,
    created=_moments,
    modified=_moments,
    truncated=st.booleans(),
)
any_publication = st.builds(
    Publication,
    title=_texts,
    creators=st.lists(st.builds(Creator, name=_texts, role=_texts), max_size=3).map(tuple),
    citation=_texts,
    publisher=_texts,
    year=st.none() | st.integers(0, 9999),
    language=_texts,
    identifiers=st.lists(st.tuples(_texts, _texts), max_size=3).map(tuple),
)


@given(any_annotation)
def test_an_annotation_survives_the_journey(annotation: Annotation) -> None:
    """Through JSON and back, every field is what it was."""
    said = json.loads(json.dumps(annotation_to_json(annotation)))
    assert annotation_from_json(said) == annotation


@given(any_publication)
def test_a_publication_survives_the_journey(publication: Publication) -> None:
    """Through JSON and back, every field is what it was."""
    said = json.loads(json.dumps(publication_to_json(publication)))
    assert publication_from_json(said) == publication
