"""Segments as X-Ray's daemon gets them, and the rows of a waterfall."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.local.traces import Segment, Trace, parse_document
from margins.local.xray import documents

HEADER = b'{"format": "json", "version": 1}\n'


def _segment(id_: str, parent: str = "", *, began: float = 0.0, ended: float = 1.0) -> Segment:
    return Segment(trace="t", id=id_, parent=parent, name=id_, began=began, ended=ended)


def test_what_lambda_makes_of_a_cold_start() -> None:
    """The service's segment around the function's, with INIT and the invocation in it."""
    trace = Trace(id="1-a-b")
    for document in documents(
        function="F", request="r", trace="1-a-b", segment="0" * 16, outer="1" * 16,
        moments=(10.0, 10.5, 11.0), failed=False,
    ):  # fmt: skip
        request, segments = parse_document(HEADER + json.dumps(document).encode())
        trace.add(segments)
    assert request == "r"
    assert trace.whole is not None
    assert (trace.name, trace.seconds) == ("F", 1.0)
    rows = [(r.depth, r.segment.name, r.offset, r.seconds) for r in trace.rows()]
    assert rows == [
        (0, "F", 0.0, 1.0), (1, "F", 0.0, 1.0), (2, "Initialization", 0.0, 0.5),
        (2, "Invocation", 0.5, 0.5),
    ]  # fmt: skip
    assert trace.summary == "TRACE 1-a-b 1000 ms; no calls"


def test_children_stand_below_their_parents() -> None:
    """The earlier before the later, an orphan at the outside."""
    trace = Trace(id="t")
    trace.add(
        [_segment("c", "a", began=0.5), _segment("b", "a"), _segment("a"), _segment("o", "gone")]
    )
    rows = [(row.depth, row.segment.id) for row in trace.rows()]
    assert rows == [(0, "a"), (1, "b"), (1, "c"), (0, "o")]


def test_a_circle_of_parents_ends() -> None:
    """Each of two segments says that the other one is its parent."""
    trace = Trace(id="t")
    trace.add([_segment("a", "b"), _segment("b", "a"), _segment("s", "s")])
    assert trace.rows() == []


@pytest.mark.parametrize(
    "datagram",
    [
        b"", b"x", HEADER, HEADER + b"[]", HEADER + b'{"trace_id": 1}',
        b'{"format": "json", "version": 2}\n{}',
        HEADER + b'{"trace_id":"t","id":"a","name":"n","start_time":NaN}',
        HEADER + b'{"trace_id":"t","id":"a","name":"n","start_time":1,"aws":"x"}',
        HEADER + b'{"trace_id":"t","id":"a","name":"n","start_time":1,"subsegments":[1]}',
        HEADER + b'{"trace_id":"t","id":"a","name":"n","start_time":1e300}',
        HEADER + b"[" * 30_000,
    ],
)  # fmt: skip
def test_what_is_no_document(datagram: bytes) -> None:
    """Any process may write to the port; nothing but a ValueError comes of it."""
    with pytest.raises(ValueError):  # noqa: PT011
        parse_document(datagram)


@given(st.binary(max_size=200))
def test_any_datagram(datagram: bytes) -> None:
    """As above, for all of them."""
    with pytest.raises(ValueError):  # noqa: PT011
        parse_document(HEADER + datagram)


def test_calls_are_told_by_service() -> None:
    """How many, and how long they took together."""
    trace = Trace(id="t")
    for number in range(3):
        trace.add(
            [Segment(trace="t", id=str(number), parent="", name="S3", namespace="aws",
                     began=number, ended=number + 0.01)]
        )  # fmt: skip
    assert trace.summary == "TRACE t 2010 ms; S3 3 in 30 ms"
